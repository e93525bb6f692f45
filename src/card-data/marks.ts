import type { Span, Writing } from './digits.ts'

/** What one look at every character of a text finds; all that is done afterwards looks at these places alone. */
export interface Marks {
  /** Between names and values: each `&` and `=` of a form, each `<` of a document. */
  borders: number[]
  /** Each quote, also one written as `%22` or `&quot;`. */
  quotes: number[]
  /** Where a card number could stand: at least thirteen characters of those that its digits and separators are written with. */
  stretches: Span[]
}

const SHORTEST_STRETCH = 13

/** A character that begins a stretch, one that goes on with it, a border, and one that may be a quote. */
const START = 1
const WITHIN = 2
const BORDER = 4
const QUOTE = 8

const DIGITS = '0123456789'

/** The escapes of a family consist of characters that stretches have too. */
const CLASSES: Readonly<Record<Writing, Uint8Array>> = {
  form: classes({ start: `${DIGITS}%`, within: ' +-Dd', borders: '&=' }),
  json: classes({ start: `${DIGITS}\\`, within: ' -uDd', borders: '' }),
  xml: classes({ start: `${DIGITS}&`, within: ' -#;xDd', borders: '<' }),
  plain: classes({ start: DIGITS, within: ' -', borders: '' }),
}

function classes({ start, within, borders }: Record<'start' | 'within' | 'borders', string>): Uint8Array {
  const table = new Uint8Array(0x10000)
  const add = (characters: string, kind: number): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0)
      table[code] = kindOf(table, code) | kind
    }
  }
  add(start, START | WITHIN)
  add(within, WITHIN)
  add(borders, BORDER)
  add('"%&', QUOTE)
  return table
}

function kindOf(table: Uint8Array, code: number): number {
  return table[code] as number
}

/** Linear, and the only pass that takes a step for each character. */
export function lookThrough(text: string, writing: Writing): Marks {
  const table = CLASSES[writing]
  const marks: Marks = { borders: [], quotes: [], stretches: [] }
  let start = -1
  const endStretch = (end: number): void => {
    if (end - start >= SHORTEST_STRETCH) marks.stretches.push([start, end])
    start = -1
  }
  for (let at = 0; at < text.length; at++) {
    const kind = kindOf(table, text.charCodeAt(at))
    if ((kind & WITHIN) === 0) {
      if (start >= 0) endStretch(at)
      if (kind === 0) continue
    } else if (start < 0 && (kind & START) !== 0) start = at
    if ((kind & BORDER) !== 0) marks.borders.push(at)
    if ((kind & QUOTE) !== 0 && isQuote(text, at)) marks.quotes.push(at)
  }
  if (start >= 0) endStretch(text.length)
  return marks
}

const PERCENT = 0x25
const AMPERSAND = 0x26
const TWO = 0x32
const LOWER_CASE = 0x20
const LETTER_Q = 0x71

function isQuote(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1)
  switch (text.charCodeAt(at)) {
    case PERCENT:
      return next === TWO && text.charCodeAt(at + 2) === TWO
    case AMPERSAND:
      return (next | LOWER_CASE) === LETTER_Q && text.slice(at + 1, at + 6).toLowerCase() === 'quot;'
    default:
      return true
  }
}
