import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { axisOf, isFinal, outcomeOf, statesCounters } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { duePlans } from './instalment-schedule.ts'
import { balanceOf } from './order-balance.ts'
import type { Excess } from './excess.ts'
import { isUnread } from '../money/totals.ts'
import { sumOf } from '../money/step-total.ts'
import { hasOpenMismatch, isUnlinked, isUnlinkedCapture, isPayment } from './unreported-payments.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'

/** The sums of one order, in minor units of `currency`; null: an amount or the currency is not known. */
export interface OrderMoney {
  currency: string | null
  captured: number | null
  refunded: number | null
  chargedBack: number | null
  /** Captured less refunds, disputes and unlinked steps, as far as payments explain them. */
  net: number | null
  /** Captured less all refunds and disputes, explained or not. */
  netOfAll: number | null
  /** The most that voids can have taken back of captured money. */
  voided: number
  /** The larger of the net and the net of notified steps only: while it is positive, a retry may charge twice. */
  held: number | null
  /**
   * The most that the customer was allowed to be charged: authorized, or captured where no authorization is known.
   */
  granted: number | null
  /** The largest announced amount. `foreign`: announced in a currency that the payments do not have. */
  expected: { amount: number; foreign: boolean } | null
  /** Roots that hold money. */
  payers: string[]
  /** Roots whose amounts are not known. */
  unknown: string[]
  /** Notifications that give money back and name no transaction. */
  unreferenced: string[]
  /** The amount that unlinked refunds and voids gave back. */
  givenBack: number
  /** The part of each payment's authorization that still stands. */
  standing: ReadonlyMap<string, number | null>
  excesses: Excess[]
  /** Steps show a payment that no message reports. */
  unexplained: boolean
}

export interface OrderRequests {
  /** Announced payments. */
  payments: readonly Expectation[]
  /** Calls without a transaction, and notifications that name none. */
  requests: readonly StoredEvent[]
}

/**
 * `counting` are the order's transactions that count. Unlinked steps among them lower the net of the order, not of
 * one payment.
 */
export function orderMoney(
  counting: readonly ReconciledTransaction[],
  { payments, requests }: OrderRequests,
  notificationMs: number,
): OrderMoney {
  // Amounts of different currencies cannot be added up: the sum is not known.
  const mixed = new Set(counting.flatMap(movedCurrencies)).size > 1
  const { captured, refunded, chargedBack, linked, notifiedLinked } = mixed ? UNKNOWN_SUMS : sumsOf(counting)
  const stated = balanceOf(counting, 'all', notificationMs)
  const notified = balanceOf(counting, 'notified', notificationMs)
  const unreferenced = requests.filter(takesBack).map(({ inboxId }) => inboxId)
  const isCapturedUnlinked = counting.some(isUnlinkedCapture)
  const voidedBy = (reconciled: ReconciledTransaction): number | null =>
    voidedOf(reconciled, isCapturedUnlinked)
  const voided = sumOf(counting.map(voidedBy))
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
    voided: (voided ?? 0) + stated.contestedVoids,
    held: net === null || held === null ? null : Math.max(net, held),
    granted: mixed ? null : grantedBy(counting, captured),
    expected: expectedOf(payments, currency),
    payers: rootsOf(counting.filter(({ folded }) => folded.captured.settled)),
    unreferenced,
    unknown: rootsOf(
      counting.filter(
        (reconciled) => mixed || hasUnknown(reconciled.folded) || voidedBy(reconciled) === null,
      ),
    ),
    givenBack: stated.givenBack,
    standing: new Map([...notified.standing, ...duePlans(counting)]),
    excesses: stated.excesses,
    unexplained: stated.unexplained,
  }
}

/** Minor units; null: not known. `linked` are refunds that name their payment. */
type MoneySums = Record<'captured' | 'refunded' | 'chargedBack' | 'linked' | 'notifiedLinked', number | null>

const UNKNOWN_SUMS: MoneySums = {
  captured: null,
  refunded: null,
  chargedBack: null,
  linked: null,
  notifiedLinked: null,
}

type ReadRefunds = (folded: ReconciledTransaction['folded']) => number | null

