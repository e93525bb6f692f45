import type { Pool } from 'pg'
import type { ChoreStore } from '../../inbox/maintain/stores.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import { withTransaction } from '../pool.ts'
import { CHORE_DONE, PUT_OFF_CHORE, REGISTER_CHORES, TAKE_CHORE } from './chores.sql.ts'
import { turnStores } from './turn-stores.ts'

/** After the first failure, and at most. */
const BACK_OFF_MS = 60_000
const BACK_OFF_MAX_MS = 15 * 60_000

export function createChoreStore(pool: Pool, ring: KeyRing): ChoreStore {
  return {
    register: async (names, now) => {
      await pool.query(REGISTER_CHORES, [names, now])
    },
    takeTurn: async ({ name, now, next, limit }, work) =>
      withTransaction(pool, async (client) => {
        const latest = new Date(Math.max(+next, +now + BACK_OFF_MAX_MS))
        const { rowCount: taken } = await client.query(TAKE_CHORE, [name, now, latest])
        if (taken === 0) return null
        const rows = await work(turnStores(client, ring))
        await client.query(CHORE_DONE, [name, now, next, rows < limit])
        return rows
      }),
    putOff: async (name, now, error) => {
      await pool.query(PUT_OFF_CHORE, [name, now, error, BACK_OFF_MS, BACK_OFF_MAX_MS])
    },
  }
}
