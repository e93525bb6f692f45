import pg from 'pg'
import type { Clock } from '../lib/clock.ts'
import type { LastStatement } from './pool.ts'

/**
 * Every process hears what was saved, through PostgreSQL's LISTEN/NOTIFY: one connection per process, however many requests
 * wait. The saving transaction sends the notification, which arrives after its commit.
 */

const CHANNEL = 'receiver_saved'
/** PostgreSQL refuses a payload of 8000 bytes or more; a larger change is sent as "anything may have changed". */
const PAYLOAD_MAX = 7_900
const EVERYTHING = '*'

/** Topic that wakes the workers of other processes: a receiver has stored messages. */
export const STORED = 'stored'

/** The statement that the saving transaction sends. */
export const NOTIFY_CHANGES = `SELECT pg_notify('${CHANNEL}', $1)`

/** Notifies every process, when the transaction commits. */
export const notifyingStatement = (topics: readonly string[]): LastStatement[] =>
  topics.length === 0 ? [] : [{ name: 'tell_changes', text: NOTIFY_CHANGES, values: [changePayload(topics)] }]

function changePayload(topics: readonly string[]): string {
  const text = [...new Set(topics)].join(',')
  return text.length > PAYLOAD_MAX ? EVERYTHING : text
}

export interface ChangeFeed {
  start(): void
  stop(): Promise<void>
}

export interface ChangeFeedOptions {
  databaseUrl: string
  onTopics: (topics: readonly string[]) => void
  /** After a gap (start, lost connection) anything may have changed. */
  onGap: () => void
  onError: (error: unknown) => void
  clock: Clock
}

const RECONNECT_MS = 1_000
/** A server that stopped answering leaves the connection open. A regular query finds that out; without it no error would come. */
const HEARTBEAT_MS = 30_000

/** Time limits of this connection, which is not taken from the pool. */
const TIMEOUTS = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 30_000,
  connectionTimeoutMillis: 2_000,
  query_timeout: 2_000,
}

/** Listen until stopped, reconnecting for ever. While the connection is lost, waiting requests end by their time-out. */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  let client: pg.Client | undefined
  let stopped = true

  async function connect(): Promise<void> {
    const fresh = createClient(options)
    client = fresh
    const onBroken = (error: unknown): void => {
      reconnect(fresh, error)
    }
    fresh.on('error', onBroken)
    try {
      await fresh.connect()
      await fresh.query(`LISTEN ${CHANNEL}`)
      options.onGap()
      askLater(fresh, options.clock, { isOver: () => stopped || client !== fresh, onBroken })
    } catch (error) {
      onBroken(error)
    }
  }

  function reconnect(broken: pg.Client, error: unknown): void {
    if (stopped || client !== broken) return
    client = undefined
    options.onError(error)
    void broken.end().catch(() => undefined)
    options.clock.after(RECONNECT_MS, () => {
      if (!stopped) void connect()
    })
  }

  return {
    start: () => {
      stopped = false
      void connect()
    },
    stop: async () => {
      stopped = true
      await client?.end().catch(() => undefined)
    },
  }
}

function createClient({ databaseUrl, onTopics, onGap }: ChangeFeedOptions): pg.Client {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'receiver-change-feed',
    ...TIMEOUTS,
  })
  client.on('notification', ({ payload = '' }) => {
    if (payload === EVERYTHING) onGap()
    else onTopics(payload.split(','))
  })
  return client
}

interface Listening {
  /** Whether the connection was given up. */
  isOver: () => boolean
  onBroken: (error: unknown) => void
}

function askLater(client: pg.Client, clock: Clock, { isOver, onBroken }: Listening): void {
  clock.after(HEARTBEAT_MS, () => {
    if (isOver()) return
    client.query('SELECT 1').then(() => {
      askLater(client, clock, { isOver, onBroken })
    }, onBroken)
  })
}
