import type { Pool } from 'pg'
import type {
  OperationState,
  Reconciliation,
  Status,
  StoredEvent,
  Transaction,
} from '../domain/transaction.ts'
import type { Page, QueryStore, TransactionFilter, TransactionRecord } from '../queries/stores.ts'
import type { AccountScope, DiscrepancyRecord, ReconciliationScope } from '../records.ts'
import { exactSum } from '../lib/exact-sum.ts'
import type { PrismaClient } from './generated/client.ts'
import type { DiscrepancyModel, TransactionModel, TransactionWhereInput } from './generated/models.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { withSnapshot } from './pool.ts'
import { loadAllEvidence, loadEvidence, scopeOfEvidence } from './evidence.ts'
import type { Key } from './keys.ts'
import { FIND_ROOT } from './sql/find-root.ts'

export function createQueryStore(prisma: PrismaClient, pool: Pool): QueryStore {
  return {
    isProcessed: async (inboxId) => (await prisma.inboxOutcome.findUnique({ where: { inboxId } })) !== null,
    listTransactions: async (filter, limit, cursor) => listTransactions(prisma, filter, limit, cursor),
    findTransaction: async (scope, reference) => findTransaction({ prisma, pool }, scope, reference),
    transactionEvents: async (scope, reference) => transactionEvents({ prisma, pool }, scope, reference),
    orderScope: async (scope, orderId) => orderScope(pool, scope, orderId),
    discrepancies: async ({ provider, account }, orderId) => {
      const rows = await prisma.discrepancy.findMany({
        where: { orderId, account, provider, reference: null },
        orderBy: { id: 'asc' },
      })
      return rows.map(toDiscrepancy)
    },
    openDiscrepancyIds: async ({ provider, account }, keys) => {
      const rows = await prisma.discrepancy.findMany({
        where: { key: { in: [...keys] }, account, provider, resolvedAt: null },
        select: { id: true, key: true },
      })
      return new Map(rows.map(({ id, key }) => [key, id]))
    },
  }
}

interface Database {
  prisma: PrismaClient
  pool: Pool
}

