import type { ByteText } from '../lib/byte-text.ts'
import { ID_LENGTH_MAX, type Identifiers, type ReplacedId } from './identifiers.ts'
import type { Span } from './digits.ts'
import type { FieldValue } from './fields.ts'
import type { Dialect, WrittenId } from './value-writing.ts'

/** One value to be replaced. */
export interface Edit {
  /** Names of the fields that the edit changes. */
  names: readonly string[]
  span: Span
  bytes: ByteText
}

export interface FoundIds {
  edits: Edit[]
  /** Values that were read as ids: masking leaves them alone. In the order of the text. */
  decided: Span[]
  replaced: ReplacedId[]
}

export interface FindOptions {
  dialect: Dialect
  identifiers: Identifiers
  /** Edits inside a value that is JSON text; null: it holds no id that may have to be replaced. */
  within: (json: string) => { text: string; names: readonly string[]; replaced: readonly ReplacedId[] } | null
}

/** JSON that does not match this holds no id that may have to be replaced. */
const DOUBTFUL_JSON = /[~\0]|\\u|\d(?:[ -]?\d){12}|[^"]{256}/

/** The ids among these values of a text, with what they are to be kept as. */
export function findIds(text: ByteText, values: readonly FieldValue[], options: FindOptions): FoundIds {
  const found: FoundIds = { edits: [], decided: [], replaced: [] }
  for (const value of values) {
    const raw = text.slice(value.start, value.end)
    if (value.kind === 'text') keepWithin(found, options, raw, [value.start, value.end])
    else if (raw.length > ID_LENGTH_MAX || !options.dialect.isPlain(raw)) keepId(found, options, value, raw)
  }
  return found
}

function keepId(
  found: FoundIds,
  { dialect, identifiers }: FindOptions,
  { field, kind, start, end }: FieldValue,
  raw: ByteText,
): void {
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
      names: [Buffer.from(field.name, 'latin1').toString('utf8')],
      span: [start, end],
      bytes: dialect.write(kept),
    })
}

/** The merchant's own data may repeat an id: there it gets the same form. */
function keepWithin(found: FoundIds, { dialect, within }: FindOptions, raw: ByteText, span: Span): void {
  const json = dialect.read(raw)
  const isDoubtful = typeof json === 'string' && /^\s*[[{]/.test(json) && DOUBTFUL_JSON.test(json)
  const kept = isDoubtful ? within(json) : null
  if (kept === null) return
  found.decided.push(span)
  found.replaced.push(...kept.replaced)
  if (kept.text !== json) found.edits.push({ names: kept.names, span, bytes: dialect.write(kept.text) })
}

/** The content with the edits applied. Masking keeps all positions, so it may come first. */
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
