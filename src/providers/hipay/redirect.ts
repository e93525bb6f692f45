import type { ByteText } from '../../lib/byte-text.ts'
import { bytesOfText, unescaped } from '../../lib/byte-text.ts'

/**
 * The hash of the URL by which a customer returns to the shop: another rule under the same passphrase. It vouches for no
 * notification; the doctor knows it to say so.
 */

export interface Parameter {
  name: ByteText
  value: ByteText
}

/** The rule is about these parameters of HiPay's own; what else a return URL holds is the merchant's. */
const OWN_NAMES = new Set(
  `orderid cid state status test reference approval authorized ip country lang email score fraud review avscheck cvccheck pp
   eci3ds veres pares cardtoken cardbrand cardpan cardexpiry cardcountry amount currency custom_data reasonCode`
    .split(/\s+/)
    .concat(Array.from({ length: 10 }, (_, index) => `cdata${index + 1}`)),
)
/** A return has about forty. */
const PARAMETERS_MAX = 200

/** The value of `hash`, lower case; null when the text has none. */
export const redirectHashIn = (text: ByteText): string | null =>
  parametersOf(text)
    .find(({ name }) => name === 'hash')
    ?.value.toLowerCase() ?? null

/** What HiPay may have hashed of these parameters: all that have a value, or its own of these; in the order of names. */
export function redirectSets(text: ByteText): Parameter[][] {
  const signed = parametersOf(text)
    .filter(({ name, value }) => name !== 'hash' && name !== 'response' && value !== '')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return [signed, signed.filter(({ name }) => OWN_NAMES.has(name))]
}

/** Name, value and passphrase of each: it holds the passphrase, and is never kept or shown. */
export function redirectClearText(set: readonly Parameter[], passphrase: string): Buffer {
  const secret = bytesOfText(passphrase)
  return Buffer.from(set.map(({ name, value }) => `${name}${value}${secret}`).join(''), 'latin1')
}

const parametersOf = (text: ByteText): Parameter[] =>
  text
    .slice(text.indexOf('?') + 1)
    .split('&', PARAMETERS_MAX)
    .map((part) => {
      const equals = part.indexOf('=')
      return equals < 0
        ? { name: unescaped(part), value: '' }
        : { name: unescaped(part.slice(0, equals)), value: unescaped(part.slice(equals + 1)) }
    })
