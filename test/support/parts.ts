import type { Pool } from 'pg'
import { createAccountDirectory } from '../../src/config/account-directory.ts'
import { parseAccounts } from '../../src/config/accounts.ts'
import { createPool } from '../../src/db/pool.ts'
import { createProcessingStore } from '../../src/db/reconcile/processing-store.ts'
import { createReplayStore } from '../../src/db/reconcile/replay-store.ts'
import {
  createHandedMessages,
  handedOf,
  type HandedMessages,
} from '../../src/inbox/reconcile/handed-messages.ts'
import { createLargeSets } from '../../src/inbox/reconcile/large-sets.ts'
import { createProcessor, type Processor } from '../../src/inbox/reconcile/process.ts'
import { createReplayer } from '../../src/inbox/replay/replayer.ts'
import { createReplays, type Replays } from '../../src/inbox/replay/replays.ts'
import { createReceiver, type Receiver, type ReceiverOptions } from '../../src/inbox/receive/receive.ts'
import { systemClock, type Clock } from '../../src/lib/clock.ts'
import { createRoom, roomBuffer } from '../../src/lib/room.ts'
import type { KeyRing } from '../../src/lib/key-ring.ts'
import { NO_KEYS } from './no-keys.ts'
import type { Account } from '../../src/providers/account.ts'
import type { AccountDirectory } from '../../src/providers/account-directory.ts'
import type { Provider, ResponseEnvelope, SignOptions, WireFields } from '../../src/providers/provider.ts'
import { providerOf, providers } from '../../src/providers/registry.ts'
import type { ProcessingStore } from '../../src/inbox/reconcile/stores.ts'
import type { Stores } from '../../src/db/stores.ts'
import type { Services } from '../../src/services.ts'
import { miscounted } from './miscounted.ts'
import { recordLog, type RecordedLog } from './recorded-log.ts'
import { ACCOUNTS } from './service.ts'
import { servicesOn } from './services.ts'

/** Receipt and processing without HTTP and without a loop: a test says when a batch is processed, and how large it is. */
export interface Parts extends Pick<RecordedLog, 'outcomes' | 'absent' | 'swept'> {
  pool: Pool
  services: Services<Stores>
  accounts: AccountDirectory
  /** As SIGHUP does. */
  replaceAccounts: (accounts: readonly Account[]) => void
  receiver: Receiver
  handed: HandedMessages
  processor: Processor
  /** Receive one notification signed for the account. */
  notify: (provider: string, account: string, fields: WireFields, options?: SignOptions) => Promise<string>
  /** Receive one forwarded answer; `key` tells two equal ones apart. */
  answer: (provider: string, account: string, forwarded: Forwarded, key?: string) => Promise<string>
  /** Process until nothing is due. */
  settle: () => Promise<void>
  replays: Replays
  /** One batch of the replays that run; answers 0 when none does. */
  replayBatch: () => Promise<number>
  close: () => Promise<void>
}

export interface Forwarded extends ResponseEnvelope {
  body?: object | string | undefined
}

export interface PartsOptions {
  databaseUrl: string
  clock: Clock
  accounts?: unknown
  /** Keys for what is stored; none by default. */
  ring?: KeyRing
  /** Hand over what was received, as the service does; otherwise processing finds it in the table. */
  handsOver?: boolean
  /** Put something between the pool and the processing store. */
  wrapPool?: (pool: Pool) => Pool
  /** Put something between the processing store and the processor. */
  wrapStore?: (store: ProcessingStore) => ProcessingStore
  /** Events that make a set a large one. */
  largeFrom?: number
  /** What processing translates with instead of the registry's. */
  providers?: readonly Provider[]
}