function sumsOf(counting: readonly ReconciledTransaction[]): MoneySums {
  const isCapturedUnlinked = counting.some(isUnlinkedCapture)
  const total = (read: (reconciled: ReconciledTransaction) => number | null): number | null =>
    sumOf(counting.map(read))
  const linkedBy = (read: ReadRefunds): number | null =>
    total((reconciled) => linkedRefunds(reconciled, isCapturedUnlinked, read))
  return {
    captured: total(({ folded }) => folded.captured.total),
    refunded: total(({ folded }) => folded.refunded.total),
    chargedBack: total(({ folded }) => folded.dispute.total),
    linked: linkedBy(({ refunded }) => refunded.total),
    notifiedLinked: linkedBy(({ notifiedRefunds }) => notifiedRefunds),
  }
}

/**
 * A notification without a reference that gives money back, or may do so: how much of the known money it concerns is
 * not stated.
 */
function takesBack(fact: StoredEvent): boolean {
  if (fact.witness === 'response' || fact.type === 'noted') return false
  if (isFinal(outcomeOf(fact)) && outcomeOf(fact) !== 'done') return false
  const isOfNoKind = fact.type === 'unrecognized' && fact.operation === null
  return isOfNoKind || ['refund', 'void', 'chargeback', 'credit'].includes(axisOf(fact))
}

/**
 * Taken back by voids, linked or not, in minor units; null: the amount or the outcome of one of them is not known.
 */
function voidedOf({ folded }: ReconciledTransaction, isCapturedUnlinked: boolean): number | null {
  const isCaptured = folded.captured.settled || isCapturedUnlinked
  const isUnknown = (step: OperationView): boolean => isUnread(step) || (isCaptured && isOnlyAnswered(step))
  if (folded.operations.some((step) => step.kind === 'void' && isUnknown(step))) return null
  const voids = folded.operations.filter(
    ({ kind, notification }) => kind === 'void' && notification.outcome === 'done',
  )
  const ungrantedVoids = folded.authorization.granted ? 0 : sumOf(voids.map(({ amount }) => amount))
  return sumOf([ungrantedVoids, folded.authorization.voided])
}

/** Where voids take captured money back, a void that only an answer states may have taken all of it. */
function isOnlyAnswered({ overall, notification, statements }: OperationView): boolean {
  const isOnlyStatedByAnswer = overall.outcome === 'done' && notification.outcome !== 'done'
  return isOnlyStatedByAnswer && !statements.some(({ fact }) => statesCounters(fact))
}

/** Currencies in which money was captured, given back or paid out, as the deciding side states them. */
function movedCurrencies({ folded, transaction }: ReconciledTransaction): string[] {
  const { captured, refunded, dispute, operations, authorization } = folded
  const isVoided = operations.some(
    ({ kind, notification }) => kind === 'void' && notification.outcome === 'done',
  )
  const isCredited = operations.some(({ kind, overall }) => kind === 'credit' && overall.outcome === 'done')
  const stands = authorization.granted && authorization.remainder !== 0
  const hasMoved = captured.settled || refunded.settled || dispute.open || isVoided || isCredited
  if (!hasMoved && !stands) return []
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

/** Refunds that name their payment. Unlinked refunds are compared with all payments of the order: see `balanceOf`. */
function linkedRefunds(
  reconciled: ReconciledTransaction,
  isCapturedUnlinked: boolean,
  read: ReadRefunds,
): number | null {
  const { folded } = reconciled
  if (!folded.captured.settled && isUnlinked(reconciled)) return 0
  const refunded = read(folded)
  if (refunded === null) return null
  return sumOf([givenBackOf(reconciled, refunded, isCapturedUnlinked), folded.authorization.voided])
}

/** An operator who closes an excess states that it took nothing from other payments. Unlinked captures may be of this one. */
function givenBackOf(
  reconciled: ReconciledTransaction,
  refunded: number,
  isCapturedUnlinked: boolean,
): number {
  const { captured, dispute } = reconciled.folded
  if (!isPayment(reconciled) || hasOpenMismatch(reconciled) || isCapturedUnlinked) return refunded
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
