import { SaxesParser } from 'saxes'
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

/**
 * Refuse, by `UnreadablePayload`, whatever has not the structure of a well-formed XML document with namespaces, document
 * types and processing instructions (none is needed, and the first could name files and expand without end), and what is
 * deeper or longer than any message. Stops at the first of these: nothing behind it is looked at.
 * `flawed`: a character or a reference is none that XML allows; the document is not well-formed either, but can be told.
 */
export function refuseUnlessWellFormed(text: string): { flawed: boolean } {
  const reader = new SaxesParser({ xmlns: true, position: false })
  const piece = atMost(PIECES_MAX, 'elements')
  const attribute = atMost(ATTRIBUTES_MAX, 'attributes')
  const flaw = atMost(FLAWS_MAX, 'forbidden characters')
  let flawed = false
  reader.on('error', ({ message }) => {
    if (!FLAWS.has(message)) refuse('is not well-formed')
    flawed = true
    flaw()
  })
  reader.on('doctype', () => refuse('carries a document type or an instruction'))
  reader.on('processinginstruction', () => refuse('carries a document type or an instruction'))
  for (const event of ['opentagstart', 'comment', 'cdata'] as const) reader.on(event, piece)
  reader.on('attribute', attribute)
  watchDepth(reader)
  reader.write(text).close()
  return { flawed }
}

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

/** Looked at when an element is complete, which is before anything can stand in it. */
function watchDepth(reader: SaxesParser<{ xmlns: true; position: false }>): void {
  let depth = 0
  reader.on('opentag', () => {
    depth += 1
    if (depth > DEPTH_MAX) refuse('is nested too deeply')
  })
  reader.on('closetag', () => {
    depth -= 1
  })
}
