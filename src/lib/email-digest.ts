import { createHmac } from 'node:crypto'

/** What an e-mail address is searched by; null: the text is no address. */
export type EmailDigest = (address: string) => string | null

/** Letters only, so that no part of a digest can look like a card number. */
const LETTERS = 'abcdefghijklmnop'
/** 128 bits. */
const HEX_LENGTH = 32

/**
 * Equal addresses have equal digests, whatever their case and the blanks around them; without the key an address cannot be
 * tried. The digest is 32 letters of `a` to `p`.
 */
export function createEmailDigest(key: Uint8Array): EmailDigest {
  return (address) => {
    const normal = address.trim().normalize('NFC').toLowerCase()
    if (!/^[^@\s]+@[^@\s]+$/.test(normal)) return null
    // Its own words before the address: the key also makes the digests of replaced ids.
    const hex = createHmac('sha256', key).update('e-mail\0').update(normal).digest('hex')
    return hex.slice(0, HEX_LENGTH).replace(/./g, (digit) => LETTERS.charAt(parseInt(digit, 16)))
  }
}
