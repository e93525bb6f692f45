import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import {
  firstReceiptOf,
  holdingOf,
  lowerRemainder,
  refundedOf,
  withUnlinkedCaptures,
} from './payment-holdings.ts'
import type { PaymentHolding, CountedEvidence } from './payment-holdings.ts'
import { sumOf } from '../money/step-total.ts'
import { contestedExcess, contestedVoids, isNotifiedVoid } from './contested-voids.ts'
import { excessOf } from './excess.ts'
import type { Excess, UnlinkedStep } from './excess.ts'
import { isUnlinked, isPayment, isTraceOfUnreportedPayment } from './unreported-payments.ts'

/**
 * Unlinked steps, which name no payment (Be2bill notifies captures, refunds and voids so), compared with the payments
 * of their order: what each of them uses up or gives back, and the rest that no payment explains.
 */

export interface Balance {
  /** Minor units that unlinked refunds and voids give back of what was captured. */
  givenBack: number
  /**
   * The part of each granted payment's authorization that may still be captured, by root; null: its amount is not
   * known.
   */
  standing: ReadonlyMap<string, number | null>
  excesses: Excess[]
  /** The most that linked voids may have taken back of unlinked captures. */
  contestedVoids: number
  /** Steps show a payment that no message reports. */
  unexplained: boolean
}

/** `counting` are the order's transactions that count; `notificationMs` is the account's notification deadline. */
export function balanceOf(
  counting: readonly ReconciledTransaction[],
  evidence: CountedEvidence,
  notificationMs: number,
): Balance {
  const payments = counting.filter((reconciled) => !isUnlinked(reconciled))
  const unlinked = counting.filter(isUnlinked)
  const standing = new Map(payments.flatMap(standingOf))
  const captures = stepsOf(unlinked, ({ captured }) => (captured.settled ? captured.total : 0))
  const refunds = stepsOf(
    unlinked.filter(({ folded }) => !folded.captured.settled),
    (folded) => refundedOf(folded, evidence),
  )
  const voids = stepsOf(unlinked, voidedOf)
  const holdings = payments.flatMap((payment) => holdingOf(payment, evidence) ?? [])
  const balance = { givenBack: 0, standing, excesses: [], contestedVoids: 0, unexplained: false }
  if (captures === null || refunds === null || voids === null || holdings.length < payments.length)
    return balance
  const contested = contestedVoids(payments, amountOf(captures))
  const overCaptured = applyCaptures(holdings, captures, standing, counting)
  const used = holdings.reduce((sum, { beyond }) => sum + beyond, 0)
  const pool = withUnlinkedCaptures(holdings, { unlinked, used, evidence })
  const afterVoids = applyVoids(pool, voids, standing, notificationMs)
  const afterRefunds = applyRefunds(pool, refunds, notificationMs)
  // What is captured beyond the authorizations is the same money.
  const vague = overCaptured.length > 0 ? [] : contested.map((step) => contestedExcess(step, payments.length))
  const excesses = [...overCaptured, ...vague, ...afterVoids.excesses, ...afterRefunds.excesses]
  return {
    ...balance,
    contestedVoids: amountOf(contested),
    givenBack: afterVoids.givenBack + afterRefunds.givenBack,
    // Where no payment is known the steps are its only traces: none of them exceeds it yet.
    excesses: payments.length === 0 ? [] : excesses,
    unexplained:
      (payments.length === 0 && excesses.length > 0) ||
      afterVoids.isAmbiguous ||
      used > (payments.some(isPayment) ? 0 : amountOf(captures)) ||
      isTraceOfUnreportedPayment(counting),
  }
}

function amountOf(steps: readonly UnlinkedStep[]): number {
  return steps.reduce((sum, { amount }) => sum + amount, 0)
}

/** The sum of done voids, as the provider notified them. */
function voidedOf({ operations }: ReconciledTransaction['folded']): number | null {
  return sumOf(operations.filter(isNotifiedVoid).map(({ amount }) => amount))
}

/** The steps that moved something, by the time of their receipt; null: an amount is not known. */
function stepsOf(
  unlinked: readonly ReconciledTransaction[],
  read: (folded: ReconciledTransaction['folded']) => number | null,
): UnlinkedStep[] | null {
  const steps: UnlinkedStep[] = []
  for (const reconciled of unlinked) {
    const amount = read(reconciled.folded)
    if (amount === null) return null
    if (amount > 0)
      steps.push({
        root: reconciled.transaction.reference,
        amount,
        firstReceivedAt: firstReceiptOf(reconciled),
      })
  }
  return steps.sort((left, right) => left.firstReceivedAt - right.firstReceivedAt)
}

