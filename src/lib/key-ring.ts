import { sha256Framed } from './crypto.ts'
import { createXaes, XAES_KEY_BYTES, type Xaes } from './xaes.ts'

/** Keys for what is stored: the first seals, all open. */
export interface KeyRing {
  /** Null: there are no keys, and what is stored stays in clear. */
  readonly current: RingKey | null
  /** By its whole name; undefined: not in the ring. */
  find(name: string): RingKey | undefined
  readonly names: readonly string[]
}

export interface RingKey {
  /**
   * `<id>:<check value>`. The check value, 32 bits of a hash of the key, tells a key that was given under an old id from the
   * one that was meant.
   */
  name: string
  cipher: Xaes
}

/** A key as configured. */
export interface DataKey {
  id: string
  /** 32 of them. */
  bytes: Buffer
}

export function createKeyRing(keys: readonly DataKey[]): KeyRing {
  const ring = keys.map(({ id, bytes }) => ({ name: nameOf(id, bytes), cipher: createXaes(bytes) }))
  const byName = new Map(ring.map((key) => [key.name, key]))
  return { current: ring[0] ?? null, find: (name) => byName.get(name), names: [...byName.keys()] }
}

const nameOf = (id: string, bytes: Buffer): string =>
  `${id}:${sha256Framed('check value of a data key', bytes).toString('hex', 0, 4)}`

/** Comma-separated `id:key`; `problems` say what is wrong with which entry, without repeating it. */
export function parseDataKeys(text: string): { keys: DataKey[]; problems: string[] } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const parsed = entries.map(parseEntry)
  const keys = parsed.flatMap((entry) => (typeof entry === 'string' ? [] : [entry]))
  const problems = parsed.flatMap((entry, index) =>
    typeof entry === 'string' ? [`entry ${index + 1} ${entry}`] : [],
  )
  if (entries.length === 0) problems.push('must hold at least one key')
  if (repeats(keys.map(({ id }) => id))) problems.push('must not hold the same id twice')
  if (repeats(keys.map(({ bytes }) => bytes.toString('hex'))))
    problems.push('must not hold the same key twice')
  return { keys, problems }
}

const repeats = (texts: readonly string[]): boolean => new Set(texts).size < texts.length

const ID = /^[A-Za-z0-9._-]{1,32}$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const HOW = `${XAES_KEY_BYTES} bytes in base64 (openssl rand -base64 ${XAES_KEY_BYTES})`

function parseEntry(entry: string): DataKey | string {
  const [id = '', key = '', ...more] = entry.split(':')
  if (key === '' || more.length > 0) return `must be id:key, the key ${HOW}`
  if (!ID.test(id)) return 'must have an id of 1 to 32 letters, digits, dots, dashes and underscores'
  if (!BASE64.test(key)) return `must have a key of ${HOW}; this is no base64`
  const bytes = Buffer.from(key, 'base64')
  return bytes.length === XAES_KEY_BYTES
    ? { id, bytes }
    : `must have a key of ${HOW}; this one has ${bytes.length} bytes`
}
