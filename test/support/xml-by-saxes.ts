import { SaxesParser } from 'saxes'
import { storable } from '../../src/lib/byte-text.ts'
import { DEPTH_MAX } from '../../src/providers/hipay/unreadable.ts'
import {
  atMost,
  ATTRIBUTES_MAX,
  FLAWS_MAX,
  notWellFormed,
  PIECES_MAX,
  refuse,
} from '../../src/providers/hipay/xml-limits.ts'
import type { XmlContent } from '../../src/providers/hipay/xml-walk.ts'

/** The second opinion on XML: saxes, which is strict, under the limits of the product. */

/** What saxes says of a single wrong character or reference inside text. Everything else it says is about structure. */
const FLAWS = new Set(['disallowed character.', 'malformed character entity.', 'undefined entity.'])

/** As `readWellFormed` of the product. */
export function readWithSaxes(document: string, content: XmlContent): { flawed: boolean } {
  const reader = new SaxesParser({ xmlns: true, position: false })
  const piece = atMost(PIECES_MAX, 'elements')
  const flaws = watchFlaws(reader, document)
  const elements = tellElements(reader, content, piece)
  reader.on('text', (text) => {
    // Layout around the root.
    if (elements.open > 0) content.text(flaws.seen ? storable(text) : text)
  })
  reader.on('cdata', (text) => {
    piece()
    content.literal(flaws.seen ? storable(text) : text)
  })
  reader.on('attribute', atMost(ATTRIBUTES_MAX, 'attributes'))
  listenForRare(reader, document, piece)
  reader.write(document).close()
  return { flawed: flaws.seen }
}

type Reader = SaxesParser<{ xmlns: true; position: false }>

function watchFlaws(reader: Reader, document: string): { seen: boolean } {
  const flaws = { seen: false }
  const flaw = atMost(FLAWS_MAX, 'forbidden characters')
  reader.on('error', ({ message }) => {
    if (!FLAWS.has(message)) notWellFormed()
    flaw()
    flaws.seen = true
  })
  if (!document.includes('&#')) return flaws
  const inside = reader as unknown as { parseEntity: (reference: string) => string }
  const parseEntity = inside.parseEntity.bind(reader)
  inside.parseEntity = (reference) => repaired(parseEntity(reference))
  return flaws
}

function tellElements(reader: Reader, content: XmlContent, piece: () => void): { open: number } {
  const elements = { open: 0 }
  reader.on('opentag', ({ name }) => {
    piece()
    elements.open += 1
    if (elements.open > DEPTH_MAX) refuse('is nested too deeply')
    content.open(name)
  })
  reader.on('closetag', () => {
    elements.open -= 1
    content.close()
  })
  return elements
}

/**
 * With more than six listeners, V8 keeps the reader's state as a dictionary, and every character costs five times as much:
 * what the bench says of saxes would not be true.
 */
function listenForRare(reader: Reader, document: string, piece: () => void): void {
  const unneeded = (): never => refuse('carries a document type or an instruction')
  if (document.includes('<!--')) reader.on('comment', piece)
  if (document.includes('<!DOCTYPE')) reader.on('doctype', unneeded)
  if (/<\?(?!xml\s)/.test(document)) reader.on('processinginstruction', unneeded)
}

/** saxes leaves references to forbidden characters as they were written: each is repaired by itself. */
function repaired(reference: string): string {
  const [, hex, decimal] = /^&#(?:x([0-9a-f]+)|(\d+));$/i.exec(reference) ?? []
  if (hex === undefined && decimal === undefined) return reference
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return point > 0x10ffff ? '\uFFFD' : storable(String.fromCodePoint(point))
}
