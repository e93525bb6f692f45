import type { AccountPolicy } from '../event/account-policy.ts'
import { waitOf } from './deadlines.ts'
import type { Wait } from './deadlines.ts'
import {
  isDecisive,
  isFinal,
  isOrderAnswer,
  isRequested,
  isUnfinished,
  statesCounters,
} from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { Coverage, Expectation } from '../event/evidence.ts'
import type { Reconciliation } from './transaction.ts'
import type { Statement, WitnessOutcome } from '../operations/witness-outcome.ts'

/** Reconciliation of one operation: whether its two witnesses agree, and whether a message of one of them is due. */

export interface Contradiction {
  class: 'outcome_mismatch' | 'amount_mismatch'
  response: string[]
  notification: string[]
  amountAtRisk: number | null
  outcomes: Coverage['outcomes']
}

/** What decides whether the merchant owes an answer. */
export interface DueAnswers {
  responses: AccountPolicy['responses']
  /** Announced payments of the order. */
  expectations: readonly Expectation[]
}

/** The contradictions between the two witnesses of one operation. A dispute has none: it may go back and forth. */
export function contradictionsOf(operation: OperationView): Contradiction[] {
  if (operation.kind === 'chargeback') return []
  return [outcomeContradiction(operation), amountContradiction(operation)].filter((found) => found !== null)
}

function outcomeContradiction({ response, notification, sides }: OperationView): Contradiction | null {
  const apart =
    isDecisive(notification.outcome) && (isDecisive(response.outcome) || response.outcome === 'not_processed')
  const opposed = apart && (response.outcome === 'done') !== (notification.outcome === 'done')
  if (!opposed && response.contradictions.length === 0 && notification.contradictions.length === 0)
    return null
  return {
    class: 'outcome_mismatch',
    response: codesOf(response),
    notification: codesOf(notification),
    amountAtRisk: successfulAmount([...sides.notification].reverse(), [...sides.response].reverse()),
    outcomes: { response: statedOutcome(response), notification: statedOutcome(notification) },
  }
}

/** The outcome that a side states; two outcomes at one moment are contradictory. */
function statedOutcome({ outcome, contradictions }: WitnessOutcome): string {
  return contradictions.length > 0 ? 'contradictory' : outcome
}

function codesOf(witness: WitnessOutcome): string[] {
  const statements = witness.contradictions.length > 0 ? witness.contradictions : [witness.statement]
  const codes = statements.flatMap((statement) =>
    statement === null ? [] : (statement.fact.providerCode ?? ''),
  )
  return [...new Set(codes)]
}

/** The amount at risk is the amount of the successful statement. */
function successfulAmount(...sides: (readonly Statement[])[]): number | null {
  const successful = sides.flat().filter(({ outcome, amount }) => outcome === 'done' && amount !== null)
  return successful[0]?.amount ?? null
}

function amountContradiction(operation: OperationView): Contradiction | null {
  const response = statedAmounts(operation, 'response')
  const notification = statedAmounts(operation, 'notification')
  const all = [...response, ...notification]
  if (all.length === 0) return counterContradiction(operation)
  const difference = Math.max(...all) - Math.min(...all)
  // The counter of one side alone may change without a contradiction.
  const isAlone = response.length === 0 || notification.length === 0
  if (isAlone && isInitial(operation) && operation.statements.some(({ fact }) => statesCounters(fact)))
    return null
  return difference === 0 ? null : amountMismatch(response, notification, difference)
}

function amountMismatch(response: number[], notification: number[], difference: number): Contradiction {
  return {
    class: 'amount_mismatch',
    response: response.map(String),
    notification: notification.map(String),
    amountAtRisk: difference,
    outcomes: { response: 'done', notification: 'done' },
  }
}

/** Amounts are compared between successes only: declines and pending answers carry zeros. */
function statedAmounts(operation: OperationView, side: 'response' | 'notification'): number[] {
  const { outcome, statement } = operation[side]
  if (outcome !== 'done' || statement === null) return []
  // A counter of the authorized amount may change between two notifications; the last one counts.
  const moving = isInitial(operation) && statesCounters(statement.fact)
  const successes = operation.sides[side].filter((one) => one.outcome === 'done')
  const statements = moving ? [statement, ...successes.slice(-1)] : successes
  return [...new Set(statements.flatMap(({ amount }) => amount ?? []))]
}

/** The answer to a sale and its only notified capture state no own amounts, but counters. */
function counterContradiction({ kind, response, notification }: OperationView): Contradiction | null {
  const answered = response.statement?.fact
  if (kind !== 'capture' || answered === undefined || !isOrderAnswer(answered)) return null
  if (response.outcome !== 'done' || notification.outcome !== 'done') return null
  const requested = answered.capturedTotal
  const notified = notification.statement?.fact.capturedTotal ?? null
  if (requested === null || notified === null || requested === notified) return null
  return amountMismatch([requested], [notified], Math.abs(requested - notified))
}

