import { isBegunBy, stepBeginning } from '../identity/call-times.ts'
import type { Times } from '../identity/call-times.ts'
import { isUnfinished } from '../event/meaning.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { OperationView } from '../operations/operation-view.ts'
import type { OrderMoney } from './order-money.ts'
import type { Excess } from './excess.ts'
import type { OpenRequest, ReasonSource, RetryReason } from './order-answers.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { Status } from '../reconciliation/transaction.ts'

/** May the merchant charge this order again without taking the money twice? */

export interface RetryDecision {
  safeToRetry: boolean
  /** The first rule that forbids it, or `nothing_stands`. */
  reason: RetryReason
  /** The sources of that reason. */
  reasonSources: ReasonSource[]
}

export interface RetryInput {
  reconciled: readonly ReconciledTransaction[]
  money: OrderMoney
  /** Unlinked steps in excess that no operator has closed. */
  excesses: readonly Excess[]
  /** Roots with a standing authorization, without those that an operator has closed. */
  standing: readonly string[]
  requests: readonly OpenRequest[]
  /** Calls matched with an attempt that may be the result of another call. */
  doubtful: readonly StoredEvent[]
  /** Standing payments of other orders that may have been made for this one. */
  conflictingPayments: readonly ReconciledTransaction[]
  /** Refusals that name another payment of the order. */
  refusals: readonly StoredEvent[]
}

/** Statuses in which a payment may still become, or again become, money of this order. Total over `Status`. */
const BLOCKS_RETRY: Readonly<Record<Status, boolean>> = {
  created: true,
  action_required: true,
  pending: true,
  held_for_review: true,
  // The standing amount decides instead.
  authorized: false,
  partially_captured: false,
  captured: false,
  partially_refunded: false,
  refunded: false,
  voided: false,
  expired: false,
  declined: false,
  failed: false,
  charged_back: true,
  unrecognized: true,
}

const DOUBTS = ['outcome_mismatch', 'test_mode_mismatch', 'merchant_mismatch'] as const

type Objection = Pick<RetryDecision, 'reason' | 'reasonSources'>

export function retryDecision(input: RetryInput): RetryDecision {
  const objection =
    moneyObjection(input) ??
    statusObjection(input.reconciled) ??
    authorizationObjection(input) ??
    doubtObjection(input) ??
    otherPaymentObjection(input) ??
    requestObjection(input)
  return {
    safeToRetry: objection === null,
    ...(objection ?? { reason: 'nothing_stands', reasonSources: [] }),
  }
}

function objection(
  reason: RetryReason,
  kind: ReasonSource['kind'],
  ids: readonly string[],
): Objection | null {
  return ids.length === 0 ? null : { reason, reasonSources: ids.map((id) => ({ kind, id })) }
}

function rootsOf(reconciled: readonly ReconciledTransaction[]): string[] {
  return reconciled.map(({ transaction }) => transaction.reference)
}

function moneyObjection({ money, reconciled, excesses }: RetryInput): Objection | null {
  if (money.net === null || money.held === null) {
    const unknown = money.unknown.map((id): ReasonSource => ({ kind: 'transaction', id }))
    const unreferenced = money.unreferenced.map((id): ReasonSource => ({ kind: 'message', id }))
    return { reason: 'amount_unknown', reasonSources: [...unknown, ...unreferenced] }
  }
  if (money.held > 0) return objection('money_held', 'transaction', money.payers)
  const inDoubt = excesses.length > 0 || money.unexplained
  return inDoubt ? objection('unbalanced', 'transaction', rootsOf(reconciled)) : null
}

function statusObjection(reconciled: readonly ReconciledTransaction[]): Objection | null {
  const blocking = reconciled.find(({ transaction }) => BLOCKS_RETRY[transaction.status])
  if (blocking !== undefined)
    return objection(`transaction_${blocking.transaction.status}`, 'transaction', rootsOf([blocking]))
  const unreadable = reconciled.filter(({ facts }) => facts.some((fact) => fact.type === 'unrecognized'))
  return objection('unrecognized_event', 'transaction', rootsOf(unreadable))
}

function authorizationObjection({ reconciled, standing }: RetryInput): Objection | null {
  const whole = reconciled.filter(({ transaction }) => transaction.status === 'authorized')
  const reason = whole.some(({ transaction }) => standing.includes(transaction.reference))
    ? 'transaction_authorized'
    : 'authorization_open'
  return objection(reason, 'transaction', standing)
}

