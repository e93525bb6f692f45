import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { Observation } from '../reconciliation/discrepancies.ts'
import { heardAtOf, holdingOf, lowerRemainder, refundedOf, withLooseCaptures } from './payment-holdings.ts'
import type { PaymentHolding, CountedEvidence } from './payment-holdings.ts'
import { sumOf } from '../money/totals.ts'
import { isLoose, isPayment, isTraceOfUnreportedPayment } from './unreported-payments.ts'

/**
 * Steps that name no payment (Be2bill notifies captures, refunds and voids so) laid against the payments of their order: what
 * each of them uses up or gives back, and what is left over that no payment explains.
 */

/** Money that is told and that nothing of the order explains; true from `since`, our receipt of the step that exceeds. */
export interface Excess {
  observation: Observation
  /** Milliseconds since the epoch. */
  since: number
}

export interface Balance {
  /** Minor units that unlinked refunds and voids give back of what was captured. */
  givenBack: number
  /** What of each granted payment's authorization may still be captured, by root; null: its amount is not known. */
  standing: ReadonlyMap<string, number | null>
  excesses: Excess[]
  /** Steps tell of a payment that no message tells. */
  unexplained: boolean
}

interface Step {
  root: string
  amount: number
  heardAt: number
}

/** `counting` are the order's transactions that count; `lateMs` is the account's notification deadline. */
export function balanceOf(
  counting: readonly ReconciledTransaction[],
  telling: CountedEvidence,
  lateMs: number,
): Balance {
  const payments = counting.filter((judged) => !isLoose(judged))
  const loose = counting.filter(isLoose)
  const standing = new Map(payments.flatMap(standingOf))
  const captures = stepsOf(loose, ({ captured }) => (captured.settled ? captured.total : 0))
  const refunds = stepsOf(
    loose.filter(({ folded }) => !folded.captured.settled),
    (folded) => refundedOf(folded, telling),
  )
  const voids = stepsOf(loose, voidedOf)
  const holders = payments.flatMap((payment) => holdingOf(payment, telling) ?? [])
  const balance = { givenBack: 0, standing, excesses: [], unexplained: false }
  if (captures === null || refunds === null || voids === null || holders.length < payments.length)
    return balance
  const overCaptured = useUp(holders, captures, standing, counting)
  const used = holders.reduce((sum, { beyond }) => sum + beyond, 0)
  const pool = withLooseCaptures(holders, { loose, used, telling })
  const afterVoids = giveBackVoids(pool, voids, standing, lateMs)
  const afterRefunds = giveBackRefunds(pool, refunds, lateMs)
  const excesses = [...overCaptured, ...afterVoids.excesses, ...afterRefunds.excesses]
  return {
    ...balance,
    givenBack: afterVoids.givenBack + afterRefunds.givenBack,
    // Where no payment is known, the steps are its only traces: nothing can be in excess of it yet.
    excesses: payments.length === 0 ? [] : excesses,
    unexplained:
      (payments.length === 0 && excesses.length > 0) ||
      afterVoids.vague ||
      used > (payments.some(isPayment) ? 0 : amountOf(captures)) ||
      isTraceOfUnreportedPayment(counting),
  }
}

function amountOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { amount }) => sum + amount, 0)
}

/** Done voids by the provider's own word. */
function voidedOf({ operations }: ReconciledTransaction['folded']): number | null {
  const done = operations.filter(
    ({ kind, notification }) => kind === 'void' && notification.outcome === 'done',
  )
  return sumOf(done.map(({ amount }) => amount))
}

/** The steps that moved something, by the time of their receipt; null: an amount is not known. */
function stepsOf(
  loose: readonly ReconciledTransaction[],
  read: (folded: ReconciledTransaction['folded']) => number | null,
): Step[] | null {
  const steps: Step[] = []
  for (const judged of loose) {
    const amount = read(judged.folded)
    if (amount === null) return null
    if (amount > 0) steps.push({ root: judged.transaction.reference, amount, heardAt: heardAtOf(judged) })
  }
  return steps.sort((left, right) => left.heardAt - right.heardAt)
}

function standingOf({ transaction, folded }: ReconciledTransaction): [string, number | null][] {
  const { remainder } = folded.authorization
  return remainder === 0 ? [] : [[transaction.reference, remainder]]
}

