import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'

/**
 * Payments of other orders whose messages name this order too. A payment belongs to one order; where its messages
 * name several and no operator has closed that contradiction, it may have been made for each of them.
 */
export function paymentsOfConflictingOrders(
  orderId: string,
  reconciled: readonly ReconciledTransaction[],
): ReconciledTransaction[] {
  return reconciled.filter(({ transaction }) => otherOrdersOf(transaction).includes(orderId))
}

function otherOrdersOf({ orderId, discrepancies }: ReconciledTransaction['transaction']): string[] {
  const named = discrepancies
    .filter((found) => found.class === 'order_mismatch')
    .flatMap(({ response, notification }) => [...response, ...notification])
  return named.filter((name) => name !== orderId)
}
