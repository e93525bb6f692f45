import type { Pool } from 'pg'
import type { DiscrepancyFilter, Page, ReportStore } from '../../queries/stores.ts'
import type { AccountScope, ListedDiscrepancy, ReconciliationScope } from '../../domain/records.ts'
import { conditionsOf, type Conditions } from './conditions.ts'
import { cutPage, decodeCursor, toUuid } from './cursor.ts'
import { loadAllEvidence, scopeOfEvidence } from '../evidence.ts'
import type { PrismaClient } from '../generated/client.ts'
import type { DiscrepancyWhereInput } from '../generated/models.ts'
import { withSnapshot } from '../pool.ts'
import { findRoot } from './find-root.ts'
import { readSummary } from './summary.ts'
import { toDiscrepancy } from './transaction-records.ts'

export function createReportStore(prisma: PrismaClient, pool: Pool): ReportStore {
  return {
    transactionScope: async (scope, reference) => transactionScope(pool, scope, reference),
    summary: async (period) => readSummary(pool, period),
    listDiscrepancies: async (filter, limit, cursor) => listDiscrepancies(prisma, filter, limit, cursor),
  }
}

/** Read as processing reads it, in one snapshot: an explanation of half a batch would explain nothing. */
async function transactionScope(
  pool: Pool,
  scope: AccountScope,
  reference: string,
): Promise<(ReconciliationScope & { root: string }) | null> {
  return withSnapshot(pool, async (client) => {
    const root = await findRoot(client, scope, reference)
    if (root === null) return null
    const evidence = await loadAllEvidence(client, { references: root.keys, orders: [] })
    return { ...scope, root: root.reference, ...scopeOfEvidence(evidence) }
  })
}

const CONDITIONS: Conditions<DiscrepancyFilter, DiscrepancyWhereInput> = {
  provider: (provider) => ({ provider }),
  account: (account) => ({ account }),
  class: (name) => ({ class: name }),
  open: (open) => ({ resolvedAt: open ? null : { not: null } }),
}

async function listDiscrepancies(
  prisma: PrismaClient,
  filter: DiscrepancyFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<ListedDiscrepancy>> {
  const rows = await prisma.discrepancy.findMany({
    where: { AND: [...conditionsOf(filter, CONDITIONS), afterCursor(cursor)] },
    // The id makes the order total, so that pages neither overlap nor skip.
    orderBy: [{ openedAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { page, nextCursor } = cutPage(rows, limit, (last) => [last.openedAt.toISOString(), last.id])
  return {
    items: page.map((row) => ({
      ...toDiscrepancy(row),
      provider: row.provider,
      account: row.account,
      resolution: row.resolution as ListedDiscrepancy['resolution'],
    })),
    nextCursor,
  }
}

function afterCursor(cursor: string | null): DiscrepancyWhereInput {
  if (cursor === null) return {}
  const [at = '', id = ''] = decodeCursor(cursor, 2)
  const openedAt = new Date(at)
  return {
    // Redundant, but it lets PostgreSQL start the index scan here; it derives no start from the alternatives of OR.
    openedAt: { lte: openedAt },
    OR: [{ openedAt: { lt: openedAt } }, { openedAt, id: { lt: toUuid(id) } }],
  }
}
