import type { Pool, PoolClient } from 'pg'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { IncomingMessage, ReceivedMessage } from '../../inbox/messages.ts'
import type { InboxStore, Repetition } from '../../inbox/receive/stores.ts'
import { STORED, NOTIFY_CHANGES } from '../change-feed.ts'
import { columns, jsonColumn, startsOf } from '../unnest-parameters.ts'
import { isDataError, prompt } from '../pool.ts'
import { sealContents } from '../sealed-content.ts'
import { COUNT_REPETITIONS } from './count-repetitions.sql.ts'
import { RECEIVE_MESSAGES, RECEIVE_WITH_ORIGINALS } from './receive-messages.sql.ts'

/** Just above the pool's lock time-out: no sender waits for an acknowledgement that long, and the next batch needs the lane. */
export const GIVE_UP_MS = 6_000

/** A row of the ledger. */
interface LedgerRow {
  inboxId: string
  /** What its Idempotency-Key was first used for; null: it has none, or it was not kept. */
  mark: string | null
}

interface LedgerAnswer {
  keys: number
  /** Rows that were there before. */
  known: (LedgerRow & { key: string })[]
}

interface Distinct {
  message: IncomingMessage
  key: string
  mark: string | null
  /** Whether it is the first entry with its key. */
  first: boolean
  deliveries: number
}

export function createInboxStore(pool: Pool, ring: KeyRing): InboxStore {
  let connections = 0
  const changed = (): void => {
    connections += 1
  }
  pool.on('error', changed)
  pool.on('connect', (client) => {
    changed()
    client.on('error', changed)
  })
  return {
    receive: async (messages) => receiveMessages(pool, ring, messages),
    countRepetitions: async (repetitions) => countRepetitions(pool, repetitions),
    connections: () => connections,
    notifyWorkers: async () => {
      await pool.query(prompt({ name: 'tell_changes', text: NOTIFY_CHANGES, values: [STORED] }))
    },
    isDataError,
  }
}

/** One statement: ledger, messages and queue. */
export async function receiveMessages(
  pool: Pool | PoolClient,
  ring: KeyRing,
  messages: readonly IncomingMessage[],
): Promise<(ReceivedMessage | null)[]> {
  const distinct = distinctMessages(messages)
  const { rows } = await pool.query<LedgerAnswer>(prompt(receiveStatement(ring, distinct), GIVE_UP_MS))
  const ledger = ledgerAfter(distinct, rows[0])
  return messages.map((message) => {
    const row = ledger.get(message.key.toString('hex'))
    if (!row) throw new Error('the ledger has no row for a key')
    if (row.mark !== null && row.mark !== markOf(message)) return null
    return { inboxId: row.inboxId, duplicate: row.inboxId !== message.id }
  })
}

/** The rows of all keys: those that were there before, and what the first message of each further key has entered. */
function ledgerAfter(
  distinct: readonly Distinct[],
  answer: LedgerAnswer | undefined,
): Map<string, LedgerRow> {
  const firsts = distinct.filter(({ first }) => first)
  if (answer?.keys !== firsts.length) throw new Error('the ledger has not taken every key')
  const ledger = new Map<string, LedgerRow>()
  for (const { key, mark, message } of firsts) ledger.set(key, { inboxId: message.id, mark })
  for (const { key, ...row } of answer.known) ledger.set(key, row)
  return ledger
}

async function countRepetitions(pool: Pool, repetitions: readonly Repetition[]): Promise<number> {
  const { rowCount } = await pool.query(
    prompt(
      {
        name: 'count_repetitions',
        text: COUNT_REPETITIONS,
        values: [
          Buffer.concat(repetitions.map(({ key }) => key)),
          repetitions.map(({ deliveries }) => deliveries),
          repetitions.map(({ receivedAt }) => receivedAt),
        ],
      },
      GIVE_UP_MS,
    ),
  )
  return rowCount ?? 0
}

/** One entry per key and content, sorted: a statement may touch a ledger row only once, and replicas must lock in one order. */
function distinctMessages(messages: readonly IncomingMessage[]): Distinct[] {
  const keys = new Set<string>()
  const entries = new Map<string, Distinct>()
  for (const message of messages) {
    const key = message.key.toString('hex')
    const mark = markOf(message)
    const name = `${key}${mark ?? ''}`
    const known = entries.get(name)
    if (known) known.deliveries += 1
    else entries.set(name, { message, key, mark, first: !keys.has(key), deliveries: 1 })
    keys.add(key)
  }
  return [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

const markOf = ({ contentMark }: IncomingMessage): string | null => contentMark?.toString('hex') ?? null

/** Few accounts have their originals kept: the rest need not pay for it. */
function receiveStatement(ring: KeyRing, distinct: readonly Distinct[]) {
  const values = receiveParameters(ring, distinct)
  const originals = distinct.flatMap(({ message: { provider, account, originals: ids } }) =>
    ids.map(({ shown, original }) => ({ provider, account, shown, original })),
  )
  return originals.length === 0
    ? { name: 'receive_messages', text: RECEIVE_MESSAGES, values }
    : {
        name: 'receive_with_originals',
        text: RECEIVE_WITH_ORIGINALS,
        values: [...values, JSON.stringify(originals)],
      }
}

function receiveParameters(ring: KeyRing, distinct: readonly Distinct[]): unknown[] {
  const messages = distinct.map(({ message }) => message)
  const { contents, dataKey } = sealContents(ring, 'inbox', messages)
  return [
    Buffer.concat(messages.map(({ key }) => key)),
    Buffer.concat(messages.map(({ contentDigest }) => contentDigest)),
    messages.map(({ id }) => id),
    distinct.map(({ deliveries }) => deliveries),
    ...columns(
      messages,
      (message) => message.receivedAt,
      (message) => message.provider,
      (message) => message.account,
      (message) => message.witness,
      (message) => message.secretId,
    ),
    jsonColumn(messages.map(({ scrubbed }) => JSON.stringify(scrubbed))),
    jsonColumn(messages.map(({ envelope }) => (envelope === null ? null : JSON.stringify(envelope)))),
    startsOf(contents),
    contents.map(({ length }) => length),
    Buffer.concat(contents),
    dataKey,
    distinct.map(({ mark }) => mark),
    distinct.map(({ first }) => first),
  ]
}
