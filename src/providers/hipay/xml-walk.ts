import { storable } from '../../lib/byte-text.ts'
import { atMost, notWellFormed, PIECES_MAX } from './xml-limits.ts'
import { dereferenced, type Flaws } from './xml-references.ts'
import { PREDECLARED, Tags, type Prefixes } from './xml-tags.ts'

/** Called for each part of a document, in order; text and the references in it come together. */
export interface XmlContent {
  open(name: string): void
  text(text: string): void
  /** A CDATA section. */
  literal(text: string): void
  close(): void
}

/** A node of fast-xml-parser: one member, whose name is its kind. The walk checks each node against the document. */
export type ParsedNode = Readonly<Record<string, string | readonly ParsedNode[]>>
export const TEXT = '#text'
export const CDATA = '#cdata'
export const COMMENT = '#comment'
/** Stands before an element's name. */
export const ELEMENT = '<'

/**
 * A walk over fast-xml-parser's tree and along the document at once. Each node of the tree has to stand in the document where
 * the walk has come to, written as XML writes it, up to the document's end. XML is unambiguous: at most one tree passes, the
 * right one. What the parser lets pass (an element that ends as another, text behind the root) fits no node, and is refused.
 */
export class XmlWalk {
  readonly #document: string
  readonly #content: XmlContent
  readonly #flaws: Flaws
  readonly #tags: Tags
  readonly #piece = atMost(PIECES_MAX, 'elements')
  #at = 0

  constructor(document: string, content: XmlContent, flaws: Flaws) {
    this.#document = document
    this.#content = content
    this.#flaws = flaws
    this.#tags = new Tags(document, (value) => {
      flaws.check(value)
      dereferenced(value, flaws)
    })
  }

  tell(tree: readonly ParsedNode[]): void {
    let roots = 0
    for (const node of tree) {
      this.#passBlanks()
      const [kind, held] = memberOf(node)
      if (kind === COMMENT) this.#passComment(textIn(held))
      // A text around the root is layout, which was passed; any other is met by the next step.
      else if (kind !== TEXT) {
        roots += 1
        this.#tellElement(kind, held, PREDECLARED)
      }
    }
    this.#passBlanks()
    if (roots !== 1 || this.#at !== this.#document.length) notWellFormed()
  }

  #tellNode(node: ParsedNode, prefixes: Prefixes): void {
    const [kind, held] = memberOf(node)
    if (kind === TEXT) this.#tellText(textIn(held))
    else if (kind === CDATA) this.#tellLiteral(textIn(held))
    else if (kind === COMMENT) this.#passComment(textIn(held))
    else this.#tellElement(kind, held, prefixes)
  }

  /** Told when its tag is complete, which is before anything can stand in it. */
  #tellElement(kind: string, children: ParsedNode[string], outer: Prefixes): void {
    const { name, closed, prefixes, end } = this.#tags.read(this.#at, outer)
    if (kind !== ELEMENT + name || typeof children === 'string') notWellFormed()
    this.#at = end
    this.#piece()
    this.#content.open(name)
    for (const child of children) this.#tellNode(child, prefixes)
    if (!closed) this.#passEnd(name)
    else if (children.length > 0) notWellFormed()
    this.#content.close()
  }

  #passEnd(name: string): void {
    this.#pass(`</${name}`)
    this.#passBlanks()
    this.#pass('>')
  }

  #tellText(text: string): void {
    this.#pass(text)
    if (text.includes('<') || text.includes(']]>') || this.#document[this.#at] !== '<') notWellFormed()
    this.#flaws.check(text)
    this.#content.text(this.#storable(dereferenced(text, this.#flaws)))
  }

  #tellLiteral(text: string): void {
    this.#pass('<![CDATA[')
    this.#pass(text)
    this.#pass(']]>')
    if (text.includes(']]>')) notWellFormed()
    this.#piece()
    this.#flaws.check(text)
    this.#content.literal(this.#storable(text))
  }

  #passComment(text: string): void {
    this.#pass('<!--')
    this.#pass(text)
    this.#pass('-->')
    if (text.includes('--') || text.endsWith('-')) notWellFormed()
    this.#piece()
    this.#flaws.check(text)
  }

  #pass(written: string): void {
    if (!this.#document.startsWith(written, this.#at)) notWellFormed()
    this.#at += written.length
  }

  /** Line ends were normalised to one character before. */
  #passBlanks(): void {
    while (' \t\n'.includes(this.#document[this.#at] ?? '.')) this.#at += 1
  }

  #storable(text: string): string {
    return this.#flaws.seen ? storable(text) : text
  }
}

function memberOf(node: ParsedNode): readonly [kind: string, held: ParsedNode[string]] {
  for (const kind in node) return [kind, node[kind] ?? notWellFormed()]
  return notWellFormed()
}

/** A comment and a CDATA section hold their text in a node of its own. */
function textIn(held: ParsedNode[string]): string {
  if (typeof held === 'string') return held
  const text = held[0]?.[TEXT]
  return typeof text === 'string' ? text : notWellFormed()
}
