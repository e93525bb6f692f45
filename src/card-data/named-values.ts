import { eraseNumber, eraseValue, type Eraser } from './eraser.ts'
import { closingQuote as closingPlainQuote } from './json-values.ts'
import { plainName } from './plain-name.ts'

type TreatmentOf = (name: string) => 'keep' | 'mask' | 'overwrite'

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
  if (quote === '"') return closingPlainQuote(text, from)
  const at = text.indexOf(quote, from)
  return at < 0 ? text.length : at
}
