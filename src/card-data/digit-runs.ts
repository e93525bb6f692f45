import { beginsLikeACard, cardNumbers, type Family, type Span } from './digits.ts'
import { maskMiddle, STAR, ZERO, type Eraser } from './eraser.ts'
import { plainName } from './plain-name.ts'

/** Card numbers anywhere in a text, under any name of a field. */
export function eraseRuns(
  eraser: Eraser,
  stretches: readonly Span[],
  isIdentifier: (name: string) => boolean,
): void {
  const { text, family } = eraser
  for (const digits of cardNumbers(text, family, stretches)) {
    const start = digits[0]?.start ?? 0
    const end = digits.at(-1)?.end ?? start
    if (isDigest(text, start, end)) continue
    const field = fieldAround(text, family, start, end)
    // One long order number in ten passes the Luhn check by chance. A message whose order number was masked can hardly be matched.
    if (field.whole && isIdentifier(field.name) && !beginsLikeACard(digits, 0)) continue
    maskMiddle(eraser, field.name, digits, field.bareNumber ? ZERO : STAR)
  }
}

const HASH = /^[0-9A-Fa-f]{32,}$/
const UUID = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/
const UUID_LENGTH = 36
/** How many characters around a run are read to find the whole word: the length of a SHA-512 in hexadecimal. */
const DIGEST_LENGTH = 128
const OF_WORDS = new Uint8Array(0x100)
for (const byte of Buffer.from('0123456789ABCDEFabcdef-')) OF_WORDS[byte] = 1

/** Hashes and uuids are long enough to hold such a run by chance, and are never card numbers. */
function isDigest(text: string, start: number, end: number): boolean {
  let first = start
  while (first > start - DIGEST_LENGTH && OF_WORDS[text.charCodeAt(first - 1)] === 1) first--
  let behind = end
  while (behind < end + DIGEST_LENGTH && OF_WORDS[text.charCodeAt(behind)] === 1) behind++
  const word = text.slice(first, behind)
  return /[A-Fa-f]/.test(word) && (HASH.test(word) || UUID.test(word.slice(-UUID_LENGTH)))
}

interface Field {
  name: string
  /** The digits are the whole value of the field. */
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

const BORDER: Readonly<Record<Family, string>> = { form: '&', json: '"', xml: '<' }
/** A member that is text stands behind three quotes, every other field behind fewer borders. */
const BORDERS_MAX: Readonly<Record<Family, number>> = { form: 1, json: 3, xml: 1 }

/** What stands before a value in its field, and no more than the patterns above can match. */
function textBefore(text: string, family: Family, start: number): string {
  const window = text.slice(Math.max(0, start - FIELD_WINDOW), start)
  let from = window.length
  for (let left = BORDERS_MAX[family]; left > 0 && from > 0; left--)
    from = window.lastIndexOf(BORDER[family], from - 1)
  return window.slice(Math.max(0, from))
}

function fieldAround(text: string, family: Family, start: number, end: number): Field {
  const [, name = 'pan', before = '-'] = FIELD_BEFORE[family].exec(textBefore(text, family, start)) ?? []
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
