import type { PoolClient } from 'pg'
import type { AccountScope } from '../../domain/records.ts'
import type {
  CustomerPage,
  ErasureStore,
  ErasureUnit,
  PaymentPosition,
  StoredFact,
  StoredOfMessages,
} from '../../inbox/erase/stores.ts'
import type { ReconciliationUnit } from '../../inbox/reconcile/stores.ts'
import { appendAudit } from '../audit.ts'
import { withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { columns } from '../unnest-parameters.ts'
import {
  ERASE_BODIES,
  ERASE_EVENTS,
  ERASE_SUPERSEDED_EVENTS,
  PAYMENTS_OF_CUSTOMER,
  STORED_OF_MESSAGES,
} from './erasure.sql.ts'

/** So many payments are looked at in one statement: some tens of milliseconds. */
const PAGE = 5_000
const FIRST: PaymentPosition = { firstSeenAt: new Date(0), reference: '' }

export function createErasureStore(database: WritingDatabase): ErasureStore {
  return {
    inTransaction: async (work) =>
      withReconciliation(database, async (unit, client) => work(erasureUnit(unit, client))),
    paymentsOfCustomer: async (scope, customerIds, after) =>
      paymentsOfCustomer(database, scope, customerIds, after ?? FIRST),
  }
}

const erasureUnit = (unit: ReconciliationUnit, client: PoolClient): ErasureUnit => ({
  ...unit,
  storedOf: async (inboxIds) => storedOf(client, inboxIds),
  erase: async ({ facts, bodies }, entry) => {
    const { true: current = [], false: former = [] } = Object.groupBy(facts, (one) => `${one.isCurrent}`)
    await client.query(ERASE_EVENTS, factColumns(current))
    await client.query(ERASE_SUPERSEDED_EVENTS, factColumns(former))
    await client.query(ERASE_BODIES, [bodies])
    await appendAudit(client, entry)
  },
})

const factColumns = (facts: readonly StoredFact[]): unknown[] =>
  columns(
    facts,
    ({ inboxId }) => inboxId,
    ({ id }) => id,
    ({ fact }) => JSON.stringify(fact),
  )

interface StoredRow {
  inboxId: string
  hasBody: boolean
  isPending: boolean
  facts: Omit<StoredFact, 'inboxId'>[]
}

async function storedOf(client: PoolClient, inboxIds: readonly string[]): Promise<StoredOfMessages> {
  const { rows } = await client.query<StoredRow>(STORED_OF_MESSAGES, [inboxIds])
  return {
    facts: rows.flatMap(({ inboxId, facts }) => facts.map((fact) => ({ ...fact, inboxId }))),
    bodies: rows.flatMap(({ inboxId, hasBody, isPending }) => (hasBody && !isPending ? [inboxId] : [])),
    pending: rows.filter(({ isPending }) => isPending).length,
  }
}

interface PageRow {
  references: string[]
  seen: number
  lastSeenAt: Date | null
  lastReference: string | null
}

async function paymentsOfCustomer(
  { pool }: WritingDatabase,
  { provider, account }: AccountScope,
  customerIds: readonly string[],
  { firstSeenAt, reference }: PaymentPosition,
): Promise<CustomerPage> {
  const values = [account, provider, customerIds, firstSeenAt, reference, PAGE]
  const { rows } = await pool.query<PageRow>(PAYMENTS_OF_CUSTOMER, values)
  const [page] = rows
  if (page?.lastSeenAt == null || page.lastReference === null || page.seen < PAGE)
    return { references: page?.references ?? [], next: null }
  return {
    references: page.references,
    next: { firstSeenAt: page.lastSeenAt, reference: page.lastReference },
  }
}
