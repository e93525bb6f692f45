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
  const fact = Object.fromEntries(IDENTIFYING_FIELDS.map((name) => [name, event[name]]))
  return keyUnder(reference ?? inboxId, reference === null ? inboxId : '', canonicalJson(fact))
}

/**
 * JSON in which equal content is equal text: an object is written as its names and values in the order of the names, without
 * what is null. So a field that a later version adds changes no key of a message that does not state it.
 */
const canonicalJson = (fact: object): string => JSON.stringify(inOrder(fact))

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const record = value as Record<string, unknown>
  const flat: unknown[] = []
  for (const name of Object.keys(record).sort()) {
    const member = record[name] ?? null
    if (member !== null) flat.push(name, inOrder(member))
  }
  return flat
}