async function listTransactions(
  prisma: PrismaClient,
  filter: TransactionFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<TransactionRecord>> {
  const rows = await prisma.transaction.findMany({
    where: { AND: [toWhere(filter), afterCursor(cursor)] },
    // Newest first; the key after it makes the order total, so that pages neither overlap nor skip.
    orderBy: [{ firstSeenAt: 'desc' }, { reference: 'desc' }, { account: 'desc' }, { provider: 'desc' }],
    take: limit + 1,
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    items: await withDiscrepancies(prisma, page),
    nextCursor: last
      ? encodeCursor([last.firstSeenAt.toISOString(), last.reference, last.account, last.provider])
      : null,
  }
}

/** As in the expression of the column `uncommon_status`. */
const COMMON_STATUSES: readonly string[] = ['authorized', 'captured']

function toWhere({ from, to, ...exact }: TransactionFilter): TransactionWhereInput {
  const where: TransactionWhereInput = Object.fromEntries(
    Object.entries(exact).filter(([, value]) => value !== undefined),
  )
  // Says the same once more, of a column that has an index.
  if (exact.status !== undefined && !COMMON_STATUSES.includes(exact.status))
    where.uncommonStatus = exact.status
  if (from !== undefined || to !== undefined) {
    where.firstSeenAt = {
      ...(from === undefined ? {} : { gte: from }),
      ...(to === undefined ? {} : { lt: to }),
    }
  }
  return where
}

function afterCursor(cursor: string | null): TransactionWhereInput {
  if (cursor === null) return {}
  const [at, reference, account, provider] = decodeCursor(cursor, 4)
  const firstSeenAt = new Date(at ?? '')
  return {
    // An index begins where this says; it cannot read that out of the alternatives.
    firstSeenAt: { lte: firstSeenAt },
    OR: [
      { firstSeenAt: { lt: firstSeenAt } },
      { firstSeenAt, reference: { lt: reference ?? '' } },
      { firstSeenAt, reference: reference ?? '', account: { lt: account ?? '' } },
      { firstSeenAt, reference: reference ?? '', account: account ?? '', provider: { lt: provider ?? '' } },
    ],
  }
}

/** By its own reference, else by one it absorbed: the raw statement is the one that the partial index understands. */
async function findRow(
  { prisma, pool }: Database,
  { provider, account }: AccountScope,
  reference: string,
): Promise<TransactionModel | null> {
  const byReference = async (root: string): Promise<TransactionModel | null> =>
    prisma.transaction.findUnique({
      where: { reference_account_provider: { reference: root, account, provider } },
    })
  const row = await byReference(reference)
  if (row) return row
  const values = [reference, account, provider]
  const { rows } = await pool.query<{ reference: string }>(FIND_ROOT, values)
  return rows[0] ? byReference(rows[0].reference) : null
}

async function findTransaction(
  database: Database,
  scope: AccountScope,
  reference: string,
): Promise<TransactionRecord | null> {
  const row = await findRow(database, scope, reference)
  const [record] = row ? await withDiscrepancies(database.prisma, [row]) : []
  return record ?? null
}

/** One query for all rows of a page; open and closed alike, oldest first. */
async function withDiscrepancies(
  prisma: PrismaClient,
  rows: readonly TransactionModel[],
): Promise<TransactionRecord[]> {
  if (rows.length === 0) return []
  // Two lists, not a condition per row: two hundred of those take longer to plan than to answer. What it finds beside, under
  // an equal reference of another account, belongs to no row here.
  const found = await prisma.discrepancy.findMany({
    where: {
      reference: { in: rows.map(({ reference }) => reference) },
      account: { in: [...new Set(rows.map(({ account }) => account))] },
    },
    orderBy: { id: 'asc' },
  })
  const byKey = Map.groupBy(found, rowKey)
  return rows.map((row) => toRecord(row, byKey.get(rowKey(row)) ?? []))
}

const rowKey = (row: { provider: string; account: string; reference: string | null }): string =>
  JSON.stringify([row.provider, row.account, row.reference])

type StoredDetails = Pick<Transaction, 'paymentMethod' | 'threeDSecure' | 'fraud' | 'customer' | 'custom'>

function toRecord(row: TransactionModel, discrepancies: readonly DiscrepancyModel[]): TransactionRecord {
  return {
    provider: row.provider,
    account: row.account,
    reference: row.reference,
    orderId: row.orderId,
    status: row.status as Status,
    reconciliation: row.reconciliation as Reconciliation,
    overdue: row.overdue,
    final: row.final,
    test: row.test,
    currency: row.currency,
    authorizedTotal: exactSum(row.authorizedTotal),
    capturedTotal: exactSum(row.capturedTotal),
    refundedTotal: exactSum(row.refundedTotal),
    chargedBackTotal: exactSum(row.chargedBackTotal),
    operations: row.operations as unknown as OperationState[],
    discrepancies: discrepancies.map(toDiscrepancy),
    ...(row.details as unknown as StoredDetails),
    firstSeenAt: row.firstSeenAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}

export function toDiscrepancy(row: DiscrepancyModel): DiscrepancyRecord {
  return {
    id: row.id,
    class: row.class as DiscrepancyRecord['class'],
    field: row.field,
    reference: row.reference,
    orderId: row.orderId,
    response: row.response,
    notification: row.notification,
    amountAtRisk: exactSum(row.amountAtRisk),
    currency: row.currency,
    openedAt: row.openedAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    version: row.version,
    formerId: row.formerId,
  }
}

/** What is absorbed is read off the saved row: some links are drawn from evidence and stand in no single event. */
async function transactionEvents(
  database: Database,
  scope: AccountScope,
  reference: string,
): Promise<StoredEvent[]> {
  const row = await findRow(database, scope, reference)
  if (!row) return []
  const references = [row.reference, ...row.absorbed].map((id) => toKey(scope, id))
  const { events } = await loadEvidence(database.pool, { references, orders: [] })
  return events
}

/** The same reading as processing does, without its locks: an answer may be a moment old, never half a batch. */
async function orderScope(pool: Pool, scope: AccountScope, orderId: string): Promise<ReconciliationScope> {
  return withSnapshot(pool, async (client) => {
    const evidence = await loadAllEvidence(client, { references: [], orders: [toKey(scope, orderId)] })
    return { ...scope, ...scopeOfEvidence(evidence) }
  })
}

const toKey = ({ provider, account }: AccountScope, id: string): Key => ({ provider, account, id })
