import { bytesOfText, escaped, unescaped } from '../lib/byte-text.ts'
import type { FoundFields } from './fields.ts'
import type { Marks } from './marks.ts'
import { fits, idOf, type Dialect } from './value-writing.ts'

/** `NAME=VALUE&…`, as body or query. */
export const FORM: Dialect = {
  visit,
  mayHoldJson: (text, start) => fits(JSON_START, text, start),
  isPlain: (raw) => !NOT_PLAIN.test(raw),
  read: (raw) => idOf(unescaped(raw)),
  write: (text) => escaped(bytesOfText(text)),
}

const JSON_START = /[+\s]*(?:[[{]|%[57]B)/iy
const NOT_PLAIN = /[%~\0\x80-\xff]|\d(?:[ +-]?\d){12}/
const BYTE_ORDER_MARK = '\xef\xbb\xbf'
const EQUALS = 0x3d

function visit(text: string, { borders }: Marks, found: FoundFields): void {
  let start = text.startsWith(BYTE_ORDER_MARK) ? 3 : 0
  let equals = -1
  const add = (end: number): void => {
    if (equals >= 0) {
      const field = found.fieldOf(text.slice(start, equals))
      found.addNamed(field, equals + 1, end)
      found.addValue(field, equals + 1, end)
    }
    start = end + 1
    equals = -1
  }
  for (const at of borders) {
    if (text.charCodeAt(at) !== EQUALS) add(at)
    else if (equals < 0) equals = at
  }
  add(endOfForm(text))
}

/** Some senders end a form with a line break. Some readers take it for a part of the last value, so it is kept outside of it. */
function endOfForm(text: string): number {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--
  return end
}
