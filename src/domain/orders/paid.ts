import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { Order, PaidReason, ReasonSource } from './order-answers.ts'
import type { Imbalance } from './order-discrepancies.ts'
import type { OrderMoney } from './order-money.ts'
import { sumOf } from '../money/step-total.ts'

/** The money that an order has taken, and whether it covers the order. */

type Payment = Pick<
  Order,
  | 'currency'
  | 'paidTotal'
  | 'refundedTotal'
  | 'chargedBackTotal'
  | 'netTotal'
  | 'announcedTotal'
  | 'paid'
  | 'paidReason'
  | 'paidSources'
>

interface OfOrder {
  /** Its transactions that count. */
  counting: readonly ReconciledTransaction[]
  /** Payments of other orders whose messages name this one too. */
  conflictingPayments: readonly ReconciledTransaction[]
}

/** Minor units; a sum that is not known is null, and then nothing is paid. */
export function paymentOf(
  { counting, conflictingPayments }: OfOrder,
  money: OrderMoney,
  imbalance: Imbalance,
): Payment {
  const net = netOf(money, imbalance)
  const contested = [
    ...counting.filter(hasConflictingOrders),
    ...conflictingPayments.filter(mayTakeBack),
  ].map(({ transaction }) => transaction.reference)
  const paidReason =
    contested.length > 0 ? 'amount_unknown' : paidReasonOf(lessCredits(net, counting), money.expected)
  const isUnknown = paidReason === 'amount_unknown'
  const sources = isUnknown ? [...new Set([...money.unknown, ...contested])] : money.payers
  const unreferenced = isUnknown ? money.unreferenced : []
  return {
    currency: money.currency,
    paidTotal: money.captured,
    refundedTotal: money.refunded,
    chargedBackTotal: money.chargedBack,
    netTotal: net,
    announcedTotal: money.expected?.amount ?? null,
    paid: paidReason === 'money_covers',
    paidReason,
    paidSources: [
      ...sources.map((id): ReasonSource => ({ kind: 'transaction', id })),
      ...unreferenced.map((id): ReasonSource => ({ kind: 'message', id })),
    ],
  }
}

/** Notifications name several orders for its money, and no operator has stated which one is right. */
function hasConflictingOrders({ transaction, folded }: ReconciledTransaction): boolean {
  const named = transaction.discrepancies.filter((found) => found.class === 'order_mismatch')
  return folded.captured.settled && named.some(({ notification }) => notification.length > 1)
}

/** A step whose messages name another order too may have given money of this order back. */
function mayTakeBack({ folded }: ReconciledTransaction): boolean {
  return folded.operations.some(({ kind }) => kind === 'refund' || kind === 'void' || kind === 'chargeback')
}

/** Payouts to the customer beside the payments cover nothing; null: an amount is not known. */
function lessCredits(net: number | null, counting: readonly ReconciledTransaction[]): number | null {
  const credits = counting
    .flatMap(({ folded }) => folded.operations)
    .filter(({ kind, overall }) => kind === 'credit' && overall.outcome === 'done')
  const credited = sumOf(credits.map(({ amount }) => amount))
  if (net === null || net <= 0) return net
  return credited === null ? null : net - credited
}

/**
 * Until an excess is due all refunds are taken off; from then on the net is not known. Nor is it known while voids
 * may have taken back more than is taken off for them.
 */
function netOf(
  { net, netOfAll, voided, unexplained }: OrderMoney,
  { excesses, isUnknown }: Imbalance,
): number | null {
  if (isUnknown || net === null || netOfAll === null) return null
  const statedNet = excesses.length > 0 ? netOfAll : net
  const isInDoubt = excesses.length > 0 || unexplained
  return isInDoubt && statedNet > 0 && statedNet > netOfAll - voided ? null : statedNet
}

function paidReasonOf(net: number | null, expected: OrderMoney['expected']): PaidReason {
  if (net === null) return 'amount_unknown'
  if (net <= 0) return 'nothing_held'
  if (expected === null) return 'money_covers'
  if (expected.foreign) return 'another_currency'
  return net >= expected.amount ? 'money_covers' : 'less_than_announced'
}
