import type { AccountPolicy } from '../event/account-policy.ts'
import { isDecisive, isSlow, OUTCOME_RANK } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import type { Expectation } from '../event/evidence.ts'
import type { DiscrepancyClass } from './discrepancy-classes.ts'
import type { Reconciliation } from './transaction.ts'
import type { Statement } from '../operations/witness-outcome.ts'

/** When a missing message becomes a discrepancy. Counted from our receipt, since that is our own clock. */

/** A message that is awaited, and the discrepancy once it is overdue. */
export interface Wait {
  /** Milliseconds since the epoch. */
  deadline: number
  /** Null: overdue without a discrepancy. A customer may take time, and neither side owes an answer. */
  class: Extract<DiscrepancyClass, 'missing_notification' | 'missing_response'> | null
}

export type Deadlines = AccountPolicy['deadlines']

export function waitOf(
  operation: OperationView,
  reconciliation: Reconciliation,
  deadlines: Deadlines,
): Wait | null {
  if (reconciliation === 'awaiting_notification') return waitForNotification(operation, deadlines)
  if (reconciliation === 'awaiting_response') {
    const since = earliestReceipt(operation.sides.notification)
    return { deadline: since + deadlines.response, class: 'missing_response' }
  }
  return reconciliation === 'expected' ? waitForExpected(operation, deadlines) : null
}

function waitForExpected({ expectation }: OperationView, deadlines: Deadlines): Wait | null {
  if (expectation === null || expectation.channel === 'hosted') return null
  return { deadline: announcementDeadline(expectation, deadlines), class: 'missing_response' }
}

/**
 * When an announced call counts as missing, from its first announcement. Registering it again does not extend the
 * deadline.
 */
export function announcementDeadline({ createdAt }: Expectation, deadlines: Deadlines): number {
  return Date.parse(createdAt) + deadlines.expectation
}

/** A refused step that only a look-up states moved nothing, and may be a step with another counter. */
function isLookedUpRefusal({ kind, sides, response }: OperationView): boolean {
  const isStep = kind !== 'authorization' && kind !== 'sale'
  return isStep && response.outcome === 'declined' && sides.response.every(({ fact }) => fact.lookup)
}

function waitForNotification(operation: OperationView, deadlines: Deadlines): Wait | null {
  const { sides, response } = operation
  if (sides.notification.length === 0 && isLookedUpRefusal(operation)) return null
  if (isDecisive(response.outcome)) {
    return {
      deadline: earliestOf(sides.response, response.outcome) + deadlines.notification,
      class: 'missing_notification',
    }
  }
  const outcome = operation.overall.outcome
  const since = earliestOf([...sides.response, ...sides.notification], outcome)
  if (outcome === 'action') return { deadline: since + deadlines.action, class: null }
  const slow = operation.overall.statement !== null && isSlow(operation.overall.statement.fact)
  return {
    deadline: since + (slow ? deadlines.pending : deadlines.notification),
    class: 'missing_notification',
  }
}

/** A redelivery never moves a deadline: the first receipt counts. */
function earliestOf(statements: readonly Statement[], outcome: Statement['outcome']): number {
  return earliestReceipt(statements.filter((statement) => statement.outcome === outcome))
}

function earliestReceipt(statements: readonly Statement[]): number {
  return Math.min(...statements.filter(hasWeight).map(({ fact }) => Date.parse(fact.receivedAt)))
}

function hasWeight(statement: Statement): boolean {
  return OUTCOME_RANK[statement.outcome] > OUTCOME_RANK.none
}

/** The next moment at which the clock alone changes something, RFC 3339 UTC; null: never. */
export function nextDeadline(deadlines: readonly number[], now: number): string | null {
  const next = Math.min(...deadlines.filter((deadline) => deadline > now))
  return Number.isFinite(next) ? new Date(next).toISOString() : null
}
