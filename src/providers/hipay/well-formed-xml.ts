import { XMLParser, type MatcherView } from 'fast-xml-parser'
import { DEPTH_MAX, UnreadablePayload } from './unreadable.ts'
import { atMost, notWellFormed, PIECES_MAX, refuse } from './xml-limits.ts'
import { Flaws } from './xml-references.ts'
import { CDATA, COMMENT, ELEMENT, TEXT, type ParsedNode, type XmlContent, XmlWalk } from './xml-walk.ts'

/**
 * Read a document to its end: fast-xml-parser makes a tree of it, and a walk compares the tree with the document. Throws
 * `UnreadablePayload` for a document that is not well-formed XML with namespaces, for document types (they could name files
 * and expand without end), for processing instructions, and for a document that is deeper or longer than any message.
 * `flawed`: a character or a reference is none that XML allows; the document is not well-formed either, but can be told.
 */
export function readWellFormed(document: string, content: XmlContent): { flawed: boolean } {
  const text = document.replaceAll(/\r\n?/g, '\n')
  const { length, version } = declarationOf(text)
  const body = text.slice(length)
  refuseUnneeded(body)
  // Other versions have other line ends and other characters.
  if (version !== '1.0') refuse('is of another version than 1.0')
  const flaws = new Flaws(body)
  new XmlWalk(body, content, flaws).tell(treeOf(body))
  return { flawed: flaws.seen }
}

const BLANK = String.raw`[ \t\n]`
const stated = (name: string, value: string): string =>
  `${BLANK}+${name}${BLANK}*=${BLANK}*(?:"${value}"|'${value}')`
const VERSION = stated('version', String.raw`1\.\d+`)
const ENCODING = stated('encoding', String.raw`[A-Za-z][\w.-]*`)
const STANDALONE = stated('standalone', '(?:yes|no)')
const DECLARATION = new RegExp(String.raw`^<\?xml${VERSION}(?:${ENCODING})?(?:${STANDALONE})?${BLANK}*\?>`)

/** The XML declaration. A document without one is of version 1.0. */
function declarationOf(text: string): { length: number; version: string | undefined } {
  if (!/^<\?xml[ \t\n]/.test(text)) return { length: 0, version: '1.0' }
  const [written] = DECLARATION.exec(text) ?? notWellFormed()
  return { length: written.length, version: /1\.\d+/.exec(written)?.[0] }
}

/** A `<` that begins neither a tag nor a comment nor a CDATA section. Most documents have none. */
const UNNEEDED = /<\?|<!(?!--|\[CDATA\[)/

/** Comments, CDATA sections, tags, and what begins like markup and is none of them: in this order. */
const MARKUP =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<[^!?"'<>](?:[^"'<>]|"[^"<]*"|'[^'<]*')*>|<\?xml(?![\w.:-])|<\?|<!DOCTYPE|<!?/g

/** A declaration or a document type that is not at the start, and what is no markup at all. */
const NOWHERE = new Set(['<?xml', '<!DOCTYPE', '<!', '<'])

/** Inside comments and CDATA sections it is text. No document type may reach fast-xml-parser, which would process it. */
function refuseUnneeded(body: string): void {
  if (!UNNEEDED.test(body)) return
  let tagged = false
  for (const [piece] of body.matchAll(MARKUP)) {
    if (piece === '<?' || (piece === '<!DOCTYPE' && !tagged)) {
      refuse('carries a document type or an instruction')
    }
    if (NOWHERE.has(piece)) notWellFormed()
    tagged ||= !piece.startsWith('<!')
  }
}

/**
 * With these fast-xml-parser coerces, trims and decodes nothing, drops attributes alone, and keeps the order. Names get a mark
 * before them, because it refuses or renames some (`__proto__`, `toString`).
 */
const OPTIONS = {
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  jPath: false,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  commentPropName: COMMENT,
  // It decodes nothing; one of its own would be made for every document, which costs as much as reading it.
  entityDecoder: {
    reset: () => undefined,
    setXmlVersion: () => undefined,
    setExternalEntities: () => undefined,
    addInputEntities: () => undefined,
    decode: (text: string) => text,
  },
  // A tag that closes itself is asked for twice.
  transformTagName: (name: string) => (name.startsWith(ELEMENT) ? name : ELEMENT + name),
} as const

/** The parser stops at the first element too many or too deep: other messages wait for the time that 65,000 would cost. */
function treeOf(body: string): readonly ParsedNode[] {
  const element = atMost(PIECES_MAX, 'elements')
  const updateTag = (_name: string, path: string | MatcherView): boolean => {
    element()
    if (typeof path === 'string' || path.getDepth() > DEPTH_MAX) refuse('is nested too deeply')
    return true
  }
  try {
    return new XMLParser({ ...OPTIONS, updateTag }).parse(body) as ParsedNode[]
  } catch (error) {
    // Its own errors quote the document.
    if (error instanceof UnreadablePayload) throw error
    return notWellFormed()
  }
}
