/**
 * Finding card data in the raw text of a message without decoding it: form, XML and JSON are scanned as they came,
 * because the stored text must keep its length. Every pass is linear; bytes are read as latin1, one per character.
 */

import type { DigitToken, Family } from './card-data-digits.ts'
import { cardNumbers, digitTokens } from './card-data-digits.ts'

type TreatmentOf = (name: string) => 'keep' | 'mask' | 'overwrite'
type Span = readonly [start: number, end: number]

const STAR = 0x2a
const ZERO = 0x30
const QUOTE = 0x22
/** What a receipt may print of a card number. */
const SHOWN_FIRST = 6
const SHOWN_LAST = 4

/** The text under work; copies the buffer only when something has to be overwritten. */
export class Eraser {
  readonly text: string
  readonly family: Family
  readonly #original: Buffer
  #copy: Buffer | null = null
  readonly #names = new Set<string>()

  constructor(content: Buffer) {
    this.#original = content
    this.text = content.toString('latin1')
    this.family = familyOf(this.text)
  }

  overwrite(name: string, start: number, end: number, filler: number = STAR): void {
    this.#copy ??= Buffer.from(this.#original)
    this.#copy.fill(filler, start, end)
    this.#names.add(Buffer.from(name, 'latin1').toString('utf8'))
  }

  result(): { content: Buffer; scrubbed: string[] } {
    return { content: this.#copy ?? this.#original, scrubbed: [...this.#names] }
  }
}

function familyOf(text: string): Family {
  const first = /[^\s\xef\xbb\xbf]/.exec(text)?.[0]
  if (first === '<') return 'xml'
  return first === '{' || first === '[' ? 'json' : 'form'
}

/** Values whose own field name tells what they are. */
export function eraseFields(eraser: Eraser, treatmentOf: TreatmentOf): void {
  if (eraser.family === 'form') eraseFormFields(eraser, treatmentOf)
  if (eraser.family === 'xml') eraseElements(eraser, treatmentOf)
}

function eraseFormFields(eraser: Eraser, treatmentOf: TreatmentOf): void {
  const { text } = eraser
  for (let start = 0; start < text.length;) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand < 0 ? text.length : ampersand
    const equals = text.indexOf('=', start)
    if (equals >= 0 && equals < end) {
      const name = text.slice(start, equals)
      const treatment = treatmentOf(name)
      if (treatment !== 'keep') eraseValue(eraser, plainName(name), treatment, [equals + 1, end])
    }
    if (equals < 0) return
    start = end + 1
  }
}

