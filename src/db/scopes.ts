import type { Pool, PoolClient } from 'pg'
import type { ProviderName } from '../domain/transaction-event.ts'
import type { StoredEvent } from '../domain/transaction.ts'
import type { NewEvent, ReconciliationScope } from '../stores.ts'
import { columns } from './columns.ts'
import { APPEND_EVENTS } from './sql/append-events.ts'
import { LOAD_EVENTS } from './sql/load-events.ts'
import { LOCK_KEYS } from './sql/lock-keys.ts'
import { ORDERS_OF_REFERENCES } from './sql/orders-of-references.ts'
import { REFERENCES_OF_ORDERS } from './sql/references-of-orders.ts'
import { RELATED_REFERENCES } from './sql/related-references.ts'

/**
 * Which rows a batch of events touches, and under which locks they are read.
 *
 * Transactions are locked first, then orders, each in key order, so two workers never wait for each other in a circle.
 * Every row of `transactions` is written under the lock of its order (or, without an order, of its transaction) and from
 * events read after that lock was granted: whoever comes second sees what the first one committed.
 */

const LOCK_CLASS = { transactions: 1, orders: 2 }

/** A pool or one connection of it: reading needs no transaction. */
type Queryable = Pick<Pool | PoolClient, 'query'>

/** Of a transaction (`id` is its reference) or of an order (`id` is the merchant's order id). */
export interface Key {
  provider: ProviderName
  account: string
  id: string
}

/** Three columns for `unnest`. */
export const keyColumns = (keys: readonly Key[]): unknown[][] =>
  columns(
    keys,
    (key) => key.provider,
    (key) => key.account,
    (key) => key.id,
  )

const keyText = (key: Key): string => `${key.provider}:${key.account.length}:${key.account}:${key.id}`

async function lock(client: PoolClient, lockClass: number, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return
  await client.query({ name: 'lock_keys', text: LOCK_KEYS, values: [lockClass, keys.map(keyText)] })
}

/** Run one of the key look-ups; no keys, no round trip. */
export async function findKeys(
  client: Queryable,
  name: string,
  text: string,
  keys: readonly Key[],
): Promise<Key[]> {
  if (keys.length === 0) return []
  const { rows } = await client.query<Key>({ name, text, values: keyColumns(keys) })
  return rows
}

/** The given transactions and all that parent links tie to them. */
export const relatedReferences = async (client: Queryable, keys: readonly Key[]): Promise<Key[]> =>
  findKeys(client, 'related_references', RELATED_REFERENCES, keys)

/** What appending leaves for the next step of the same transaction. */
export interface Appended {
  /** Keys (hex) of the events that were new. */
  fresh: Set<string>
  /** The transactions whose locks are held. */
  locked: Key[]
}

/** Append the events under the locks of every transaction they concern. */
export async function appendUnderLocks(client: PoolClient, events: readonly NewEvent[]): Promise<Appended> {
  if (events.length === 0) return { fresh: new Set(), locked: [] }
  const locked = await lockTransactions(client, distinct(referenceKeys(events)))
  const { rows } = await client.query<{ key: string }>({
    name: 'append_events',
    text: APPEND_EVENTS,
    values: appendParameters(events),
  })
  return { fresh: new Set(rows.map((row) => row.key)), locked }
}

/**
 * Lock the given transactions and all that links tie to them. What is tied is only known for certain under the locks:
 * when it turns out to be more, the locks are given back (rolling back to the savepoint releases them) and taken again
 * over the larger set, still in order.
 */
async function lockTransactions(client: PoolClient, named: readonly Key[]): Promise<Key[]> {
  let wanted = named
  for (;;) {
    await client.query('SAVEPOINT before_locks')
    await lock(client, LOCK_CLASS.transactions, wanted)
    const tied = await relatedReferences(client, wanted)
    if (tied.length === wanted.length) return tied
    await client.query('ROLLBACK TO SAVEPOINT before_locks')
    wanted = tied
  }
}

function referenceKeys(events: readonly NewEvent[]): Key[] {
  return events.flatMap(({ event: { provider, account, reference, parentReference } }) =>
    [reference, parentReference].flatMap((id) => (id === null ? [] : [{ provider, account, id }])),
  )
}

const distinct = (keys: readonly Key[]): Key[] => [
  ...new Map(keys.map((key) => [keyText(key), key])).values(),
]

/** Transactions and orders that have to be seen together. */
export interface Connected {
  references: readonly Key[]
  orders: readonly Key[]
}

/**
 * Everything tied to the given transactions and orders: what names an order, what a request of an order acts on, what is
 * linked to either, and the orders that those name in turn. Hardly ever more than one turn: a step under an order id of
 * its own is what makes the second.
 */
