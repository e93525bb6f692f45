import { isUtf8 } from 'node:buffer'
import type { Fields, Node } from './fields.ts'
import { isOpaque, UnreadablePayload } from './unreadable.ts'

import { readWellFormed } from './well-formed-xml.ts'
import type { XmlContent } from './xml-walk.ts'

/**
 * Read an XML document into the neutral tree. Attributes and comments are passed over. Refused, by `UnreadablePayload`:
 * unknown encodings, and all that `readWellFormed` names. `marked`: a byte order mark of UTF-8 stood before these bytes.
 * `flawed`: single characters were none that XML or the encoding allows, and are U+FFFD now.
 */
export function readXml(bytes: Buffer, { marked }: { marked: boolean }) {
  const { text, lossless } = decoded(bytes, marked)
  const tree = new Tree()
  const { flawed } = readWellFormed(text, tree)
  const { root, fields, repeated } = tree
  return { root, fields, repeated, flawed: flawed || !lossless }
}

/** Single-byte encodings an old system might declare; HiPay itself declares and sends UTF-8. */
const DECODERS = {
  'utf-8': new TextDecoder('utf-8', { ignoreBOM: true }),
  'windows-1252': new TextDecoder('windows-1252'),
  'iso-8859-15': new TextDecoder('iso-8859-15'),
}

const ENCODINGS: Readonly<Record<string, keyof typeof DECODERS>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
  'iso-8859-15': 'iso-8859-15',
}

/** The document, decoded by the encoding that it declares. */
function decoded(bytes: Buffer, marked: boolean): { text: string; lossless: boolean } {
  const start = bytes.toString('latin1', 0, bytes.indexOf('>') + 1)
  const [declaration = ''] = /^<\?xml\s[^<>]*\?>/.exec(start) ?? []
  const label = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1]?.toLowerCase() ?? 'utf-8'
  const encoding = Object.hasOwn(ENCODINGS, label) ? ENCODINGS[label] : undefined
  if (encoding === undefined || (marked && encoding !== 'utf-8')) {
    throw new UnreadablePayload('the XML declares an encoding other than UTF-8')
  }
  return { text: DECODERS[encoding].decode(bytes), lossless: encoding !== 'utf-8' || isUtf8(bytes) }
}

/** An element that is still open. */
interface OpenElement {
  /** Its name; among siblings of one name the second is `name[1]`. */
  key: string
  /** Name of the element below the root that it is or stands in; null: it is the root. */
  top: string | null
  /** Null: none has ended yet. */
  children: Fields | null
  /** How often the name of an earlier child came again; null: none did. */
  repetitions: Map<string, number> | null
  /** What its CDATA sections say, and the text between them; null: none has come yet. */
  literal: string | null
  /** Text behind the last of them. Beside children it is layout and carries nothing. */
  text: string
}

/** The neutral tree, grown while the document is read. */
class Tree implements XmlContent {
  root = ''
  fields: Fields = new Map()
  /** The first element that occurred twice in one parent outside the merchant's own data. */
  repeated: string | null = null
  readonly #path: OpenElement[] = []

  open(name: string): void {
    const parent = this.#path.at(-1)
    if (parent === undefined) this.root = name
    const top = parent === undefined ? null : (parent.top ?? name)
    const key = this.#keyIn(parent, name)
    this.#path.push({ key, top, children: null, repetitions: null, literal: null, text: '' })
  }

  #keyIn(parent: OpenElement | undefined, name: string): string {
    if (parent?.children?.has(name) !== true) return name
    if (!isOpaque(parent.top ?? name)) this.repeated ??= name
    parent.repetitions ??= new Map()
    const before = 1 + (parent.repetitions.get(name) ?? 0)
    parent.repetitions.set(name, before)
    return `${name}[${before}]`
  }

  text(text: string): void {
    const element = this.#path.at(-1)
    if (element?.children === null) element.text += text
  }

  literal(text: string): void {
    const element = this.#path.at(-1)
    if (element === undefined) return
    element.literal = (element.literal ?? '') + unlessBlank(element.text) + text
    element.text = ''
  }

  close(): void {
    const element = this.#path.pop()
    const parent = this.#path.at(-1)
    if (element === undefined) return
    if (parent === undefined) this.fields = element.children ?? this.fields
    else (parent.children ??= new Map<string, Node>()).set(element.key, element.children ?? leafText(element))
  }
}

/** CDATA is taken to the letter; the layout around it is dropped. */
function leafText({ literal, text }: OpenElement): string {
  return literal === null ? text : literal + unlessBlank(text)
}

function unlessBlank(text: string): string {
  return text.trim() === '' ? '' : text
}
