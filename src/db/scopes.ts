import type { PoolClient } from 'pg'
import { filedUnder } from '../domain/identity.ts'
import type { NewEvent, ReconciliationScope, Subject } from '../stores.ts'
import { columns } from './columns.ts'
import { connectedSets } from './connected-sets.ts'
import { loadEvidence } from './evidence.ts'
import {
  connected,
  distinct,
  keysOf,
  keyText,
  ordersOfReferences,
  relatedReferences,
  type Connected,
  type Key,
} from './keys.ts'
import { APPEND_EVENTS } from './sql/append-events.ts'
import { LOCK_KEYS } from './sql/lock-keys.ts'

/**
 * The one way in which anything is written that a transaction or an order is computed from: lock the transactions, write,
 * lock the orders, read everything tied to them. Processing, announcements, operators' statements and the sweep all go
 * through here.
 *
 * Transactions are locked first, then orders, each in key order, so two writers never wait for each other in a circle.
 * Every row of `transactions` is written under the lock of its order (or, without an order, of its transaction) and from
 * events read after that lock was granted: whoever comes second sees what the first one committed.
 */

const LOCK_CLASS = { transactions: 1, orders: 2 }

async function lock(client: PoolClient, lockClass: number, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return
  await client.query({ name: 'lock_keys', text: LOCK_KEYS, values: [lockClass, keys.map(keyText)] })
}

/**
 * Lock the transactions among the subjects and all that links tie to them; answers what is locked. What is tied is only
 * known for certain under the locks: when it turns out to be more, the locks are given back (rolling back to the savepoint
 * releases them) and taken again over the larger set, still in order.
 */
export async function lockTransactions(client: PoolClient, subjects: readonly Subject[]): Promise<Key[]> {
  let wanted = keysOf(subjects, 'reference')
  if (wanted.length === 0) return []
  for (;;) {
    await client.query('SAVEPOINT before_locks')
    await lock(client, LOCK_CLASS.transactions, wanted)
    const tied = await relatedReferences(client, wanted)
    if (tied.length === wanted.length) return tied
    await client.query('ROLLBACK TO SAVEPOINT before_locks')
    wanted = tied
  }
}

/** Append the events; answers the keys (hex) of those that were new. Their transactions must be locked. */
export async function appendEvents(client: PoolClient, events: readonly NewEvent[]): Promise<Set<string>> {
  if (events.length === 0) return new Set()
  const { rows } = await client.query<{ key: string }>({
    name: 'append_events',
    text: APPEND_EVENTS,
    values: appendParameters(events),
  })
  return new Set(rows.map((row) => row.key))
}

/**
 * Everything tied to the locked transactions and the orders among the subjects, one scope per connected set, with the
 * locks of all orders concerned held.
 */
export async function loadScopes(
  client: PoolClient,
  subjects: readonly Subject[],
  locked: readonly Key[],
): Promise<ReconciliationScope[]> {
  const orders = distinct([...(await ordersOfReferences(client, locked)), ...keysOf(subjects, 'order')])
  if (locked.length === 0 && orders.length === 0) return []
  const whole = await lockOrders(client, { references: locked, orders })
  return connectedSets(await loadEvidence(client, whole), whole)
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

function appendParameters(events: readonly NewEvent[]): unknown[][] {
  return columns(
    events,
    ({ event }) => event.id,
    ({ event }) => event.inboxId,
    ({ eventKey }) => eventKey,
    ({ event }) => event.provider,
    ({ event }) => event.account,
    ({ event }) => event.reference,
    ({ event }) => filedUnder(event),
    ({ event }) => event.orderId,
    ({ event }) => event.witness,
    ({ event }) => event.type,
    ({ event: { id: _id, inboxId: _inboxId, ...fact } }) => JSON.stringify(fact),
    ({ event }) => event.occurredAt,
    ({ event }) => event.receivedAt,
  )
}
