import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'

/**
 * By order id, the payments of other orders whose messages name this order too. A payment belongs to one order; where its messages
 * name several and no operator has closed that contradiction, it may have been made for each of them.
 */
export function paymentsOfConflictingOrders(
  reconciled: readonly ReconciledTransaction[],
): Map<string, ReconciledTransaction[]> {
  const named = reconciled.flatMap((payment) =>
    [...new Set(otherOrdersOf(payment.transaction))].map((orderId) => ({ orderId, payment })),
  )
  const byOrder = Map.groupBy(named, ({ orderId }) => orderId)
  return new Map([...byOrder].map(([orderId, found]) => [orderId, found.map(({ payment }) => payment)]))
}

function otherOrdersOf({ orderId, discrepancies }: ReconciledTransaction['transaction']): string[] {
  const named = discrepancies
    .filter((found) => found.class === 'order_mismatch')
    .flatMap(({ response, notification }) => [...response, ...notification])
  return named.filter((name) => name !== orderId)
}
