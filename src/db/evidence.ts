import type { Expectation, Resolution, StoredEvent } from '../domain/event/evidence.ts'
import type { Deadline, OpenDiscrepancy, Saved } from '../inbox/reconcile/stores.ts'
import type { AccountScope, ReconciliationScope } from '../domain/records.ts'
import { tiesOf, type Naming } from '../domain/identity/ties.ts'
import { toStoredEvent, type EventRow } from './facts.ts'
import { distinct, keyColumns, type Connected, type Key, type Queryable } from './keys.ts'
import { LOAD_EVIDENCE } from './load-evidence.sql.ts'

/** Everything that is known about connected transactions and orders: what was received, announced and stated. */
export interface Evidence {
  events: StoredEvent[]
  expectations: (Expectation & AccountScope)[]
  resolutions: (Resolution & AccountScope & Named)[]
  /** The rows that are saved now; the next save writes only the difference. */
  saved: Saved
}

/** The discrepancy that an operator's statement is about. */
interface Named {
  reference: string | null
  orderId: string | null
}

type Row =
  | { kind: 'event'; id: string; inboxId: string; row: EventRow['fact'] }
  | { kind: 'expectation'; row: Evidence['expectations'][number] }
  | { kind: 'resolution'; row: Evidence['resolutions'][number] }
  | { kind: 'discrepancy'; row: OpenDiscrepancy }
  | { kind: 'deadline'; row: Omit<Deadline, 'kind'> & { kind: Deadline['kind'] } }

/**
 * What is known about these transactions and orders, and all that is tied to them. The answer is whole if `orders` are the
 * orders asked for; else it names more, and has to be asked again with them.
 */
export async function loadEvidence(db: Queryable, start: Connected): Promise<Evidence & Connected> {
  const values = [...keyColumns(start.references), ...keyColumns(start.orders)]
  const { rows } = await db.query<Row>({ name: 'load_evidence', text: LOAD_EVIDENCE, values })
  const evidence = sorted(rows)
  const named = [...evidence.events, ...evidence.expectations].map(keysNamedBy)
  return {
    ...evidence,
    references: distinct([...start.references, ...named.flatMap(({ references }) => references)]),
    orders: distinct([...start.orders, ...named.flatMap(({ orders }) => orders)]),
  }
}

function keysNamedBy(named: Naming & AccountScope): Connected {
  const { provider, account } = named
  const { references, orderIds } = tiesOf(named)
  const keyOf = (id: string): Key => ({ provider, account, id })
  return { references: references.map(keyOf), orders: orderIds.map(keyOf) }
}

/** The same for readers, who hold no locks and may simply ask again. */
export async function loadAllEvidence(db: Queryable, start: Connected): Promise<Evidence & Connected> {
  const found = await loadEvidence(db, start)
  return found.orders.length === start.orders.length ? found : loadAllEvidence(db, found)
}

/** The rows by kind, each once: a row that two keys lead to was read twice. */
function sorted(rows: readonly Row[]): Evidence {
  const events = new Map<string, StoredEvent>()
  const expectations = new Map<string, Evidence['expectations'][number]>()
  const resolutions: Evidence['resolutions'] = []
  const saved: Saved = { discrepancies: [], deadlines: [] }
  for (const found of rows) {
    if (found.kind === 'event') {
      const { id, inboxId, row: fact } = found
      events.set(id, toStoredEvent({ id, inboxId, fact }))
    } else if (found.kind === 'expectation') expectations.set(found.row.id, found.row)
    else if (found.kind === 'resolution') resolutions.push(found.row)
    else if (found.kind === 'discrepancy') saved.discrepancies.push(found.row)
    else saved.deadlines.push(found.row)
  }
  return { events: [...events.values()], expectations: [...expectations.values()], resolutions, saved }
}

/** The evidence of one account, in the types of the domain. */
export function scopeOfEvidence(
  evidence: Evidence & Connected,
): Omit<ReconciliationScope, keyof AccountScope> {
  const { events, expectations, resolutions, references, orders } = evidence
  const statements = { events, expectations, resolutions }
  return { ...statements, references: references.map(({ id }) => id), orderIds: orders.map(({ id }) => id) }
}
