import type { Pool } from 'pg'
import type { StoredEvent } from '../../domain/event/evidence.ts'
import { allInOrder } from '../../lib/all-in-order.ts'
import type {
  Page,
  QueryStore,
  StoredOrder,
  TransactionFilter,
  TransactionRecord,
} from '../../queries/stores.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { PrismaClient } from '../generated/client.ts'
import type { TransactionModel, TransactionWhereInput } from '../generated/models.ts'
import { conditionsOf, type Conditions } from './conditions.ts'
import { cutPage, decodeCursor } from './cursor.ts'
import { withSnapshot } from '../pool.ts'
import { loadAllEvidence, loadEvidence, scopeOfEvidence } from '../evidence.ts'
import { findRoot } from './find-root.ts'
import {
  readOrderDiscrepancies,
  readOrderTransactions,
  readTransaction,
  toDiscrepancy,
  toRecord,
} from './transaction-records.ts'

/** Each answer is of one moment: one statement, or several over one snapshot. */
export function createQueryStore(prisma: PrismaClient, pool: Pool): QueryStore {
  return {
    isProcessed: async (inboxId) => (await prisma.inboxOutcome.findUnique({ where: { inboxId } })) !== null,
    listTransactions: async (filter, limit, cursor) => listTransactions(prisma, filter, limit, cursor),
    findTransaction: async (scope, reference) => readTransaction(pool, scope, reference),
    transactionEvents: async (scope, reference) => transactionEvents(pool, scope, reference),
    order: async (scope, orderId, limit) => readOrder(pool, scope, orderId, limit),
  }
}

/** The time limit is that of a statement. */
const SNAPSHOT = { isolationLevel: 'RepeatableRead', timeout: 15_000 } as const

async function listTransactions(
  prisma: PrismaClient,
  filter: TransactionFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<TransactionRecord>> {
  return prisma.$transaction(async (snapshot) => {
    const rows = await snapshot.transaction.findMany({
      where: { AND: [...conditionsOf(filter, CONDITIONS), afterCursor(cursor)] },
      // Newest first; the key after it makes the order total, so that pages neither overlap nor skip.
      orderBy: [{ firstSeenAt: 'desc' }, { reference: 'desc' }, { account: 'desc' }, { provider: 'desc' }],
      take: limit + 1,
    })
    const { page, nextCursor } = cutPage(rows, limit, (last) => [
      last.firstSeenAt.toISOString(),
      last.reference,
      last.account,
      last.provider,
    ])
    return { items: await withDiscrepancies(snapshot, page), nextCursor }
  }, SNAPSHOT)
}

/** The same statuses as in the expression of the column `uncommon_status`. */
const COMMON_STATUSES: readonly string[] = ['authorized', 'captured']

const CONDITIONS: Conditions<TransactionFilter, TransactionWhereInput> = {
  provider: (provider) => ({ provider }),
  account: (account) => ({ account }),
  orderId: (orderId) => ({ orderId }),
  // The second condition repeats the first one, on a column that has an index.
  status: (status) => (COMMON_STATUSES.includes(status) ? { status } : { status, uncommonStatus: status }),
  reconciliation: (reconciliation) => ({ reconciliation }),
  overdue: (overdue) => ({ overdue }),
  test: (test) => ({ test }),
  linked: (linked) => ({ linked }),
  emailHash: (emailHash) => ({ emailHash }),
  amount: (amount) => ({ amount }),
  // The keys of all accounts, which are few, found by one index each.
  references: (references) => ({
    OR: [
      { reference: { in: [...references] } },
      { absorbed: { hasSome: [...references] }, NOT: { absorbed: { isEmpty: true } } },
    ],
  }),
  from: (from) => ({ firstSeenAt: { gte: from } }),
  to: (to) => ({ firstSeenAt: { lt: to } }),
}

function afterCursor(cursor: string | null): TransactionWhereInput {
  if (cursor === null) return {}
  const [at, reference, account, provider] = decodeCursor(cursor, 4)
  const firstSeenAt = new Date(at ?? '')
  return {
    // Redundant, but it lets PostgreSQL start the index scan here; it derives no start from the alternatives of OR.
    firstSeenAt: { lte: firstSeenAt },
    OR: [
      { firstSeenAt: { lt: firstSeenAt } },
      { firstSeenAt, reference: { lt: reference ?? '' } },
      { firstSeenAt, reference: reference ?? '', account: { lt: account ?? '' } },
      { firstSeenAt, reference: reference ?? '', account: account ?? '', provider: { lt: provider ?? '' } },
    ],
  }
}

/** One query for all rows of a page; open and closed alike, oldest first. */
async function withDiscrepancies(
  snapshot: Pick<PrismaClient, 'discrepancy'>,
  rows: readonly TransactionModel[],
): Promise<TransactionRecord[]> {
  if (rows.length === 0) return []
  // One list, not a condition per row: two hundred of those take longer to plan than to answer. It also finds discrepancies
  // of another account under an equal reference; they match no key below.
  const found = await snapshot.discrepancy.findMany({
    where: { reference: { in: rows.map(({ reference }) => reference) } },
  })
  // Sorted here: with ORDER BY a server before 18 walks the index of all ids.
  const byKey = Map.groupBy(
    found.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    rowKey,
  )
  return rows.map((row) => toRecord(row, (byKey.get(rowKey(row)) ?? []).map(toDiscrepancy)))
}

const rowKey = (row: { provider: string; account: string; reference: string | null }): string =>
  JSON.stringify([row.provider, row.account, row.reference])

async function transactionEvents(pool: Pool, scope: AccountScope, reference: string): Promise<StoredEvent[]> {
  return withSnapshot(pool, async (client) => {
    const root = await findRoot(client, scope, reference)
    return root === null ? [] : (await loadEvidence(client, { references: root.keys, orders: [] })).events
  })
}

/** The evidence is read as processing reads it, without its locks: an answer may be a moment old, never half a batch. */
async function readOrder(
  pool: Pool,
  scope: AccountScope,
  orderId: string,
  limit: number,
): Promise<StoredOrder> {
  const { provider, account } = scope
  return withSnapshot(pool, async (client) => {
    const [evidence, transactions, discrepancies] = await allInOrder([
      loadAllEvidence(client, { references: [], orders: [{ provider, account, id: orderId }] }),
      readOrderTransactions(client, scope, orderId, limit),
      readOrderDiscrepancies(client, scope, orderId),
    ])
    const openIds = new Map(evidence.saved.discrepancies.map(({ key, id }) => [key, id]))
    return { ...scope, ...scopeOfEvidence(evidence), transactions, discrepancies, openIds }
  })
}
