import type { Expectation, Resolution, StoredEvent } from '../domain/transaction.ts'
import { keyColumns, type Connected, type Key, type Queryable } from './keys.ts'
import { LOAD_EVENTS } from './sql/load-events.ts'
import { LOAD_STATEMENTS } from './sql/load-statements.ts'

/** Everything that is known about connected transactions and orders: what was received, announced and stated. */
export interface Evidence {
  events: StoredEvent[]
  expectations: (Expectation & Pick<Key, 'provider' | 'account'>)[]
  resolutions: (Resolution & Pick<Key, 'provider' | 'account'> & Named)[]
}

/** What an operator's statement is about. */
interface Named {
  reference: string | null
  orderId: string | null
}

export async function loadEvidence(db: Queryable, { references, orders }: Connected): Promise<Evidence> {
  const events = await loadEvents(db, references, orders)
  return { events, ...(await loadStatements(db, { references, orders })) }
}

/** An event row carries its fact whole; only the ids stand beside it. */
export interface EventRow {
  id: string
  inboxId: string
  fact: Omit<StoredEvent, 'id' | 'inboxId'>
}

export const toStoredEvent = (row: EventRow): StoredEvent => ({
  ...row.fact,
  id: row.id,
  inboxId: row.inboxId,
})

/** Current events of the transactions and the requests of the orders. */
export async function loadEvents(
  db: Queryable,
  references: readonly Key[],
  orders: readonly Key[],
): Promise<StoredEvent[]> {
  const values = [...keyColumns(references), ...keyColumns(orders)]
  const { rows } = await db.query<EventRow>({ name: 'load_events', text: LOAD_EVENTS, values })
  return rows.map(toStoredEvent)
}

type StatementRow =
  | { kind: 'expectation'; statement: Evidence['expectations'][number] }
  | { kind: 'resolution'; statement: Evidence['resolutions'][number] }

/** Announcements and operators' statements in one round trip: most of the time there are none. */
async function loadStatements(
  db: Queryable,
  { references, orders }: Connected,
): Promise<Omit<Evidence, 'events'>> {
  const values = [...keyColumns(references), ...keyColumns(orders)]
  const { rows } = await db.query<StatementRow>({ name: 'load_statements', text: LOAD_STATEMENTS, values })
  return {
    expectations: rows.flatMap((row) => (row.kind === 'expectation' ? [row.statement] : [])),
    resolutions: rows.flatMap((row) => (row.kind === 'resolution' ? [row.statement] : [])),
  }
}
