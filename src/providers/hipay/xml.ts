import { isUtf8 } from 'node:buffer'
import { XMLParser } from 'fast-xml-parser'
import { storable } from '../../lib/byte-text.ts'
import type { Fields, Node } from './fields.ts'
import { isOpaque, UnreadablePayload } from './unreadable.ts'
import { refuseUnlessWellFormed } from './well-formed-xml.ts'

const TEXT = '#text'
const CDATA = '#cdata'
/** Put before every element name while the library holds it: its own reserved words then never meet ours. */
const SHIELD = ':'

/** An element or text as fast-xml-parser lists it when it keeps the order: one entry, name to content. */
type Entry = Record<string, unknown>

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  // mid 00001342917, month 07, code 077310: every leaf stays the text it was.
  parseTagValue: false,
  trimValues: false,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  // Its decoder would leave &#201; and expand DOCTYPE entities; ours below decodes exactly once.
  processEntities: false,
  transformTagName: (name) => (name.startsWith(SHIELD) ? name : SHIELD + name),
  // A path as text for every element would make deep documents cost their square.
  jPath: false,
})

/**
 * Read an XML document into the neutral tree. Attributes and comments are passed over. Refused, by `UnreadablePayload`:
 * unknown encodings, and all that `refuseUnlessWellFormed` names. `marked`: a byte order mark of UTF-8 stood before these
 * bytes. `flawed`: single characters were none that XML or the encoding allows, and are U+FFFD now.
 */
export function readXml(bytes: Buffer, { marked }: { marked: boolean }) {
  const { declaration, text, lossless } = decoded(bytes, marked)
  const { flawed } = refuseUnlessWellFormed(declaration + text)
  const entries = elementsOf(parser.parse(text) as Entry[])
  const [document] = entries
  if (document === undefined) throw new UnreadablePayload('the XML has no root')
  const repetition: Repetition = { name: null }
  const fields = contentOf(document.content, { top: null, repetition })
  return {
    root: document.name,
    fields: typeof fields === 'string' ? new Map<string, Node>() : fields,
    repeated: repetition.name,
    flawed: flawed || !lossless,
  }
}

/** The first element that occurred twice in one parent outside the merchant's own data. */
interface Repetition {
  name: string | null
}

/** Single-byte encodings an old system might declare; HiPay itself declares and sends UTF-8. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
  'iso-8859-15': 'iso-8859-15',
}

/** The document in two parts, decoded by the encoding that it declares. */
function decoded(bytes: Buffer, marked: boolean) {
  const [declaration = ''] = /^<\?xml\s[^<>]*\?>/.exec(bytes.toString('latin1')) ?? []
  const label = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1]?.toLowerCase() ?? 'utf-8'
  const encoding = Object.hasOwn(ENCODINGS, label) ? ENCODINGS[label] : undefined
  if (encoding === undefined || (marked && encoding !== 'utf-8')) {
    throw new UnreadablePayload('the XML declares an encoding other than UTF-8')
  }
  const rest = bytes.subarray(declaration.length)
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(rest)
  return { declaration, text, lossless: encoding !== 'utf-8' || isUtf8(rest) }
}

function elementsOf(entries: readonly Entry[]): { name: string; content: Entry[] }[] {
  return entries
    .flatMap((entry) => Object.entries(entry))
    .filter(([name]) => name.startsWith(SHIELD))
    .map(([name, content]) => ({ name: name.slice(SHIELD.length), content: content as Entry[] }))
}

/** Text of a leaf, or the children of an element. Text between children is layout and carries nothing. */
function contentOf(entries: readonly Entry[], place: { top: string | null; repetition: Repetition }): Node {
  const children = elementsOf(entries)
  if (children.length === 0) return leafText(entries)
  const fields: Fields = new Map()
  const times = new Map<string, number>()
  for (const { name, content } of children) {
    const before = times.get(name) ?? 0
    times.set(name, before + 1)
    const top = place.top ?? name
    if (before > 0 && !isOpaque(top)) place.repetition.name ??= name
    const key = before === 0 ? name : `${name}[${before}]`
    fields.set(storable(key), contentOf(content, { ...place, top }))
  }
  return fields
}

/** CDATA is taken to the letter; the layout around it is dropped. */
function leafText(entries: readonly Entry[]): string {
  const parts = entries.map((entry) => ({
    literal: CDATA in entry,
    text: CDATA in entry ? (entry[CDATA] as Entry[]).map(textOf).join('') : decodeReferences(textOf(entry)),
  }))
  const hasLiteral = parts.some(({ literal }) => literal)
  const kept = parts.filter(({ literal, text }) => literal || !hasLiteral || text.trim() !== '')
  return storable(kept.map(({ text }) => text).join(''))
}

function textOf(entry: Entry): string {
  const text = entry[TEXT]
  return typeof text === 'string' ? text : ''
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const REFERENCE = /&(?:#(\d+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));/g

/** The five names and numeric references, once each: `&amp;lt;` is the text `&lt;`. Unknown names stay as they are. */
function decodeReferences(text: string): string {
  return text.replace(REFERENCE, (_all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? ''
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return point > 0x10ffff ? '\uFFFD' : String.fromCodePoint(point)
  })
}
