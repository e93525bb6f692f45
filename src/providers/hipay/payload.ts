import type { Fields } from './fields.ts'
import { readForm } from './form.ts'
import { readJson } from './json.ts'
import { UnreadablePayload } from './unreadable.ts'
import { readXml } from './xml.ts'

/** A form, XML or JSON body as a neutral tree. */
export interface Payload {
  encoding: 'form' | 'xml' | 'json'
  /** Name of the XML document element; null in the other encodings. */
  root: string | null
  fields: Fields
  /** A name that occurred twice where HiPay sends it once: which of the two is true cannot be known. */
  repeated: string | null
  /** XML only: the document holds a character or a reference that XML does not allow. */
  flawed: boolean
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const UTF_16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]

/**
 * Read a body by its content, never by its Content-Type: `<` opens XML, `{` or `[` JSON, anything else is a form.
 * Throws `UnreadablePayload` and nothing else.
 */
export function readPayload(content: Buffer): Payload {
  const marked = beginsWith(content, BYTE_ORDER_MARK)
  const bytes = marked ? content.subarray(BYTE_ORDER_MARK.length) : content
  if (UTF_16_MARKS.some((mark) => beginsWith(bytes, mark))) {
    throw new UnreadablePayload('the body is UTF-16; HiPay sends UTF-8')
  }
  const first = bytes.find((byte) => !BLANKS.has(byte))
  if (first === undefined) throw new UnreadablePayload('the body is empty')
  const character = String.fromCharCode(first)
  if (character === '<') return { encoding: 'xml', ...readXml(bytes, { marked }) }
  if (character === '{' || character === '[')
    return { encoding: 'json', flawed: false, ...readJson(bytes.toString('utf8')) }
  return { encoding: 'form', root: null, flawed: false, ...readForm(bytes) }
}

/** Blanks and line breaks of Latin-1. */
const BLANKS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0])

function beginsWith(bytes: Buffer, mark: Buffer): boolean {
  return mark.every((byte, index) => bytes[index] === byte)
}
