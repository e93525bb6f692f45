import type { Pool, PoolClient } from 'pg'
import { newId } from '../../lib/new-id.ts'
import type { ReconciliationUnit, ReopenedDiscrepancy, UnitOptions } from '../../inbox/reconcile/stores.ts'
import type { Services } from '../../services.ts'
import { connectedSets } from '../../domain/connected-sets.ts'
import type { Connected } from '../keys.ts'
import { withTransaction } from '../pool.ts'
import { saveReconciled } from './save-reconciled.ts'
import { lockOrders, lockTransactions } from './scopes.ts'

/** Where a reconciliation writes, and the log for what it opened again. */
export interface WritingDatabase extends Pick<Services, 'logger'> {
  pool: Pool
}

/** Run `work` in one transaction with the steps that all writers share; discrepancies that it opened again are logged after the commit. */
export async function withReconciliation<T>(
  { pool, logger }: WritingDatabase,
  work: (unit: ReconciliationUnit, client: PoolClient) => Promise<T>,
  { shortLockTimeout = false }: UnitOptions = {},
): Promise<T> {
  const reopened: ReopenedDiscrepancy[] = []
  const result = await withTransaction(pool, async (client) => {
    if (shortLockTimeout) await client.query("SET LOCAL lock_timeout = '1s'")
    return work(reconciliationUnit(client, reopened), client)
  })
  for (const discrepancy of reopened)
    logger.warn(discrepancy, 'a discrepancy that an operator had closed shows more, and is open again')
  return result
}

function reconciliationUnit(client: PoolClient, reopened: ReopenedDiscrepancy[]): ReconciliationUnit {
  let locked: Connected = { references: [], orders: [] }
  return {
    lock: async (subjects) => {
      locked = await lockTransactions(client, subjects)
    },
    read: async (subjects) => {
      const evidence = await lockOrders(client, subjects, locked)
      return { scopes: connectedSets(evidence), saved: evidence.saved }
    },
    save: async (judgement, now) => {
      reopened.push(...(await saveReconciled(client, judgement, { now, newId })))
    },
  }
}
