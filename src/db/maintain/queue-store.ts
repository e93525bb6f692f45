import type { Pool } from 'pg'
import type { Deed, QueueStore } from '../../inbox/maintain/stores.ts'
import { appendAudit } from '../audit.ts'
import { withTransaction } from '../pool.ts'
import { GIVE_UP } from './queue.sql.ts'

export function createQueueStore(pool: Pool): QueueStore {
  return {
    giveUp: async ({ providers, account }, deed) =>
      change(pool, deed, GIVE_UP, [account, providers, deed.at]),
  }
}

/** Run the statement and note the deed in one transaction; answers how many messages it changed. */
async function change(pool: Pool, deed: Deed, text: string, values: unknown[]): Promise<number> {
  return withTransaction(pool, async (client) => {
    const count = (await client.query(text, values)).rowCount ?? 0
    if (count > 0) await appendAudit(client, { ...deed, count })
    return count
  })
}
