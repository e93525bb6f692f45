import { createHmac, createSecretKey } from 'node:crypto'

/** What an e-mail address is searched by; null: the text is no address. */
export type EmailDigest = (address: string) => string | null

/** Letters only, so that no part of a digest can look like a card number. */
const LETTERS = 'abcdefghijklmnop'
/** 128 bits. */
const DIGEST_BYTES = 16

/** Two letters for each byte. */
const PAIRS = Array.from({ length: 256 }, (_, byte) => LETTERS.charAt(byte >> 4) + LETTERS.charAt(byte & 15))

/**
 * Equal addresses have equal digests, whatever their case and the blanks around them; without the key an address cannot be
 * tried. The digest is 32 letters of `a` to `p`.
 */
export function createEmailDigest(key: Uint8Array): EmailDigest {
  const secret = createSecretKey(key)
  return (address) => {
    const normal = address.trim().normalize('NFC').toLowerCase()
    if (!/^[^@\s]+@[^@\s]+$/.test(normal)) return null
    // Its own words before the address: the key also makes the digests of replaced ids.
    const digest = createHmac('sha256', secret).update(`e-mail\0${normal}`).digest()
    let letters = ''
    for (const byte of digest.subarray(0, DIGEST_BYTES)) letters += PAIRS[byte] ?? ''
    return letters
  }
}
