import type { AccountPolicy } from './event/account-policy.ts'
import { distinctFacts } from './event/canonical-order.ts'
import { resolutionsByKey, stillOpen } from './reconciliation/discrepancies.ts'
import type { Context } from './reconciliation/discrepancies.ts'
import { reconcileTransaction } from './reconciliation/reconciled-transaction.ts'
import type { ReconciledTransaction } from './reconciliation/reconciled-transaction.ts'
import { nextDeadline } from './reconciliation/deadlines.ts'
import { paymentsOfConflictingOrders } from './orders/conflicting-orders.ts'
import { reconcileOrder } from './orders/order.ts'
import type { Order } from './orders/order-answers.ts'
import type { ReconciledOrder } from './orders/order.ts'
import { fallbackKey } from './identity/references.ts'
import { pendingRequests } from './orders/open-requests.ts'
import { scopeOf } from './reconciliation/scope.ts'
import type { Scope } from './reconciliation/scope.ts'
import type { Expectation, Resolution, StoredEvent } from './event/evidence.ts'
import type { Discrepancy, Transaction } from './reconciliation/transaction.ts'

/** Everything known about a connected set of messages of one account. */
export interface ReconcileInput {
  /** Current translations only; order and repetition do not matter. */
  events: readonly StoredEvent[]
  expectations: readonly Expectation[]
  resolutions: readonly Resolution[]
  policy: AccountPolicy
  now: Date
}

/** The result of `reconcile` for a set of messages of one account. */
export interface Reconciled {
  transactions: Transaction[]
  orders: Order[]
  /** About calls that name no order and no known transaction. */
  orphanDiscrepancies: Discrepancy[]
  /** When the clock alone may next change them, by fallback key (null: the call names nothing). */
  orphanDeadlines: { reference: string | null; nextDeadlineAt: string | null }[]
  /** When the clock alone may next change any of it; null: never. */
  nextDeadlineAt: string | null
}

/**
 * The state that these messages prove at this time: a pure function of their set. The set must be connected: it holds
 * every message that shares a transaction, a parent link or an order with one of its messages.
 */
export function reconcile(input: ReconcileInput): Reconciled {
  const { scope, context, reconciled, orders, transactions } = judge(input)
  return {
    transactions,
    orders: orders.map(({ order }) => order),
    ...orphansOf(scope, context, reconciled, orders),
  }
}

/** All intermediate results; `transactions` has the order of `reconciled`. */
export interface Judgement {
  scope: Scope
  context: Context
  reconciled: readonly ReconciledTransaction[]
  orders: readonly ReconciledOrder[]
  transactions: Transaction[]
}

export function judge(input: ReconcileInput): Judgement {
  const { policy, now } = input
  const context: Context = { policy, now: now.getTime(), resolutions: resolutionsByKey(input.resolutions) }
  const scope = scopeOf(distinctFacts(input.events), input.expectations, context)
  const reconciled = scope.transactions.map((transaction) => reconcileTransaction(transaction, context))
  const byOrder = Map.groupBy(reconciled, ({ transaction }) => transaction.orderId)
  const conflicting = paymentsOfConflictingOrders(reconciled)
  const orders = scope.orders.map((order) => {
    const own = byOrder.get(order.orderId) ?? []
    return reconcileOrder(
      { ...order, reconciled: own, conflictingPayments: conflicting.get(order.orderId) ?? [] },
      context,
    )
  })
  const discrepant = new Set(orders.flatMap((order) => [...order.discrepant]))
  const transactions = reconciled.map(({ transaction }) => marked(transaction, discrepant))
  return { scope, context, reconciled, orders, transactions }
}

/** A contradiction between the payments of one order shows on each of them. */
function marked(transaction: Transaction, discrepant: ReadonlySet<string>): Transaction {
  return discrepant.has(transaction.reference)
    ? { ...transaction, reconciliation: 'discrepant' }
    : transaction
}

/** Calls that name no order and no known transaction are grouped by their fallback key. */
function orphansOf(
  scope: Scope,
  context: Context,
  reconciled: readonly ReconciledTransaction[],
  orders: readonly ReconciledOrder[],
): Pick<Reconciled, 'orphanDiscrepancies' | 'orphanDeadlines' | 'nextDeadlineAt'> {
  const parents = Map.groupBy(scope.orphans, fallbackKey)
  const waiting = [...parents].map(([reference, calls]) => {
    const subject = { path: 'account', reference, orderId: null, currency: null }
    const pending = pendingRequests({ calls, announced: [], attempts: [] }, subject, context)
    return { ...pending, reference, nextDeadlineAt: nextDeadline(pending.deadlines, context.now) }
  })
  const deadlines = [
    ...waiting.flatMap((orphans) => orphans.deadlines),
    ...reconciled.flatMap((transaction) => transaction.deadlines),
    ...orders.flatMap(({ order }) => (order.nextDeadlineAt === null ? [] : Date.parse(order.nextDeadlineAt))),
  ]
  return {
    orphanDiscrepancies: stillOpen(
      waiting.flatMap(({ discrepancies }) => discrepancies),
      context,
    ),
    orphanDeadlines: waiting.map(({ reference, nextDeadlineAt }) => ({ reference, nextDeadlineAt })),
    nextDeadlineAt: nextDeadline(deadlines, context.now),
  }
}
