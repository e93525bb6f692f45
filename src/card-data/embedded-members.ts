import { eraseNumber, eraseValue, type Eraser } from './eraser.ts'
import { closingQuote as closingPlainQuote } from './quotes.ts'

const MEMBER =
  /(?:"|%22|&quot;)([\w .-]{2,64})(?:\\*"|%22|&quot;|\\*%5[Cc]%22)(?:\s|\+|%20){0,8}(?::|%3A)(?:\s|\+|%20){0,8}/iy

/** JSON members: the message itself, or JSON that a merchant put into a field, escaped or percent-encoded. */
export function eraseMembers(
  eraser: Eraser,
  quotes: readonly number[],
  treatmentOf: (name: string) => 'keep' | 'mask' | 'overwrite',
): void {
  let read = 0
  for (const quote of quotes) {
    if (quote < read) continue
    MEMBER.lastIndex = quote
    const [opening, name] = MEMBER.exec(eraser.text) ?? []
    if (opening === undefined || name === undefined) continue
    read = quote + opening.length
    const treatment = treatmentOf(name)
    if (treatment !== 'keep') eraseMember(eraser, name, treatment, read)
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
