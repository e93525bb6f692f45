/**
 * Card numbers in running text: Luhn-valid runs of 13–19 digits, possibly grouped by single blanks or dashes and with
 * digits written as the encoding of the text allows (`%34`, `\u0034`, `&#52;`).
 */

export type Family = 'form' | 'json' | 'xml'

/** One decimal digit as written: where it stands and how long its encoding is. */
export interface DigitToken {
  readonly digit: number
  readonly start: number
  readonly end: number
}

interface Token {
  /** 0–9, or one of the two below. */
  readonly digit: number
  readonly length: number
}

const SEPARATOR = -1
const OTHER = -2
const SHORTEST = 13
const LONGEST = 19

/** Digits between two positions. */
export function digitTokens(text: string, family: Family, from: number, to: number): DigitToken[] {
  const digits: DigitToken[] = []
  for (let at = from; at < to;) {
    const { digit, length } = tokenAt(text, at, family)
    if (digit >= 0) digits.push({ digit, start: at, end: at + length })
    at += length
  }
  return digits
}

/** Every run of digits that could be a card number; no two of them overlap. */
export function cardNumbers(text: string, family: Family): DigitToken[][] {
  const found: DigitToken[][] = []
  for (const { index, 0: stretch } of text.matchAll(STRETCHES[family])) {
    const end = index + stretch.length
    for (let at = index; at < end;) {
      const { groups, end: behind } = groupsFrom(text, family, at)
      found.push(...cardNumbersAmong(groups))
      at = behind
    }
  }
  return found
}

/**
 * Where a card number could stand: at least thirteen characters of those that its digits, separators and their
 * encodings are written with. Few messages have such a stretch, and only there every character is looked at.
 */
const STRETCHES: Readonly<Record<Family, RegExp>> = {
  form: /[0-9%][0-9 +%Dd-]{12,}/g,
  json: /[0-9\\][0-9 \\uDd-]{12,}/g,
  xml: /[0-9&][0-9 &#;xDd-]{12,}/g,
}

const ENCODED_START: ReadonlySet<number> = new Set(
  ['%', '\\', '&'].map((character) => character.charCodeAt(0)),
)

/** Digit groups from a position on, each divided from the next by exactly one separator. */
function groupsFrom(text: string, family: Family, from: number): { groups: DigitToken[][]; end: number } {
  const groups: DigitToken[][] = []
  let at = from
  let separated = true
  while (at < text.length) {
    const { digit, length } = tokenAt(text, at, family)
    if (digit === OTHER || (digit === SEPARATOR && separated)) break
    if (digit !== SEPARATOR) {
      if (separated) groups.push([])
      groups.at(-1)?.push({ digit, start: at, end: at + length })
    }
    separated = digit === SEPARATOR
    at += length
  }
  return { groups, end: at === from ? from + tokenAt(text, from, family).length : at }
}

function cardNumbersAmong(groups: readonly DigitToken[][]): DigitToken[][] {
  const found: DigitToken[][] = []
  for (let first = 0; first < groups.length;) {
    const taken = cardNumberAt(groups, first)
    if (taken) found.push(taken.digits)
    first += taken?.groups ?? 1
  }
  return found
}

/** The longest Luhn-valid run that begins with a group: at most nineteen groups are looked at. */
function cardNumberAt(groups: readonly DigitToken[][], first: number) {
  let best: { digits: DigitToken[]; groups: number } | null = null
  const digits: DigitToken[] = []
  for (let next = first; next < groups.length; next++) {
    const group = groups[next] ?? []
    if (digits.length + group.length > LONGEST) break
    digits.push(...group)
    if (digits.length >= SHORTEST && isLuhnValid(digits)) {
      best = { digits: [...digits], groups: next - first + 1 }
    }
  }
  return best
}

/** The check digit of card numbers; a run of zeros passes it too and is no card. */
function isLuhnValid(digits: readonly DigitToken[]): boolean {
  let sum = 0
  digits.forEach(({ digit }, index) => {
    const doubled = (digits.length - index) % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  })
  return sum > 0 && sum % 10 === 0
}

function tokenAt(text: string, at: number, family: Family): Token {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return { digit: code - 0x30, length: 1 }
  if (code === 0x20 || code === 0x2d) return { digit: SEPARATOR, length: 1 }
  if (family === 'form') return formToken(text, at, code)
  return escapedToken(text, at, family)
}

function formToken(text: string, at: number, code: number): Token {
  if (code === 0x2b) return { digit: SEPARATOR, length: 1 }
  const hex = code === 0x25 ? /[0-9A-Fa-f]{2}/y : null
  if (!hex) return { digit: OTHER, length: 1 }
  hex.lastIndex = at + 1
  const written = hex.exec(text)?.[0]
  return written === undefined ? { digit: OTHER, length: 1 } : meaningOf(parseInt(written, 16), 3)
}

function escapedToken(text: string, at: number, family: Family): Token {
  const escape = family === 'json' ? /\\u00([0-9A-Fa-f]{2})/y : /&#(?:x([0-9A-Fa-f]{2})|0*(\d{2}));/y
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
