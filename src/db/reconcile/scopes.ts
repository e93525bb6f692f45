import { allInOrder } from '../../lib/all-in-order.ts'
import type { PoolClient } from 'pg'
import { fallbackKey } from '../../domain/identity/references.ts'
import type { NewEvent, ReconciliationKey } from '../../inbox/reconcile/stores.ts'
import { columns, jsonColumn } from '../unnest-parameters.ts'
import { loadEvidence, type Evidence } from '../evidence.ts'
import { factText } from '../facts.ts'
import { distinct, keyColumns, keysOf, keyText, type Connected, type Key } from '../keys.ts'
import { APPEND_EVENTS } from './append-events.sql.ts'
import { FIND_TIES } from '../find-ties.sql.ts'
import { LOCK_KEYS } from './lock-keys.sql.ts'

/**
 * The one way in which anything is written that a transaction or an order is computed from: lock the transactions, write,
 * lock the orders, read everything tied to them. Processing, announcements, operators' statements and the sweep all go
 * through here.
 *
 * Transactions are locked first, then orders, each in key order, so two writers never wait for each other in a circle.
 * Every row of `transactions` is written under the lock of its order (or, without an order, of its transaction) and from
 * events read after that lock was granted: the second writer sees what the first one committed. Statements that do not
 * need each other's answers are sent together (`allInOrder`); the server still takes them one by one, each with a snapshot of
 * its own, and after one that failed it refuses the rest.
 */

const LOCK_CLASS = { transactions: 1, orders: 2 }

async function lock(client: PoolClient, lockClass: number, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return
  await client.query({ name: 'lock_keys', text: LOCK_KEYS, values: [lockClass, keys.map(keyText)] })
}

/**
 * Lock the transactions among the subjects and all that links tie to them; answers what is locked, and the orders that it
 * names. What is tied is only known for certain under the locks: when it turns out to be more, the locks are given back
 * (rolling back to the savepoint releases them) and taken again over the larger set, still in order.
 */
export async function lockTransactions(
  client: PoolClient,
  subjects: readonly ReconciliationKey[],
): Promise<Connected> {
  let wanted = keysOf(subjects, 'reference')
  if (wanted.length === 0) return { references: [], orders: [] }
  for (;;) {
    const [, , ties] = await allInOrder([
      client.query('SAVEPOINT before_locks'),
      lock(client, LOCK_CLASS.transactions, wanted),
      findTies(client, wanted),
    ])
    if (ties.references.length === wanted.length) return ties
    await client.query('ROLLBACK TO SAVEPOINT before_locks')
    wanted = ties.references
  }
}

async function findTies(
  client: PoolClient,
  keys: readonly Key[],
): Promise<Connected & { references: Key[] }> {
  const values = keyColumns(keys)
  const { rows } = await client.query<Key & { kind: ReconciliationKey['kind'] }>({
    name: 'find_ties',
    text: FIND_TIES,
    values,
  })
  return { references: keysOf(rows, 'reference'), orders: keysOf(rows, 'order') }
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

/** Everything tied to what is locked and to the orders among the subjects, with the locks of all orders concerned held. */
export async function lockOrders(
  client: PoolClient,
  subjects: readonly ReconciliationKey[],
  locked: Connected,
): Promise<Evidence & Connected> {
  const { references } = locked
  let orders = distinct([...locked.orders, ...keysOf(subjects, 'order')])
  for (;;) {
    const [, , evidence] = await allInOrder([
      client.query('SAVEPOINT before_orders'),
      lock(client, LOCK_CLASS.orders, orders),
      loadEvidence(client, { references, orders }),
    ])
    if (evidence.orders.length === orders.length) return evidence
    // As with the transactions: more orders turned out to be tied.
    await client.query('ROLLBACK TO SAVEPOINT before_orders')
    orders = [...evidence.orders]
  }
}

function appendParameters(events: readonly NewEvent[]): unknown[] {
  return [
    Buffer.concat(events.map(({ eventKey }) => eventKey)),
    ...columns(
      events.map(({ event }) => event),
      (event) => event.id,
      (event) => event.inboxId,
      (event) => event.provider,
      (event) => event.account,
      (event) => event.reference,
      fallbackKey,
      (event) => event.orderId,
      (event) => event.witness,
      (event) => event.type,
      (event) => event.occurredAt,
      (event) => event.receivedAt,
    ),
    jsonColumn(events.map(({ event }) => factText(event))),
  ]
}
