import { isUtf8 } from 'node:buffer'
import { bytesOfText } from '../lib/byte-text.ts'
import { fits, hasShortParts, type Dialect, type OnValue, type WrittenId } from './value-writing.ts'

/** JSON: members and elements at every depth. A number that becomes an id's replacement becomes a string. */
export const JSON_TEXT: Dialect = {
  isCertainlyPlain: (text) => !SIGNS.test(text) && !DIGITS.test(text) && hasShortParts(text, '"'),
  visit,
  mayHoldJson: (text, start) => fits(/"\s*(?:[[{]|\\u00[57]b)/iy, text, start),
  isPlain: (raw) => !/[\\~\0\x80-\xff]|\d(?:[ -]?\d){12}/.test(raw),
  read,
  write: (text) => bytesOfText(JSON.stringify(text)),
}

const SIGNS = /[~\0\x80-\xff]|\\u/
const DIGITS = /\d(?:[ -]?\d){12}/

function visit(text: string, onValue: OnValue): void {
  const token = /"|-?\d[\d.eE+-]*/g
  let name = ''
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const start = match.index
    if (match[0] !== '"') {
      onValue(name, start, token.lastIndex)
      name = ''
      continue
    }
    const end = closingQuote(text, start + 1) + 1
    if (end > text.length) return
    token.lastIndex = end
    if (fits(/\s*:/y, text, end)) name = nameOf(text.slice(start, end))
    else {
      onValue(name, start, end)
      name = ''
    }
  }
}

function nameOf(written: string): string {
  const name = written.includes('\\') ? read(written) : written.slice(1, -1)
  return typeof name === 'string' ? name : ''
}

function read(raw: string): WrittenId | null {
  if (!raw.startsWith('"')) return raw
  const bytes = Buffer.from(raw, 'latin1')
  if (!isUtf8(bytes)) return bytes.subarray(1, -1)
  try {
    return JSON.parse(bytes.toString('utf8')) as string
  } catch {
    return null
  }
}

/** The next quote that no backslash escapes; the end of the text when there is none. */
export function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    if (!isEscaped(text, at)) return at
  }
  return text.length
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}
