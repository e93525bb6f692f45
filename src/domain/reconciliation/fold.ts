import { authorizationOf, authorizedTotal } from '../money/authorization.ts'
import type { Authorization } from '../money/authorization.ts'
import { momentOf } from '../event/canonical-order.ts'
import { disputeOf } from '../money/chargeback.ts'
import type { Dispute } from '../money/chargeback.ts'
import { isFinal, isNotified, isOrderAnswer, isUnfinished, statesCounters } from '../event/meaning.ts'
import type { Outcome } from '../event/meaning.ts'
import { operationsOf } from '../operations/operations.ts'
import type { OperationView, TransactionInput } from '../operations/operation-view.ts'
import { furthestUnfinished, statusOf } from './status.ts'
import type { Axes } from './status.ts'
import { stepTotal } from '../money/totals.ts'
import { isAllRefunded } from '../money/explained-counter.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { Basis } from '../event/rules.ts'
import type { StepTotal } from '../money/step-total.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { Status } from './transaction.ts'

/** All facts of one payment, folded: the outcome of its operations, the money that moved, and its status. */
export interface Folded {
  operations: OperationView[]
  status: Status
  authorizedTotal: number | null
  authorizedBy: Basis
  captured: StepTotal
  refunded: StepTotal
  /** The refunded total as the provider notified it; null: an amount is not known. */
  notifiedRefunds: number | null
  dispute: Dispute
  authorization: Authorization
}

type IsNotProcessed = (operation: OperationView) => boolean

/** `isNotProcessed` selects operations that an operator stated not to be processed. */
export function fold(input: TransactionInput, isNotProcessed: IsNotProcessed): Folded {
  const told = operationsOf(input).map((operation) => overruled(operation, isNotProcessed))
  const operations = withoutResponseOnlySuccesses(told)
  const facts = [...input.facts, ...input.requests]
  const captured = captureTotal(operations, facts)
  const refunded = stepTotal('refund', operations, facts)
  const remaining = difference(captured.total, refunded.total)
  const stated = disputeOf(facts.filter(isNotified), { captured: captured.total, remaining })
  const strange = captured.settled ? unreadSinceCapture(facts, operations) : []
  const dispute: Dispute =
    strange.length === 0 ? stated : { ...stated, total: null, by: { rule: 'F-9', facts: strange } }
  const { total, by } = authorizedTotal(operations, facts)
  const money = { captured, refunded, dispute, authorizedTotal: total, authorizedBy: by }
  const expired = input.facts.some((fact) => fact.type === 'expired' && isNotified(fact))
  const counting = facts.some(statesCounters)
  const settled = {
    authorized: total,
    held: remaining,
    captured,
    counting,
    ended: isEnded(input.facts, operations, counting),
  }
  return {
    operations,
    ...money,
    notifiedRefunds: refundedByProvider(operations, facts),
    authorization: authorizationOf(operations, settled),
    status: statusOf(axesOf(input, operations, { ...money, expired })),
  }
}

/**
 * The provider notified that the whole authorization expired or, where it counts per transaction, was cancelled. That
 * ends earlier grants only: a later grant stands, and a capture that began later shows that one stood.
 */
function isEnded(
  facts: readonly StoredEvent[],
  operations: readonly OperationView[],
  counting: boolean,
): boolean {
  const notified = facts.filter(isNotified)
  const grants = notified.filter(({ type }) => type === 'authorized').map(momentOf)
  const ends = notified.filter(({ type }) => type === 'expired' || (counting && type === 'voided'))
  const captures = operations.flatMap(captureBeginning)
  return ends
    .map(momentOf)
    .some((end) => grants.every((moment) => moment <= end) && captures.every((moment) => isBy(moment, end)))
}

/** A capture that states no time may be later than an end that states one. */
const isBy = (moment: string, end: string): boolean => moment <= end && (moment !== '' || end === '')

/**
 * Notifications of an unknown code since the first capture, or at no stated time. No counter holds what a chargeback takes.
 */
function unreadSinceCapture(
  facts: readonly StoredEvent[],
  operations: readonly OperationView[],
): StoredEvent[] {
  const captures = operations
    .filter(({ kind }) => kind === 'capture')
    .flatMap(({ sides }) => sides.notification.filter(({ outcome }) => outcome === 'done'))
  const isSince = (moment: string): boolean =>
    moment === '' || captures.length === 0 || captures.some(({ fact }) => momentOf(fact) <= moment)
  return facts.filter(
    (fact) =>
      isNotified(fact) && fact.type === 'unrecognized' && fact.operation === null && isSince(momentOf(fact)),
  )
}

/** When a notified capture is first told of; of no stated time where none of its facts states any. */
function captureBeginning({ kind, notification, sides }: OperationView): string[] {
  if (kind !== 'capture' || notification.outcome !== 'done') return []
  const moments = sides.notification.map(({ fact }) => momentOf(fact))
  return [moments.find((moment) => moment !== '') ?? '']
}

/**
 * A refund that only an answer states may not have happened: it does not make a retry safe. Nor does a counter beyond
 * the known steps, which may include open requests.
 */