export function createParts(options: PartsOptions): Parts {
  const { databaseUrl, clock, ring = NO_KEYS } = options
  const pool = createPool({ databaseUrl, max: 4, onError: () => undefined })
  const accounts = createAccountDirectory(
    parseAccounts(JSON.stringify(options.accounts ?? ACCOUNTS), {
      providers,
      production: false,
      environment: {},
      readText: () => '',
    }),
    options.providers ?? providers,
  )
  const { logger, outcomes, absent, swept } = recordLog()
  const services = servicesOn(pool, { clock, accounts, ring, logger })
  // Receipt's own deadline is real time: here only the recorded times matter.
  const receiptClock = { ...systemClock, now: () => clock.now() }
  const handed = createHandedMessages(createRoom(roomBuffer(), Infinity))
  const onStored: ReceiverOptions['onStored'] = (messages) => {
    if (options.handsOver === true) handed.add(messages.map(handedOf))
  }
  const receiver = createReceiver(
    { ...services, clock: receiptClock },
    { acknowledgeTimeoutMs: 10_000, onStored },
  )
  const database = { pool: options.wrapPool?.(pool) ?? pool, logger }
  const store = createProcessingStore(database, { ring, clock })
  const processing = options.wrapStore?.(store) ?? store
  const largeSets = createLargeSets(options.largeFrom)
  const ofProcessing = { stores: { ...services.stores, processing }, largeSets, onApart: () => undefined }
  const processor = createProcessor({ ...services, ...ofProcessing }, handed)
  const replaying = {
    ...services,
    stores: { ...services.stores, replays: createReplayStore(database, ring) },
  }
  return {
    pool,
    services,
    accounts,
    replaceAccounts: accounts.replace,
    processor,
    receiver,
    handed,
    outcomes,
    absent,
    swept,
    ...senders(accounts, receiver),
    settle: async () => {
      while ((await processor.runOnce()) + (await processor.runApart()) > 0);
    },
    replays: createReplays(replaying),
    replayBatch: createReplayer(replaying).runOnce,
    close: services.stores.close,
  }
}

function senders(accounts: AccountDirectory, receiver: Receiver): Pick<Parts, 'notify' | 'answer'> {
  const accountOf = (provider: string, name: string) => {
    const account = accounts.find(provider, name)
    if (!account) throw new Error(`no test account ${provider}/${name}`)
    return account
  }
  return {
    notify: async (name, slug, fields, signOptions) => {
      const account = accountOf(name, slug)
      const provider = providerOf(name)!
      const request = provider.sign(fields, account, signOptions)
      const received = await receiver.receiveNotification({
        provider,
        account,
        request,
        requestId: 'r-1',
        source: '127.0.0.1',
        onUnverified: async () => undefined,
      })
      return received.inboxId
    },
    answer: async (name, slug, { body, ...envelope }, idempotencyKey) => {
      const content = Buffer.from(typeof body === 'object' ? JSON.stringify(body) : (body ?? ''))
      const { received } = await receiver.receiveResponse({
        provider: name,
        account: slug,
        requestId: 'r-1',
        envelope,
        content,
        idempotencyKey,
      })
      return received.inboxId
    },
  }
}

/** Forget every message and what came of it; on tables this small quicker than TRUNCATE. */
export async function forgetAll(pool: Pick<Pool, 'query'>): Promise<void> {
  const tables = [
    'inbox_messages',
    'receipts',
    'inbox_queue',
    'inbox_outcomes',
    'transaction_events',
    'event_repetitions',
    'superseded_events',
    'replays',
  ]
  await pool.query(
    [...tables, 'transactions', 'orders', 'discrepancies', 'deadlines', 'chores', 'reconciliation_snapshots']
      .map((table) => `DELETE FROM ${table}`)
      .join(';'),
  )
}

/** What the service believes, without ids, versions and the times of our own clock. Throws when its totals are not that. */
export async function projection(pool: Pick<Pool, 'query'>): Promise<Record<string, unknown[]>> {
  const read = async (sql: string): Promise<unknown[]> =>
    (await pool.query<Record<string, unknown>>(sql)).rows
  const wrong = await miscounted(pool)
  if (wrong.length > 0) throw new Error(`days are miscounted: ${JSON.stringify(wrong)}`)
  return {
    transactions: withoutInboxIds(
      await read(`SELECT provider, account, reference, absorbed, order_id, status, reconciliation, overdue, final, linked,
                         test, merchant_id, currency, authorized_total, captured_total, refunded_total,
                         charged_back_total, operations, details
                  FROM transactions ORDER BY provider, account, reference`),
    ),
    orders:
      await read(`SELECT provider, account, order_id, transactions, currency, captured_total, refunded_total,
                               charged_back_total, net_total, announced_total, paid, paid_reason, safe_to_retry, reason
                        FROM orders ORDER BY provider, account, order_id`),
    open: await read(`SELECT provider, account, key, reference, order_id, class, field, response, notification,
                             amount_at_risk, currency
                      FROM discrepancies WHERE resolved_at IS NULL ORDER BY provider, account, key`),
    events: await read(`SELECT encode(event_key, 'hex') AS key FROM transaction_events
                        WHERE reference IS NOT NULL ORDER BY 1`),
    outcomes: await read(`SELECT state, count(*)::int FROM inbox_outcomes GROUP BY state ORDER BY state`),
  }
}

/** A statement names the message it was drawn from: which of two equal ones came first is not part of the state. */
export const withoutInboxIds = <Value>(value: Value): Value =>
  JSON.parse(
    JSON.stringify(value, (name, member: unknown) => (name === 'inboxId' ? undefined : member)),
  ) as Value
