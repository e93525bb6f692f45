import type { Pool } from 'pg'
import type {
  DiscrepancyCount,
  Period,
  ReconciliationSummary,
  TransactionCount,
  WitnessGap,
} from '../../domain/reconciliation/period-summary.ts'
import type { AccountScope } from '../../domain/records.ts'
import { withSnapshot } from '../pool.ts'
import { COUNT_DISCREPANCIES, COUNT_TRANSACTIONS, MEASURE_WITNESSES } from './summary.sql.ts'

interface GapRow extends AccountScope {
  both: number
  notificationFirst: number
  /** p50, p90, p99 */
  percentiles: number[] | null
}

/** Three set-based statements over one snapshot, so that the figures belong together. */
export async function readSummary(pool: Pool, { from, to }: Period): Promise<ReconciliationSummary> {
  return withSnapshot(pool, async (client) => {
    const transactions = await client.query<TransactionCount>(COUNT_TRANSACTIONS, [from, to])
    const discrepancies = await client.query<DiscrepancyCount>(COUNT_DISCREPANCIES, [from, to])
    const gaps = await client.query<GapRow>(MEASURE_WITNESSES, [from, to])
    const [all, ...accounts] = gaps.rows
    return {
      transactions: transactions.rows,
      discrepancies: discrepancies.rows,
      witnesses: {
        all: all === undefined ? { both: 0, notificationFirst: 0, gap: null } : toGap(all),
        accounts: accounts.map((row) => ({ provider: row.provider, account: row.account, ...toGap(row) })),
      },
    }
  })
}

function toGap({ both, notificationFirst, percentiles }: GapRow): WitnessGap {
  const [p50, p90, p99] = percentiles ?? []
  const measured = p50 !== undefined && p90 !== undefined && p99 !== undefined
  return { both, notificationFirst, gap: measured ? { p50, p90, p99 } : null }
}
