import type { Pool } from 'pg'
import type { TotalsStore } from '../../inbox/maintain/stores.ts'
import { ADD_UP_TOTALS } from './add-up-totals.sql.ts'

export function createTotalsStore(pool: Pool): TotalsStore {
  return {
    addUp: async (limit) => {
      const { rows } = await pool.query<{ rows: number }>(ADD_UP_TOTALS, [limit])
      return rows[0]?.rows ?? 0
    },
  }
}
