import { reconcile } from '../../src/domain/reconcile.ts'
import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/orders/order-answers.ts'
import type { Transaction } from '../../src/domain/reconciliation/transaction.ts'
import type { Fault } from './checks.ts'
import type { Rules } from './service.ts'

/** Rules with one fault each: what every check of the model has to find. */

const ofOrders =
  (wrong: (order: Order) => Partial<Order>): Rules =>
  (input) => {
    const right = reconcile(input)
    return { ...right, orders: right.orders.map((order) => ({ ...order, ...wrong(order) })) }
  }

const ofTransactions =
  (wrong: (transaction: Transaction) => Partial<Transaction>): Rules =>
  (input) => {
    const right = reconcile(input)
    return { ...right, transactions: right.transactions.map((one) => ({ ...one, ...wrong(one) })) }
  }

interface Planted {
  what: string
  check: Fault['check']
  rules: Rules
}

export const PLANTED: readonly Planted[] = [
  {
    what: 'an authorization counts as paid',
    check: 'paid',
    rules: ofOrders(({ paid, reason }) => ({ paid: paid || reason === 'transaction_authorized' })),
  },
  {
    what: 'a refund does not lower what is paid',
    check: 'paid',
    rules: ofOrders(({ paidTotal }) => ({ paid: (paidTotal ?? 0) > 0 })),
  },
  {
    what: 'a call of unknown outcome is no reason to wait',
    check: 'safe',
    rules: ofOrders(({ safeToRetry, reason }) => ({
      safeToRetry: safeToRetry || reason === 'request_of_unknown_outcome',
    })),
  },
  {
    what: 'an authorization is no reason to wait',
    check: 'safe',
    rules: ofOrders(({ safeToRetry, reason }) => ({
      safeToRetry: safeToRetry || reason === 'transaction_authorized',
    })),
  },
  {
    what: 'what only one side told is matched',
    check: 'matched',
    rules: ofTransactions(({ operations }) => ({
      operations: operations.map((operation) => ({ ...operation, reconciliation: 'matched' })),
    })),
  },
  {
    what: 'refunds are not taken off',
    check: 'money',
    rules: ofOrders(({ paidTotal }) => ({ netTotal: paidTotal })),
  },
  {
    what: 'refunds are not added up',
    check: 'exact',
    rules: ofOrders(() => ({ refundedTotal: 0 })),
  },
  {
    what: 'parts are taken for the whole',
    check: 'exact',
    rules: ofTransactions(({ status }) => (status === 'partially_refunded' ? { status: 'refunded' } : {})),
  },
  { what: 'nothing is ever safe', check: 'exact', rules: ofOrders(() => ({ safeToRetry: false })) },
  { what: 'an alarm for nothing', check: 'explained', rules: alarmed },
  { what: 'no alarm at all', check: 'alarm', rules: silenced },
]

function alarmed(input: Parameters<Rules>[0]): Reconciled {
  const right = reconcile(input)
  const wrong = { response: [], notification: [], amountAtRisk: 0, currency: null, field: null } as const
  return {
    ...right,
    orders: right.orders.map((order) => ({
      ...order,
      discrepancies: [
        {
          ...wrong,
          response: [],
          notification: [],
          key: 'planted',
          class: 'order_mismatch',
          reference: null,
          orderId: order.orderId,
          covers: { parts: [], outcomes: { response: '', notification: '' }, amountAtRisk: 0 },
        },
      ],
    })),
  }
}

function silenced(input: Parameters<Rules>[0]): Reconciled {
  const right = reconcile(input)
  const without = <Item extends { discrepancies: unknown[] }>(items: Item[]): Item[] =>
    items.map((item) => ({ ...item, discrepancies: [] }))
  return { ...right, orders: without(right.orders), transactions: without(right.transactions) }
}