/** Unlinked captures use up what the order's authorizations left; what no authorization covers is in excess. */
function useUp(
  holders: readonly PaymentHolding[],
  captures: readonly Step[],
  standing: Map<string, number | null>,
  counting: readonly ReconciledTransaction[],
): Excess[] {
  const limit = holders.reduce((sum, { remainder }) => sum + remainder, 0)
  let used = 0
  let since: number | null = null
  for (const { amount, heardAt: at } of captures) {
    used += amount
    if (used > limit) since ??= at
  }
  let left = used
  for (const holder of holders) {
    const taken = Math.min(left, holder.remainder)
    left -= taken
    lowerRemainder(holder, taken, standing)
  }
  if (since === null) return []
  const total = (read: (judged: ReconciledTransaction) => number | null): number =>
    counting.reduce((sum, judged) => sum + (read(judged) ?? 0), 0)
  const said = [total(({ folded }) => folded.captured.total), total(({ folded }) => folded.authorizedTotal)]
  return [excessOf({ field: 'capturedTotal', amount: used - limit, said, since }, captures)]
}

interface GivenBack {
  givenBack: number
  excesses: Excess[]
  /** They may be of another payment, which is not told. */
  vague: boolean
}

/**
 * A void lowers the only payment that holds as much; which of several it ended, or of none, nothing tells. Nor does anything tell
 * whether it ended an authorization or took back captures that name no payment, which may be of another one.
 */
function giveBackVoids(
  holders: readonly PaymentHolding[],
  voids: readonly Step[],
  standing: Map<string, number | null>,
  lateMs: number,
): GivenBack {
  let givenBack = 0
  let vague = false
  const excesses: Excess[] = []
  for (const step of voids) {
    const { root, amount, heardAt } = step
    const able = holders.filter(({ held, allowed }) => held >= amount || allowed >= amount)
    const [holder, ...others] = able
    const isOfThis = others.length === 0 && (holder?.heardAt ?? Infinity) <= heardAt + lateMs
    if (holder === undefined || !isOfThis || !isClear(holder, amount)) {
      const over = { field: `void:${root}`, amount, said: [amount, able.length], since: heardAt }
      excesses.push(excessOf(over, [step]))
      continue
    }
    vague ||= holder.heardAt > heardAt
    if (holder.remainder >= amount) lowerRemainder(holder, amount, standing)
    else {
      holder.held -= amount
      givenBack += amount
    }
  }
  return { givenBack, excesses, vague }
}

/** What a void of so much did to this payment is told. Of one that is not told it may have ended what was not captured. */
function isClear({ held, remainder, allowed, isTold }: PaymentHolding, amount: number): boolean {
  const isUnlimited = remainder === Infinity && held > 0
  const isOfEither = allowed >= amount && remainder < amount
  return isTold && !isUnlimited && !isOfEither
}

/**
 * A refund is given back of what was first heard of no later than a notification may take after it: a payment that comes
 * later was never refunded by it. The earliest payments first.
 */
function giveBackRefunds(
  holders: readonly PaymentHolding[],
  refunds: readonly Step[],
  lateMs: number,
): Omit<GivenBack, 'vague'> {
  const byTime = [...holders].sort((left, right) => left.heardAt - right.heardAt)
  let givenBack = 0
  let over = 0
  let since: number | null = null
  for (const refund of refunds) {
    let left = refund.amount
    for (const holder of byTime) {
      if (holder.heardAt > refund.heardAt + lateMs) break
      const taken = Math.min(left, holder.held)
      holder.held -= taken
      left -= taken
    }
    givenBack += refund.amount - left
    over += left
    if (left > 0) since ??= refund.heardAt
  }
  if (since === null) return { givenBack, excesses: [] }
  const said = [givenBack + over, givenBack]
  return { givenBack, excesses: [excessOf({ field: 'refundedTotal', amount: over, said, since }, refunds)] }
}

interface Over {
  field: string
  amount: number
  /** What was told, and what explains it. */
  said: readonly number[]
  since: number
}

function excessOf({ field, amount, said, since }: Over, steps: readonly Step[]): Excess {
  const parts = steps.map(({ root: id, amount: moved }) => ({ id, amount: moved }))
  const notification = said.map(String)
  return {
    observation: { class: 'amount_mismatch', field, notification, amountAtRisk: amount, parts },
    since,
  }
}
