import type { PoolClient } from 'pg'
import type {
  ClaimedMessage,
  MessageOutcome,
  ProcessingStore,
  ProcessingUnit,
  ReconciliationUnit,
} from '../../inbox/reconcile/stores.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { Services } from '../../services.ts'
import { topicOf } from '../../lib/wake-up.ts'
import { notifyingStatement } from '../change-feed.ts'
import { columns } from '../unnest-parameters.ts'
import { withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { appendingStatement } from './append-events.ts'
import { isDataError, isLockTimeout, withTransaction, type LastStatement } from '../pool.ts'
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
        async (unit, client, last) => work(processingUnit(ring, unit, { client, last, step })),
        options,
      )
      step.committed()
      return result
    },
    postpone: async (inboxId, attempts, dueAt) => {
      await pool.query(POSTPONE_MESSAGE, [inboxId, attempts, dueAt])
    },
    putOff: async (inboxIds, dueAt) => {
      await pool.query(puttingOff(inboxIds, dueAt))
    },
    isDataError,
    isLockTimeout,
    park: async (outcome, now) => {
      await withTransaction(pool, async (_client, last) => {
        last.push(...finishingStatements([outcome], now))
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
  { client, last, step }: { client: PoolClient; last: LastStatement[]; step: QueueStep },
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
    putOff: (inboxIds, dueAt) => {
      last.push(puttingOff(inboxIds, dueAt))
    },
    append: (events) => {
      last.push(...appendingStatement(events))
    },
    finish: (outcomes, now) => {
      last.push(...finishingStatements(outcomes, now))
    },
  }
}

async function claimHanded(
  client: PoolClient,
  messages: readonly ClaimedMessage[],
): Promise<ClaimedMessage[]> {
  const { rows } = await client.query<Pick<ClaimedMessage, 'inboxId'>>({
    name: 'claim_handed_messages',
    text: CLAIM_HANDED_MESSAGES,
    values: [messages.map(({ inboxId }) => inboxId)],
  })
  const byId = new Map(messages.map((message) => [message.inboxId, message]))
  return rows.flatMap(({ inboxId }) => byId.get(inboxId) ?? [])
}

const puttingOff = (inboxIds: readonly string[], dueAt: Date): LastStatement => ({
  text: PUT_OFF_MESSAGES,
  values: [inboxIds, dueAt],
})

const topicsOf = (outcomes: readonly MessageOutcome[]): string[] =>
  outcomes.map(({ inboxId }) => topicOf('message', inboxId))

function finishingStatements(outcomes: readonly MessageOutcome[], now: Date): LastStatement[] {
  const values = columns(
    outcomes,
    (outcome) => outcome.inboxId,
    (outcome) => outcome.state,
    (outcome) => outcome.family,
    (outcome) => outcome.code,
    (outcome) => outcome.detail,
  )
  return [
    { name: 'finish_messages', text: FINISH_MESSAGES, values: [...values, now] },
    ...notifyingStatement(topicsOf(outcomes)),
  ]
}
