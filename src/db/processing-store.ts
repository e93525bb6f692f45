import type { Pool, PoolClient } from 'pg'
import type {
  ClaimedMessage,
  MessageOutcome,
  ProcessingStore,
  ProcessingUnit,
  ReconciliationUnit,
} from '../stores.ts'
import type { KeyRing } from '../lib/key-ring.ts'
import { topicOf } from '../lib/wake-up.ts'
import { changePayload, TELL_CHANGES } from './change-feed.ts'
import { columns } from './columns.ts'
import { withReconciliation } from './reconciliation-unit.ts'
import { appendEvents } from './scopes.ts'
import { isHeldUp } from './pool.ts'
import { openContent } from './sealed-content.ts'
import { CLAIM_MESSAGES } from './sql/claim-messages.ts'
import { FINISH_MESSAGES, POSTPONE_MESSAGE } from './sql/finish-messages.ts'

export function createProcessingStore(pool: Pool, ring: KeyRing): ProcessingStore {
  return {
    inTransaction: async (work, options) =>
      withReconciliation(
        pool,
        async (unit, client, told) => work(processingUnit(ring, unit, client, told)),
        options,
      ),
    postpone: async (inboxId, attempts, dueAt) => {
      await pool.query(POSTPONE_MESSAGE, [inboxId, attempts, dueAt])
    },
    isHeldUp,
    park: async (outcome, now) => {
      await finish(pool, [outcome], now)
      await pool.query({
        name: 'tell_changes',
        text: TELL_CHANGES,
        values: [changePayload(topicsOf([outcome]))],
      })
    },
  }
}

/** As it is stored; the body may be sealed or gone. */
interface ClaimedRow extends Omit<ClaimedMessage, 'content'> {
  content: Buffer | null
  dataKey: string | null
}

function processingUnit(
  ring: KeyRing,
  unit: ReconciliationUnit,
  client: PoolClient,
  told: string[],
): ProcessingUnit {
  return {
    ...unit,
    claim: async ({ limit, now, only }) => {
      const { rows } = await client.query<ClaimedRow>({
        name: 'claim_messages',
        text: CLAIM_MESSAGES,
        values: [limit, only ?? null, now],
      })
      return rows.map((row) => ({ ...row, content: openContent(ring, 'inbox', row.inboxId, row) }))
    },
    append: async (events) => appendEvents(client, events),
    finish: async (outcomes, now) => {
      await finish(client, outcomes, now)
      told.push(...topicsOf(outcomes))
    },
  }
}

const topicsOf = (outcomes: readonly MessageOutcome[]): string[] =>
  outcomes.map(({ inboxId }) => topicOf('message', inboxId))

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