function doubtObjection({ reconciled, conflictingPayments }: RetryInput): Objection | null {
  for (const doubt of DOUBTS) {
    const keys = reconciled.flatMap(({ transaction }) =>
      transaction.discrepancies.filter((found) => found.class === doubt).map(({ key }) => key),
    )
    const found = objection(doubt, 'discrepancy', keys)
    if (found !== null) return found
  }
  // A step of another order may count in this payment: its money may not be what it seems.
  const contested = reconciled.filter(({ transaction, folded }) => {
    const moved = folded.captured.settled || folded.refunded.settled
    return moved && transaction.discrepancies.some((found) => found.class === 'order_mismatch')
  })
  return objection('order_mismatch', 'transaction', rootsOf([...contested, ...conflictingPayments]))
}

/** Until the payment that a refusal names is known, the order may be paid. It began before it was named. */
function otherPaymentObjection({ reconciled, refusals }: RetryInput): Objection | null {
  const granted = reconciled.filter(({ folded }) => folded.authorization.granted)
  const unexplained = refusals.filter(
    (refusal) => !granted.some(({ input }) => isBegunBy(input.facts, refusal, input.times)),
  )
  return objection('other_payment', 'message', [...new Set(unexplained.map(({ inboxId }) => inboxId))])
}

function requestObjection({ reconciled, requests, doubtful }: RetryInput): Objection | null {
  const unknown = [
    ...requests.filter(({ outcome }) => outcome === 'unknown').flatMap(sourcesOf),
    ...[...doubtful, ...reconciled.flatMap(openSteps)].map(messageOf),
  ]
  const inFlight = [
    ...requests.filter(({ outcome }) => outcome === 'in_flight').flatMap(sourcesOf),
    ...reconciled.flatMap((one) => one.inFlight.map((id) => ({ kind: 'expectation', id }) as const)),
  ]
  const [reason, sources]: [RetryReason, ReasonSource[]] =
    unknown.length > 0 ? ['request_of_unknown_outcome', unknown] : ['request_in_flight', inFlight]
  return sources.length === 0 ? null : { reason, reasonSources: distinct(sources) }
}

function sourcesOf({ inboxId, expectationId }: OpenRequest): ReasonSource[] {
  const message = inboxId === null ? [] : ({ kind: 'message', id: inboxId } as const)
  const expectation = expectationId === null ? [] : ({ kind: 'expectation', id: expectationId } as const)
  return [message, expectation].flat()
}

const messageOf = ({ inboxId }: StoredEvent): ReasonSource => ({ kind: 'message', id: inboxId })

function distinct(sources: readonly ReasonSource[]): ReasonSource[] {
  return [...new Map(sources.map((source) => [`${source.kind} ${source.id}`, source])).values()]
}

/**
 * Facts of a capture, refund or void that was requested and whose outcome is not known: the money of the order may
 * still change. Only a granted payment can be voided. The notified outcome of a void decides, and without a
 * notification the merchant's.
 */
function openSteps({ folded, input }: ReconciledTransaction): StoredEvent[] {
  const open = folded.operations.filter((operation) => isOpenStep(operation, folded.authorization.granted))
  const doubtful = folded.operations.flatMap((operation) => doubtfulCalls(operation, input.times))
  return [...open.flatMap(({ statements }) => statements.map(({ fact }) => fact)), ...doubtful]
}

function isOpenStep(operation: OperationView, granted: boolean): boolean {
  const { kind, overall, notification } = operation
  if (kind === 'void')
    return isUnfinished(notification.statement === null ? overall.outcome : notification.outcome)
  // A payment under way stays under way even if an answer states its capture.
  const isCounted = kind === 'capture' || kind === 'refund' || (isInitial(operation) && !granted)
  return isCounted && isUnfinished(overall.outcome)
}

/**
 * Calls joined to a step that may be the result of another call: where no time is stated, only an account that
 * forwards every answer can exclude that.
 */
function doubtfulCalls({ kind, sides }: OperationView, { responses }: Times): StoredEvent[] {
  const notified = sides.notification.map(({ fact }) => fact)
  const isStep = kind === 'capture' || kind === 'refund' || kind === 'void'
  if (!isStep || responses === 'expected' || notified.length === 0) return []
  if (stepBeginning(notified).startedAt !== null) return []
  const answers = sides.response.map(({ fact }) => fact)
  // An answer that names the step proves that both belong together.
  if (answers.some(({ reference }) => reference !== null)) return []
  const ids = new Set(notified.map(({ operationId }) => operationId))
  return answers.filter(({ operationId }) => operationId === null || !ids.has(operationId))
}
