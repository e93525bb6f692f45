import { SaxesParser } from 'saxes'
import { storable } from '../../lib/byte-text.ts'
import { DEPTH_MAX, UnreadablePayload } from './unreadable.ts'

/**
 * Most elements, comments and CDATA sections of one document. A notification has fewer than 200, and reading 65,000 of
 * them takes a second of processor time that its neighbours would wait for.
 */
const PIECES_MAX = 5000

/** HiPay writes none. Comparing thousands of them in a namespace with a long name would cost their product. */
const ATTRIBUTES_MAX = 500

/** What saxes says of a single wrong character or reference inside text. Everything else it says is about structure. */
const FLAWS = new Set(['disallowed character.', 'malformed character entity.', 'undefined entity.'])
const FLAWS_MAX = 100

/** Told what a document contains, in its order; text and the references in it come together. */
export interface XmlContent {
  open(name: string): void
  text(text: string): void
  /** A CDATA section. */
  literal(text: string): void
  close(): void
}

/**
 * Read a document to its end. Refuses, by `UnreadablePayload`, whatever has not the structure of a well-formed XML document
 * with namespaces, document types and processing instructions (none is needed, and the first could name files and expand
 * without end), and what is deeper or longer than any message. Stops at the first of these: nothing behind it is looked at.
 * `flawed`: a character or a reference is none that XML allows; the document is not well-formed either, but can be told.
 */
export function readWellFormed(document: string, content: XmlContent): { flawed: boolean } {
  const reader = new SaxesParser({ xmlns: true, position: false })
  const piece = atMost(PIECES_MAX, 'elements')
  const flaws = watchFlaws(reader)
  reader.on('text', (text) => {
    content.text(flaws.seen ? repaired(text) : text)
  })
  reader.on('cdata', (text) => {
    piece()
    content.literal(flaws.seen ? storable(text) : text)
  })
  reader.on('attribute', atMost(ATTRIBUTES_MAX, 'attributes'))
  tellElements(reader, content, piece)
  listenForRare(reader, document, piece)
  reader.write(document).close()
  return { flawed: flaws.seen }
}

type Reader = SaxesParser<{ xmlns: true; position: false }>

function watchFlaws(reader: Reader): { seen: boolean } {
  const flaws = { seen: false }
  const flaw = atMost(FLAWS_MAX, 'forbidden characters')
  reader.on('error', ({ message }) => {
    if (!FLAWS.has(message)) refuse('is not well-formed')
    flaw()
    flaws.seen = true
  })
  return flaws
}

/** An element is told when its tag is complete, which is before anything can stand in it. */
function tellElements(reader: Reader, content: XmlContent, piece: () => void): void {
  let depth = 0
  reader.on('opentag', ({ name }) => {
    piece()
    depth += 1
    if (depth > DEPTH_MAX) refuse('is nested too deeply')
    content.open(name)
  })
  reader.on('closetag', () => {
    depth -= 1
    content.close()
  })
}

/**
 * What no notification has is listened for only in a document that may have it: with more than six listeners, V8 keeps the
 * reader's state as a dictionary, and every character costs five times as much.
 */
function listenForRare(reader: Reader, document: string, piece: () => void): void {
  const unneeded = (): never => refuse('carries a document type or an instruction')
  if (document.includes('<!--')) reader.on('comment', piece)
  if (document.includes('<!DOCTYPE')) reader.on('doctype', unneeded)
  if (/<\?(?!xml\s)/.test(document)) reader.on('processinginstruction', unneeded)
}

/**
 * saxes leaves references to forbidden characters as they were written: they are decoded here, like all others. Allowed ones
 * it has decoded: what still looks like one is text (`&amp;#65;`).
 */
function repaired(text: string): string {
  const decoded = text.replace(/&#(?:x([0-9a-f]+)|(\d+));/gi, (written, hex?: string, decimal?: string) => {
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (point > 0x10ffff) return '\uFFFD'
    const character = String.fromCodePoint(point)
    return ALLOWED.test(character) ? written : character
  })
  return storable(decoded)
}

const ALLOWED = /[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

function refuse(what: string): never {
  throw new UnreadablePayload(`the XML ${what}`)
}

function atMost(limit: number, what: string): () => void {
  let count = 0
  return () => {
    count += 1
    if (count > limit) refuse(`has more than ${limit} ${what}`)
  }
}
