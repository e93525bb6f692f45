import { textOf, unescaped } from '../../lib/byte-text.ts'
import { memoizeByName } from '../../lib/memoize.ts'
import type { Fields, Node } from './fields.ts'
import { DEPTH_MAX, isOpaque, UnreadablePayload } from './unreadable.ts'

/** A name taken apart. */
interface Name {
  /** `a[b][c]` is a, b, c. */
  keys: readonly string[]
  /** Whether a key is an index in PHP: a number, or none (`a[]`). */
  counts: boolean
}

/** Next index that PHP would give to `name[]` in each object; kept beside the objects so that it costs no search. */
type NextIndexes = Map<Fields, number>

/** As many as XML may have elements. PHP itself reads a thousand, and a notification has fewer than 200. */
const PAIRS_MAX = 5000

/**
 * Read `application/x-www-form-urlencoded` with PHP's brackets: every byte sequence is some form, and refused by
 * `UnreadablePayload` only where it is longer than any message.
 * Invalid UTF-8 and `%00` become U+FFFD; a repeated name keeps its last value and is reported.
 */
export function readForm(bytes: Buffer): { fields: Fields; repeated: string | null } {
  const fields: Fields = new Map()
  const indexes: NextIndexes = new Map()
  let repeated: string | null = null
  // One character per byte, so that escapes and raw bytes decode together as UTF-8 afterwards.
  const parts = bytes.toString('latin1', 0, endOfForm(bytes)).split('&')
  if (parts.length > PAIRS_MAX) throw new UnreadablePayload(`the form has more than ${PAIRS_MAX} fields`)
  for (const part of parts) {
    const separator = part.indexOf('=')
    const name = nameOf(separator === -1 ? part : part.slice(0, separator))
    const [top] = name.keys
    if (top === undefined) continue
    const value = separator === -1 ? '' : textOf(unescaped(part.slice(separator + 1)))
    if (place(fields, name, value, indexes) && !isOpaque(top)) repeated ??= top
  }
  return { fields, repeated }
}

/** Some senders end a form with a line break, which is no part of the last value. */
function endOfForm(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--
  return end
}

const nameOf = memoizeByName((written): Name => {
  const keys = keysOf(textOf(unescaped(written)))
  return { keys, counts: keys.some((key) => INDEX.test(key)) }
})

/** An empty key, or a number as PHP writes it. */
const INDEX = /^(?:|0|[1-9]\d{0,8})$/

/** A name whose brackets are ill-formed is one literal key; levels beyond the limit stay joined; '' is no name. */
function keysOf(name: string): string[] {
  if (name === '') return []
  const [, head, brackets] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? []
  if (head === undefined || brackets === undefined || brackets === '') return [name]
  const keys = brackets.slice(1, -1).split('][')
  if (keys.length < DEPTH_MAX) return [head, ...keys]
  return [head, ...keys.slice(0, DEPTH_MAX - 2), keys.slice(DEPTH_MAX - 2).join('][')]
}

/** Put the value at its path, making objects on the way; true when that replaced another value. */
function place(fields: Fields, { keys, counts }: Name, value: string, indexes: NextIndexes): boolean {
  const last = keys.length - 1
  let object = fields
  let replaced = false
  for (let level = 0; level < last; level++) {
    const key = keys[level] ?? ''
    const name = counts ? indexed(object, key, indexes) : key
    const child = object.get(name)
    replaced ||= typeof child === 'string'
    const next = child instanceof Map ? child : new Map<string, Node>()
    if (next !== child) object.set(name, next)
    object = next
  }
  const key = keys[last] ?? ''
  const name = counts ? indexed(object, key, indexes) : key
  replaced ||= object.has(name)
  object.set(name, value)
  return replaced
}

/** `[]` counts on from the largest index so far, as in PHP. */
function indexed(object: Fields, key: string, indexes: NextIndexes): string {
  if (!INDEX.test(key)) return key
  const next = indexes.get(object) ?? 0
  const name = key === '' ? String(next) : key
  indexes.set(object, Math.max(next, Number(name) + 1))
  return name
}
