import type { Pool, PoolClient } from 'pg'
import { newId } from '../lib/new-id.ts'
import type { ReconciliationUnit, UnitOptions } from '../stores.ts'
import { changePayload, TELL_CHANGES } from './change-feed.ts'
import { connectedSets } from './connected-sets.ts'
import type { Saved } from './evidence.ts'
import type { Connected } from './keys.ts'
import { withTransaction } from './pool.ts'
import { saveReconciled } from './reconciled-rows.ts'
import { lockOrders, lockTransactions } from './scopes.ts'

/**
 * Run `work` in one transaction with the steps that all writers share; what it saved is told when it commits. `told` collects
 * the topics.
 */
export async function withReconciliation<T>(
  pool: Pool,
  work: (unit: ReconciliationUnit, client: PoolClient, told: string[]) => Promise<T>,
  { impatient = false }: UnitOptions = {},
): Promise<T> {
  return withTransaction(pool, async (client) => {
    if (impatient) await client.query("SET LOCAL lock_timeout = '1s'")
    const told: string[] = []
    const result = await work(reconciliationUnit(client, told), client, told)
    if (told.length > 0)
      await client.query({ name: 'tell_changes', text: TELL_CHANGES, values: [changePayload(told)] })
    return result
  })
}

function reconciliationUnit(client: PoolClient, told: string[]): ReconciliationUnit {
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
      told.push(...(await saveReconciled(client, results, { saved, now, newId })))
    },
  }
}
