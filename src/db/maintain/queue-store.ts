import type { Pool } from 'pg'
import type { QueueStore } from '../../inbox/maintain/stores.ts'
import { GIVE_UP, REQUEUE_PARKED } from './queue.sql.ts'

export function createQueueStore(pool: Pool): QueueStore {
  return {
    requeueParked: async (now) => (await pool.query(REQUEUE_PARKED, [now])).rowCount ?? 0,
    giveUp: async ({ provider, account }, now) =>
      (await pool.query(GIVE_UP, [account, provider, now])).rowCount ?? 0,
  }
}
