import { isUtf8 } from 'node:buffer'
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { cardNumbers, type DigitToken } from './digits.ts'
import { lookThrough } from './marks.ts'
import { maskRuns } from './mask.ts'
import { storable } from '../lib/byte-text.ts'

/**
 * Ids as they are kept. An id that may be a card number must not be shown, and two ids must never become one: such an id is
 * replaced by its masked digits and a keyed digest of all of it. Every part of the service works with what `replace` returns.
 */
export interface Identifiers {
  /**
   * The id itself; or its replacement where it may hold a card number, looks like a replacement, is longer than
   * `ID_LENGTH_MAX` or is no valid text (then given as its bytes). Blanks around an id stay around its replacement, so that a
   * reader may trim before or after. No two ids have equal results.
   */
  replace: (id: string | Uint8Array) => string
  /** The forms under which an id of a query may be stored, the likelier first: the caller has the original id, or the replacement that was shown. */
  formsOf: (given: string) => readonly [string, ...string[]]
}

/** A replacement with the original id. */
export interface ReplacedId {
  shown: string
  original: string
}

/** Longest id that is kept as it is, in characters. */
export const ID_LENGTH_MAX = 255
/** Length of the digest and the `~` before it. */
const MARK_LENGTH = 21
/** Longest result of `replace`, in characters. */
export const KEPT_LENGTH_MAX = ID_LENGTH_MAX + MARK_LENGTH

/** The end of every replacement. An id that ends like this without being one is replaced too. */
const SHAPE = /~[a-z2-7]{20}$/
/** Few ids match this; only those that do are examined in full. */
const DOUBTFUL = /[~\0\ud800-\udfff]|\d(?:[ -]?\d){12}/
/** How much of an id that is too long is shown. */
const SHOWN_LENGTH = 64

export function createIdentifiers(secret: Uint8Array): Identifiers {
  // Made once: to make it for each id costs more than all the rest of a replacement.
  const key = createSecretKey(secret)
  const replace: Identifiers['replace'] = (id) => {
    if (typeof id !== 'string') return isUtf8(id) ? replace(textOf(id)) : replacementOf(key, id)
    if (id.length <= ID_LENGTH_MAX && !DOUBTFUL.test(id)) return id
    if (!id.isWellFormed() || id.includes('\0') || lengthOf(id) > ID_LENGTH_MAX) return replacementOf(key, id)
    const core = id.trim()
    return mayStay(core) ? id : id.replace(core, () => replacementOf(key, core))
  }
  return {
    replace,
    formsOf: (given) => (SHAPE.test(given) ? [replace(given), given] : [replace(given)]),
  }
}

const mayStay = (core: string): boolean => !SHAPE.test(core) && cardNumbersIn(core).length === 0

const cardNumbersIn = (text: string): DigitToken[][] =>
  cardNumbers(text, 'plain', lookThrough(text, 'plain').stretches, { likeACard: true })

function replacementOf(key: KeyObject, id: string | Uint8Array): string {
  const text = storable(typeof id === 'string' ? id : textOf(id)).trim()
  const masked = maskRuns(text, cardNumbersIn(text))
  const shown = lengthOf(masked) > ID_LENGTH_MAX ? masked.slice(0, SHOWN_LENGTH).toWellFormed() : masked
  return `${shown}~${digestOf(key, id)}`
}

/** 100 bits of a keyed SHA-256 over all of the id, in lower-case base32. */
function digestOf(key: KeyObject, id: string | Uint8Array): string {
  const hmac = createHmac('sha256', key)
  for (const part of framed(id)) hmac.update(part)
  const digest = hmac.digest()
  let text = ''
  for (let bit = 0; bit < DIGEST_BITS; bit += 5)
    text += BASE32.charAt((digest.readUInt16BE(bit >>> 3) >>> (11 - (bit & 7))) & 31)
  return text
}

const DIGEST_BITS = 100
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** The two marks that stand before bytes that are no valid text. UTF-8 never begins with either. */
function framed(id: string | Uint8Array): Uint8Array[] {
  if (typeof id !== 'string') return [Buffer.of(0xfe), id]
  return id.isWellFormed() ? [Buffer.from(id, 'utf8')] : [Buffer.of(0xff), Buffer.from(id, 'utf16le')]
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

/** In characters, not code units. */
const lengthOf = (text: string): number =>
  text.length <= ID_LENGTH_MAX ? text.length : Array.from(text).length