export async function connected(client: Queryable, { references, orders }: Connected): Promise<Connected> {
  const naming = await findKeys(client, 'references_of_orders', REFERENCES_OF_ORDERS, orders)
  if (coversAll(references, naming)) return { references, orders }
  const wider = await relatedReferences(client, distinct([...references, ...naming]))
  const named = await findKeys(client, 'orders_of_references', ORDERS_OF_REFERENCES, wider)
  if (coversAll(orders, named)) return { references: wider, orders }
  return connected(client, { references: wider, orders: distinct([...orders, ...named]) })
}

function coversAll(keys: readonly Key[], wanted: readonly Key[]): boolean {
  const known = new Set(keys.map(keyText))
  return wanted.every((key) => known.has(keyText(key)))
}

/**
 * Everything tied to the new events, one scope per account, with the locks of all orders concerned held. `locked` is what
 * `appendUnderLocks` left: the transactions of the batch and those tied to them.
 */
export async function loadScopes(
  client: PoolClient,
  events: readonly NewEvent[],
  locked: readonly Key[],
): Promise<ReconciliationScope[]> {
  if (events.length === 0) return []
  const { references, orders } = await lockOrders(client, {
    references: locked,
    orders: await ordersOf(client, locked, events),
  })
  return groupByAccount(await loadEvents(client, references, orders), references, orders)
}

/** As with the transactions: when more orders turn out to be tied, the locks are given back and taken again in order. */
async function lockOrders(client: PoolClient, start: Connected): Promise<Connected> {
  let wanted = start
  for (;;) {
    await client.query('SAVEPOINT before_orders')
    await lock(client, LOCK_CLASS.orders, wanted.orders)
    const whole = await connected(client, wanted)
    if (whole.orders.length === wanted.orders.length) return whole
    await client.query('ROLLBACK TO SAVEPOINT before_orders')
    wanted = { references: start.references, orders: whole.orders }
  }
}

/** Order ids that the stored events of these transactions name, and those the new events name. */
async function ordersOf(
  client: PoolClient,
  own: readonly Key[],
  events: readonly NewEvent[],
): Promise<Key[]> {
  const stored = await findKeys(client, 'orders_of_references', ORDERS_OF_REFERENCES, own)
  const named = events.flatMap(({ event: { provider, account, orderId } }) =>
    orderId === null ? [] : [{ provider, account, id: orderId }],
  )
  return distinct([...stored, ...named])
}

export function groupByAccount(
  events: readonly StoredEvent[],
  references: readonly Key[],
  orders: readonly Key[],
): ReconciliationScope[] {
  const scopes = new Map<string, ReconciliationScope>()
  const scopeOf = ({ provider, account }: Pick<Key, 'provider' | 'account'>): ReconciliationScope => {
    const name = `${provider}:${account}`
    const known = scopes.get(name)
    if (known) return known
    const scope = {
      provider,
      account,
      events: [],
      expectations: [],
      resolutions: [],
      references: [],
      orderIds: [],
    }
    scopes.set(name, scope)
    return scope
  }
  for (const event of events) scopeOf(event).events.push(event)
  for (const key of references) scopeOf(key).references.push(key.id)
  for (const key of orders) scopeOf(key).orderIds.push(key.id)
  return [...scopes.values()]
}

/** An event row carries its fact whole; only the ids stand beside it. */
export interface EventRow {
  id: string
  inboxId: string
  fact: Omit<StoredEvent, 'id' | 'inboxId'>
}

export const toStoredEvent = (row: EventRow): StoredEvent => ({
  ...row.fact,
  id: row.id,
  inboxId: row.inboxId,
})

/** Current events of the transactions and the requests of the orders. */
export async function loadEvents(
  db: Queryable,
  references: readonly Key[],
  orders: readonly Key[],
): Promise<StoredEvent[]> {
  const values = [...keyColumns(references), ...keyColumns(orders)]
  const { rows } = await db.query<EventRow>({ name: 'load_events', text: LOAD_EVENTS, values })
  return rows.map(toStoredEvent)
}

function appendParameters(events: readonly NewEvent[]): unknown[][] {
  return columns(
    events,
    ({ event }) => event.id,
    ({ event }) => event.inboxId,
    ({ eventKey }) => eventKey,
    ({ event }) => event.provider,
    ({ event }) => event.account,
    ({ event }) => event.reference,
    ({ event }) => event.parentReference,
    ({ event }) => event.orderId,
    ({ event }) => event.witness,
    ({ event }) => event.type,
    ({ event: { id: _id, inboxId: _inboxId, ...fact } }) => JSON.stringify(fact),
    ({ event }) => event.occurredAt,
    ({ event }) => event.receivedAt,
  )
}
