import { isUtf8 } from 'node:buffer'
import { bytesOfText } from '../lib/byte-text.ts'
import type { FoundFields } from './fields.ts'
import type { Marks } from './marks.ts'
import { closingQuote } from './quotes.ts'
import { fits, type Dialect, type WrittenId } from './value-writing.ts'

/** JSON: members and elements at every depth. A number that becomes an id's replacement becomes a string. */
export const JSON_TEXT: Dialect = {
  visit,
  mayHoldJson: (text, start) => fits(JSON_START, text, start),
  isPlain: (raw) => !/[\\~\0\x80-\xff]|\d(?:[ -]?\d){12}/.test(raw),
  read,
  write: (text) => bytesOfText(JSON.stringify(text)),
}

const JSON_START = /"\s*(?:[[{]|\\u00[57]b)/iy

function visit(text: string, _marks: Marks, found: FoundFields): void {
  const onValue = (name: string, start: number, end: number): void => {
    found.addValue(found.fieldOf(name), start, end)
  }
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
