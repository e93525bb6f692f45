import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { hasOpenMismatch, isPayment } from './unreported-payments.ts'

/** What an order's payments hold: what may be given back of each, and what may still be captured. */

/** `notified`: refunds and voids count only where the provider itself told them. */
export type CountedEvidence = 'told' | 'notified'

/** A payment, or a capture without one, that refunds may be given back from. */
export interface PaymentHolding {
  root: string
  /** Captured and not given back. */
  held: number
  /** Authorized and not captured. */
  remainder: number
  /** The same before captures that name no payment used it up: which payment they are of is not told. */
  allowed: number
  heardAt: number
  /** Its own outcome is told: what it was authorized for is known. */
  isTold: boolean
  /** Given back beyond what is known to be captured: a capture was not told. */
  beyond: number
}

export function heardAtOf({ transaction }: ReconciledTransaction): number {
  return Date.parse(transaction.firstSeenAt)
}

export function refundedOf(
  { refunded, notifiedRefunds }: ReconciledTransaction['folded'],
  telling: CountedEvidence,
): number | null {
  return telling === 'told' ? refunded.total : notifiedRefunds
}

/** What an authorization of unknown amount allows is not limited. */
export function holdingOf(judged: ReconciledTransaction, telling: CountedEvidence): PaymentHolding | null {
  const money = heldOf(judged, telling)
  if (money === null) return null
  const { folded, transaction } = judged
  const isTold = isPayment(judged)
  const remainder = folded.authorization.remainder ?? Infinity
  return {
    root: transaction.reference,
    held: money.held,
    remainder,
    allowed: remainder,
    heardAt: heardAtOf(judged),
    isTold,
    // An operator who closes the mismatch of a payment says that there was none.
    beyond: isTold && !hasOpenMismatch(judged) ? 0 : money.beyond,
  }
}

/** Captured and not given back by what names it, and given back beyond that; null: an amount is not known. */
function heldOf(
  { folded }: ReconciledTransaction,
  telling: CountedEvidence,
): Pick<PaymentHolding, 'held' | 'beyond'> | null {
  const { captured, refunded: told, dispute, authorization } = folded
  const refunded = refundedOf(folded, telling)
  const { voided, excess } = authorization
  if (captured.total === null || refunded === null || dispute.total === null || voided === null) return null
  const left = captured.total - dispute.total
  return {
    held: Math.max(0, left - refunded - voided),
    beyond: Math.max(0, (told.total ?? 0) - left) + excess,
  }
}

export function lowerRemainder(
  holder: PaymentHolding,
  by: number,
  standing: Map<string, number | null>,
): void {
  if (by === 0 || holder.remainder === Infinity) return
  holder.remainder -= by
  if (holder.remainder === 0) standing.delete(holder.root)
  else standing.set(holder.root, holder.remainder)
}

interface Loose {
  loose: readonly ReconciledTransaction[]
  /** What linked refunds and disputes gave back of it already. */
  used: number
  telling: CountedEvidence
}

/** What was captured without naming its payment is held by the only payment of the order, else by itself. */
export function withLooseCaptures(
  holders: readonly PaymentHolding[],
  { loose, used, telling }: Loose,
): PaymentHolding[] {
  const captures = loose
    .filter(({ folded }) => folded.captured.settled)
    .map((judged) => ({
      root: judged.transaction.reference,
      held: heldOf(judged, telling)?.held ?? 0,
      remainder: 0,
      allowed: 0,
      heardAt: heardAtOf(judged),
      isTold: false,
      beyond: 0,
    }))
  const [only, ...others] = holders
  if (only === undefined || others.length > 0) return [...holders, ...captures]
  only.held += Math.max(0, captures.reduce((sum, { held }) => sum + held, 0) - used)
  return [only]
}
