import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { hasOpenMismatch, isPayment } from './unreported-payments.ts'

/** The holdings of an order's payments: how much of each may be given back, and how much may still be captured. */

/** `notified`: refunds and voids count only where the provider notified them. */
export type CountedEvidence = 'all' | 'notified'

/** A payment, or a capture without one, that refunds may be taken from. */
export interface PaymentHolding {
  root: string
  /** Captured and not given back. */
  held: number
  /** Authorized and not captured. */
  remainder: number
  /** The remainder before unlinked captures used it up: messages do not state which payment they belong to. */
  allowed: number
  firstReceivedAt: number
  /** A message reports its own outcome: the authorized amount is known. */
  isPaymentReported: boolean
  /** Given back beyond the known captures: no message reports a capture. */
  beyond: number
}

export function firstReceiptOf({ transaction }: ReconciledTransaction): number {
  return Date.parse(transaction.firstSeenAt)
}

export function refundedOf(
  { refunded, notifiedRefunds }: ReconciledTransaction['folded'],
  evidence: CountedEvidence,
): number | null {
  return evidence === 'all' ? refunded.total : notifiedRefunds
}

/** An authorization of unknown amount has no limit. */
export function holdingOf(
  reconciled: ReconciledTransaction,
  evidence: CountedEvidence,
): PaymentHolding | null {
  const money = heldOf(reconciled, evidence)
  if (money === null) return null
  const { folded, transaction } = reconciled
  const isPaymentReported = isPayment(reconciled)
  const remainder = folded.authorization.remainder ?? Infinity
  return {
    root: transaction.reference,
    held: money.held,
    remainder,
    allowed: remainder,
    firstReceivedAt: firstReceiptOf(reconciled),
    isPaymentReported,
    // An operator who closes the mismatch of a payment states that there was none.
    beyond: isPaymentReported && !hasOpenMismatch(reconciled) ? 0 : money.beyond,
  }
}

/** Captured and not given back by linked steps, and given back beyond that; null: an amount is not known. */
function heldOf(
  { folded }: ReconciledTransaction,
  evidence: CountedEvidence,
): Pick<PaymentHolding, 'held' | 'beyond'> | null {
  const { captured, refunded: allRefunds, dispute, authorization } = folded
  const refunded = refundedOf(folded, evidence)
  const { voided, excess } = authorization
  if (captured.total === null || refunded === null || dispute.total === null || voided === null) return null
  const left = captured.total - dispute.total
  return {
    held: Math.max(0, left - refunded - voided),
    beyond: Math.max(0, (allRefunds.total ?? 0) - left) + excess,
  }
}

export function lowerRemainder(
  holding: PaymentHolding,
  by: number,
  standing: Map<string, number | null>,
): void {
  if (by === 0 || holding.remainder === Infinity) return
  holding.remainder -= by
  if (holding.remainder === 0) standing.delete(holding.root)
  else standing.set(holding.root, holding.remainder)
}

interface UnlinkedSteps {
  unlinked: readonly ReconciledTransaction[]
  /** The part of the unlinked captures that linked refunds and disputes gave back. */
  used: number
  evidence: CountedEvidence
}

/** Unlinked captures belong to the only payment of the order, else each stands by itself. */
export function withUnlinkedCaptures(
  holdings: readonly PaymentHolding[],
  { unlinked, used, evidence }: UnlinkedSteps,
): PaymentHolding[] {
  const captures = unlinked
    .filter(({ folded }) => folded.captured.settled)
    .map((reconciled) => ({
      root: reconciled.transaction.reference,
      held: heldOf(reconciled, evidence)?.held ?? 0,
      remainder: 0,
      allowed: 0,
      firstReceivedAt: firstReceiptOf(reconciled),
      isPaymentReported: false,
      beyond: 0,
    }))
  const [only, ...others] = holdings
  if (only === undefined || others.length > 0) return [...holdings, ...captures]
  only.held += Math.max(0, captures.reduce((sum, { held }) => sum + held, 0) - used)
  return [only]
}
