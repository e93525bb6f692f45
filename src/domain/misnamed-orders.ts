import { compareText } from './canonical-order.ts'
import type { Judged } from './judged-transaction.ts'
import type { OrderScope } from './scope.ts'

/**
 * A payment belongs to one order. Where its messages name several and nobody has closed that contradiction, it may have
 * been meant for each of them.
 */

/** `scopes` with the orders that nothing but such a payment names, in byte order. */
export function withMisnamedOrders(scopes: readonly OrderScope[], judged: readonly Judged[]): OrderScope[] {
  const known = new Map(scopes.map((scope) => [scope.orderId, scope]))
  for (const { transaction } of judged) {
    const { provider, account } = transaction
    for (const orderId of otherOrdersOf(transaction))
      if (!known.has(orderId))
        known.set(orderId, { provider, account, orderId, requests: [], payments: [], steps: [] })
  }
  return [...known.values()].sort((left, right) => compareText(left.orderId, right.orderId))
}

/** Payments of other orders whose messages name this one too. */
export function strangersTo(orderId: string, judged: readonly Judged[]): Judged[] {
  return judged.filter(({ transaction }) => otherOrdersOf(transaction).includes(orderId))
}

function otherOrdersOf({ orderId, discrepancies }: Judged['transaction']): string[] {
  const named = discrepancies
    .filter((found) => found.class === 'order_mismatch')
    .flatMap(({ response, notification }) => [...response, ...notification])
  return named.filter((name) => name !== orderId)
}
