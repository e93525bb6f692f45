import type { PoolClient, QueryConfig } from 'pg'
import type {
  ClaimedMessage,
  ProcessingStore,
  ProcessingUnit,
  ReconciliationUnit,
} from '../../inbox/reconcile/stores.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { Services } from '../../services.ts'
import { withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { isDataError, isLockTimeout, withTransaction, type LastStatement } from '../pool.ts'
import { openContent } from '../sealed-content.ts'
import { CLAIM_APART, CLAIM_HANDED_MESSAGES, CLAIM_MESSAGES, CLAIM_ONE } from './claim-messages.sql.ts'
import { createQueueWalk, type QueueStep } from './queue-walk.ts'
import {
  FINISH_MESSAGES,
  POSTPONE_MESSAGE,
  PUT_OFF_MESSAGES,
  SET_APART_MESSAGES,
} from './finish-messages.sql.ts'
import { finishingStatements, statingUnit } from './stating-unit.ts'

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
        last.push(...finishingStatements(FINISHING, [outcome], now))
      })
    },
  }
}

const FINISHING = { name: 'finish_messages', text: FINISH_MESSAGES } as const

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
    ...statingUnit(unit, last, FINISHING),
    claim: async ({ limit, now, before }) => {
      const values = [limit, now, step.begin(), before]
      const claimed = await claimRows(client, ring, { name: 'claim_messages', text: CLAIM_MESSAGES, values })
      step.answered({ last: claimed.at(-1)?.inboxId ?? null, isFull: claimed.length === limit })
      return claimed
    },
    claimApart: async ({ limit, now }) =>
      claimRows(client, ring, { name: 'claim_apart', text: CLAIM_APART, values: [limit, now] }),
    claimOne: async (inboxId, now) =>
      claimRows(client, ring, { name: 'claim_one', text: CLAIM_ONE, values: [1, now, inboxId] }),
    claimHanded: async (messages) => {
      const claimed = await claimHanded(client, messages)
      step.claimedHanded(claimed.at(-1)?.inboxId ?? null)
      return claimed
    },
    putOff: (inboxIds, dueAt) => {
      last.push(puttingOff(inboxIds, dueAt))
    },
    setApart: (inboxIds) => {
      if (inboxIds.length > 0) last.push({ text: SET_APART_MESSAGES, values: [inboxIds] })
    },
  }
}

async function claimRows(
  client: PoolClient,
  ring: KeyRing,
  statement: QueryConfig<unknown[]>,
): Promise<ClaimedMessage[]> {
  const { rows } = await client.query<ClaimedRow>(statement)
  return rows.map((row) => ({ ...row, content: openContent(ring, 'inbox', row.inboxId, row) }))
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