/** `discrepant` is for the caller to add: an operator may have closed the contradiction. */
export function reconciliationOf(operation: OperationView, evidence: DueAnswers): Reconciliation {
  const { response, notification } = operation
  if (response.statement === null && notification.statement === null) return 'expected'
  if (response.outcome === 'none') return notificationAlone(operation, evidence)
  // The merchant's answer states an end that the provider has not notified.
  if (
    isEndOnlyAnswered(operation) ||
    isRefusalOnlyAnswered(operation) ||
    isDisputedOverAnotherAmount(operation)
  )
    return 'awaiting_notification'
  if (isRequestedOverAnotherAmount(operation)) return 'awaiting_notification'
  if (isFinal(notification.outcome))
    return isAnswerMissing(operation, evidence) ? 'awaiting_response' : 'matched'
  if (response.outcome === 'not_processed' && notification.outcome === 'none') return 'response_only'
  return 'awaiting_notification'
}

function isEndOnlyAnswered({ sides, notification }: OperationView): boolean {
  const ended = (side: readonly Statement[]): boolean => side.some(({ outcome }) => outcome === 'closed')
  return notification.outcome !== 'closed' && ended(sides.response) && !ended(sides.notification)
}

/** An authorization that ended had been granted: the merchant's refusal contradicts what the provider notified. */
function isRefusalOnlyAnswered({ response, notification }: OperationView): boolean {
  return (
    notification.outcome === 'closed' && (response.outcome === 'declined' || response.outcome === 'failed')
  )
}

/** The merchant's answer states a dispute over an amount that the provider has not notified. */
function isDisputedOverAnotherAmount({ kind, sides }: OperationView): boolean {
  if (kind !== 'chargeback') return false
  const notified = new Set(sides.notification.map(({ amount }) => amount))
  return sides.response.some(({ amount }) => amount !== null && !notified.has(amount) && !notified.has(null))
}

/**
 * Done over another amount than requested. An instalment is a part of the requested amount. The counter of an open
 * request may be 0.
 */
function isRequestedOverAnotherAmount({
  kind,
  sides,
  response,
  notification,
  amount,
}: OperationView): boolean {
  if (kind === 'chargeback' || notification.outcome !== 'done' || !isUnfinished(response.outcome))
    return false
  const isPart = sides.notification.some(({ fact }) => fact.schedule !== null)
  const requested = sides.response.flatMap((statement) =>
    isUnfinished(statement.outcome) ? (statement.amount ?? []) : [],
  )
  const stated = requested.filter((one) => one > 0)
  return amount !== null && !isPart && stated.length > 0 && !stated.includes(amount)
}

/** The result of a look-up by the merchant answers no call. */
function isAnswerMissing(operation: OperationView, evidence: DueAnswers): boolean {
  return operation.sides.response.every(({ fact }) => fact.lookup) && isResponseDue(operation, evidence)
}

function notificationAlone(operation: OperationView, evidence: DueAnswers): Reconciliation {
  const { notification } = operation
  if (notification.statement === null) return 'response_only'
  if (!isFinal(notification.outcome) && isRequested(notification.statement.fact))
    return 'awaiting_notification'
  const due = notification.outcome !== 'none' && isResponseDue(operation, evidence)
  return due ? 'awaiting_response' : 'notification_only'
}

/**
 * An answer is due only with evidence that the merchant called the API: most payments come from pages, schedules and
 * back offices.
 */
function isResponseDue(operation: OperationView, evidence: DueAnswers): boolean {
  // The cardholder's bank opens a dispute: no call has to be answered.
  if (evidence.responses === 'none' || operation.kind === 'chargeback') return false
  if (isInitial(operation)) return isPaymentAnswerDue(operation, evidence)
  if (operation.expectation !== null) return operation.expectation.channel !== 'hosted'
  return operation.sides.notification.some(({ fact }) => fact.operationId !== null)
}

function isPaymentAnswerDue({ statements }: OperationView, { responses, expectations }: DueAnswers): boolean {
  // The provider charges later instalments without a call.
  if (statements.some(({ fact }) => (fact.schedule?.index ?? 1) > 1)) return false
  const hosted = expectations.filter((expectation) => expectation.channel === 'hosted').length
  if (expectations.length > 0) return hosted < expectations.length
  return responses === 'expected'
}

/** One operation with its contradictions, its reconciliation and the message that it awaits. */
export interface OperationReconciliation {
  operation: OperationView
  contradictions: Contradiction[]
  reconciliation: Reconciliation
  wait: Wait | null
}

export function reconcileOperation(
  operation: OperationView,
  evidence: DueAnswers,
  policy: AccountPolicy,
): OperationReconciliation {
  const reconciliation = reconciliationOf(operation, evidence)
  const wait = waitOf(operation, reconciliation, policy.deadlines)
  return { operation, contradictions: contradictionsOf(operation), reconciliation, wait }
}
