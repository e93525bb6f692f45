import { IS_CONTRADICTION } from './discrepancy-classes.ts'
import { announcedFrom } from '../identity/call-times.ts'
import { nextDeadline } from './deadlines.ts'
import { discrepancyOf, isClosed, isDenied, stillOpen } from './discrepancies.ts'
import type { Context, DiscrepancySubject } from './discrepancies.ts'
import { isFinal } from '../event/meaning.ts'
import { contradictionsOf, reconcileOperation } from './operation-reconciliation.ts'
import type { OperationReconciliation } from './operation-reconciliation.ts'
import { fold } from './fold.ts'
import type { Folded } from './fold.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { IS_TERMINAL } from './status.ts'
import { discrepanciesOf, missingMessage, subjectOfOperation } from './transaction-discrepancies.ts'
import { currencyOf, attributesOf } from './attributes.ts'
import { RECONCILIATIONS } from './transaction.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type {
  Discrepancy,
  OperationState,
  Reconciliation,
  Transaction,
  WitnessStatement,
} from './transaction.ts'
import type { WitnessOutcome } from '../operations/witness-outcome.ts'
import type { TransactionEvidence } from '../operations/operation-view.ts'

/** A reconciled transaction with what its order needs to know about it. */
export interface ReconciledTransaction {
  transaction: Transaction
  input: TransactionEvidence
  folded: Folded
  operationReconciliations: readonly OperationReconciliation[]
  /** The first of them whose deadline has passed. */
  overdueOperation: OperationReconciliation | null
  facts: readonly StoredEvent[]
  /** False: it does not count in its order (wrong mode, another merchant). */
  counts: boolean
  /** Announcements of steps that may still be made. */
  inFlight: readonly string[]
  /** Milliseconds since the epoch at which the clock alone may change it. */
  deadlines: readonly number[]
}

export function reconcileTransaction(input: TransactionEvidence, context: Context): ReconciledTransaction {
  const subject = subjectOf(input)
  const folded = fold(input, (operation) => isNotProcessed(operation, subject, context))
  const evidence = { responses: context.policy.responses, expectations: input.expectations }
  const operationReconciliations = folded.operations.map((operation) =>
    reconcileOperation(operation, evidence, context.policy),
  )
  const { observed, deadlines: absences } = discrepanciesOf(
    { input, folded, operationReconciliations, subject },
    context,
  )
  const steps = announcedSteps(operationReconciliations, subject, context)
  const deadlines = [...absences, ...pageEnds(steps, context)]
  const open = stillOpen(observed, context)
  const overdueOperation = operationReconciliations.find((one) => isOverdue(one, subject, context)) ?? null
  return {
    transaction: {
      ...attributesOf(input.facts),
      ...stateOf(input, folded),
      ...reconciliationState(operationReconciliations, open, subject),
      overdue: overdueOperation !== null,
      final: IS_TERMINAL[folded.status] && folded.operations.every(isOver),
      nextDeadlineAt: nextDeadline(deadlines, context.now),
    },
    input,
    folded,
    operationReconciliations,
    overdueOperation,
    facts: [...input.facts, ...input.requests],
    counts: !open.some(isForeign),
    inFlight: steps.filter((step) => isInFlight(step, context)).map(({ id }) => id),
    deadlines,
  }
}

const isForeign = ({ class: found }: Discrepancy): boolean =>
  found === 'test_mode_mismatch' || found === 'merchant_mismatch'

const isInFlight = (step: Expectation, context: Context): boolean =>
  pageEnds([step], context).every((end) => end > context.now)

/**
 * Announced steps without any message. An announced payment page expires without a discrepancy; an operator may close
 * the missing answer of a call.
 */
function announcedSteps(
  operationReconciliations: readonly OperationReconciliation[],
  subject: DiscrepancySubject,
  context: Context,
): Expectation[] {
  return operationReconciliations.flatMap(({ operation, reconciliation }) => {
    const { expectation, key } = operation
    if (expectation === null || reconciliation !== 'expected') return []
    if (expectation.channel === 'hosted') return [expectation]
    const missingResponse = discrepancyOf(
      missingMessage(operation, 'missing_response'),
      subjectOfOperation(subject, key),
    )
    return isClosed(missingResponse, context) ? [] : [expectation]
  })
}

function pageEnds(steps: readonly Expectation[], { policy }: Context): number[] {
  return steps
    .filter(({ channel }) => channel === 'hosted')
    .map((step) => announcedFrom(step) + policy.deadlines.page)
}

