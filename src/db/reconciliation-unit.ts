import type { PoolClient } from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { ReconciliationUnit } from '../stores.ts'
import type { Key } from './keys.ts'
import { saveReconciled } from './reconciled-rows.ts'
import { loadScopes, lockTransactions } from './scopes.ts'

/** The steps that all writers share, within the transaction that `client` has open. */
export function reconciliationUnit(client: PoolClient): ReconciliationUnit {
  let locked: Key[] = []
  return {
    lock: async (subjects) => {
      locked = await lockTransactions(client, subjects)
    },
    scopes: async (subjects) => loadScopes(client, subjects, locked),
    save: async (results, now) => saveReconciled(client, results, { now, newId: uuidv7 }),
  }
}
