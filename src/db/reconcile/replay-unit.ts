import type { PoolClient } from 'pg'
import { readFact } from '../../domain/event/written-fact.ts'
import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import type { Choice, Progress, ReplayUnit, ShownState, StoredStatement } from '../../inbox/replay/stores.ts'
import type { ClaimedMessage, ReconciliationKey, ReconciliationUnit } from '../../inbox/reconcile/stores.ts'
import type { KeyRing } from '../../lib/key-ring.ts'
import { keyColumns, keysOf } from '../keys.ts'
import type { LastStatement } from '../pool.ts'
import { openContent } from '../sealed-content.ts'
import { CHANGE_OUTCOMES } from './finish-messages.sql.ts'
import { choiceParameters } from './replay-rows.ts'
import { ADVANCE_REPLAY, HOLD_REPLAY, SHOWN_STATES, STATEMENTS } from './replay.sql.ts'
import { statingUnit } from './stating-unit.ts'

const FINISHING = { name: 'change_outcomes', text: CHANGE_OUTCOMES } as const

/** What one transaction of a replay can do. */
export const replayUnit = (
  ring: KeyRing,
  unit: ReconciliationUnit,
  { client, last }: { client: PoolClient; last: LastStatement[] },
): ReplayUnit => ({
  ...statingUnit(unit, last, FINISHING),
  statements: async (inboxIds, choice) => readStatements(client, ring, inboxIds, choice),
  states: async (keys) => readStates(client, keys),
  hold: async ({ id }, after) => {
    const { rowCount } = await client.query({ name: 'hold_replay', text: HOLD_REPLAY, values: [id, after] })
    return rowCount === 1
  },
  advance: ({ id }, progress) => {
    last.push(advancing(id, progress))
  },
})

const advancing = (id: string, { to, replayed, staying, endedAt }: Progress): LastStatement => ({
  name: 'advance_replay',
  text: ADVANCE_REPLAY,
  values: [id, to, replayed, JSON.stringify(staying), endedAt],
})

interface StatementRow extends Omit<ClaimedMessage, 'content'> {
  content: Buffer | null
  dataKey: string | null
  isPending: boolean
  isChosen: boolean
  repeated: string[]
  events: { id: string; eventKey: string; fact: string }[]
}

async function readStatements(
  client: PoolClient,
  ring: KeyRing,
  inboxIds: readonly string[],
  choice: Choice,
): Promise<StoredStatement[]> {
  const values = [...choiceParameters(choice), inboxIds]
  const { rows } = await client.query<StatementRow>({ name: 'read_statements', text: STATEMENTS, values })
  return rows.map(({ isPending, isChosen, repeated, events, ...row }) => ({
    message: { ...row, content: openContent(ring, 'inbox', row.inboxId, row) },
    isPending,
    isChosen,
    events: events.map(({ id, eventKey, fact }) => {
      const read = JSON.parse(fact) as Partial<TransactionEvent>
      return { event: readFact({ id, inboxId: row.inboxId, fact: read }), eventKey, fact }
    }),
    stated: [...events.map(({ eventKey }) => eventKey), ...repeated],
  }))
}

async function readStates(client: PoolClient, keys: readonly ReconciliationKey[]): Promise<ShownState[]> {
  const values = [...keyColumns(keysOf(keys, 'reference')), ...keyColumns(keysOf(keys, 'order'))]
  const { rows } = await client.query<ShownState>({ name: 'shown_states', text: SHOWN_STATES, values })
  return rows
}