function subjectOf({ root, orderId, facts }: TransactionEvidence): DiscrepancySubject {
  return { path: `transaction:${root}`, reference: root, orderId, currency: currencyOf(facts) }
}

/** An operator may close a missing message or a contradiction by stating that nothing was processed. */
function isNotProcessed(operation: OperationView, subject: DiscrepancySubject, context: Context): boolean {
  if (context.resolutions.size === 0) return false
  const operationSubject = subjectOfOperation(subject, operation.key)
  const closable = [
    missingMessage(operation, 'missing_notification'),
    missingMessage(operation, 'missing_response'),
    ...contradictionsOf(operation).map((found) => ({ ...found, field: null })),
  ]
  return closable.some((observation) => isDenied(discrepancyOf(observation, operationSubject), context))
}

function isOverdue(
  { operation, wait }: OperationReconciliation,
  subject: DiscrepancySubject,
  context: Context,
): boolean {
  if (wait === null || wait.deadline > context.now) return false
  if (wait.class === null) return true
  const operationSubject = subjectOfOperation(subject, operation.key)
  return !isClosed(discrepancyOf(missingMessage(operation, wait.class), operationSubject), context)
}

/** No further message about it is due; an operation without any statement has not begun. */
function isOver({ response, notification, overall }: OperationView): boolean {
  if (isFinal(notification.outcome) || overall.outcome === 'not_processed') return true
  return response.outcome === 'none' && notification.outcome === 'none'
}

function stateOf(
  input: TransactionEvidence,
  folded: Folded,
): Pick<
  Transaction,
  | 'reference'
  | 'absorbed'
  | 'orderId'
  | 'status'
  | 'authorizedTotal'
  | 'capturedTotal'
  | 'refundedTotal'
  | 'chargedBackTotal'
  | 'firstSeenAt'
> {
  const references = new Set(input.facts.map(({ reference }) => reference))
  references.delete(input.root)
  return {
    reference: input.root,
    absorbed: [...references].sort(),
    orderId: input.orderId,
    status: folded.status,
    authorizedTotal: folded.authorizedTotal,
    capturedTotal: folded.captured.total,
    refundedTotal: folded.refunded.total,
    chargedBackTotal: folded.dispute.total,
    firstSeenAt: input.facts.map(({ receivedAt }) => receivedAt).reduce((a, b) => (a < b ? a : b)),
  }
}

function reconciliationState(
  operationReconciliations: readonly OperationReconciliation[],
  open: Discrepancy[],
  subject: DiscrepancySubject,
): Pick<Transaction, 'reconciliation' | 'operations' | 'discrepancies'> {
  const keys = new Set(open.map(({ key }) => key))
  const operations = operationReconciliations.map((operationReconciliation) =>
    operationState(operationReconciliation, isDiscrepant(operationReconciliation, subject, keys)),
  )
  const contradicted = open.some((found) => IS_CONTRADICTION[found.class])
  const all = operations.map(({ reconciliation }) => reconciliation)
  return { reconciliation: worstOf(contradicted ? ['discrepant'] : all), operations, discrepancies: open }
}

function isDiscrepant(
  operationReconciliation: OperationReconciliation,
  subject: DiscrepancySubject,
  keys: ReadonlySet<string>,
): boolean {
  const { path } = subjectOfOperation(subject, operationReconciliation.operation.key)
  return operationReconciliation.contradictions.some((found) => keys.has(`${found.class}||${path}`))
}

function worstOf(reconciliations: readonly Reconciliation[]): Reconciliation {
  const rank = (reconciliation: Reconciliation): number => RECONCILIATIONS.indexOf(reconciliation)
  return reconciliations.reduce((worst, one) => (rank(one) < rank(worst) ? one : worst), 'response_only')
}

function operationState(
  { operation, reconciliation }: OperationReconciliation,
  discrepant: boolean,
): OperationState {
  return {
    operation: operation.kind,
    reference: operation.reference,
    operationId: operation.operationId,
    amount: operation.amount ?? operation.expectation?.amount ?? null,
    reconciliation: discrepant ? 'discrepant' : reconciliation,
    response: witnessOf(operation.response),
    notification: witnessOf(operation.notification),
  }
}

function witnessOf({ statement }: WitnessOutcome): WitnessStatement | null {
  if (statement === null) return null
  const { type, providerCode, occurredAt, receivedAt, inboxId } = statement.fact
  return { type, providerCode, amount: statement.amount, at: occurredAt ?? receivedAt, inboxId }
}
