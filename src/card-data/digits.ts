/**
 * Card numbers in running text: Luhn-valid runs of 13–19 digits, possibly grouped by single blanks or dashes and with
 * digits written as the encoding of the text allows (`%34`, `\u0034`, `&#52;`).
 */

import { byteWritten } from '../lib/byte-text.ts'

/** Of characters in a text. */
export type Span = readonly [start: number, end: number]

export type Family = 'form' | 'json' | 'xml'

/** How digits are written: as a family encodes them, or as plain text. */
export type Writing = Family | 'plain'

/** One decimal digit as written: where it stands and how long its encoding is. */
export interface DigitToken {
  readonly digit: number
  readonly start: number
  readonly end: number
}

interface Token {
  /** 0–9, `SEPARATOR` or `OTHER`. */
  readonly digit: number
  readonly length: number
}

const SEPARATOR = -1
const OTHER = -2
const END: Token = { digit: OTHER, length: 0 }
const SHORTEST = 13
const LONGEST = 19

/** Digits between two positions. */
export function digitTokens(text: string, family: Writing, from: number, to: number): DigitToken[] {
  const digits: DigitToken[] = []
  for (let at = from; at < to;) {
    const { digit, length } = tokenAt(text, at, family)
    if (digit >= 0) digits.push({ digit, start: at, end: at + length })
    at += length
  }
  return digits
}

/** Which runs count: all that pass the check, or only those that also begin as the numbers of a card do. */
export interface CardNumberOptions {
  likeACard?: boolean
}

/** Every run of digits in these parts of a text that could be a card number; no two of them overlap. */
export function cardNumbers(
  text: string,
  family: Writing,
  stretches: readonly Span[],
  { likeACard = false }: CardNumberOptions = {},
): DigitToken[][] {
  const found: DigitToken[][] = []
  for (const [start, end] of stretches) {
    for (let at = start; at < end;) {
      const run = runFrom(text, family, at)
      if (run.digits.length >= SHORTEST)
        found.push(...cardNumbersIn(run, likeACard ? beginsLikeACard : () => true))
      at = run.end
    }
  }
  return found
}

const ENCODED_START: ReadonlySet<number> = new Set(
  ['%', '\\', '&'].map((character) => character.charCodeAt(0)),
)

/** Digits with single separators between them at most. */
interface Run {
  digits: DigitToken[]
  /** By a count of digits: whether a group ends after so many. */
  borders: boolean[]
  end: number
}

function runFrom(text: string, family: Writing, from: number): Run {
  const digits: DigitToken[] = []
  const borders = [true]
  let at = from
  for (;;) {
    const { digit, length } = at < text.length ? tokenAt(text, at, family) : END
    if (digit === OTHER || (digit === SEPARATOR && borders[digits.length] === true)) {
      borders[digits.length] = true
      return { digits, borders, end: at === from ? from + length : at }
    }
    if (digit === SEPARATOR) borders[digits.length] = true
    else {
      digits.push({ digit, start: at, end: at + length })
      borders.push(false)
    }
    at += length
  }
}

/** First digits that the networks these providers accept give out; 1 and 20 are how times begin. */
export function beginsLikeACard(digits: readonly DigitToken[], at: number): boolean {
  const prefix = (digits[at]?.digit ?? 0) * 10 + (digits[at + 1]?.digit ?? 0)
  return prefix >= 22 && prefix < 70
}

type Begins = (digits: readonly DigitToken[], at: number) => boolean

function cardNumbersIn({ digits, borders }: Run, begins: Begins): DigitToken[][] {
  const found: DigitToken[][] = []
  for (let first = 0; first + SHORTEST <= digits.length;) {
    const length = borders[first] === true && begins(digits, first) ? cardLengthAt(digits, borders, first) : 0
    if (length > 0) found.push(digits.slice(first, first + length))
    first += Math.max(1, length)
  }
  return found
}

/** Length of the longest Luhn-valid run of whole groups from a position on; 0 when there is none. */
function cardLengthAt(digits: readonly DigitToken[], borders: readonly boolean[], first: number): number {
  // Which digits the check doubles depends on the length: both sums are kept, by the parity of the length.
  let [ofEven, ofOdd] = [0, 0]
  let longest = 0
  const most = Math.min(LONGEST, digits.length - first)
  for (let length = 1; length <= most; length++) {
    const digit = digits[first + length - 1]?.digit ?? 0
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2
    const isOdd = length % 2 === 1
    ofEven += isOdd ? doubled : digit
    ofOdd += isOdd ? digit : doubled
    const sum = isOdd ? ofOdd : ofEven
    // A run of zeros passes the check and is no card.
    if (length >= SHORTEST && borders[first + length] === true && sum > 0 && sum % 10 === 0) longest = length
  }
  return longest
}

function tokenAt(text: string, at: number, family: Writing): Token {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return { digit: code - 0x30, length: 1 }
  if (code === 0x20 || code === 0x2d) return { digit: SEPARATOR, length: 1 }
  if (family === 'form') return formToken(text, at, code)
  return family === 'plain' ? { digit: OTHER, length: 1 } : escapedToken(text, at, family)
}

function formToken(text: string, at: number, code: number): Token {
  if (code === 0x2b) return { digit: SEPARATOR, length: 1 }
  const byte = code === 0x25 ? byteWritten(text, at + 1) : -1
  return byte < 0 ? { digit: OTHER, length: 1 } : meaningOf(byte, 3)
}

const ESCAPED: Readonly<Record<'json' | 'xml', RegExp>> = {
  json: /\\u00([0-9A-Fa-f]{2})/y,
  xml: /&#(?:x([0-9A-Fa-f]{2})|0*(\d{2}));/y,
}

function escapedToken(text: string, at: number, family: 'json' | 'xml'): Token {
  const escape = ESCAPED[family]
  if (!ENCODED_START.has(text.charCodeAt(at))) return { digit: OTHER, length: 1 }
  escape.lastIndex = at
  const [written, hex, decimal] = escape.exec(text) ?? []
  if (written === undefined) return { digit: OTHER, length: 1 }
  return meaningOf(hex === undefined ? Number(decimal) : parseInt(hex, 16), written.length)
}

function meaningOf(code: number, length: number): Token {
  if (code >= 0x30 && code <= 0x39) return { digit: code - 0x30, length }
  return { digit: code === 0x20 || code === 0x2d ? SEPARATOR : OTHER, length }
}
