import type { StoredEvent } from '../domain/event/evidence.ts'
import type { Deadline, EvidenceRead, OpenDiscrepancy, Saved } from '../inbox/reconcile/stores.ts'
import type { AccountScope, ReconciliationScope } from '../domain/records.ts'
import { tiesOf, type Naming } from '../domain/identity/ties.ts'
import { readFact, type FactRow } from '../domain/event/written-fact.ts'
import { distinct, keyColumns, type Connected, type Key, type Queryable } from './keys.ts'
import { LOAD_EVIDENCE } from './load-evidence.sql.ts'

type Row =
  | { kind: 'event'; id: string; inboxId: string; eventKey: string; row: FactRow['fact'] }
  | { kind: 'expectation'; row: EvidenceRead['expectations'][number] }
  | { kind: 'resolution'; row: EvidenceRead['resolutions'][number] }
  | { kind: 'discrepancy'; row: OpenDiscrepancy }
  | { kind: 'deadline'; row: Omit<Deadline, 'kind'> & { kind: Deadline['kind'] } }

/**
 * What is known about these transactions and orders, and all that is tied to them. The answer is whole if `orders` are the
 * orders asked for; else it names more, and has to be asked again with them.
 */
export async function loadEvidence(db: Queryable, start: Connected): Promise<EvidenceRead> {
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
export async function loadAllEvidence(db: Queryable, start: Connected): Promise<EvidenceRead> {
  const found = await loadEvidence(db, start)
  return found.orders.length === start.orders.length ? found : loadAllEvidence(db, found)
}

/** The rows by kind, each once: a row that two keys lead to was read twice. */
function sorted(rows: readonly Row[]): Omit<EvidenceRead, keyof Connected> {
  const events = new Map<string, StoredEvent>()
  const eventKeys = new Set<string>()
  const expectations = new Map<string, EvidenceRead['expectations'][number]>()
  const resolutions: EvidenceRead['resolutions'] = []
  const saved: Saved = { discrepancies: [], deadlines: [] }
  for (const found of rows) {
    if (found.kind === 'event') {
      const { id, inboxId, row: fact } = found
      events.set(id, readFact({ id, inboxId, fact }))
      eventKeys.add(found.eventKey)
    } else if (found.kind === 'expectation') expectations.set(found.row.id, found.row)
    else if (found.kind === 'resolution') resolutions.push(found.row)
    else if (found.kind === 'discrepancy') saved.discrepancies.push(found.row)
    else saved.deadlines.push(found.row)
  }
  const evidence = { events: [...events.values()], expectations: [...expectations.values()], resolutions }
  return { ...evidence, eventKeys, saved }
}

/** The evidence of one account, in the types of the domain. */
export function scopeOfEvidence(evidence: EvidenceRead): Omit<ReconciliationScope, keyof AccountScope> {
  const { events, expectations, resolutions, references, orders } = evidence
  const statements = { events, expectations, resolutions }
  return { ...statements, references: references.map(({ id }) => id), orderIds: orders.map(({ id }) => id) }
}
