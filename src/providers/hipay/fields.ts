/**
 * The neutral tree that form, XML and JSON bodies are read into: text at the leaves, names as HiPay's notifications
 * write them (snake_case). Maps, not objects: names are partly chosen by the merchant's customers, and
 * `custom_data[__proto__]` must be a name like any other.
 */
export type Node = string | Fields
export type Fields = Map<string, Node>

/** Longest text taken into a field of an event; real ones stay far below, hostile ones must not swell rows. */
const TEXT_MAX = 1000

function at(fields: Fields, path: readonly string[]): Node | undefined {
  let node: Node | undefined = fields
  for (const name of path) node = node instanceof Map ? node.get(name) : undefined
  return node
}

/** Text of a leaf, verbatim. Null for absence in all its spellings: missing, empty, blank, or an object. */
export function textAt(fields: Fields, ...path: string[]): string | null {
  const node = at(fields, path)
  if (typeof node !== 'string' || node.trim() === '') return null
  return node.length > TEXT_MAX ? node.slice(0, TEXT_MAX).toWellFormed() : node
}

/** The same without surrounding blanks: for codes, amounts, dates and other words that never contain any. */
export function wordAt(fields: Fields, ...path: string[]): string | null {
  return textAt(fields, ...path)?.trim() ?? null
}

/** A nested object; an empty one where HiPay wrote an empty scalar (`reason=`), nothing, or text. */
export function fieldsAt(fields: Fields, ...path: string[]): Fields {
  const node = at(fields, path)
  return node instanceof Map ? node : new Map<string, Node>()
}

/** Longest prefix repeated in the names of nested leaves: one long name around many would cost their product. */
const PREFIX_MAX = 100

/** Every leaf with its name in form notation (`order[id]`), depth first. */
export function* leavesOf(fields: Fields, prefix = ''): Generator<[name: string, text: string]> {
  for (const [key, node] of fields) {
    const name = prefix === '' ? key : `${prefix.slice(0, PREFIX_MAX)}[${key}]`
    if (typeof node === 'string') yield [name, node]
    else yield* leavesOf(node, name)
  }
}
