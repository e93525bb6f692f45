/**
 * The neutral tree that form, XML and JSON bodies are read into: text at the leaves, names as HiPay's notifications
 * write them (snake_case). Maps, not objects: names are partly chosen by the merchant's customers, and
 * `custom_data[__proto__]` must be a name like any other.
 */
export type Node = string | Fields
export type Fields = Map<string, Node>

/** Longest text taken into a field of an event; real ones stay far below, hostile ones must not swell rows. */
const TEXT_MAX = 1000

/** A field, or a field of an object: no name that the translation asks for nests deeper. */
function at(fields: Fields, name: string, key?: string): Node | undefined {
  const node = fields.get(name)
  if (key === undefined) return node
  return node instanceof Map ? node.get(key) : undefined
}

/** Text of a leaf, verbatim. Null for absence in all its spellings: missing, empty, blank, or an object. */
export function textAt(fields: Fields, name: string, key?: string): string | null {
  const node = at(fields, name, key)
  if (typeof node !== 'string' || node.trim() === '') return null
  return node.length > TEXT_MAX ? node.slice(0, TEXT_MAX).toWellFormed() : node
}

/** The same without surrounding blanks: for codes, amounts, dates and other words that never contain any. */
export function wordAt(fields: Fields, name: string, key?: string): string | null {
  return textAt(fields, name, key)?.trim() ?? null
}

/** Null where every member is null. */
export function unlessEmpty<Parts extends object>(parts: Parts): Parts | null {
  return Object.values(parts).some((value) => value !== null) ? parts : null
}

/** A nested object; an empty one where HiPay wrote an empty scalar (`reason=`), nothing, or text. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const node = at(fields, name)
  return node instanceof Map ? node : new Map<string, Node>()
}

/** Longest prefix that the names of nested leaves repeat: without a limit, one long name times many leaves would fill the memory. */
const PREFIX_MAX = 100

/** Visit every leaf with its name in form notation (`order[id]`), depth first. */
export function visitLeaves(fields: Fields, visit: (name: string, text: string) => void, prefix = ''): void {
  const start = prefix.slice(0, PREFIX_MAX)
  for (const [key, node] of fields) {
    const name = prefix === '' ? key : `${start}[${key}]`
    if (typeof node === 'string') visit(name, node)
    else visitLeaves(node, visit, name)
  }
}
