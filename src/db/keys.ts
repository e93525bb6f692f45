import type { Pool, PoolClient } from 'pg'
import type { ReconciliationKey } from '../inbox/reconcile/stores.ts'
import type { AccountScope } from '../domain/records.ts'
import { columns } from './unnest-parameters.ts'

/** Keys of transactions and of orders. */

/** A pool or one connection of it: reading needs no transaction. */
export type Queryable = Pick<Pool | PoolClient, 'query'>

/** Key of a transaction (`id` is its reference) or of an order (`id` is the merchant's order id). */
export interface Key extends AccountScope {
  id: string
}

/** Transactions and orders that are reconciled together. */
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

export function keysOf(subjects: readonly ReconciliationKey[], kind: ReconciliationKey['kind']): Key[] {
  const wanted = subjects.filter((subject) => subject.kind === kind)
  return distinct(wanted.map(({ provider, account, id }) => ({ provider, account, id })))
}
