import type { ByteText } from '../../lib/byte-text.ts'
import { bytesOfText, unescaped } from '../../lib/byte-text.ts'

/**
 * The wire text of a parameter set. The platform hashes the raw decoded bytes, hence `ByteText` throughout.
 */

export interface Parameter {
  /** Full decoded name as it enters the hash: `AMOUNT`, `CART[0][NAME]`. */
  readonly name: ByteText
  /** The name in parts: the array's name first, then its sub-keys. */
  readonly path: readonly ByteText[]
  readonly value: ByteText
}

export interface ParameterSet {
  /** In the order of the text; only those with well-formed names. */
  readonly parameters: readonly Parameter[]
  /** Every first part of a name that was seen, whether or not it could be used. */
  readonly names: ReadonlySet<ByteText>
  /**
   * True when the text does not tell what was signed: a name is repeated, ill-formed, or both a value and an array, or there
   * are more parameters than are read.
   */
  readonly ambiguous: boolean
}

// `=` inside a name would let `A` = `b=c` and `A=b` = `c` share one clear text, hence one hash.
const NAME = /^[0-9A-Za-z_]+(\[[^\]=]*\])*$/
const FIRST_PART = /^[^[]*/
// The platform documents three levels; a bound keeps hostile nesting linear.
const MAX_LEVELS = 8
/**
 * PHP itself reads a thousand. Reading, sorting and hashing a hundred thousand costs a tenth of a second, and that before
 * the signature is checked.
 */
const MAX_PARAMETERS = 2_000

/**
 * Bytes of a raw query. Node hands request targets over with one character per byte; anything wider was typed by a
 * program as text and means its UTF-8 bytes.
 */
export function bytesOfQuery(query: string): ByteText {
  return /[^\0-\xff]/.test(query) ? bytesOfText(query) : query
}

/**
 * Read `NAME=VALUE&…`. Never throws; linear in the text. `ignored` names are left out as if they had not been sent.
 */
export function parseParameters(raw: ByteText, ignored: readonly string[] = []): ParameterSet {
  const reader = new SetReader()
  const skipped = new Set(ignored.map(bytesOfText))
  const segments = raw.split('&', MAX_PARAMETERS + 1)
  if (segments.length > MAX_PARAMETERS) reader.ambiguous = true
  for (const segment of segments) {
    if (segment === '') continue
    const equals = segment.indexOf('=')
    const name = unescaped(equals < 0 ? segment : segment.slice(0, equals))
    if (skipped.has(name)) continue
    reader.add(name, equals < 0 ? '' : unescaped(segment.slice(equals + 1)))
  }
  return reader
}

class SetReader implements ParameterSet {
  readonly parameters: Parameter[] = []
  readonly names = new Set<ByteText>()
  ambiguous = false
  readonly #values = new Set<ByteText>()
  readonly #arrays = new Set<ByteText>()

  add(written: ByteText, value: ByteText): void {
    const path = NAME.test(written) ? this.#resolve(written) : null
    this.names.add(path?.[0] ?? FIRST_PART.exec(written)?.[0] ?? written)
    const name = path && joined(path)
    if (path === null || name === null || this.#values.has(name) || this.#arrays.has(name)) {
      this.ambiguous = true
      return
    }
    this.#values.add(name)
    this.parameters.push({ name, path, value })
  }

  /** Parts of a well-formed name, null when they contradict an earlier one. */
  #resolve(written: ByteText): ByteText[] | null {
    const bracket = written.indexOf('[')
    if (bracket < 0) return [written]
    const path = [written.slice(0, bracket)]
    const keys = written.slice(bracket + 1, -1).split('][')
    if (keys.length >= MAX_LEVELS) return null
    for (const key of keys) {
      const array = joined(path)
      // `[]` means "the next index", which is certain only in an empty array.
      if (this.#values.has(array) || (key === '' && this.#arrays.has(array))) return null
      this.#arrays.add(array)
      path.push(key === '' ? '0' : key)
    }
    return path
  }
}

function joined(path: readonly ByteText[]): ByteText {
  let name = path[0] ?? ''
  for (let level = 1; level < path.length; level++) name += `[${path[level] ?? ''}]`
  return name
}

/** The one scalar called `name`, null when absent or an array. */
export function valueOf(set: Pick<ParameterSet, 'parameters'>, name: string): ByteText | null {
  return set.parameters.find((parameter) => parameter.name === name)?.value ?? null
}
