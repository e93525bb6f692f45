/**
 * The wire text of a parameter set, read byte for byte. The platform hashes the raw decoded bytes, so nothing here
 * knows a character set: a `ByteText` holds one byte per character and therefore sorts, compares and hashes bytewise.
 */

/** Text whose every character (U+0000–U+00FF) stands for one byte. */
export type ByteText = string

export interface Parameter {
  /** Full decoded name as it enters the hash: `AMOUNT`, `CART[0][NAME]`. */
  readonly name: ByteText
  /** The same in parts: the array's name first, then its sub-keys. */
  readonly path: readonly ByteText[]
  readonly value: ByteText
}

export interface ParameterSet {
  /** Order of the wire; only well-formed names. */
  readonly parameters: readonly Parameter[]
  /** Every first part of a name that was seen, whether or not it could be used. */
  readonly names: ReadonlySet<ByteText>
  /** A name repeated, ill-formed, or both a value and an array: what was signed cannot be told from the text. */
  readonly ambiguous: boolean
}

// `=` inside a name would let `A` = `b=c` and `A=b` = `c` share one clear text, hence one hash.
const NAME = /^[0-9A-Za-z_]+(\[[^\]=]*\])*$/
const FIRST_PART = /^[^[]*/
// The platform documents three levels; a bound keeps hostile nesting linear.
const MAX_LEVELS = 8

/** Bytes of a buffer as `ByteText`. */
export function bytesOf(content: Buffer): ByteText {
  return content.toString('latin1')
}

/** UTF-8 bytes of ordinary text (a configured secret, a field to sign). */
export function bytesOfText(text: string): ByteText {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/**
 * Bytes of a raw query. Node hands request targets over with one character per byte; anything wider was typed by a
 * program as text and means its UTF-8 bytes.
 */
export function bytesOfQuery(query: string): ByteText {
  return /[^\0-\xff]/.test(query) ? bytesOfText(query) : query
}

/** Readable text: UTF-8, whatever cannot be stored in a text column replaced by U+FFFD. */
export function textOf(bytes: ByteText): string {
  if (/^[\x01-\x7f]*$/.test(bytes)) return bytes
  return storable(Buffer.from(bytes, 'latin1').toString('utf8'))
}

/** PostgreSQL refuses U+0000, JSON lone surrogates: one such character must not cost the whole message. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

/** Percent-decoding as PHP does it: `+` is a space, a malformed `%` stands for itself. One pass: every message pays. */
function decode(raw: ByteText): ByteText {
  let decoded = ''
  let copied = 0
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code !== PLUS && code !== PERCENT) continue
    const byte = code === PLUS ? SPACE : byteWritten(raw, at + 1)
    if (byte < 0) continue
    decoded += raw.slice(copied, at) + String.fromCharCode(byte)
    if (code === PERCENT) at += 2
    copied = at + 1
  }
  return copied === 0 ? raw : decoded + raw.slice(copied)
}

const PLUS = 0x2b
const PERCENT = 0x25
const SPACE = 0x20

/** The byte that two hexadecimal digits spell; negative when they are not two such digits. */
function byteWritten(raw: ByteText, at: number): number {
  const high = HEX_DIGITS.indexOf(raw.charAt(at).toLowerCase())
  const low = HEX_DIGITS.indexOf(raw.charAt(at + 1).toLowerCase())
  const complete = at + 1 < raw.length && high >= 0 && low >= 0
  return complete ? high * 16 + low : -1
}

const HEX_DIGITS = '0123456789abcdef'

/**
 * Read `NAME=VALUE&…`. Never throws; linear in the text. `ignored` names are left out as if they had not been sent.
 */
export function parseParameters(raw: ByteText, ignored: readonly string[] = []): ParameterSet {
  const reader = new SetReader()
  const skipped = new Set(ignored.map(bytesOfText))
  for (const segment of raw.split('&')) {
    if (segment === '') continue
    const equals = segment.indexOf('=')
    const name = decode(equals < 0 ? segment : segment.slice(0, equals))
    if (skipped.has(name)) continue
    reader.add(name, equals < 0 ? '' : decode(segment.slice(equals + 1)))
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
      // `[]` means "the next index"; it is only certain in an array that nothing was put into.
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
export function valueOf(set: ParameterSet, name: string): ByteText | null {
  return set.parameters.find((parameter) => parameter.name === name)?.value ?? null
}
