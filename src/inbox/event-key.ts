import type { StoredEvent } from '../domain/transaction.ts'
import { sha256Framed } from '../lib/crypto.ts'

/**
 * Two events with equal keys state the same fact (the form and the XML of one notification): only the first is kept.
 * Left out are our ids, our clock and the provider's prose, which changes with language and punctuation.
 *
 * A request (no reference) is a fact per message instead: two time-outs of one order are two calls, however alike.
 */
export function eventKey({
  id: _id,
  inboxId,
  receivedAt: _at,
  providerMessage: _prose,
  ...fact
}: StoredEvent): Buffer {
  return sha256Framed(fact.reference === null ? inboxId : '', canonicalJson(fact))
}

/** JSON with object keys in code-unit order at every level, so that equal content is equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isPlainObject(member) ? sortedByKey(member) : member,
  )
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function sortedByKey(record: Record<string, unknown>): Record<string, unknown> {
  // A null prototype: an echoed field may be called __proto__, and must stay a field.
  const sorted = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(record).sort()) sorted[name] = record[name]
  return sorted
}
