import type { Pool } from 'pg'
import type { HealthStore, HeldSnapshot, OpenDiscrepancies, Telemetry } from '../../telemetry/stores.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { PrismaClient } from '../generated/client.ts'
import { pendingMigrations } from '../migrations/migrate.ts'
import { DISCREPANCY_TEST, DISCREPANCY_TEST_JOINS } from '../discrepancy-test.sql.ts'
import { prompt } from '../pool.ts'
import { HELD_SNAPSHOTS } from './held-snapshots.sql.ts'

/** Pending work and its age; the join only touches what is pending. */
const QUEUE_STATE = `
SELECT count(*)::int AS pending,
       min(m.received_at) AS "oldestAt"
FROM inbox_queue q JOIN inbox_messages m ON m.id = q.inbox_id`

/** Few are open; each is one step to its payment. */
const OPEN_DISCREPANCIES = `
SELECT d.provider, d.account, d.class, coalesce(${DISCREPANCY_TEST}, '') AS test, d.currency, count(*)::int AS count,
       coalesce(sum(d.amount_at_risk), 0)::float8 AS amount
FROM discrepancies d ${DISCREPANCY_TEST_JOINS}
WHERE d.resolved_at IS NULL
GROUP BY 1, 2, 3, 4, 5`

/** The newest notification of each account: one index step per account instead of a scan. */
const LAST_NOTIFICATIONS = `
SELECT k.provider, k.account, m.received_at AS at
FROM unnest($1::text[], $2::text[]) AS k(provider, account)
CROSS JOIN LATERAL (
  SELECT received_at FROM inbox_messages
  WHERE account = k.account AND provider = k.provider AND witness = 'notification'
  ORDER BY id DESC LIMIT 1
) m`

/** The service's tables, and what it does with them. */
const LACKING_RIGHTS = `
SELECT p.privilege || ' on ' || c.relname AS lacking
FROM pg_class c CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p(privilege)
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'
  AND NOT has_table_privilege(c.oid, p.privilege)
ORDER BY 1`

export function createHealthStore(prisma: PrismaClient, pool: Pool): HealthStore {
  // A health check has to answer although the database does not.
  const ask = async (text: string) => pool.query<Record<string, unknown>>(prompt({ text }))
  return {
    ping: async () => {
      await ask('SELECT 1')
    },
    missingMigrations: async () => pendingMigrations({ query: ask }),
    time: async () => {
      const { rows } = await ask('SELECT clock_timestamp() AS now')
      return rows[0]?.['now'] as Date
    },
    lackingRights: async () => (await ask(LACKING_RIGHTS)).rows.map(({ lacking }) => String(lacking)),
    telemetry: async (accounts) => readTelemetry(prisma, pool, accounts),
    reconciliations: async () => {
      const by = ['provider', 'account', 'reconciliation', 'test'] as const
      const rows = await prisma.dailyTotal.groupBy({
        by: [...by],
        _sum: { payments: true },
        having: { payments: { _sum: { gt: 0 } } },
      })
      return rows.map(({ _sum: { payments }, ...labels }) => ({ ...labels, count: Number(payments) }))
    },
    connections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      max: pool.options.max,
      waiting: pool.waitingCount,
    }),
  }
}

interface QueueState {
  pending: number
  oldestAt: Date | null
}

async function readTelemetry(
  prisma: PrismaClient,
  pool: Pool,
  accounts: readonly AccountScope[],
): Promise<Telemetry> {
  const [queue, open, last, held, configuredAccounts, chores] = await Promise.all([
    pool.query<QueueState>(QUEUE_STATE),
    pool.query<OpenDiscrepancies>(OPEN_DISCREPANCIES),
    pool.query<Telemetry['lastNotifications'][number]>(LAST_NOTIFICATIONS, [
      accounts.map(({ provider }) => provider),
      accounts.map(({ account }) => account),
    ]),
    pool.query<HeldSnapshot>(HELD_SNAPSHOTS),
    prisma.configuredAccount.findMany({ omit: { test: true } }),
    prisma.chore.findMany({ select: { name: true, lastOkAt: true } }),
  ])
  return {
    pending: queue.rows[0]?.pending ?? 0,
    oldestPendingAt: queue.rows[0]?.oldestAt ?? null,
    openDiscrepancies: open.rows,
    configuredAccounts,
    chores,
    lastNotifications: last.rows,
    heldSnapshots: held.rows,
  }
}
