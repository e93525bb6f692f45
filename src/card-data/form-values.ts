import { bytesOfText, unescaped } from '../lib/byte-text.ts'
import { plainName } from './plain-name.ts'
import { fits, hasShortParts, idOf, type Dialect, type OnValue } from './value-writing.ts'

/** `NAME=VALUE&…`, as body or query. */
export const FORM: Dialect = {
  isCertainlyPlain: (text) => !SIGNS.test(text) && !DIGITS.test(text) && hasShortParts(text, '&'),
  visit,
  mayHoldJson: (text, start) => fits(JSON_START, text, start),
  isPlain: (raw) => !NOT_PLAIN.test(raw),
  read: (raw) => idOf(unescaped(raw)),
  write: (text) =>
    bytesOfText(text).replace(/[^0-9A-Za-z._-]/g, (byte) =>
      byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    ),
}

const JSON_START = /[+\s]*(?:[[{]|%[57]B)/iy
const SIGNS = /[~\0\x80-\xff]|%(?:7e|00|3\d|5Cu|[89a-f])|\\u/i
const DIGITS = /\d(?:(?:[ +-]|%2[0D])?\d){12}/i
const NOT_PLAIN = /[%~\0\x80-\xff]|\d(?:[ +-]?\d){12}/
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

function visit(text: string, onValue: OnValue): void {
  const last = endOfForm(text)
  for (let start = text.startsWith(BYTE_ORDER_MARK) ? 3 : 0; start < last;) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand < 0 ? last : ampersand
    const equals = text.indexOf('=', start)
    if (equals < 0) return
    if (equals < end) onValue(plainName(text.slice(start, equals)), equals + 1, end)
    start = end + 1
  }
}

/** Some senders end a form with a line break, which some readers take for a part of the last value: it stays where it is. */
function endOfForm(text: string): number {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--
  return end
}
