import { storable, textOf } from '../../lib/byte-text.ts'
import { eventText } from '../../card-data/rules.ts'
import type { ParameterSet } from './payload.ts'

/** Longest text of one field in an event; the stored message keeps the rest. */
const VALUE_LENGTH = 4096
/** Longest name of a field in an event. */
const NAME_LENGTH = 255
/** Most fields without a place in the event that it keeps as `extra`. */
const EXTRA_FIELDS = 200

/**
 * Named text values of one statement, whether it came as a form or as JSON. Reading a field takes it, so that what is
 * left over at the end is what this build has no home for.
 */
export class Fields {
  readonly #values: Map<string, string>

  constructor(entries: Iterable<readonly [name: string, value: string]>) {
    this.#values = new Map(entries)
  }

  has(name: string): boolean {
    return this.peekId(name) !== null
  }

  /** Null when absent or empty: an empty field states nothing. */
  peek(name: string): string | null {
    const value = this.peekId(name)
    return value === null ? null : bounded(value, VALUE_LENGTH)
  }

  /** An identifier, never cut: two cut ones could become equal. Receipt has replaced those that are too long for keys. */
  peekId(name: string): string | null {
    const value = this.#values.get(name) ?? ''
    return value === '' ? null : value
  }

  take(name: string): string | null {
    const value = this.peek(name)
    this.#values.delete(name)
    return value
  }

  takeId(name: string): string | null {
    const value = this.peekId(name)
    this.#values.delete(name)
    return value
  }

  /** The first of several fields that is not empty; the others are left for `rest`. */
  takeFirst(...names: readonly string[]): string | null {
    const name = this.#firstOf(names)
    return name === undefined ? null : this.take(name)
  }

  /** The identifiers in a list of them. */
  peekIds(name: string): string[] {
    return (this.#values.get(name) ?? '').split(/[;,\s]+/).filter((id) => id !== '')
  }

  #firstOf(names: readonly string[]): string | undefined {
    return names.find((candidate) => this.has(candidate))
  }

  /** Some fields under their own names, without what may not enter an event. */
  takeRecord(names: readonly string[]): Record<string, string> {
    const chosen = names.map((name) => [name, this.take(name)] as const)
    return record(chosen.filter((entry): entry is readonly [string, string] => entry[1] !== null))
  }

  /** Everything not taken yet, without what may not enter an event. */
  rest(): Record<string, string> {
    const entries = [...this.#values].filter(([, value]) => value !== '').slice(0, EXTRA_FIELDS)
    return record(entries.map(([name, value]) => [bounded(name, NAME_LENGTH), bounded(value, VALUE_LENGTH)]))
  }
}

/** `Object.fromEntries` defines properties instead of assigning them: a field named `__proto__` is just a field. */
function record(entries: readonly (readonly [string, string])[]): Record<string, string> {
  const redacted = entries.map(([name, value]) => [name, eventText(name, value)] as const)
  return Object.fromEntries(redacted.filter((entry): entry is readonly [string, string] => entry[1] !== null))
}

function bounded(text: string, length: number): string {
  // Cutting may halve a surrogate pair.
  return text.length <= length ? text : storable(text.slice(0, length))
}

/** The parameters of a form; arrays keep their bracketed names. */
export function fieldsOfSet(set: ParameterSet): Fields {
  return new Fields(set.parameters.map(({ name, value }) => [textOf(name), textOf(value)]))
}

/** The members of a JSON object as text; nested ones get bracketed names like arrays of a form. */
export function fieldsOfObject(object: object): Fields {
  return new Fields(membersOf(object, '', 0))
}

function* membersOf(object: object, prefix: string, depth: number): Generator<readonly [string, string]> {
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    const name = storable(prefix === '' ? key : `${prefix}[${key}]`)
    if (typeof value === 'string') yield [name, storable(value)]
    else if (typeof value === 'boolean') yield [name, String(value)]
    else if (value !== null && typeof value === 'object' && depth < 3)
      yield* membersOf(value, name, depth + 1)
  }
}
