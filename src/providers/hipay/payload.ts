import type { Fields } from './fields.ts'
import { readForm } from './form.ts'
import { readJson } from './json.ts'
import { UnreadablePayload } from './unreadable.ts'
import { readXml } from './xml.ts'

/** A body as a neutral tree, whatever its encoding. */
export interface Payload {
  encoding: 'form' | 'xml' | 'json'
  /** Name of the XML document element; null in the other encodings. */
  root: string | null
  fields: Fields
  /** A name that occurred twice where HiPay sends it once: which of the two is true cannot be known. */
  repeated: string | null
  /** XML only: a character or a reference is none that may stand there. */
  flawed: boolean
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const UTF_16_MARKS = ['fffe', 'feff']

/**
 * Read a body by its content, never by its Content-Type: `<` opens XML, `{` or `[` JSON, anything else is a form.
 * Throws `UnreadablePayload` and nothing else.
 */
export function readPayload(content: Buffer): Payload {
  const marked = content.subarray(0, 3).equals(BYTE_ORDER_MARK)
  const bytes = marked ? content.subarray(3) : content
  if (UTF_16_MARKS.includes(bytes.subarray(0, 2).toString('hex'))) {
    throw new UnreadablePayload('the body is UTF-16; HiPay sends UTF-8')
  }
  const first = /\S/.exec(bytes.toString('latin1'))?.[0]
  if (first === undefined) throw new UnreadablePayload('the body is empty')
  if (first === '<') return { encoding: 'xml', ...readXml(bytes, { marked }) }
  if (first === '{' || first === '[')
    return { encoding: 'json', flawed: false, ...readJson(bytes.toString('utf8')) }
  return { encoding: 'form', root: null, flawed: false, ...readForm(bytes) }
}
