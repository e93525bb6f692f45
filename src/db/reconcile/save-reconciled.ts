import type { Order } from '../../domain/orders/order-answers.ts'
import type { Transaction } from '../../domain/reconciliation/transaction.ts'
import type { Judgement, ReconciledScope } from '../../inbox/reconcile/stores.ts'
import { topicOf } from '../../lib/wake-up.ts'
import { notifyingStatement } from '../change-feed.ts'
import type { Key } from '../keys.ts'
import type { LastStatement } from '../pool.ts'
import { deadlineStatements } from './write-deadlines.ts'
import { discrepancyStatements, type ComputedDiscrepancy, type Opening } from './write-discrepancies.ts'
import { orderStatements } from './write-orders.ts'
import { transactionStatements } from './write-transactions.ts'

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
 * What writes the projections of a batch: transactions, orders, the difference between open and computed discrepancies, and when
 * the clock has something to say about what is no transaction. Tells what may have changed.
 */
export function savingStatements({ results, saved }: Judgement, opening: Opening): LastStatement[] {
  const { now } = opening
  const rows = collectRows(results)
  const { removed, orders, judged, discrepancies: computed, resolved } = rows
  const transactions = [...rows.transactions.map(keyOf), ...removed]
  const changes = { transactions, orders, computed, saved: saved.discrepancies, resolved }
  return [
    ...transactionStatements({ removed, written: rows.transactions }, now),
    ...orderStatements({ judged, locked: orders }, now),
    ...deadlineStatements(results, saved.deadlines),
    ...discrepancyStatements(changes, opening),
    ...notifyingStatement(topicsOf(rows)),
  ]
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
