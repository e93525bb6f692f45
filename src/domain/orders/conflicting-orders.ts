import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'

/**
 * A payment belongs to one order. Where its messages name several and no operator has closed that contradiction, it may have
 * been meant for each of them: payments of other orders whose messages name this one too.
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
