import { XMLParser } from 'fast-xml-parser'
import type { Fields, Node } from './fields.ts'
import { DEPTH_MAX, isOpaque, storableText, UnreadablePayload } from './unreadable.ts'

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
  maxNestedTags: DEPTH_MAX,
  // A path as text for every element would make deep documents cost their square.
  jPath: false,
})

/**
 * Read an XML document into the neutral tree. Attributes and comments are passed over. Refused, by
 * `UnreadablePayload`: document types, other markup declarations, processing instructions, unknown encodings,
 * anything not well-formed, and depth or number of elements beyond the limits.
 */
export function readXml(bytes: Buffer): { root: string; fields: Fields; repeated: string | null } {
  const text = withoutDeclaration(bytes)
  refuseHostileMarkup(text)
  const entries = elementsOf(parse(text))
  const [document] = entries
  if (document === undefined || entries.length > 1) throw new UnreadablePayload('the XML has no single root')
  const repetition: Repetition = { name: null }
  const fields = contentOf(document.content, { top: null, repetition })
  return {
    root: document.name,
    fields: typeof fields === 'string' ? new Map<string, Node>() : fields,
    repeated: repetition.name,
  }
}

/** The first element that occurred twice in one parent outside the merchant's own data. */
interface Repetition {
  name: string | null
}

/** `true` lets its validator look first: the parser alone accepts elements that are never closed. */
function parse(text: string): Entry[] {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is a package of its own, not yet needed
    return parser.parse(text, true) as Entry[]
  } catch {
    throw new UnreadablePayload('the XML is not well-formed or nested too deeply')
  }
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

/** The document after its declaration, decoded by the encoding that it declares. Invalid bytes become U+FFFD. */
function withoutDeclaration(bytes: Buffer): string {
  const [declaration = ''] = /^\s*<\?xml\s[^<>]*\?>/.exec(bytes.toString('latin1')) ?? []
  const label = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1]?.toLowerCase() ?? 'utf-8'
  const encoding = Object.hasOwn(ENCODINGS, label) ? ENCODINGS[label] : undefined
  if (encoding === undefined) throw new UnreadablePayload('the XML declares an encoding other than UTF-8')
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes.subarray(declaration.length)).trim()
}

/** Where each kind of markup that may hold `<!` as plain text ends. */
const PASSED_OVER: readonly (readonly [open: string, close: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
]

/**
 * Most elements, comments and CDATA sections of one document. A notification has fewer than 200, and reading 65,000 of
 * them takes a second of processor time that its neighbours would wait for.
 */
const PIECES_MAX = 5000

/** Walk the markup once: comments and CDATA are passed over, every other `<!` and `<?` is refused unread. */
function refuseHostileMarkup(text: string): void {
  let pieces = 0
  for (let start = text.indexOf('<'); start !== -1; start = text.indexOf('<', endOfMarkup(text, start))) {
    if (!text.startsWith('</', start)) pieces += 1
    if (pieces > PIECES_MAX) throw new UnreadablePayload(`the XML has more than ${PIECES_MAX} elements`)
  }
}

function endOfMarkup(text: string, start: number): number {
  const section = PASSED_OVER.find(([open]) => text.startsWith(open, start))
  if (section === undefined) {
    if (!/[!?]/.test(text.charAt(start + 1))) return start + 1
    throw new UnreadablePayload('the XML carries a document type or an instruction')
  }
  const [open, close] = section
  const end = text.indexOf(close, start + open.length)
  if (end === -1) throw new UnreadablePayload('the XML is not well-formed')
  return end + close.length
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
    fields.set(storableText(key), contentOf(content, { ...place, top }))
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
  return storableText(kept.map(({ text }) => text).join(''))
}

function textOf(entry: Entry): string {
  const text = entry[TEXT]
  return typeof text === 'string' ? text : ''
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g

/** The five names and numeric references, once each: `&amp;lt;` is the text `&lt;`. */
function decodeReferences(text: string): string {
  return text.replace(REFERENCE, (_all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? ''
    const point = decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? '', 16)
    return point > 0x10ffff ? '\uFFFD' : String.fromCodePoint(point)
  })
}
