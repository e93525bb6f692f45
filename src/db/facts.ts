import { blankEvent } from '../domain/blank-event.ts'
import type { StoredEvent } from '../domain/transaction.ts'

/**
 * A fact as its row holds it: what states nothing is left out, which halves the row, and the ids stand beside it.
 */

type Fact = Omit<StoredEvent, 'id' | 'inboxId'>

const BLANK: Fact = blankEvent({ provider: '', account: '', witness: 'notification', receivedAt: '' })

export function factText({ id: _id, inboxId: _inboxId, ...fact }: StoredEvent): string {
  return JSON.stringify(fact, (name, value: unknown) => (isBlank(name, value) ? undefined : value))
}

/** Only of the fact's own fields: a merchant's data may use the same names, but is text. */
function isBlank(name: string, value: unknown): boolean {
  if (value === null) return name in BLANK
  if (value === false) return name === 'statesAuthorization'
  return typeof value === 'object' && name in BLANK && Object.keys(value).length === 0
}

export interface EventRow {
  id: string
  inboxId: string
  fact: Partial<Fact>
}

export function toStoredEvent({ id, inboxId, fact }: EventRow): StoredEvent {
  return { ...BLANK, ...fact, id, inboxId }
}
