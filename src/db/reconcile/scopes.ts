import { allInOrder } from '../../lib/all-in-order.ts'
import type { PoolClient } from 'pg'
import type { EvidenceRead, ReconciliationKey } from '../../inbox/reconcile/stores.ts'
import type { StoredEvent } from '../../domain/event/evidence.ts'
import { loadEvidence } from '../evidence.ts'
import { keysOf, keyText, type Connected, type Key } from '../keys.ts'
import { LOCK_KEYS } from './lock-keys.sql.ts'

/**
 * The one way to what transactions and orders are computed from: lock, read everything tied to what is locked, and only then
 * write. Processing, replays, erasures, announcements, operators' statements and the sweep all go through here.
 *
 * Transactions are locked first, then orders, each in key order, so two writers never wait for each other in a circle.
 * Every row of `transactions` is written under the lock of its order (or, without an order, of its transaction) and from
 * events read after that lock was granted: the second writer sees what the first one committed. Statements that do not
 * need each other's answers are sent together (`allInOrder`); the server still takes them one by one, each with a snapshot of
 * its own, and after one that failed it refuses the rest.
 */

const LOCK_CLASS = { transactions: 1, orders: 2 }

/**
 * Lock the subjects and read everything that is tied to them. What is tied is only known for certain under the locks: when it
 * turns out to be more, the locks are given back (rolling back to the savepoint releases them) and taken again over the larger
 * set, still in order. Nearly always the messages name all of it, and once is enough.
 */
export async function lockAndRead(
  client: PoolClient,
  subjects: readonly ReconciliationKey[],
): Promise<EvidenceRead> {
  let wanted: Connected = {
    references: keysOf(subjects, 'reference'),
    orders: keysOf(subjects, 'order'),
  }
  for (;;) {
    const [, , evidence] = await allInOrder([
      client.query('SAVEPOINT before_locks'),
      lock(client, wanted),
      loadEvidence(client, wanted),
    ])
    const references = linkedTo(wanted.references, evidence.events)
    if (references.length === wanted.references.length && evidence.orders.length === wanted.orders.length)
      return evidence
    await client.query('ROLLBACK TO SAVEPOINT before_locks')
    wanted = { references, orders: evidence.orders }
  }
}

async function lock(client: PoolClient, { references, orders }: Connected): Promise<void> {
  const { transactions, orders: ofOrders } = LOCK_CLASS
  const values = [
    [...references.map(() => transactions), ...orders.map(() => ofOrders)],
    [...references, ...orders].map(keyText),
  ]
  await client.query({ name: 'lock_keys', text: LOCK_KEYS, values })
}

/**
 * The references, and all that parent links tie to them in either direction. Transactions that are read because they share an
 * order are under the lock of that order.
 */
function linkedTo(references: readonly Key[], events: readonly StoredEvent[]): readonly Key[] {
  const links = events.flatMap((event) => linkOf(event))
  if (links.length === 0) return references
  const neighbours = Map.groupBy(
    links.flatMap(([one, other]) => [
      { from: keyText(one), to: other },
      { from: keyText(other), to: one },
    ]),
    ({ from }) => from,
  )
  const linked = new Map(references.map((key) => [keyText(key), key]))
  // A Map that is iterated also yields what is added meanwhile.
  for (const name of linked.keys()) {
    for (const { to } of neighbours.get(name) ?? []) linked.set(keyText(to), to)
    neighbours.delete(name)
  }
  return [...linked.values()]
}

function linkOf({ provider, account, reference, parentReference }: StoredEvent): [Key, Key][] {
  if (reference === null || parentReference === null) return []
  return [
    [
      { provider, account, id: reference },
      { provider, account, id: parentReference },
    ],
  ]
}
