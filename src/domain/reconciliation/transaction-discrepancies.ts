import { announcementParts } from '../identity/call-times.ts'
import { discrepancyOf } from './discrepancies.ts'
import type { Context, Observation, DiscrepancySubject } from './discrepancies.ts'
import { axisOf, isOrderAnswer, isUnfinished } from '../event/meaning.ts'
import type { OperationReconciliation } from './operation-reconciliation.ts'
import type { Folded } from './fold.ts'
import type { TransactionEvidence, OperationView } from '../operations/operation-view.ts'
import {
  mismatchedMerchants,
  mismatchedModes,
  mismatchedOrders,
  mismatchedCurrencies,
} from './attribute-mismatches.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { StepTotal } from '../money/step-total.ts'
import type { Coverage, StoredEvent } from '../event/evidence.ts'
import type { Discrepancy } from './transaction.ts'

/** All contradictions and missing messages of one transaction at the given time. */

export interface DiscrepancyInput {
  input: TransactionEvidence
  folded: Folded
  operationReconciliations: readonly OperationReconciliation[]
  subject: DiscrepancySubject
}

export interface Observed {
  observed: Discrepancy[]
  /** The deadline of every absence, past or to come. */
  deadlines: number[]
}

/** A missing message, step or announcement: a discrepancy from `deadline` on. */
interface Absence {
  deadline: number
  subject: DiscrepancySubject
  observation: Observation | null
}

export function subjectOfOperation(subject: DiscrepancySubject, key: string): DiscrepancySubject {
  return { ...subject, path: `${subject.path}:${key}` }
}

export function discrepanciesOf(given: DiscrepancyInput, context: Context): Observed {
  const absences = [
    ...missingMessages(given),
    ...missingSteps(given, context),
    ...unexpectedPayment(given, context),
  ]
  const due = absences.flatMap(({ deadline, subject, observation }) =>
    observation !== null && deadline <= context.now ? [discrepancyOf(observation, subject)] : [],
  )
  return {
    observed: [
      ...contradictions(given),
      ...attributeDiscrepancies(given, context),
      ...imbalances(given),
      ...due,
    ],
    deadlines: absences.map(({ deadline }) => deadline),
  }
}

function contradictions({ operationReconciliations, subject }: DiscrepancyInput): Discrepancy[] {
  return operationReconciliations.flatMap(({ operation, contradictions: found }) =>
    found.map((contradiction) =>
      discrepancyOf({ ...contradiction, field: null }, subjectOfOperation(subject, operation.key)),
    ),
  )
}

function missingMessages({ operationReconciliations, subject }: DiscrepancyInput): Absence[] {
  const payment = operationReconciliations.find(({ operation }) => isInitial(operation))
  return operationReconciliations.flatMap((operationReconciliation) => {
    const { operation, wait } = operationReconciliation
    if (wait === null || isMissingAtPayment(operationReconciliation, payment)) return []
    const observation = wait.class === null ? null : missingMessage(operation, wait.class)
    return [{ deadline: wait.deadline, subject: subjectOfOperation(subject, operation.key), observation }]
  })
}

/** The discrepancy of a missing message of one witness, whether or not its deadline has passed. */
export function missingMessage(
  operation: OperationView,
  missing: 'missing_notification' | 'missing_response',
): Observation {
  const { response, notification, expectation } = operation
  const outcomes = { response: response.outcome, notification: notification.outcome }
  if (missing === 'missing_notification')
    return {
      class: missing,
      field: null,
      amountAtRisk: requestedAmount(operation),
      outcomes,
      parts: requestsOf(operation),
    }
  const parts = expectation === null ? [] : announcementParts(expectation)
  return { class: missing, field: null, amountAtRisk: 0, outcomes, parts }
}

/** A repeated request is another request: an operator's statement about the first does not cover it. */
function requestsOf({ sides }: OperationView): Coverage['parts'] {
  const requests = sides.notification.filter(({ outcome }) => outcome === 'requested')
  const [, ...repeated] = sides.response.filter(({ outcome, fact }) => isUnfinished(outcome) && !fact.lookup)
  return [
    ...requests.map(({ fact }) => ({ id: fact.occurredAt ?? '', amount: null })),
    ...repeated.map(({ fact }) => ({ id: fact.inboxId, amount: null })),
  ]
}

/** One answer to a sale states authorization and capture: its missing notification is one discrepancy, not two. */
function isMissingAtPayment(
  { operation, wait }: OperationReconciliation,
  payment: OperationReconciliation | undefined,
): boolean {
  if (operation.kind !== 'capture' || wait?.class !== 'missing_notification') return false
  const ofOrderAnswer = operation.statements.every(({ fact }) => isOrderAnswer(fact))
  return ofOrderAnswer && payment?.wait?.class === 'missing_notification'
}

function requestedAmount(operation: OperationView): number | null {
  return operation.response.statement?.fact.amount ?? operation.amount
}