/** A form's name without percent-encoding, one byte per character. */
export function plainName(raw: string): string {
  if (!raw.includes('%')) return raw
  return raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

function eraseElements(eraser: Eraser, treatmentOf: TreatmentOf): void {
  const { text } = eraser
  let close = -1
  for (let open = text.indexOf('<'); open >= 0; open = text.indexOf('<', open + 1)) {
    if (close < open) close = text.indexOf('>', open)
    if (close < 0) return
    const name = elementName(text, open, close)
    const treatment = name === null ? 'keep' : treatmentOf(name)
    if (name === null || treatment === 'keep') continue
    const start = close + 1
    const isCdata = text.startsWith(CDATA, start)
    const end = text.indexOf(isCdata ? ']]>' : '<', start)
    const value = isCdata ? start + CDATA.length : start
    eraseValue(eraser, name, treatment, [value, end < 0 ? text.length : end])
    // Never closed: everything behind is gone already, and searching again from every tag would be quadratic.
    if (end < 0) return
  }
}

const CDATA = '<![CDATA['
const ELEMENT_NAME_LENGTH = 64

/** Name of the element that a tag opens; null for end tags, instructions and comments. */
function elementName(text: string, open: number, close: number): string | null {
  const name = text.slice(open + 1, Math.min(close, open + 1 + ELEMENT_NAME_LENGTH))
  return /[\s/?!]/.test(name) ? (/^[^\s/?!]+/.exec(name)?.[0] ?? null) : name
}

/** JSON members: the message itself, or JSON that a merchant put into a field, escaped or percent-encoded. */
export function eraseEmbedded(eraser: Eraser, treatmentOf: TreatmentOf): void {
  const { text } = eraser
  if (!text.includes('"') && !text.includes('%22') && !text.includes('&quot;')) return
  const member =
    /(?:"|%22|&quot;)([\w .-]{2,64})(?:\\*"|%22|&quot;|\\*%5[Cc]%22)(?:\s|\+|%20){0,8}(?::|%3A)(?:\s|\+|%20){0,8}/gi
  for (const match of text.matchAll(member)) {
    const [opening, name = ''] = match
    const treatment = treatmentOf(name)
    if (treatment !== 'keep') eraseMember(eraser, name, treatment, match.index + opening.length)
  }
}

function eraseMember(eraser: Eraser, name: string, treatment: 'mask' | 'overwrite', at: number): void {
  const { text } = eraser
  const quote = /\\*"|(?:%5C)*%22|&quot;/iy
  quote.lastIndex = at
  const opened = quote.exec(text)?.[0]
  if (opened !== undefined) {
    const start = at + opened.length
    eraseValue(eraser, name, treatment, [start, closingQuote(text, opened, start)])
    return
  }
  const number = /-?\d[\d.eE+-]*/y
  number.lastIndex = at
  const digits = number.exec(text)?.[0]
  if (digits !== undefined) eraseNumber(eraser, name, treatment, [at, at + digits.length])
}

/** The same quote again that no backslash precedes; the end of the text when it never closes. */
function closingQuote(text: string, quote: string, from: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (quote !== '"' || !isEscaped(text, at)) return at
  }
  return text.length
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

const MASKED = /^(?:\**|[*xX]{3,}|\s*)$/

function eraseValue(
  eraser: Eraser,
  name: string,
  treatment: 'keep' | 'mask' | 'overwrite',
  span: Span,
): void {
  if (treatment === 'keep') return
  const [start, end] = span
  if (treatment === 'overwrite') {
    // What the sender masked already is left alone, and so is what an earlier pass overwrote.
    if (!MASKED.test(eraser.text.slice(start, end))) eraser.overwrite(name, start, end)
    return
  }
  maskMiddle(eraser, name, digitTokens(eraser.text, eraser.family, start, end))
}

/** A bare JSON number has to stay JSON: as a string of stars, or, masked, with zeros in the middle. */
function eraseNumber(eraser: Eraser, name: string, treatment: 'mask' | 'overwrite', span: Span): void {
  const [start, end] = span
  if (treatment === 'mask') {
    maskMiddle(eraser, name, digitTokens(eraser.text, eraser.family, start, end), ZERO)
  } else if (end - start === 1) {
    eraser.overwrite(name, start, end, ZERO)
  } else {
    eraser.overwrite(name, start, end)
    eraser.overwrite(name, start, start + 1, QUOTE)
    eraser.overwrite(name, end - 1, end, QUOTE)
  }
}

function maskMiddle(
  eraser: Eraser,
  name: string,
  digits: readonly DigitToken[],
  filler: number = STAR,
): void {
  if (digits.length <= SHOWN_FIRST + SHOWN_LAST) return
  for (const { start, end } of digits.slice(SHOWN_FIRST, -SHOWN_LAST))
    eraser.overwrite(name, start, end, filler)
}

/** Card numbers wherever they stand, whatever the field is called. */
export function eraseRuns(eraser: Eraser, isIdentifier: (name: string) => boolean): void {
  const { text, family } = eraser
  for (const digits of cardNumbers(text, family)) {
    const start = digits[0]?.start ?? 0
    const end = digits.at(-1)?.end ?? start
    if (isDigest(text, start, end)) continue
    const field = fieldAround(text, family, start, end)
    // Long order numbers are valid by chance one time in ten, and without its order number a message is worth little.
    if (field.whole && isIdentifier(field.name) && !beginsLikeACard(digits)) continue
    maskMiddle(eraser, field.name, digits, field.bareNumber ? ZERO : STAR)
  }
}

const DIGEST = /^(?:[0-9A-Fa-f]{32,}|.*[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$/
/** Longest word looked at around a run: a SHA-512 in hexadecimal. */
const DIGEST_LENGTH = 128

/** Hashes and uuids are long enough to hold such a run by chance, and are never card numbers. */
function isDigest(text: string, start: number, end: number): boolean {
  const before = /[0-9A-Fa-f-]*$/.exec(text.slice(Math.max(0, start - DIGEST_LENGTH), start))?.[0] ?? ''
  const after = /^[0-9A-Fa-f-]*/.exec(text.slice(end, end + DIGEST_LENGTH))?.[0] ?? ''
  const word = before + text.slice(start, end) + after
  return /[A-Fa-f]/.test(word) && DIGEST.test(word)
}

/** First digits that the networks these providers accept give out; 1 and 20 are how times begin. */
function beginsLikeACard(digits: readonly DigitToken[]): boolean {
  const [first, second] = digits
  const prefix = (first?.digit ?? 0) * 10 + (second?.digit ?? 0)
  return prefix >= 22 && prefix < 70
}

interface Field {
  name: string
  /** The digits are its whole value. */
  whole: boolean
  /** A JSON number without quotes. */
  bareNumber: boolean
}

/** A name stands close before its value; without a bound a hostile body would cost quadratic time. */
const FIELD_WINDOW = 256
const FIELD_BEFORE: Readonly<Record<Family, RegExp>> = {
  form: /(?:^|&)([^&=]*)=([^&]*)$/,
  json: /"([^"\\]*)"\s*:\s*("?[^"]*)$/,
  xml: /<([\w.:-]+)(?:\s[^<>]*)?>([^<]*)$/,
}

function fieldAround(text: string, family: Family, start: number, end: number): Field {
  const [, name = 'pan', before = '-'] =
    FIELD_BEFORE[family].exec(text.slice(Math.max(0, start - FIELD_WINDOW), start)) ?? []
  const after = text.charAt(end)
  return {
    name: family === 'form' ? plainName(name) : name,
    whole: (before === '' || before === '"') && /^[&"<,}\s]?$/.test(after),
    bareNumber:
      family === 'json' &&
      /[:[,]\s*$/.test(text.slice(Math.max(0, start - 8), start)) &&
      /^[,}\]\s]?$/.test(after),
  }
}
