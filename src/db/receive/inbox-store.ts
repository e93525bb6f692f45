import type { Pool, PoolClient } from 'pg'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { IncomingMessage, ReceivedMessage } from '../../inbox/messages.ts'
import type { InboxStore } from '../../inbox/receive/stores.ts'
import { STORED, NOTIFY_CHANGES } from '../change-feed.ts'
import { columns, jsonColumn, startsOf } from '../unnest-parameters.ts'
import { isDataError, prompt } from '../pool.ts'
import { sealContents } from '../sealed-content.ts'
import { RECEIVE_MESSAGES, RECEIVE_WITH_ORIGINALS } from './receive-messages.sql.ts'

/** Just above the pool's lock time-out: no sender waits for an acknowledgement that long, and the next batch needs the lane. */
export const GIVE_UP_MS = 6_000

interface LedgerRow {
  key: string
  inbox_id: string
  /** What its Idempotency-Key was first used for; null: it has none, or it was not kept. */
  mark: string | null
  fresh: boolean
}

interface Distinct {
  message: IncomingMessage
  key: string
  mark: string | null
  /** Of its key. */
  first: boolean
  deliveries: number
}

export function createInboxStore(pool: Pool, ring: KeyRing): InboxStore {
  return {
    receive: async (messages) => receiveMessages(pool, ring, messages),
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
  const { rows } = await pool.query<LedgerRow>(prompt(receiveStatement(ring, distinct), GIVE_UP_MS))
  const ledger = new Map(rows.map((row) => [row.key, row]))
  return messages.map((message) => {
    const row = ledger.get(message.key.toString('hex'))
    if (!row) throw new Error('the ledger answered without a row for every key')
    if (row.mark !== null && row.mark !== markOf(message)) return null
    return { inboxId: row.inbox_id, duplicate: !row.fresh || row.inbox_id !== message.id }
  })
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
