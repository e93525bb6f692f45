import type { Order } from '../../domain/orders/order-answers.ts'
import type { LastStatement } from '../pool.ts'
import { columns } from '../unnest-parameters.ts'
import { keyColumns, keyText, type Key } from '../keys.ts'
import { REMOVE_ORDERS, SAVE_ORDERS } from './save-orders.sql.ts'

/**
 * Write the rows of what was judged, and remove those of locked orders that do not exist: nothing names them any more. All
 * of them are locked, so no other writer touches these rows.
 */
export function orderStatements(
  { judged, locked }: { judged: readonly Order[]; locked: readonly Key[] },
  now: Date,
): LastStatement[] {
  const existing = new Set(judged.map((order) => keyText(keyOf(order))))
  const gone = locked.filter((key) => !existing.has(keyText(key)))
  return [...removing(gone), ...writing(judged, now)]
}

const keyOf = ({ provider, account, orderId }: Order): Key => ({ provider, account, id: orderId })

const removing = (gone: readonly Key[]): LastStatement[] =>
  gone.length === 0 ? [] : [{ name: 'remove_orders', text: REMOVE_ORDERS, values: keyColumns(gone) }]

function writing(orders: readonly Order[], now: Date): LastStatement[] {
  if (orders.length === 0) return []
  const values = columns(
    orders,
    (order) => order.provider,
    (order) => order.account,
    (order) => order.orderId,
    (order) => order.transactions.length,
    (order) => order.currency,
    (order) => order.paidTotal,
    (order) => order.refundedTotal,
    (order) => order.chargedBackTotal,
    (order) => order.netTotal,
    (order) => order.announcedTotal,
    (order) => order.paid,
    (order) => order.paidReason,
    (order) => order.safeToRetry,
    (order) => order.reason,
    (order) => order.firstSeenAt,
  )
  return [{ name: 'save_orders', text: SAVE_ORDERS, values: [...values, now] }]
}
