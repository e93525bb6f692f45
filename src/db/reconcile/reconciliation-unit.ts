import type { Pool, PoolClient } from 'pg'
import { newId } from '../../lib/new-id.ts'
import type { ReconciliationUnit, ReopenedDiscrepancy, UnitOptions } from '../../inbox/reconcile/stores.ts'
import type { Services } from '../../services.ts'
import { sendLast, withRollback, withSavepoints, type LastStatement } from '../pool.ts'
import { savingStatements } from './save-reconciled.ts'
import { lockAndRead } from './scopes.ts'

/** Where a reconciliation writes, and the log for what it opened again. */
export interface WritingDatabase extends Pick<Services, 'logger'> {
  pool: Pool
}

/** Run `work` in one transaction with the steps that all writers share; discrepancies that it opened again are logged after the commit. */
export async function withReconciliation<T>(
  { pool, logger }: WritingDatabase,
  work: (unit: ReconciliationUnit, client: PoolClient, last: LastStatement[]) => Promise<T>,
  { shortLockTimeout = false }: UnitOptions = {},
): Promise<T> {
  const reopened: ReopenedDiscrepancy[] = []
  const result = await withSavepoints(pool, async (client, last) => {
    if (shortLockTimeout) await client.query("SET LOCAL lock_timeout = '1s'")
    return work(reconciliationUnit(client, last, reopened), client, last)
  })
  for (const discrepancy of reopened)
    logger.warn(discrepancy, 'a discrepancy that an operator had closed shows more, and is open again')
  return result
}

/** The same in a transaction that is rolled back: `send` sends what would go with its commit. Nothing is opened, nothing logged. */
export const rehearseReconciliation = async <T>(
  { pool }: WritingDatabase,
  work: (
    unit: ReconciliationUnit,
    client: PoolClient,
    write: { last: LastStatement[]; send: () => Promise<void> },
  ) => Promise<T>,
): Promise<T> =>
  withRollback(pool, async (client, last) => {
    // Live traffic waits for these locks: it does not wait behind another waiting one.
    await client.query("SET LOCAL lock_timeout = '1s'")
    return work(reconciliationUnit(client, last, []), client, {
      last,
      send: async () => sendLast(client, last),
    })
  })

const reconciliationUnit = (
  client: PoolClient,
  last: LastStatement[],
  reopened: ReopenedDiscrepancy[],
): ReconciliationUnit => ({
  read: async (subjects) => lockAndRead(client, subjects),
  save: (judgement, now) => {
    last.push(...savingStatements(judgement, { now, newId, onReopened: (those) => reopened.push(...those) }))
  },
})
