import { IDENTIFYING_FIELDS } from '../../domain/event/transaction-event.ts'
import type { StoredEvent } from '../../domain/event/evidence.ts'
import { keyUnder } from '../../lib/crypto.ts'

/**
 * Two events with equal keys state the same fact (the form and the XML of one notification): only the first is kept.
 * Left out are our ids, our clock and the provider's prose, which changes with language and punctuation.
 *
 * A request (no reference) is a fact per message instead: two time-outs of one order are two calls, however alike.
 */
export function eventKey(event: StoredEvent): Buffer {
  const { reference, inboxId } = event
  return keyUnder(reference ?? inboxId, reference === null ? inboxId : '', canonicalJson(event))
}

/** Sorted once: every event has the same fields. */
const SORTED_FIELDS = IDENTIFYING_FIELDS.toSorted()

/**
 * JSON in which equal content is equal text: an object is written as its names and values in the order of the names, without
 * what is null. So a field that a later version adds changes no key of a message that does not state it.
 */
const canonicalJson = (event: StoredEvent): string => JSON.stringify(membersOf(event, SORTED_FIELDS))

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  return membersOf(value, Object.keys(value).sort())
}

function membersOf(value: object, names: readonly string[]): unknown[] {
  const record = value as Record<string, unknown>
  const flat: unknown[] = []
  for (const name of names) {
    const member = record[name] ?? null
    if (member !== null) flat.push(name, inOrder(member))
  }
  return flat
}
