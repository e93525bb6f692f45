import type { StoredEvent } from '../../domain/event/evidence.ts'
import { writeFact } from '../../domain/event/written-fact.ts'
import { namedKey, sha256 } from '../../lib/crypto.ts'
import type { NewEvent } from './stores.ts'

/**
 * The event as it is appended. Two events with equal keys state the same fact (the form and the XML of one notification): only
 * the first is kept. Left out of the key are our ids, our clock and the provider's prose, which changes with language and
 * punctuation.
 *
 * A request (no reference) is a fact per message instead: two time-outs of one order are two calls, however alike.
 */
export function toNewEvent(event: StoredEvent): NewEvent {
  const { reference, inboxId } = event
  const { identity, text } = writeFact(event)
  // The text of a fact begins with a brace, which no id does.
  const digest = sha256(reference === null ? inboxId + identity : identity)
  return { event, eventKey: namedKey(reference ?? inboxId, digest).toString('hex'), fact: text }
}
