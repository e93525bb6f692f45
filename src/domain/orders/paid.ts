import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { Order, PaidReason, ReasonSource } from './order-answers.ts'
import type { Imbalance } from './order-discrepancies.ts'
import type { OrderMoney } from './order-money.ts'
import { sumOf } from '../money/step-total.ts'
import { isOfNoKind, isUnread } from '../money/totals.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { isPayment, isUnlinkedCapture } from './unreported-payments.ts'

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
  reconciled: readonly ReconciledTransaction[]
  /** Payments of other orders whose messages name this one too. */
  conflictingPayments: readonly ReconciledTransaction[]
}

/** Minor units; a sum that is not known is null, and then nothing is paid. */
export function paymentOf(
  { reconciled, conflictingPayments }: OfOrder,
  money: OrderMoney,
  imbalance: Imbalance,
): Payment {
  const net = netOf(money, imbalance)
  const counting = reconciled.filter(({ counts }) => counts)
  const contested = [
    ...counting.filter((payment) => hasConflictingOrders(payment) || isAlsoRefused(payment)),
    ...reconciled.filter((step) => !step.counts && mayTakeBackOf(counting, step)),
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

/**
 * Notifications, or answers where no notification names any, name several orders for its money, and no operator has
 * stated which one is right.
 */
function hasConflictingOrders({ transaction, folded }: ReconciledTransaction): boolean {
  const named = transaction.discrepancies.filter((found) => found.class === 'order_mismatch')
  return folded.captured.settled && named.some(({ notification }) => notification.length !== 1)
}

/**
 * The provider notified that its money moved, and, no earlier than that, that it was refused. No operator has stated
 * which one is right.
 */
function isAlsoRefused({ transaction, folded }: ReconciledTransaction): boolean {
  const isRefused = folded.operations.some(
    (operation) => isInitial(operation) && ['declined', 'failed'].includes(operation.notification.outcome),
  )
  return (
    folded.captured.settled &&
    transaction.discrepancies.some(
      ({ field, covers }) =>
        covers.outcomes.notification === 'contradictory' || (isRefused && field === 'capturedTotal'),
    )
  )
}

/** A step whose messages name another order, mode or merchant may have given money of this order back. */
function mayTakeBack({ folded }: ReconciledTransaction): boolean {
  return folded.operations.some(
    (operation) => ['refund', 'void', 'chargeback'].includes(operation.kind) || paysOut(operation),
  )
}

/**
 * A payment that does not count takes back its own money, of which captures without a link may be a part. A credit
 * takes back no money of its own.
 */
function mayTakeBackOf(
  counting: readonly ReconciledTransaction[],
  reconciled: ReconciledTransaction,
): boolean {
  const isOwn = isPayment(reconciled) && !counting.some(isUnlinkedCapture)
  return isOwn ? reconciled.folded.operations.some(paysOut) : mayTakeBack(reconciled)
}

/** Pays the customer by itself, or may do so. */
const paysOut = (operation: OperationView): boolean => operation.kind === 'credit' || isOfNoKind(operation)

/** Payouts to the customer beside the payments cover nothing; null: an amount is not known. */
function lessCredits(net: number | null, counting: readonly ReconciledTransaction[]): number | null {
  const credits = counting
    .flatMap(({ folded }) => folded.operations)
    .filter((step) => step.kind === 'credit' && (step.overall.outcome === 'done' || isUnread(step)))
  const credited = sumOf(credits.map((step) => (isUnread(step) ? null : step.amount)))
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
