import { isFinal, isNotified, statesCounters } from '../event/meaning.ts'
import { countedBy } from './deciding-counter.ts'
import type { Basis } from '../event/rules.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { impliedCaptures, implyingFacts } from './implied-captures.ts'
import { factsOf, mayBeBefore, unsizedRequests } from './counter-readings.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import { counterOf } from '../operations/step.ts'
import type { StoredEvent } from '../event/evidence.ts'
import { amountFacts, settledTotal, sumOf } from './step-total.ts'
import type { StepTotal } from './step-total.ts'
import { explained } from './explained-counter.ts'
import { doubtOf } from './uncounted.ts'

/**
 * How much was captured and refunded. Where the provider counts per transaction its counter decides and the known
 * steps explain it; elsewhere the steps are summed. The facts show which of the two applies.
 */

export function stepTotal(
  axis: StepAxis,
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): StepTotal {
  const sum = statedTotal(axis, operations, facts)
  const isCounting = facts.some(statesCounters)
  const beyond = facts.filter((fact) =>
    isCounting
      ? countsBeyond(axis, fact, sum.total)
      : sum.settled && isNotified(fact) && isFactOfNoKind(fact),
  )
  return beyond.length === 0 ? sum : { ...sum, total: null, by: { rule: 'F-9', facts: beyond } }
}

/** A code that this build does not know may count done steps, or only requested ones. */
function countsBeyond(axis: StepAxis, fact: StoredEvent, total: number | null): boolean {
  const counter = counterOf(axis, fact)
  return fact.type === 'unrecognized' && counter !== null && total !== null && counter > total
}

function statedTotal(
  axis: StepAxis,
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): StepTotal {
  const steps = operations.filter((operation) => operation.kind === axis)
  const settled = steps.filter((step) => step.overall.outcome === 'done')
  const unread = operations.filter((step) =>
    isOfNoKind(step) ? isUnreadOfNoKind(step, facts) : step.kind === axis && isUnread(step),
  )
  if (unread.length > 0)
    return {
      ...settledTotal(null, { rule: 'F-9', facts: unread.flatMap(factsOf) }),
      settled: settled.length > 0,
    }
  const implied = impliedCaptures(axis, steps, facts)
  const counted = settled.length === 0 ? implied : countedBy(axis, { settled, steps, implied })
  const unsized =
    counted === null ? [] : unsizedRequests(axis, steps).filter((fact) => mayBeBefore(fact, counted))
  if (unsized.length > 0) return settledTotal(null, { rule: 'M-7', facts: unsized })
  if (settled.length === 0) return impliedTotal(implied, axis, facts)
  const known = sumOf(settled.map((step) => step.amount))
  const doubt = doubtOf(axis, { settled, steps, implied, counted, known })
  if (doubt !== null) return settledTotal(null, doubt)
  if (counted === null) return settledTotal(known, summed(settled, known))
  return explained(axis, { counted, known, steps, facts })
}

/**
 * Its only notification has a code that this build does not know: where the provider states no counters, it may be
 * money.
 */
export function isUnread({ overall, notification, sides }: OperationView): boolean {
  const notified = sides.notification.map(({ fact }) => fact)
  const isOpen = notification.outcome === 'none' && !isFinal(overall.outcome)
  return isOpen && notified.some((fact) => fact.type === 'unrecognized') && !notified.some(statesCounters)
}

/** An answer that states no operation speaks of what else is told under its reference. */
function isUnreadOfNoKind(step: OperationView, facts: readonly StoredEvent[]): boolean {
  if (step.sides.notification.length > 0) return isUnread(step)
  const isKnown = facts.some((fact) => fact.reference === step.reference && !isFactOfNoKind(fact))
  return !isKnown && !factsOf(step).some(statesCounters)
}

/** All of its facts state an unknown operation: it may have moved money either way. */
export function isOfNoKind(step: OperationView): boolean {
  return step.statements.length > 0 && factsOf(step).every(isFactOfNoKind)
}

const isFactOfNoKind = ({ type, operation }: StoredEvent): boolean =>
  type === 'unrecognized' && operation === null

/** The basis of a sum: the facts that settled each step and those that state its amount. */
function summed(settled: readonly OperationView[], known: number | null): Basis {
  const counting = settled.some(({ statements }) => statements.some(({ fact }) => statesCounters(fact)))
  return { rule: known === null || counting ? 'M-7' : 'M-8', facts: settled.flatMap(amountFacts) }
}

/** The total where no message states a settled step. */
function impliedTotal(
  implied: CounterReading | null,
  axis: StepAxis,
  facts: readonly StoredEvent[],
): StepTotal {
  if (implied !== null) {
    const by: Basis = { rule: 'M-4', facts: [implied.fact] }
    return { total: implied.value, settled: implied.value > 0, missing: null, by }
  }
  // A fact that implies a capture and states no counter makes the amount unknown, not zero.
  const implying = implyingFacts(axis, facts).filter((fact) => fact.statesAuthorization)
  if (implying.length > 0) return settledTotal(null, { rule: 'M-4', facts: implying })
  const by: Basis = { rule: facts.some(statesCounters) ? 'M-2' : 'M-8', facts: [] }
  return { total: 0, settled: false, missing: null, by }
}
