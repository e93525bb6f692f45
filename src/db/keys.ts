import type { Pool, PoolClient } from 'pg'
import type { AccountScope, Subject } from '../stores.ts'
import { columns } from './columns.ts'
import { ORDERS_OF_REFERENCES } from './sql/orders-of-references.ts'
import { REFERENCES_OF_ORDERS } from './sql/references-of-orders.ts'
import { RELATED_REFERENCES } from './sql/related-references.ts'

/** What transactions and orders are named by, and how one leads to the other. */

/** A pool or one connection of it: reading needs no transaction. */
export type Queryable = Pick<Pool | PoolClient, 'query'>

/** Of a transaction (`id` is its reference) or of an order (`id` is the merchant's order id). */
export interface Key extends AccountScope {
  id: string
}

/** Transactions and orders that have to be seen together. */
export interface Connected {
  references: readonly Key[]
  orders: readonly Key[]
}

/** Three columns for `unnest`. */
export const keyColumns = (keys: readonly Key[]): unknown[][] =>
  columns(
    keys,
    (key) => key.provider,
    (key) => key.account,
    (key) => key.id,
  )

export const keyText = (key: Key): string => `${key.provider}:${key.account.length}:${key.account}:${key.id}`

export const distinct = (keys: readonly Key[]): Key[] => [
  ...new Map(keys.map((key) => [keyText(key), key])).values(),
]

export function coversAll(keys: readonly Key[], wanted: readonly Key[]): boolean {
  const known = new Set(keys.map(keyText))
  return wanted.every((key) => known.has(keyText(key)))
}

export function keysOf(subjects: readonly Subject[], kind: Subject['kind']): Key[] {
  const wanted = subjects.filter((subject) => subject.kind === kind)
  return distinct(wanted.map(({ provider, account, id }) => ({ provider, account, id })))
}

/** Run one of the key look-ups; no keys, no round trip. */
async function findKeys(client: Queryable, name: string, text: string, keys: readonly Key[]): Promise<Key[]> {
  if (keys.length === 0) return []
  const { rows } = await client.query<Key>({ name, text, values: keyColumns(keys) })
  return rows
}

/** The given transactions and all that parent links tie to them. */
export const relatedReferences = async (client: Queryable, keys: readonly Key[]): Promise<Key[]> =>
  findKeys(client, 'related_references', RELATED_REFERENCES, keys)

/** Order ids that the messages and announcements of these transactions name. */
export const ordersOfReferences = async (client: Queryable, keys: readonly Key[]): Promise<Key[]> =>
  findKeys(client, 'orders_of_references', ORDERS_OF_REFERENCES, keys)

/** Transactions that the messages and announcements of these orders name. */
export const referencesOfOrders = async (client: Queryable, keys: readonly Key[]): Promise<Key[]> =>
  findKeys(client, 'references_of_orders', REFERENCES_OF_ORDERS, keys)

/**
 * Everything tied to the given transactions and orders: what names an order, what a request of an order acts on, what is
 * linked to either, and the orders that those name in turn. Hardly ever more than one turn: a step under an order id of
 * its own is what makes the second.
 */
export async function connected(client: Queryable, { references, orders }: Connected): Promise<Connected> {
  const naming = await referencesOfOrders(client, orders)
  if (coversAll(references, naming)) return { references, orders }
  const wider = await relatedReferences(client, distinct([...references, ...naming]))
  const named = await ordersOfReferences(client, wider)
  if (coversAll(orders, named)) return { references: wider, orders }
  return connected(client, { references: wider, orders: distinct([...orders, ...named]) })
}
