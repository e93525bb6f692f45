import { blankEvent } from '../domain/event/blank-event.ts'
import type { StoredEvent } from '../domain/event/evidence.ts'

/**
 * A fact as its row holds it: what states nothing is left out, which halves the row, and the ids stand beside it.
 */

type Fact = Omit<StoredEvent, 'id' | 'inboxId'>

const BLANK: Fact = blankEvent({ provider: '', account: '', witness: 'notification', receivedAt: '' })

export function factText({ id: _id, inboxId: _inboxId, ...fact }: StoredEvent): string {
  const stated: Record<string, unknown> = {}
  // A loop: asking JSON.stringify's replacer about every member costs four times as much.
  for (const name in fact) {
    const value = fact[name as keyof Fact]
    if (!isBlank(value, BLANK[name as keyof Fact])) stated[name] = value
  }
  return JSON.stringify(stated)
}

/** The value equals that of `BLANK`, which reading puts back. */
function isBlank(value: unknown, blank: unknown): boolean {
  if (value === null || value === false) return value === blank
  return typeof value === 'object' && blank !== null && Object.keys(value).length === 0
}

export interface EventRow {
  id: string
  inboxId: string
  fact: Partial<Fact>
}

export function toStoredEvent({ id, inboxId, fact }: EventRow): StoredEvent {
  return { ...BLANK, ...fact, id, inboxId }
}
