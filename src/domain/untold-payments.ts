import { statesCounters } from './event-meaning.ts'
import type { Judged } from './judged-transaction.ts'
import { isInitial } from './totals.ts'

/** Traces of payments that no message tells: steps that act on them, done or refused. */

export function isPayment({ folded }: Judged): boolean {
  return folded.operations.some(isInitial)
}

/** A step that names no payment: any of the order's may be meant. HiPay's steps, and disputes, always name theirs. */
export function isLoose(judged: Judged): boolean {
  const { facts, root } = judged.input
  // Where only linked steps are told, the root is the payment that they name.
  const isOwn = facts.some(({ reference }) => reference === root) && !facts.some(statesCounters)
  return isOwn && !isPayment(judged) && !judged.folded.dispute.open
}

export const hasOpenMismatch = ({ transaction }: Judged): boolean =>
  transaction.discrepancies.some((found) => found.class === 'amount_mismatch')

/**
 * Only a granted payment has steps that can be refused, or can be voided. A step that names its payment is a trace of that one;
 * another may be of any that is told. So is a later instalment of its plan: the refusal of the first one ends the plan.
 */
export function isTraceOfUntold(counting: readonly Judged[]): boolean {
  const traces = counting.filter((judged) => !isPayment(judged) && judged.folded.operations.some(isTrace))
  if (traces.some((judged) => !isLoose(judged))) return true
  const isKnown = counting.some(({ folded }) => folded.authorization.granted || folded.captured.settled)
  return !isKnown && (traces.length > 0 || counting.some(isLaterInstalment))
}

function isTrace({ kind, word, notification }: Judged['folded']['operations'][number]): boolean {
  return word.outcome === 'declined' || (kind === 'void' && notification.outcome === 'done')
}

const isLaterInstalment = ({ facts }: Judged): boolean =>
  facts.some(({ schedule, witness }) => witness !== 'response' && (schedule?.index ?? 1) > 1)
