import type { ClientBase, Pool } from 'pg'
import type { TurnStores } from '../../inbox/maintain/stores.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import { ADD_UP_TOTALS } from './add-up-totals.sql.ts'
import { PURGE_BODIES, PUT_BACK_SEALED } from './bodies.sql.ts'
import { PURGE_QUARANTINE } from './purge-quarantine.sql.ts'
import { RECORD_ACCOUNTS } from './record-accounts.sql.ts'
import { SNAPSHOT_RECONCILIATION } from './snapshot-reconciliation.sql.ts'

/** What tasks do, each in one statement; `database` is the connection of the turn. */
export function turnStores(database: Pick<Pool | ClientBase, 'query'>, ring: KeyRing): TurnStores {
  const changed = async (text: string, values: unknown[]): Promise<number> => {
    const { rowCount } = await database.query(text, values)
    return rowCount ?? 0
  }
  const counted = async (text: string, values: unknown[]): Promise<number> => {
    const { rows } = await database.query<{ rows: number }>(text, values)
    return rows[0]?.rows ?? 0
  }
  return {
    bodies: {
      purge: async ({ now, keepMs, limit }) => changed(PURGE_BODIES, [now, keepMs, limit]),
      putBackSealed: async (now, limit) => changed(PUT_BACK_SEALED, [ring.names, now, limit]),
    },
    quarantine: { purge: async ({ now, keepMs, limit }) => changed(PURGE_QUARANTINE, [now, keepMs, limit]) },
    totals: { addUp: async (limit) => counted(ADD_UP_TOTALS, [limit]) },
    reconciliation: { snapshot: async (now) => changed(SNAPSHOT_RECONCILIATION, [now]) },
    accounts: {
      record: async (accounts, now) =>
        counted(RECORD_ACCOUNTS, [
          accounts.map(({ provider }) => provider),
          accounts.map(({ account }) => account),
          accounts.map(({ policy }) => policy.test),
          now,
        ]),
    },
  }
}
