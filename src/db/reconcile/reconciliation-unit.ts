import type { Pool, PoolClient } from 'pg'
import { newId } from '../../lib/new-id.ts'
import type { ReconciliationUnit, ReopenedDiscrepancy, UnitOptions } from '../../inbox/reconcile/stores.ts'
import { connectedSets } from './connected-sets.ts'
import type { Saved } from '../evidence.ts'
import type { Connected } from '../keys.ts'
import { withTransaction } from '../pool.ts'
import { saveReconciled } from './reconciled-rows.ts'
import { lockOrders, lockTransactions } from './scopes.ts'

export type OnReopened = (reopened: ReopenedDiscrepancy) => void

/**
 * Run `work` in one transaction with the steps that all writers share; what it saved, and what it opened again, is told when
 * it commits.
 */
export async function withReconciliation<T>(
  { pool, onReopened }: { pool: Pool; onReopened: OnReopened },
  work: (unit: ReconciliationUnit, client: PoolClient) => Promise<T>,
  { impatient = false }: UnitOptions = {},
): Promise<T> {
  const reopened: ReopenedDiscrepancy[] = []
  const result = await withTransaction(pool, async (client) => {
    if (impatient) await client.query("SET LOCAL lock_timeout = '1s'")
    return work(reconciliationUnit(client, reopened), client)
  })
  reopened.forEach(onReopened)
  return result
}

function reconciliationUnit(client: PoolClient, reopened: ReopenedDiscrepancy[]): ReconciliationUnit {
  let locked: Connected = { references: [], orders: [] }
  let saved: Saved = { discrepancies: [], deadlines: [] }
  return {
    lock: async (subjects) => {
      locked = await lockTransactions(client, subjects)
    },
    scopes: async (subjects) => {
      const evidence = await lockOrders(client, subjects, locked)
      saved = evidence.saved
      return connectedSets(evidence, evidence)
    },
    save: async (results, now) => {
      reopened.push(...(await saveReconciled(client, results, { saved, now, newId })))
    },
  }
}
