import { allInOrder } from '../../lib/all-in-order.ts'
import type { PoolClient } from 'pg'
import type { Order } from '../../domain/orders/order-answers.ts'
import type { Transaction } from '../../domain/reconciliation/transaction.ts'
import type { Judgement, ReconciledScope, ReopenedDiscrepancy } from '../../inbox/reconcile/stores.ts'
import { topicOf } from '../../lib/wake-up.ts'
import { notifyChanges } from '../change-feed.ts'
import type { Key } from '../keys.ts'
import { saveDeadlines } from './write-deadlines.ts'
import { saveDiscrepancies, type ComputedDiscrepancy } from './write-discrepancies.ts'
import { saveOrders } from './write-orders.ts'
import { removeTransactions, saveTransactions } from './write-transactions.ts'

/** One batch's results flattened: what is written, what disappears, and whose discrepancies are replaced. */
interface Rows {
  transactions: Transaction[]
  removed: Key[]
  /** Every locked order, and what those come to that exist. */
  orders: Key[]
  judged: Order[]
  discrepancies: ComputedDiscrepancy[]
  /** Keys of discrepancies that an operator has spoken about. */
  resolved: Key[]
}

/**
 * Write the projections of a batch: transactions, orders, the difference between open and computed discrepancies, and when the
 * clock has something to say about what is no transaction. Tells what may have changed; answers the discrepancies that open
 * again.
 */
export async function saveReconciled(
  client: PoolClient,
  { results, saved }: Judgement,
  { now, newId }: { now: Date; newId: () => string },
): Promise<ReopenedDiscrepancy[]> {
  const rows = collectRows(results)
  const { removed, orders, judged, discrepancies: computed, resolved } = rows
  const transactions = [...rows.transactions.map(keyOf), ...removed]
  const changes = { transactions, orders, computed, saved: saved.discrepancies, resolved }
  const [, , , , reopened] = await allInOrder([
    removeTransactions(client, removed),
    saveTransactions(client, rows.transactions, now),
    saveOrders(client, { judged, locked: orders }, now),
    saveDeadlines(client, results, saved.deadlines),
    saveDiscrepancies(client, changes, { now, newId }),
    notifyChanges(client, topicsOf(rows)),
  ])
  return reopened
}

const keyOf = ({ provider, account, reference }: Transaction): Key => ({ provider, account, id: reference })

/** A request for an absorbed reference waits for its root. */
const topicsOf = ({ transactions, orders }: Rows): string[] => [
  ...transactions.flatMap(({ provider, account, reference, absorbed }) =>
    [reference, ...absorbed].map((id) => topicOf('transaction', provider, account, id)),
  ),
  ...orders.map(({ provider, account, id }) => topicOf('order', provider, account, id)),
]

/**
 * A sibling whose own order is not locked here (it only mentioned ours) is read, never written: the worker that processes
 * that order writes it.
 */
function collectRows(results: readonly ReconciledScope[]): Rows {
  const rows: Rows = {
    transactions: [],
    removed: [],
    orders: [],
    judged: [],
    discrepancies: [],
    resolved: [],
  }
  for (const { scope, reconciled } of results) {
    const orderIds = new Set(scope.orderIds)
    const { provider, account } = scope
    const roots = new Set(reconciled.transactions.map((transaction) => transaction.reference))
    const mine = reconciled.transactions.filter(({ orderId }) => orderId === null || orderIds.has(orderId))
    const orders = reconciled.orders.filter(({ orderId }) => orderIds.has(orderId))
    rows.transactions.push(...mine)
    rows.removed.push(
      ...scope.references.filter((id) => !roots.has(id)).map((id) => ({ provider, account, id })),
    )
    rows.judged.push(...orders)
    rows.orders.push(...scope.orderIds.map((id) => ({ provider, account, id })))
    const found = [...mine, ...orders].flatMap((subject) => subject.discrepancies)
    rows.discrepancies.push(
      ...[...found, ...reconciled.orphanDiscrepancies].map((d) => ({ ...d, provider, account })),
    )
    rows.resolved.push(...scope.resolutions.map(({ key }) => ({ provider, account, id: key })))
  }
  return rows
}
