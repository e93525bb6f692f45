import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { axisOf, isFinal, outcomeOf, statesCounters } from '../event/meaning.ts'
import type { Folded } from '../reconciliation/fold.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { scheduleOf } from './instalment-schedule.ts'
import { balanceOf } from './order-balance.ts'
import type { Excess } from './order-balance.ts'
import { isUnread, sumOf } from '../money/totals.ts'
import { hasOpenMismatch, isUnlinked, isPayment } from './unreported-payments.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { Schedule } from '../event/transaction-event.ts'

/** The sums of one order, in minor units of `currency`; null: an amount or the currency is not known. */
export interface OrderMoney {
  currency: string | null
  captured: number | null
  refunded: number | null
  chargedBack: number | null
  /** What unlinked steps give back of what explains them is taken off. */
  net: number | null
  /** All that was refunded is taken off, whatever explains it. */
  netOfAll: number | null
  /** What voids can have taken back of captured money at the most. */
  voided: number
  /** The net, or that of what the provider told if it is more: while it is more than nothing, a retry may charge twice. */
  held: number | null
  /** The most the customer was allowed to be charged: authorized, or captured where no authorization is known. */
  granted: number | null
  /** The largest announced amount. `foreign`: announced in a currency that the payments do not have. */
  expected: { amount: number; foreign: boolean } | null
  /** Roots that hold money. */
  payers: string[]
  /** Roots whose amounts are not known. */
  unknown: string[]
  /** Messages of the provider that tell of money given back and name no transaction. */
  unreferenced: string[]
  /** What unlinked refunds and voids gave back. */
  givenBack: number
  /** What of each payment's authorization still stands. */
  standing: ReadonlyMap<string, number | null>
  excesses: Excess[]
  /** Steps tell of a payment that no message tells. */
  unexplained: boolean
}

export interface OrderRequests {
  /** Announced payments. */
  payments: readonly Expectation[]
  /** Calls that no transaction answered, and notifications that name none. */
  requests: readonly StoredEvent[]
}

/** `counting` are the order's transactions that count, unlinked steps included: they net the order, not their payment. */
export function orderMoney(
  counting: readonly ReconciledTransaction[],
  { payments, requests }: OrderRequests,
  notificationMs: number,
): OrderMoney {
  // Different currencies cannot be added up; whatever the sum is, it is not known.
  const mixed = new Set(counting.flatMap(movedCurrencies)).size > 1
  const total = (read: (reconciled: ReconciledTransaction) => number | null): number | null =>
    mixed ? null : sumOf(counting.map(read))
  const captured = total(({ folded }) => folded.captured.total)
  const refunded = total(({ folded }) => folded.refunded.total)
  const chargedBack = total(({ folded }) => folded.dispute.total)
  const stated = balanceOf(counting, 'all', notificationMs)
  const notified = balanceOf(counting, 'notified', notificationMs)
  const linked = total((reconciled) => linkedRefunds(reconciled, ({ refunded: all }) => all.total))
  const notifiedLinked = total((reconciled) =>
    linkedRefunds(reconciled, ({ notifiedRefunds }) => notifiedRefunds),
  )
  const unreferenced = requests.filter(takesBack).map(({ inboxId }) => inboxId)
  const voided = sumOf(counting.map(voidedOf))
  const known = voided !== null && unreferenced.length === 0 ? captured : null
  const net = less(known, [refunded === null ? null : linked, chargedBack, stated.givenBack])
  const held = less(net === null ? null : known, [notifiedLinked, chargedBack, notified.givenBack])
  const currency = mixed ? null : currencyOf(counting, payments)
  return {
    currency,
    captured,
    refunded,
    chargedBack,
    net,
    netOfAll: less(known, [refunded, chargedBack]),
    voided: voided ?? 0,
    held: net === null || held === null ? null : Math.max(net, held),
    granted: mixed ? null : grantedBy(counting, captured),
    expected: expectedOf(payments, currency),
    payers: rootsOf(counting.filter(({ folded }) => folded.captured.settled)),
    unreferenced,
    unknown: rootsOf(
      counting.filter(
        (reconciled) => mixed || hasUnknown(reconciled.folded) || voidedOf(reconciled) === null,
      ),
    ),
    givenBack: stated.givenBack,
    standing: new Map([...notified.standing, ...duePlans(counting)]),
    excesses: stated.excesses,
    unexplained: stated.unexplained,
  }
}

/** A plan that was begun and not told to its last instalment: the provider takes the rest by itself, how much is not told. */
function duePlans(counting: readonly ReconciledTransaction[]): [string, null][] {
  const instalments = counting.flatMap((reconciled) => {
    const schedule = scheduleOf(reconciled.facts)
    return schedule === null ? [] : { reconciled, schedule }
  })
  return [...Map.groupBy(instalments, ({ schedule }) => schedule.total)].flatMap(([total, stated]) => {
    const begun = stated.filter(({ reconciled }) => reconciled.folded.authorization.granted)
    const last = stated.filter(({ schedule }) => schedule.index === total)
    // Asked for again after a refusal it is still the last one of one plan.
    const over = Math.max(begun.filter((one) => last.includes(one)).length, Math.min(1, last.length))
    if (last.length >= mostRepeatedInstalment(stated).length && over >= mostRepeatedInstalment(begun).length)
      return []
    // One for each plan: an operator who closes one says nothing of a plan that is begun later.
    return mostRepeatedInstalment(begun).map(
      ({ reconciled }) => [reconciled.transaction.reference, null] as [string, null],
    )
  })
}

