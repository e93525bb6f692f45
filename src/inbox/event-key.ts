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

/**
 * JSON with object keys in code-unit order at every level, so that equal content is equal text. What is null is left out:
 * a field that a later version adds changes no key of a message that does not state it.
 */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const record = value as Record<string, unknown>
  let text = ''
  for (const name of Object.keys(record).sort()) {
    const member = record[name] ?? null
    if (member !== null) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}
