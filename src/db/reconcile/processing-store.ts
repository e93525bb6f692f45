import type { PoolClient } from 'pg'
import type {
  ClaimedMessage,
  HandedMessage,
  MessageOutcome,
  ProcessingStore,
  ProcessingUnit,
  ReconciliationUnit,
} from '../../inbox/reconcile/stores.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { Services } from '../../services.ts'
import { allInOrder } from '../../lib/all-in-order.ts'
import { topicOf } from '../../lib/wake-up.ts'
import { notifyChanges } from '../change-feed.ts'
import { columns } from '../unnest-parameters.ts'
import type { Queryable } from '../keys.ts'
import { withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { appendEvents } from './scopes.ts'
import { isDataError, isLockTimeout, withTransaction } from '../pool.ts'
import { openContent } from '../sealed-content.ts'
import { CLAIM_HANDED_MESSAGES, CLAIM_MESSAGES } from './claim-messages.sql.ts'
import { createQueueWalk, type QueueStep } from './queue-walk.ts'
import { FINISH_MESSAGES, POSTPONE_MESSAGE, PUT_OFF_MESSAGES } from './finish-messages.sql.ts'

export function createProcessingStore(
  database: WritingDatabase,
  { ring, clock }: { ring: KeyRing } & Pick<Services, 'clock'>,
): ProcessingStore {
  const { pool } = database
  const walk = createQueueWalk(clock)
  return {
    inTransaction: async (work, options) => {
      const step = walk.step()
      const result = await withReconciliation(
        database,
        async (unit, client) => work(processingUnit(ring, unit, { client, step })),
        options,
      )
      step.committed()
      return result
    },
    postpone: async (inboxId, attempts, dueAt) => {
      await pool.query(POSTPONE_MESSAGE, [inboxId, attempts, dueAt])
    },
    putOff: async (inboxIds, dueAt) => putOff(pool, inboxIds, dueAt),
    isDataError,
    isLockTimeout,
    park: async (outcome, now) => {
      await withTransaction(pool, async (client) => finish(client, [outcome], now))
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
  { client, step }: { client: PoolClient; step: QueueStep },
): ProcessingUnit {
  return {
    ...unit,
    claim: async ({ limit, now, only, before }) => {
      const { rows } = await client.query<ClaimedRow>({
        name: 'claim_messages',
        text: CLAIM_MESSAGES,
        values: [limit, only ?? null, now, before ?? null, only?.toSorted()[0] ?? step.begin()],
      })
      if (only === undefined)
        step.answered({ last: rows.at(-1)?.inboxId ?? null, isFull: rows.length === limit })
      return rows.map((row) => ({ ...row, content: openContent(ring, 'inbox', row.inboxId, row) }))
    },
    claimHanded: async (messages) => {
      const claimed = await claimHanded(client, messages)
      step.claimedApart(claimed.at(-1)?.inboxId ?? null)
      return claimed
    },
    putOff: async (inboxIds, dueAt) => putOff(client, inboxIds, dueAt),
    append: async (events) => appendEvents(client, events),
    finish: async (outcomes, now) => finish(client, outcomes, now),
  }
}

async function claimHanded(db: Queryable, messages: readonly HandedMessage[]): Promise<ClaimedMessage[]> {
  const { rows } = await db.query<Pick<HandedMessage, 'inboxId'>>({
    name: 'claim_handed_messages',
    text: CLAIM_HANDED_MESSAGES,
    values: [messages.map(({ inboxId }) => inboxId)],
  })
  const byId = new Map(messages.map((message) => [message.inboxId, message]))
  return rows.flatMap(({ inboxId }) => {
    const message = byId.get(inboxId)
    return message ? [{ ...message, attempts: 0, putOff: 0 }] : []
  })
}

async function putOff(db: Queryable, inboxIds: readonly string[], dueAt: Date): Promise<void> {
  await db.query(PUT_OFF_MESSAGES, [inboxIds, dueAt])
}

const topicsOf = (outcomes: readonly MessageOutcome[]): string[] =>
  outcomes.map(({ inboxId }) => topicOf('message', inboxId))

async function finish(client: PoolClient, outcomes: readonly MessageOutcome[], now: Date): Promise<void> {
  const values = columns(
    outcomes,
    (outcome) => outcome.inboxId,
    (outcome) => outcome.state,
    (outcome) => outcome.family,
    (outcome) => outcome.code,
    (outcome) => outcome.detail,
  )
  await allInOrder([
    client.query({ name: 'finish_messages', text: FINISH_MESSAGES, values: [...values, now] }),
    notifyChanges(client, topicsOf(outcomes)),
  ])
}
