import type { Pool, PoolClient } from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { ClaimedMessage, MessageOutcome, ProcessingStore, ProcessingUnit } from '../stores.ts'
import { columns } from './columns.ts'
import { withTransaction } from './pool.ts'
import { saveReconciled } from './reconciled-rows.ts'
import { appendUnderLocks, loadScopes, type Appended } from './scopes.ts'
import { CLAIM_MESSAGES } from './sql/claim-messages.ts'
import { FINISH_MESSAGES, POSTPONE_MESSAGE } from './sql/finish-messages.ts'

export function createProcessingStore(pool: Pool): ProcessingStore {
  return {
    inTransaction: async (work) => withTransaction(pool, (client) => work(processingUnit(client))),
    postpone: async (inboxId, attempts, dueAt) => {
      await pool.query(POSTPONE_MESSAGE, [inboxId, attempts, dueAt])
    },
    park: async (outcome, now) => finish(pool, [outcome], now),
  }
}

function processingUnit(client: PoolClient): ProcessingUnit {
  let locked: Appended['locked'] = []
  return {
    claim: async ({ limit, now, only }) => {
      const { rows } = await client.query<ClaimedMessage>({
        name: 'claim_messages',
        text: CLAIM_MESSAGES,
        values: [limit, only ?? null, now],
      })
      return rows
    },
    append: async (events) => {
      const appended = await appendUnderLocks(client, events)
      locked = appended.locked
      return appended.fresh
    },
    scopes: async (events) => loadScopes(client, events, locked),
    save: async (results, now) => saveReconciled(client, results, { now, newId: uuidv7 }),
    finish: async (outcomes, now) => finish(client, outcomes, now),
  }
}

async function finish(db: Pool | PoolClient, outcomes: readonly MessageOutcome[], now: Date): Promise<void> {
  const values = columns(
    outcomes,
    (outcome) => outcome.inboxId,
    (outcome) => outcome.state,
    (outcome) => outcome.family,
    (outcome) => outcome.code,
    (outcome) => outcome.detail,
  )
  await db.query({ name: 'finish_messages', text: FINISH_MESSAGES, values: [...values, now] })
}
