import { discrepancyOf, isClosed } from '../reconciliation/discrepancies.ts'
import type { Context, DiscrepancySubject } from '../reconciliation/discrepancies.ts'
import { duplicatePayment, refusedInstalments } from './duplicate-payment.ts'
import { scheduleOf } from './instalment-schedule.ts'
import { momentOf } from '../event/canonical-order.ts'
import type { StoredEvent } from '../event/evidence.ts'
import { isNotified } from '../event/meaning.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { Excess } from './excess.ts'
import type { OrderMoney } from './order-money.ts'
import type { Discrepancy } from '../reconciliation/transaction.ts'

/** The contradictions of an order as a whole. */

export interface OrderContradiction {
  discrepancy: Discrepancy
  /** The payments that it shows on. */
  roots: readonly string[]
}

export function orderContradictions(
  counting: readonly ReconciledTransaction[],
  money: OrderMoney,
  subject: DiscrepancySubject,
): OrderContradiction[] {
  return [...overlap(counting, money, subject), ...againstAnnouncement(counting, money, subject)]
}

function overlap(
  counting: readonly ReconciledTransaction[],
  money: OrderMoney,
  subject: DiscrepancySubject,
): OrderContradiction[] {
  const duplicate = duplicatePayment(counting, money)
  if (duplicate === null) return []
  const { payments, amountAtRisk } = duplicate
  const roots = payments.map(({ root }) => root)
  const parts = payments.map(({ root: id, amount }) => ({ id, amount }))
  const found = { class: 'duplicate_payment', field: null, notification: roots, amountAtRisk, parts } as const
  return [{ discrepancy: discrepancyOf(found, subject), roots }]
}

/**
 * The announced amount is compared with the granted one, not with the rest: a capture in parts or a refund is no
 * contradiction.
 */
function againstAnnouncement(
  counting: readonly ReconciledTransaction[],
  { expected, granted, captured, payers }: OrderMoney,
  subject: DiscrepancySubject,
): OrderContradiction[] {
  if (expected === null || captured === 0 || granted === null) return []
  const parts = payers.map((id) => ({ id, amount: null }))
  if (expected.foreign) {
    const foreign = { class: 'currency_mismatch', field: 'currency', amountAtRisk: granted, parts } as const
    return [{ discrepancy: discrepancyOf(foreign, subject), roots: payers }]
  }
  const amountAtRisk = Math.abs(expected.amount - granted)
  if (amountAtRisk === 0 || !isComparable(counting, granted - expected.amount)) return []
  if (isOfOnePart(counting, expected.amount)) return []
  const [response, notification] = [[String(expected.amount)], [String(granted)]]
  const found = {
    class: 'amount_mismatch',
    field: 'expected',
    response,
    notification,
    amountAtRisk,
    parts,
  } as const
  return [{ discrepancy: discrepancyOf(found, subject), roots: payers }]
}

/** Beside a plan, an announcement that fits one single payment does not announce the whole. */
function isOfOnePart(counting: readonly ReconciledTransaction[], announced: number): boolean {
  const ordinary = counting.filter(({ facts }) => scheduleOf(facts) === null)
  return (
    ordinary.length < counting.length && ordinary.some(({ folded }) => folded.authorizedTotal === announced)
  )
}

/**
 * A plan is compared at its last instalment, at a refusal, or when it exceeds the announcement; any other payment
 * when it falls short.
 */
function isComparable(counting: readonly ReconciledTransaction[], over: number): boolean {
  const schedules = counting.flatMap(({ facts }) => scheduleOf(facts) ?? [])
  if (schedules.length === 0) return over < 0
  const isComplete = schedules.some(({ index, total }) => index === total)
  return over > 0 || isComplete || refusedInstalments(counting).length > 0
}

export interface Imbalance {
  /** Excesses that no operator has closed, whether or not their deadline has passed. */
  excesses: readonly Excess[]
  due: Discrepancy[]
  deadlines: number[]
  /** The net is not known: an excess is due. */
  isUnknown: boolean
}

/** A step may be notified before its payment: an excess becomes a discrepancy after the notification deadline. */
export function unbalanced(
  { excesses }: OrderMoney,
  subject: DiscrepancySubject,
  context: Context,
): Imbalance {
  const { policy, now } = context
  const found = excesses.map((excess) => ({
    excess,
    discrepancy: discrepancyOf(excess.observation, subject),
    deadline: excess.since + policy.deadlines.notification,
  }))
  const open = found.filter(({ discrepancy }) => !isClosed(discrepancy, context))
  return {
    excesses: open.map(({ excess }) => excess),
    due: found.filter(({ deadline }) => deadline <= now).map(({ discrepancy }) => discrepancy),
    deadlines: found.map(({ deadline }) => deadline),
    isUnknown: open.some(({ deadline }) => deadline <= now),
  }
}

/** Granted again: an operator who closed the first grant states nothing about it. */
function laterGrant(facts: readonly StoredEvent[]): { id: string; amount: null }[] {
  const grants = facts.filter((fact) => isNotified(fact) && fact.type === 'authorized').map(momentOf)
  return [...new Set(grants)].slice(1).map((id) => ({ id, amount: null }))
}

export interface OpenAuthorizations {
  /** Roots with a standing authorization, without those that an operator has closed. */
  standing: string[]
  /** Discrepancies that are shown if nothing else forbids a retry. */
  due: Discrepancy[]
  deadlines: number[]
}

const DAY_MS = 86_400_000
/**
 * Issuers hold the money of a card for at most thirty days: an older authorization has probably ended without a
 * notification.
 */
const AUTHORIZATION_MS = 30 * DAY_MS

export function openAuthorizations(
  counting: readonly ReconciledTransaction[],
  { standing }: OrderMoney,
  subject: DiscrepancySubject,
  context: Context,
): OpenAuthorizations {
  const found = counting.flatMap(({ transaction: { reference, firstSeenAt }, folded, facts }) => {
    const remainder = standing.get(reference)
    if (remainder === undefined) return []
    const about = { ...subject, path: `${subject.path}:authorization:${reference}` }
    // A later capture shows that it had not ended.
    const captured = folded.captured.settled ? [{ id: 'captured', amount: folded.captured.total }] : []
    const parts = [{ id: reference, amount: remainder }, ...captured, ...laterGrant(facts)]
    const observation = { class: 'authorization_open', field: null, amountAtRisk: remainder, parts } as const
    const deadline = Date.parse(firstSeenAt) + AUTHORIZATION_MS
    return [{ reference, deadline, discrepancy: discrepancyOf(observation, about) }]
  })
  return {
    standing: found
      .filter(({ discrepancy }) => !isClosed(discrepancy, context))
      .map(({ reference }) => reference),
    due: found.filter(({ deadline }) => deadline <= context.now).map(({ discrepancy }) => discrepancy),
    deadlines: found.map(({ deadline }) => deadline),
  }
}
