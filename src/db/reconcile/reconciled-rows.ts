import { allInOrder } from '../../lib/all-in-order.ts'
import type { PoolClient } from 'pg'
import type { Order } from '../../domain/orders/order-answers.ts'
import { isStated } from '../../domain/reconciliation/attributes.ts'
import type { Transaction } from '../../domain/reconciliation/transaction.ts'
import { ATTRIBUTE_FIELDS } from '../../domain/event/transaction-event.ts'
import type { Judgement, ReconciledScope, ReopenedDiscrepancy } from '../../inbox/reconcile/stores.ts'
import { topicOf } from '../../lib/wake-up.ts'
import { notifyChanges } from '../change-feed.ts'
import { columns, jsonColumn } from '../columns.ts'
import { keyColumns, type Key } from '../keys.ts'
import { saveDeadlines } from './saved-deadlines.ts'
import { saveDiscrepancies, type ComputedDiscrepancy } from './saved-discrepancies.ts'
import { saveOrders } from './saved-orders.ts'
import { REMOVE_TRANSACTIONS } from './remove-transactions.sql.ts'
import { SAVE_TRANSACTIONS } from './save-transactions.sql.ts'

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
    saveTransactions(client, rows, now),
    saveOrders(client, { judged, locked: orders }, now),
    saveDeadlines(client, results, saved.deadlines),
    saveDiscrepancies(client, changes, { now, newId }),
    notifyChanges(client, topicsOf(rows)),
  ])
  return reopened
}

async function removeTransactions(client: PoolClient, removed: readonly Key[]): Promise<void> {
  if (removed.length === 0) return
  const values = keyColumns(removed)
  await client.query({ name: 'remove_transactions', text: REMOVE_TRANSACTIONS, values })
}

async function saveTransactions(client: PoolClient, rows: Rows, now: Date): Promise<void> {
  if (rows.transactions.length === 0) return
  const values = transactionParameters(rows, now)
  await client.query({ name: 'save_transactions', text: SAVE_TRANSACTIONS, values })
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

function transactionParameters({ transactions }: Rows, now: Date): unknown[] {
  const state = columns(
    transactions,
    (t) => t.provider,
    (t) => t.account,
    (t) => t.reference,
    (t) => t.orderId,
    (t) => t.status,
    (t) => t.reconciliation,
    (t) => t.overdue,
    (t) => t.final,
    isLinked,
    (t) => t.test,
    (t) => t.merchantId,
    (t) => t.currency,
    (t) => t.authorizedTotal,
    (t) => t.capturedTotal,
    (t) => t.refundedTotal,
    (t) => t.chargedBackTotal,
  )
  const times = columns(
    transactions,
    (t) => t.firstSeenAt,
    (t) => t.nextDeadlineAt,
  )
  const documents = [
    transactions.map((t) => JSON.stringify(t.absorbed)),
    transactions.map((t) => JSON.stringify(t.operations)),
    transactions.map((t) => JSON.stringify(details(t))),
  ]
  return [...state, ...documents.map(jsonColumn), ...times, now]
}

/** A root without its initial operation is a later step that nothing ties to its payment yet. */
const isLinked = ({ operations }: Transaction): boolean =>
  operations.some(({ operation }) => operation === 'authorization' || operation === 'sale')

/** What a transaction shows as it was told; readers put back what is blank. */
const details = (transaction: Transaction): object =>
  Object.fromEntries(
    ATTRIBUTE_FIELDS.filter((name) => isStated(transaction[name])).map((name) => [name, transaction[name]]),
  )
