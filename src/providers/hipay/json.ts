import { storable } from '../../lib/byte-text.ts'
import { parseExactJson, TooManyValues } from '../../lib/exact-json.ts'
import type { Fields, Node } from './fields.ts'
import { DEPTH_MAX, isOpaque, UnreadablePayload } from './unreadable.ts'

/**
 * Read JSON as HiPay's API and webhooks write it, names turned from camelCase into the notifications' snake_case.
 * Numbers keep the very text they came as ("5.00" stays that), booleans become words, null becomes ''.
 * Throws `UnreadablePayload`.
 */
export function readJson(text: string): { root: null; fields: Fields; repeated: null } {
  const value = parse(text)
  if (typeof value !== 'object' || value === null) throw new UnreadablePayload('the JSON is not an object')
  return { root: null, fields: fieldsOf(value, 1, snakeCase), repeated: null }
}

/** The members of a JSON object inside a text, names as they are; null when the text is something else. */
export function readJsonObject(text: string): Fields | null {
  if (!text.trimStart().startsWith('{')) return null
  try {
    const value = parse(text)
    return typeof value === 'object' && value !== null ? fieldsOf(value, 1, verbatim) : null
  } catch {
    return null
  }
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text)
  } catch (error) {
    const why = error instanceof TooManyValues ? `has ${error.message}` : 'is not well-formed'
    throw new UnreadablePayload(`the JSON ${why}`)
  }
}

type Naming = (name: string) => string
const verbatim: Naming = (name) => name
const snakeCase: Naming = (name) => name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)

function fieldsOf(object: object, depth: number, naming: Naming): Fields {
  if (depth > DEPTH_MAX) throw new UnreadablePayload('the JSON is nested too deeply')
  const fields: Fields = new Map()
  for (const [key, value] of Object.entries(object)) {
    const name = storable(naming(key))
    fields.set(name, nodeOf(value, depth, isOpaque(name) && name !== 'transaction' ? verbatim : naming))
  }
  return fields
}

function nodeOf(value: unknown, depth: number, naming: Naming): Node {
  if (typeof value === 'object' && value !== null) return fieldsOf(value, depth + 1, naming)
  if (typeof value === 'string') return storable(value)
  return typeof value === 'boolean' ? String(value) : ''
}
