import type { ByteText } from '../lib/byte-text.ts'
import { ID_LENGTH_MAX, type Identifiers, type ReplacedId } from './identifiers.ts'
import type { Span } from './eraser.ts'
import type { Dialect, WrittenId } from './value-writing.ts'

/** How a field is treated by its name: an id, a list of ids, or anything else. */
export type Naming = (name: string) => 'id' | 'list' | 'text'

/** One value to be written anew. */
export interface Edit {
  /** Of the fields that it changes. */
  names: readonly string[]
  span: Span
  bytes: ByteText
}

export interface FoundIds {
  edits: Edit[]
  /** Values that are decided: no card number in them is masked any more. In their order. */
  decided: Span[]
  replaced: ReplacedId[]
}

export interface FindOptions {
  dialect: Dialect
  naming: Naming
  identifiers: Identifiers
  /** What becomes of JSON inside a value; null: it names no id that is not plain. */
  within: (json: string) => { text: string; names: readonly string[]; replaced: readonly ReplacedId[] } | null
}

/** JSON without any of these has no id that is not plain. */
const DOUBTFUL_JSON = /[~\0]|\\u|\d(?:[ -]?\d){12}|[^"]{256}/

/** The ids of a text, with what they are to be kept as. */
export function findIds(text: ByteText, options: FindOptions): FoundIds {
  const { dialect, naming } = options
  const found: FoundIds = { edits: [], decided: [], replaced: [] }
  dialect.visit(text, (name, start, end) => {
    const kind = naming(name)
    if (kind !== 'text') {
      const raw = text.slice(start, end)
      if (raw.length > ID_LENGTH_MAX || !dialect.isPlain(raw))
        keepId(found, options, { name, kind, raw, start, end })
    } else if (dialect.mayHoldJson(text, start))
      keepWithin(found, options, text.slice(start, end), [start, end])
  })
  return found
}

interface IdField {
  name: string
  kind: 'id' | 'list'
  raw: ByteText
  start: number
  end: number
}

function keepId(found: FoundIds, { dialect, identifiers }: FindOptions, field: IdField): void {
  const { name, kind, raw, start, end } = field
  const id = dialect.read(raw)
  if (id === null) return
  const replace = (one: WrittenId): string => {
    const kept = identifiers.replace(one)
    if (typeof one === 'string' && kept !== one) found.replaced.push({ shown: kept, original: one })
    return kept
  }
  const kept = kind === 'list' && typeof id === 'string' ? id.replace(/[^;,\s]+/g, replace) : replace(id)
  found.decided.push([start, end])
  if (kept !== id)
    found.edits.push({
      names: [Buffer.from(name, 'latin1').toString('utf8')],
      span: [start, end],
      bytes: dialect.write(kept),
    })
}

/** A merchant's own data may repeat an id: it stays the same there. */
function keepWithin(found: FoundIds, { dialect, within }: FindOptions, raw: ByteText, span: Span): void {
  const json = dialect.read(raw)
  const isDoubtful = typeof json === 'string' && /^\s*[[{]/.test(json) && DOUBTFUL_JSON.test(json)
  const kept = isDoubtful ? within(json) : null
  if (kept === null) return
  found.decided.push(span)
  found.replaced.push(...kept.replaced)
  if (kept.text !== json) found.edits.push({ names: kept.names, span, bytes: dialect.write(kept.text) })
}

/** The content with the edits made; masking before has changed no position. */
export function withEdits(content: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return content
  const pieces: Buffer[] = []
  let copied = 0
  for (const { span, bytes } of edits) {
    pieces.push(content.subarray(copied, span[0]), Buffer.from(bytes, 'latin1'))
    copied = span[1]
  }
  return Buffer.concat([...pieces, content.subarray(copied)])
}
