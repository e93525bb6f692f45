import type { Order } from '../../src/domain/orders/order-answers.ts'

/** What `ops.orders` shows of an order without its discrepancies, to be laid beside what the domain says. */

export const SHOWN_ORDER = `order_id, transactions, currency, captured_total::float8, refunded_total::float8,
  charged_back_total::float8, net_total::float8, expected_total::float8, paid, paid_reason, safe_to_retry, reason, first_seen_at`

export const orderRow = (order: Order) => ({
  order_id: order.orderId,
  transactions: order.transactions.length,
  currency: order.currency,
  captured_total: order.paidTotal,
  refunded_total: order.refundedTotal,
  charged_back_total: order.chargedBackTotal,
  net_total: order.netTotal,
  expected_total: order.announcedTotal,
  paid: order.paid,
  paid_reason: order.paidReason,
  safe_to_retry: order.safeToRetry,
  reason: order.reason,
  first_seen_at: new Date(order.firstSeenAt),
})
