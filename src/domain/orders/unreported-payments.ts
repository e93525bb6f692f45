import { isFinal, statesCounters } from '../event/meaning.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { isInitial } from '../operations/operation-view.ts'

/** Traces of payments that no message reports: steps that act on them, done or refused. */

export function isPayment({ folded }: ReconciledTransaction): boolean {
  return folded.operations.some(isInitial)
}

/**
 * A step that names no payment: it may belong to any payment of the order. HiPay's steps, and disputes, always name
 * theirs.
 */
export function isUnlinked(reconciled: ReconciledTransaction): boolean {
  const { facts, root } = reconciled.input
  // Where only linked steps are known, the root is the payment that they name.
  const isOwn = facts.some(({ reference }) => reference === root) && !facts.some(statesCounters)
  const isDisputed = reconciled.folded.operations.some(({ kind }) => kind === 'chargeback')
  return isOwn && !isPayment(reconciled) && !isDisputed
}

/** It may be money of any payment of the order. */
export const isUnlinkedCapture = (reconciled: ReconciledTransaction): boolean =>
  isUnlinked(reconciled) && reconciled.folded.captured.settled

export const hasOpenMismatch = ({ transaction }: ReconciledTransaction): boolean =>
  transaction.discrepancies.some((found) => found.class === 'amount_mismatch')

/**
 * Only a granted payment has steps that can be refused, or can be voided. A step that names its payment is a trace of
 * that payment; another step may belong to any known one. A later instalment is a trace of its plan too: the refusal
 * of the first instalment ends the plan.
 */
export function isTraceOfUnreportedPayment(counting: readonly ReconciledTransaction[]): boolean {
  const ungranted = counting.filter(({ folded }) => !folded.authorization.granted)
  const traces = ungranted.filter((reconciled) => reconciled.folded.operations.some(isTrace))
  const isNamed =
    traces.some((reconciled) => !isUnlinked(reconciled)) || ungranted.some(isCaptureOfUnreportedPayment)
  if (isNamed || hasUnreportedInstalments(counting) || isOfRefusedPayment(counting)) return true
  const isKnown = counting.some(({ folded }) => folded.authorization.granted || folded.captured.settled)
  return !isKnown && traces.length > 0
}

/**
 * A step without a link gave money back, and of one payment of the order only an answer says that it was refused. If
 * that answer is wrong, the step may have been its.
 */
function isOfRefusedPayment(counting: readonly ReconciledTransaction[]): boolean {
  const givesBack = ({ folded }: ReconciledTransaction): boolean =>
    folded.operations.some(({ kind, overall }) => kind !== 'capture' && overall.outcome === 'done')
  return counting.filter(isUnlinked).some(givesBack) && counting.some(isRefusedByAnswerAlone)
}

function isRefusedByAnswerAlone({ folded }: ReconciledTransaction): boolean {
  return folded.operations.some(
    (operation) =>
      isInitial(operation) &&
      operation.overall.outcome === 'declined' &&
      !isFinal(operation.notification.outcome),
  )
}

/** The rest of the authorization of a payment that only its captures report is not known. */
const isCaptureOfUnreportedPayment = (reconciled: ReconciledTransaction): boolean =>
  !isUnlinked(reconciled) && !isPayment(reconciled) && reconciled.folded.captured.settled

/**
 * An instalment is known, and an earlier one is not: a plan continues only after its first instalment was granted.
 */
function hasUnreportedInstalments(counting: readonly ReconciledTransaction[]): boolean {
  const notified = counting.flatMap(({ facts }) => facts.filter(({ witness }) => witness !== 'response'))
  const plans = Map.groupBy(
    notified.flatMap(({ schedule }) => schedule ?? []),
    ({ total }) => total,
  )
  return [...plans.values()].some((schedules) => {
    const indexes = new Set(schedules.map(({ index }) => index))
    return indexes.size < Math.max(...indexes)
  })
}

function isTrace(operation: ReconciledTransaction['folded']['operations'][number]): boolean {
  const { kind, overall, response, notification, statements } = operation
  // An answer tells of its success, and the provider that its payment was refused: it may have been another's.
  if (response.outcome === 'done' && overall.outcome !== 'done' && !isInitial(operation)) return true
  // Where the provider counts, each step that it notified states by itself whether its payment was granted.
  const isCounted = statements.some(({ fact }) => statesCounters(fact) && fact.witness !== 'response')
  if (isInitial(operation) || isCounted) return false
  return overall.outcome === 'declined' || (kind === 'void' && notification.outcome === 'done')
}
