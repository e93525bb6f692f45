import type { Fields, Node } from './fields.ts'
import { DEPTH_MAX, isOpaque, storableText } from './unreadable.ts'

/** One pair of a form: its name, the keys in brackets after it, its value. */
interface Pair {
  keys: readonly string[]
  value: string
}

/** Next index that PHP would give to `name[]` in each object. */
type NextIndexes = WeakMap<Fields, number>

/**
 * Read `application/x-www-form-urlencoded` with PHP's brackets. Total: every byte sequence is some form.
 * Invalid UTF-8 and `%00` become U+FFFD; a repeated name keeps its last value and is reported.
 */
export function readForm(bytes: Buffer): { fields: Fields; repeated: string | null } {
  const fields: Fields = new Map()
  const indexes: NextIndexes = new WeakMap()
  let repeated: string | null = null
  // latin1 keeps one character per byte, so that escapes and raw bytes decode together as UTF-8 afterwards.
  for (const part of bytes
    .toString('latin1')
    .replace(/[\r\n]+$/, '')
    .split('&')) {
    const pair = readPair(part)
    const name = pair?.keys[0]
    if (pair === null || name === undefined) continue
    const replaced = place(fields, pair, indexes)
    if (replaced && !isOpaque(name)) repeated ??= name
  }
  return { fields, repeated }
}

function readPair(part: string): Pair | null {
  const separator = part.indexOf('=')
  const name = decode(separator === -1 ? part : part.slice(0, separator))
  if (name === '') return null
  return { keys: keysOf(name), value: separator === -1 ? '' : decode(part.slice(separator + 1)) }
}

/** Escapes to bytes, bytes to UTF-8; an ill-formed escape is plain text, as in PHP. */
function decode(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return storableText(Buffer.from(bytes, 'latin1').toString('utf8'))
}

/** `a[b][c]` to a, b, c. A name whose brackets are ill-formed is one literal key; levels beyond the limit stay joined. */
function keysOf(name: string): string[] {
  const [, head, brackets] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? []
  if (head === undefined || brackets === undefined || brackets === '') return [name]
  const keys = brackets.slice(1, -1).split('][')
  if (keys.length < DEPTH_MAX) return [head, ...keys]
  return [head, ...keys.slice(0, DEPTH_MAX - 2), keys.slice(DEPTH_MAX - 2).join('][')]
}

/** Put the value at its path, making objects on the way; true when something else stood there. */
function place(fields: Fields, { keys, value }: Pair, indexes: NextIndexes): boolean {
  let object = fields
  let replaced = false
  for (const key of keys.slice(0, -1)) {
    const name = indexed(object, key, indexes)
    const child = object.get(name)
    const next = child instanceof Map ? child : new Map<string, Node>()
    replaced ||= typeof child === 'string'
    object.set(name, next)
    object = next
  }
  const name = indexed(object, keys.at(-1) ?? '', indexes)
  replaced ||= object.has(name)
  object.set(name, value)
  return replaced
}

/** `[]` counts on from the largest index so far, as in PHP; kept beside the object so that it costs no search. */
function indexed(object: Fields, key: string, indexes: NextIndexes): string {
  const next = indexes.get(object) ?? 0
  const name = key === '' ? String(next) : key
  if (/^(?:0|[1-9]\d{0,8})$/.test(name)) indexes.set(object, Math.max(next, Number(name) + 1))
  return name
}