function missingSteps({ folded, subject }: DiscrepancyInput, { policy }: Context): Absence[] {
  const missing = (field: string, { missing: step }: StepTotal): Absence[] => {
    if (step === null) return []
    const deadline = Date.parse(step.fact.receivedAt) + policy.deadlines.notification
    return [{ deadline, subject, observation: { class: 'missing_step', field, amountAtRisk: step.amount } }]
  }
  return [...missing('capturedTotal', folded.captured), ...missing('refundedTotal', folded.refunded)]
}

/**
 * Where every payment is announced, one without an announcement is another merchant's, or is missing in this
 * merchant's records.
 */
function unexpectedPayment({ input, folded, subject }: DiscrepancyInput, { policy }: Context): Absence[] {
  const granted = folded.operations.some(
    (operation) => isInitial(operation) && operation.overall.outcome === 'done',
  )
  if (policy.expectations !== 'required' || input.expectations.length > 0 || !granted) return []
  const since = Math.min(...input.facts.map(({ receivedAt }) => Date.parse(receivedAt)))
  const observation = { class: 'unexpected_payment', field: null, amountAtRisk: wholeAmount(folded) } as const
  return [{ deadline: since + policy.deadlines.expectation, subject, observation }]
}

/** The amount at risk when the whole payment is in doubt. */
function wholeAmount({ captured, authorizedTotal }: Folded): number | null {
  return captured.settled ? captured.total : authorizedTotal
}

function attributeDiscrepancies(
  { input, folded, subject }: DiscrepancyInput,
  { policy }: Context,
): Discrepancy[] {
  const facts = [...input.facts, ...input.requests]
  const amountAtRisk = wholeAmount(folded)
  const whole = [
    ...mismatchedCurrencies([...facts, ...input.paymentAnswers]),
    ...mismatchedOrders([...facts, ...input.paymentAnswers]),
    ...mismatchedMerchants(facts, policy.merchantIds),
    ...mismatchedModes(facts, policy.test),
  ].map((mismatch) => discrepancyOf({ ...mismatch, amountAtRisk }, subject))
  return [...whole, ...invalidAmounts(invalidAmountFields(facts), subject)]
}

function invalidAmountFields(facts: readonly StoredEvent[]): string[] {
  return [
    ...new Set(facts.flatMap((fact) => fact.invalidAmounts.map((name) => [fact.reference, name].join(':')))),
  ]
}

function invalidAmounts(fields: readonly string[], subject: DiscrepancySubject): Discrepancy[] {
  return fields.map((field) => discrepancyOf({ class: 'invalid_amount', field, amountAtRisk: null }, subject))
}

/** No more money can leave than came: where the sums contradict that, one of the statements behind them is wrong. */
function imbalances({ input, folded, subject }: DiscrepancyInput): Discrepancy[] {
  const { authorizedTotal, captured, refunded, dispute, operations, authorization } = folded
  const paid = operations.some(isInitial) || captured.settled
  if (!paid) return []
  const initial = operations.filter(isInitial)
  const refused = initial.some(({ overall }) => overall.outcome === 'declined')
  // A capture proves the grant that an answer denies: of what that answer says nothing was authorized.
  const isAllRefused = refused && initial.every(({ overall }) => overall.outcome === 'declined')
  // An unknown refund is at least zero: a dispute alone may exceed the captured amount.
  const outgoing =
    dispute.total === null || dispute.total === 0 ? null : (refunded.total ?? 0) + dispute.total
  const observations = [
    refused ? disputed(input) : null,
    excess('capturedTotal', captured.total, isAllRefused ? 0 : authorizedTotal, refused),
    excess('refundedTotal', refunded.total, captured.total, false),
    excess('chargedBackTotal', outgoing, captured.total, false),
    excess('voidedTotal', authorization.excess, 0, false),
  ]
  return observations.flatMap((found) => (found === null ? [] : discrepancyOf(found, subject)))
}

/** Only money that moved can be disputed, whichever side holds it after the dispute. */
function disputed({ facts }: TransactionEvidence): Observation | null {
  const disputes = facts.filter((fact) => axisOf(fact) === 'chargeback' && fact.witness !== 'response')
  if (disputes.length === 0) return null
  const amounts = disputes.flatMap(({ amount }) => amount ?? [])
  const amountAtRisk = amounts.length < disputes.length ? null : Math.max(...amounts)
  return { class: 'outcome_mismatch', field: 'chargedBackTotal', amountAtRisk }
}

function excess(
  field: string,
  total: number | null,
  limit: number | null,
  refused: boolean,
): Observation | null {
  if (total === null || limit === null || total <= limit) return null
  const found = refused ? 'outcome_mismatch' : 'amount_mismatch'
  return { class: found, field, notification: [String(total), String(limit)], amountAtRisk: total - limit }
}