function refundedByProvider(
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): number | null {
  const notified = operations.map((operation) => {
    const { notification, amount, amountBy } = operation
    const isReported = amountBy !== null && isNotified(amountBy.fact)
    return { ...operation, overall: notification, amount: isReported ? amount : null }
  })
  const { total, missing } = stepTotal('refund', notified, facts.filter(isNotified))
  return total === null || missing === null || isAllRefunded(missing.fact) ? total : total - missing.amount
}

/** An operator's statement outranks an answer, never a notification. */
function overruled(operation: OperationView, isNotProcessed: IsNotProcessed): OperationView {
  if (isFinal(operation.notification.outcome) || operation.overall.statement === null) return operation
  if (!isNotProcessed(operation)) return operation
  return { ...operation, overall: { ...operation.overall, outcome: 'not_processed' } }
}

/**
 * The provider notified a refusal of the payment: successes that only answers state did not happen. A capture implied
 * by the answer to the order is dropped, since the authorization states the same.
 */
function withoutResponseOnlySuccesses(operations: readonly OperationView[]): OperationView[] {
  if (!operations.some(isRefused)) return [...operations]
  return operations.filter((operation) => !isImplied(operation)).map(dropResponseOnlySuccess)
}

function isRefused(operation: OperationView): boolean {
  const { outcome } = operation.notification
  return isInitial(operation) && (outcome === 'declined' || outcome === 'failed')
}

function isImplied({ kind, statements }: OperationView): boolean {
  return kind === 'capture' && statements.length > 0 && statements.every(({ fact }) => isOrderAnswer(fact))
}

function dropResponseOnlySuccess(operation: OperationView): OperationView {
  if (operation.overall.outcome !== 'done' || operation.overall.statement?.fact.witness !== 'response')
    return operation
  const { notification, overall } = operation
  // The refusal is of another payment under this root.
  if (isInitial(operation) && !isRefused(operation)) return operation
  return {
    ...operation,
    overall: notification.statement === null ? { ...overall, outcome: 'none' } : notification,
  }
}

/**
 * A sale settles its own amount at once; every other capture is a step. Under the reference of a sale, a capture that
 * only an answer states is the money of that sale. Under the reference of a notified capture, a sale that only an
 * answer states is that capture.
 */
function captureTotal(operations: readonly OperationView[], facts: readonly StoredEvent[]): StepTotal {
  const referencesOf = (those: readonly OperationView[]): Set<string | null> =>
    new Set(those.map(({ reference }) => reference))
  const saleReferences = referencesOf(operations.filter(({ kind }) => kind === 'sale'))
  const captured = referencesOf(
    operations.filter((operation) => operation.kind === 'capture' && isReported(operation)),
  )
  const steps = operations
    .filter(
      (operation) =>
        operation.kind !== 'capture' || isReported(operation) || !saleReferences.has(operation.reference),
    )
    .filter(
      (operation) => operation.kind !== 'sale' || isReported(operation) || !captured.has(operation.reference),
    )
    .map((operation) => (operation.kind === 'sale' ? { ...operation, kind: 'capture' as const } : operation))
  return stepTotal('capture', steps, facts)
}

const isReported = ({ sides }: OperationView): boolean => sides.notification.length > 0

function difference(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : Math.max(0, left - right)
}

function axesOf(
  input: TransactionInput,
  operations: readonly OperationView[],
  money: Pick<Folded, 'captured' | 'refunded' | 'dispute' | 'authorizedTotal'> & { expired: boolean },
): Axes {
  const isDone = (kind: string, by: 'overall' | 'notification' = 'overall'): boolean =>
    operations.some((operation) => operation.kind === kind && operation[by].outcome === 'done')
  return {
    initial: initialOutcome(input.root, operations),
    chargeback: money.dispute.open,
    refunded: money.refunded.settled,
    captured: money.captured.settled,
    credited: isDone('credit'),
    // A void that only an answer states has not ended anything.
    voided: isDone('void', 'notification'),
    expired: money.expired,
    unfinished: furthestUnfinished(operations.map(({ overall }) => overall.outcome)),
    created: input.facts.some((fact) => fact.type === 'created'),
    authorizedTotal: money.authorizedTotal,
    capturedTotal: money.captured.total,
    refundedTotal: money.refunded.total,
  }
}

/**
 * The best outcome of the initial operations. A step with an id of its own and no known payment stands for itself.
 */
function initialOutcome(root: string, operations: readonly OperationView[]): Outcome {
  const initial = operations.filter(isInitial)
  const deciding = initial.length > 0 ? initial : operations.filter((operation) => isOwnRoot(root, operation))
  const outcomes = deciding.map(({ overall }) => overall.outcome)
  if (outcomes.includes('done')) return 'done'
  // Another payment under this root is still under way.
  if (outcomes.length > 1 && outcomes.some(isUnfinished)) return 'none'
  return (
    (['declined', 'failed', 'not_processed'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'none'
  )
}

/** Only for refusals: a settled step counts in its own axis already. */
function isOwnRoot(root: string, { kind, statements, overall }: OperationView): boolean {
  if (kind === 'chargeback' || overall.outcome === 'done') return false
  return statements.some(({ fact }) => fact.reference === root && !statesCounters(fact))
}
