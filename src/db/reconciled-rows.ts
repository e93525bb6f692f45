import type { PoolClient } from 'pg'
import type { Discrepancy, Transaction } from '../domain/transaction.ts'
import type { AccountScope, ReconciledScope } from '../stores.ts'
import { topicOf } from '../lib/wake-up.ts'
import { changePayload, TELL_CHANGES } from './change-feed.ts'
import { columns } from './columns.ts'
import { keyColumns, type Key } from './keys.ts'
import { saveDeadlines } from './saved-deadlines.ts'
import { REMOVE_TRANSACTIONS } from './sql/remove-transactions.ts'
import { CLOSE_DISCREPANCIES, OPEN_DISCREPANCIES } from './sql/save-discrepancies.ts'
import { SAVE_TRANSACTIONS } from './sql/save-transactions.ts'

/** One batch's results flattened: what is written, what disappears, and whose discrepancies are replaced. */
interface Rows {
  transactions: Transaction[]
  removed: Key[]
  orders: Key[]
  discrepancies: (Discrepancy & AccountScope)[]
  /** Keys of discrepancies that an operator has spoken about. */
  resolved: Key[]
}

/**
 * Write the projections of a batch: transactions, the difference between open and computed discrepancies, and when the
 * clock has something to say about what is no transaction.
 */
export async function saveReconciled(
  client: PoolClient,
  results: readonly ReconciledScope[],
  { now, newId }: { now: Date; newId: () => string },
): Promise<void> {
  const rows = collectRows(results)
  if (rows.removed.length > 0) {
    await client.query({
      name: 'remove_transactions',
      text: REMOVE_TRANSACTIONS,
      values: keyColumns(rows.removed),
    })
  }
  await client.query({
    name: 'save_transactions',
    text: SAVE_TRANSACTIONS,
    values: transactionParameters(rows, now),
  })
  await saveDeadlines(client, results)
  await client.query({
    name: 'close_discrepancies',
    text: CLOSE_DISCREPANCIES,
    values: closeParameters(rows, now),
  })
  if (rows.discrepancies.length > 0) {
    const values = openParameters(rows, now, newId)
    await client.query({ name: 'open_discrepancies', text: OPEN_DISCREPANCIES, values })
  }
  await client.query({ name: 'tell_changes', text: TELL_CHANGES, values: [changePayload(topicsOf(rows))] })
}

/** Whoever asked for an absorbed reference waits for its root. */
const topicsOf = ({ transactions, orders }: Rows): string[] => [
  ...transactions.flatMap(({ provider, account, reference, absorbed }) =>
    [reference, ...absorbed].map((id) => topicOf('transaction', provider, account, id)),
  ),
  ...orders.map(({ provider, account, id }) => topicOf('order', provider, account, id)),
]

/**
 * A sibling whose own order is not locked here (it only mentioned ours) is read, never written: whoever processes that
 * order writes it.
 */
function collectRows(results: readonly ReconciledScope[]): Rows {
  const rows: Rows = { transactions: [], removed: [], orders: [], discrepancies: [], resolved: [] }
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
  const all = columns(
    transactions,
    (t) => t.provider,
    (t) => t.account,
    (t) => t.reference,
    (t) => JSON.stringify(t.absorbed),
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
    (t) => JSON.stringify(t.operations),
    (t) => JSON.stringify(details(t)),
    (t) => t.firstSeenAt,
    (t) => t.nextDeadlineAt,
  )
  return [...all.slice(0, 20), now, all[20]]
}

/** A root without its initial operation is a later step that nothing ties to its payment yet. */
const isLinked = ({ operations }: Transaction): boolean =>
  operations.some(({ operation }) => operation === 'authorization' || operation === 'sale')

const details = ({ paymentMethod, threeDSecure, fraud, customer, custom }: Transaction): object => ({
  paymentMethod,
  threeDSecure,
  fraud,
  customer,
  custom,
})

function closeParameters(rows: Rows, now: Date): unknown[] {
  const { transactions, removed, orders, discrepancies, resolved } = rows
  const written = transactions.map(({ provider, account, reference }) => ({
    provider,
    account,
    id: reference,
  }))
  const open = discrepancies.map(({ provider, account, key }) => ({ provider, account, id: key }))
  return [
    ...keyColumns([...written, ...removed]),
    ...keyColumns(orders),
    ...keyColumns(open),
    now,
    ...keyColumns(resolved),
  ]
}

function openParameters({ discrepancies }: Rows, now: Date, newId: () => string): unknown[] {
  const all = columns(
    discrepancies,
    () => newId(),
    (d) => d.key,
    (d) => d.provider,
    (d) => d.account,
    (d) => d.reference,
    (d) => d.orderId,
    (d) => d.class,
    (d) => d.field,
    (d) => JSON.stringify(d.response),
    (d) => JSON.stringify(d.notification),
    (d) => d.amountAtRisk,
    (d) => d.currency,
  )
  return [...all, now]
}