/** The instalment that was told most often: each telling of it is of another plan. */
function mostRepeatedInstalment<Item extends { schedule: Schedule }>(stated: readonly Item[]): Item[] {
  const sameInstalment = [...Map.groupBy(stated, ({ schedule }) => schedule.index).values()]
  return sameInstalment.reduce((most, one) => (one.length > most.length ? one : most), [])
}

/** Or may tell of it, by the provider's own word, under no reference: how much of what is known it concerns is not told. */
function takesBack(fact: StoredEvent): boolean {
  if (fact.witness === 'response' || fact.type === 'noted') return false
  if (isFinal(outcomeOf(fact)) && outcomeOf(fact) !== 'done') return false
  const isOfNoKind = fact.type === 'unrecognized' && fact.operation === null
  return isOfNoKind || ['refund', 'void', 'chargeback'].includes(axisOf(fact))
}

/** Taken back by voids, linked or not, in minor units; null: of one of them how much, or whether it was done, is not known. */
function voidedOf({ folded }: ReconciledTransaction): number | null {
  if (
    folded.operations.some((step) => step.kind === 'void' && (isUnread(step) || isOnlyAnswered(step, folded)))
  )
    return null
  const voids = folded.operations.filter(
    ({ kind, notification }) => kind === 'void' && notification.outcome === 'done',
  )
  const ungrantedVoids = folded.authorization.granted ? 0 : sumOf(voids.map(({ amount }) => amount))
  return sumOf([ungrantedVoids, folded.authorization.voided])
}

/** Where voids take captured money back, one that the merchant was told to be done leaves nothing to deliver for. */
function isOnlyAnswered({ overall, notification, statements }: OperationView, { captured }: Folded): boolean {
  const isOnlyStatedByAnswer = overall.outcome === 'done' && notification.outcome !== 'done'
  return captured.settled && isOnlyStatedByAnswer && !statements.some(({ fact }) => statesCounters(fact))
}

/** Currencies in which something was captured, refunded or charged back, by the side that decided it. */
function movedCurrencies({ folded, transaction }: ReconciledTransaction): string[] {
  const { captured, refunded, dispute, operations, authorization } = folded
  const isVoided = operations.some(
    ({ kind, notification }) => kind === 'void' && notification.outcome === 'done',
  )
  const stands = authorization.granted && authorization.remainder !== 0
  if (!captured.settled && !refunded.settled && !dispute.open && !isVoided && !stands) return []
  const deciding = operations
    .filter(({ overall }) => overall.outcome === 'done')
    .flatMap(({ overall, sides }) =>
      overall.statement?.fact.witness === 'response' ? sides.response : sides.notification,
    )
  const stated = deciding.flatMap(({ fact }) => fact.currency ?? [])
  return stated.length > 0 || transaction.currency === null ? stated : [transaction.currency]
}

function less(amount: number | null, parts: readonly (number | null)[]): number | null {
  const sum = sumOf(parts)
  return amount === null || sum === null ? null : amount - sum
}

/** What names its payment; an unlinked refund is laid against the order's payments instead: see `balanceOf`. */
function linkedRefunds(
  reconciled: ReconciledTransaction,
  read: (folded: ReconciledTransaction['folded']) => number | null,
): number | null {
  const { folded } = reconciled
  if (!folded.captured.settled && isUnlinked(reconciled)) return 0
  const refunded = read(folded)
  if (refunded === null) return null
  return sumOf([givenBackOf(reconciled, refunded), folded.authorization.voided])
}

/** An operator who closes the excess of a payment says that it took nothing from any other. */
function givenBackOf(reconciled: ReconciledTransaction, refunded: number): number {
  const { captured, dispute } = reconciled.folded
  if (!isPayment(reconciled) || hasOpenMismatch(reconciled)) return refunded
  const most = (captured.total ?? Infinity) - (dispute.total ?? 0)
  return Math.min(refunded, most)
}

function hasUnknown({ captured, refunded, dispute }: ReconciledTransaction['folded']): boolean {
  return captured.total === null || refunded.total === null || dispute.total === null
}

function rootsOf(reconciled: readonly ReconciledTransaction[]): string[] {
  return reconciled.map(({ transaction }) => transaction.reference)
}

function moves({ folded }: ReconciledTransaction): boolean {
  return folded.captured.settled || folded.refunded.settled
}

function currencyOf(
  counting: readonly ReconciledTransaction[],
  payments: readonly Expectation[],
): string | null {
  const stated = [...counting.filter(moves), ...counting].map(({ transaction }) => transaction.currency)
  return (
    [...stated, ...payments.map(({ currency }) => currency)].find((currency) => currency !== null) ?? null
  )
}

function grantedBy(counting: readonly ReconciledTransaction[], captured: number | null): number | null {
  if (captured === null) return null
  const authorized = counting.reduce((sum, { folded }) => sum + (folded.authorizedTotal ?? 0), 0)
  return Math.max(authorized, captured)
}

function expectedOf(payments: readonly Expectation[], currency: string | null): OrderMoney['expected'] {
  const foreign = payments.some((one) => one.currency !== null && one.currency !== currency)
  let largest: OrderMoney['expected'] = foreign ? { amount: 0, foreign } : null
  for (const payment of payments) {
    if (payment.amount === null || (largest !== null && payment.amount <= largest.amount)) continue
    largest = {
      amount: payment.amount,
      foreign,
    }
  }
  return largest
}