function standingOf({ transaction, folded }: ReconciledTransaction): [string, number | null][] {
  const { remainder } = folded.authorization
  return remainder === 0 ? [] : [[transaction.reference, remainder]]
}

/** Unlinked captures use up the remaining authorizations of the order; the rest exceeds them. */
function applyCaptures(
  holdings: readonly PaymentHolding[],
  captures: readonly UnlinkedStep[],
  standing: Map<string, number | null>,
  counting: readonly ReconciledTransaction[],
): Excess[] {
  const limit = holdings.reduce((sum, { remainder }) => sum + remainder, 0)
  let used = 0
  let since: number | null = null
  for (const { amount, firstReceivedAt: at } of captures) {
    used += amount
    if (used > limit) since ??= at
  }
  let left = used
  for (const holding of holdings) {
    const taken = Math.min(left, holding.remainder)
    left -= taken
    lowerRemainder(holding, taken, standing)
  }
  if (since === null) return []
  const total = (read: (reconciled: ReconciledTransaction) => number | null): number =>
    counting.reduce((sum, reconciled) => sum + (read(reconciled) ?? 0), 0)
  const stated = [total(({ folded }) => folded.captured.total), total(({ folded }) => folded.authorizedTotal)]
  return [excessOf({ field: 'capturedTotal', amount: used - limit, stated, since }, captures)]
}

interface GivenBack {
  givenBack: number
  excesses: Excess[]
  /** The voids may belong to a payment that no message reports. */
  isAmbiguous: boolean
}

/**
 * A void lowers the only payment that holds as much. Messages do not state which of several payments it ended, nor
 * whether it ended an authorization or took back unlinked captures, which may belong to another payment.
 */
function applyVoids(
  holdings: readonly PaymentHolding[],
  voids: readonly UnlinkedStep[],
  standing: Map<string, number | null>,
  notificationMs: number,
): GivenBack {
  let givenBack = 0
  let isAmbiguous = false
  const excesses: Excess[] = []
  for (const step of voids) {
    const { amount, firstReceivedAt } = step
    const sufficient = holdings.filter(({ held, remainder }) => held + remainder >= amount)
    const [holding, ...others] = sufficient
    const isOfThisPayment =
      others.length === 0 && (holding?.firstReceivedAt ?? Infinity) <= firstReceivedAt + notificationMs
    if (holding === undefined || !isOfThisPayment || !isClear(holding, amount)) {
      excesses.push(contestedExcess(step, sufficient.length))
      continue
    }
    isAmbiguous ||= holding.firstReceivedAt > firstReceivedAt
    if (holding.remainder >= amount) lowerRemainder(holding, amount, standing)
    else {
      holding.held -= amount
      givenBack += amount
    }
  }
  return { givenBack, excesses, isAmbiguous }
}

/**
 * The effect of such a void on this payment is certain. A void on a payment that no message reports may have ended an
 * authorization instead.
 */
function isClear({ held, remainder, allowed, isPaymentReported }: PaymentHolding, amount: number): boolean {
  const isUnlimited = remainder === Infinity && held > 0
  const isOfBoth = remainder < amount && (allowed >= amount || held < amount)
  return isPaymentReported && !isUnlimited && !isOfBoth
}

/**
 * A refund counts against payments first received no later than the notification deadline after it: it never refunds
 * a later payment. The earliest payments come first.
 */
function applyRefunds(
  holdings: readonly PaymentHolding[],
  refunds: readonly UnlinkedStep[],
  notificationMs: number,
): Omit<GivenBack, 'isAmbiguous'> {
  const byTime = [...holdings].sort((left, right) => left.firstReceivedAt - right.firstReceivedAt)
  let givenBack = 0
  let excess = 0
  let since: number | null = null
  for (const refund of refunds) {
    let left = refund.amount
    for (const holding of byTime) {
      if (holding.firstReceivedAt > refund.firstReceivedAt + notificationMs) break
      const taken = Math.min(left, holding.held)
      holding.held -= taken
      left -= taken
    }
    givenBack += refund.amount - left
    excess += left
    if (left > 0) since ??= refund.firstReceivedAt
  }
  if (since === null) return { givenBack, excesses: [] }
  const stated = [givenBack + excess, givenBack]
  return {
    givenBack,
    excesses: [excessOf({ field: 'refundedTotal', amount: excess, stated, since }, refunds)],
  }
}
