import { momentOf } from '../event/canonical-order.ts'
import { isFinal, statesCounters } from '../event/meaning.ts'
import { countedBy } from './deciding-counter.ts'
import type { Basis } from '../event/rules.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { impliedCaptures, implyingFacts } from './implied-captures.ts'
import {
  sumOfRequested,
  factsOf,
  isNotified,
  isStillCounted,
  lastReading,
  mayBeBefore,
  openRequestedAmounts,
  openRequestOf,
  refusedRequestedAmounts,
  unsizedRequests,
} from './counter-readings.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import { counterOf } from '../operations/step.ts'
import type { StoredEvent } from '../event/evidence.ts'

/**
 * How much was captured and refunded. Where the provider counts per transaction its counter decides and the known
 * steps explain it; elsewhere the steps are summed. The facts show which of the two applies.
 */

export interface StepTotal {
  /** Minor units; null: a step was settled whose amount no message states. */
  total: number | null
  /** A step was settled, whether or not its amount is known. */
  settled: boolean
  /** Counted by the provider and explained by no known step; null: no amount is missing. */
  missing: { amount: number; fact: StoredEvent } | null
  by: Basis
}

/** A counter, and the steps and facts that may explain it. */
interface Counted {
  counted: CounterReading
  steps: readonly OperationView[]
  facts: readonly StoredEvent[]
}

export function stepTotal(
  axis: StepAxis,
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): StepTotal {
  const sum = statedTotal(axis, operations, facts)
  const beyond = facts.filter((fact) => countsBeyond(axis, fact, sum.total))
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
  const unread = operations.filter((step) => (step.kind === axis || isOfNoKind(step)) && isUnread(step))
  if (unread.length > 0)
    return {
      total: null,
      settled: settled.length > 0,
      missing: null,
      by: { rule: 'F-9', facts: unread.flatMap(factsOf) },
    }
  const implied = impliedCaptures(axis, steps, facts)
  const counting = settled.length === 0 ? implied : countedBy(axis, { settled, steps, implied })
  const unsized =
    counting === null ? [] : unsizedRequests(axis, steps).filter((fact) => mayBeBefore(fact, counting))
  if (unsized.length > 0)
    return { total: null, settled: true, missing: null, by: { rule: 'M-7', facts: unsized } }
  if (settled.length === 0) return impliedTotal(implied, axis, facts)
  const counted = counting
  const unstated = settled.filter((step) => isUnstated(axis, step) || isUndated(axis, step, counted))
  if (counted !== null && unstated.length > 0)
    return {
      total: null,
      settled: true,
      missing: null,
      by: { rule: 'M-7', facts: unstated.flatMap(factsOf) },
    }
  const known = sumOf(settled.map((step) => step.amount))
  if (counted === null) return { total: known, settled: true, missing: null, by: summed(settled, known) }
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

/** All of its facts state an unknown operation: it may have moved money either way. */
function isOfNoKind(step: OperationView): boolean {
  return factsOf(step).every(({ type, operation }) => type === 'unrecognized' && operation === null)
}

/** Settled by statements with neither an amount nor a counter. */
function isUnstated(axis: StepAxis, step: OperationView): boolean {
  return step.amount === null && factsOf(step).every((fact) => counterOf(axis, fact) === null)
}

/** Its counter exceeds the last reading and states no time: it may be later. */
function isUndated(axis: StepAxis, step: OperationView, counted: CounterReading | null): boolean {
  if (counted === null) return false
  const undated = factsOf(step).filter((fact) => momentOf(fact) === '')
  const highest = lastReading(axis, undated)
  return highest !== null && momentOf(counted.fact) !== '' && highest.value > counted.value
}

/** The basis of a sum: the facts that settled each step and those that state its amount. */
function summed(settled: readonly OperationView[], known: number | null): Basis {
  const counting = settled.some(({ statements }) => statements.some(({ fact }) => statesCounters(fact)))
  return { rule: known === null || counting ? 'M-7' : 'M-8', facts: settled.flatMap(amountFacts) }
}

export function amountFacts({ overall, amountBy }: OperationView): StoredEvent[] {
  const facts = [overall.statement?.fact, amountBy?.fact].filter((fact) => fact !== undefined)
  return [...new Set(facts)]
}

/** Sum of amounts; null when one of them is unknown, or the sum is too large to be exact. */
export function sumOf(amounts: readonly (number | null)[]): number | null {
  let sum = 0
  for (const amount of amounts) {
    if (amount === null) return null
    sum += amount
  }
  return Number.isSafeInteger(sum) ? sum : null
}

/**
 * A counter includes open requests and may include refused ones. If the known steps fall short of the counter by
 * exactly that much, the steps are right; otherwise money moved in a step that no message states.
 */
function explained(
  axis: StepAxis,
  { counted, known, steps, facts }: Counted & { known: number | null },
): StepTotal {
  const by = { rule: counted.rule, facts: [counted.fact] }
  const unsizedRefusals = known === null ? unsizedRefusalsOf(axis, { counted, steps, facts }) : []
  if (unsizedRefusals.length > 0)
    return {
      total: null,
      settled: true,
      missing: null,
      by: { rule: 'M-5', facts: [counted.fact, ...unsizedRefusals] },
    }
  // The refusal of one step does not undo the settled steps.
  if (counted.rule === 'M-3' && known !== null && known > counted.value)
    return { total: null, settled: true, missing: null, by }
  const requested = counted.rule === 'M-4' ? 0 : askedBefore(axis, { counted, steps, facts })
  const counter = Math.max(0, counted.value - requested)
  if (known === null || known >= counted.value) {
    const total = known === null ? counter : counted.value
    return { total, settled: true, missing: null, by }
  }
  if (counter <= known || isExplained(counted.value - known, axis, { counted, steps, facts }))
    return {
      total: known,
      settled: true,
      missing: null,
      by: { rule: 'M-5', facts: steps.flatMap(amountFacts) },
    }
  const missing = { amount: counter - known, fact: counted.fact }
  return { total: counter, settled: true, missing, by: { ...by, rule: 'M-6' } }
}

/** Refused requests that the counter may still include, where amounts of settled steps are not known. */
function unsizedRefusalsOf(axis: StepAxis, { counted, steps, facts }: Counted): readonly StoredEvent[] {
  if (axis === 'refund' && isAllRefunded(counted.fact)) return []
  const asked = new Set(steps.filter(isAskedFor).flatMap(factsOf))
  const isEarlier = (fact: StoredEvent): boolean =>
    counted.rule === 'M-2' && momentOf(fact) < momentOf(counted.fact)
  return refusedRequestedAmounts(axis, { steps, facts }, counted)
    .filter(
      ({ amount, fact }) => amount > 0 && amount < counted.value && (asked.has(fact) || isEarlier(fact)),
    )
    .map(({ fact }) => fact)
}

const isAskedFor = ({ statements }: OperationView): boolean =>
  statements.some(({ outcome }) => outcome === 'requested')

const isRefused = ({ overall }: OperationView): boolean => overall.outcome === 'declined'

/** The gap equals the own amounts of open requests, of refused steps that are still counted, or of both. */
function isExplained(gap: number, axis: StepAxis, { counted, steps, facts }: Counted): boolean {
  const refused = steps.filter(isRefused)
  const requested = sumOf(amountsOf(steps.filter((step) => isAwaited(axis, step, counted))))
  const declined = refused.filter((step) => isStillCounted(axis, step, { counted, steps }))
  const sized = sumOfRequested(refusedRequestedAmounts(axis, { steps, facts }, counted))
  // A step refused later, whose request no message states, may have been requested later too.
  const before = declined.filter((step) => isBegunBy(step, counted))
  const losses = [0, sumOf(amountsOf(declined)), sized, sumOf(amountsOf(before))]
  const asked = [0, requested, sumOf([requested, announcedBy(axis, steps)])]
  return losses.some((lost) => asked.some((open) => gap === sumOf([open, lost])))
}

/** Announced captures without any message: the merchant may have requested them by now. */
function announcedBy(axis: StepAxis, steps: readonly OperationView[]): number | null {
  const awaited = axis === 'capture' ? steps.filter(({ statements }) => statements.length === 0) : []
  return sumOf(awaited.map(({ expectation }) => expectation?.amount ?? null))
}

function isBegunBy(step: OperationView, { fact }: CounterReading): boolean {
  return factsOf(step).some((stated) => momentOf(stated) <= momentOf(fact))
}

/**
 * A later statement may lower the counter by this step: for refunds only one of the provider, and none once all is
 * refunded.
 */
function isAwaited(axis: StepAxis, step: OperationView, { fact }: CounterReading): boolean {
  const request = openRequestOf(step)
  if (request === null) return false
  return axis !== 'refund' || (!isAllRefunded(fact) && isNotified(request.fact))
}

/** The amounts of open requests that precede the reading of the counter. */
function askedBefore(axis: StepAxis, { counted, steps, facts }: Counted): number {
  if (axis === 'refund' && isAllRefunded(counted.fact)) return 0
  const isBefore = (fact: StoredEvent): boolean =>
    mayBeBefore(fact, counted) && (counterOf(axis, fact) ?? 0) <= counted.value
  return sumOfRequested(openRequestedAmounts(axis, steps, facts).filter(({ fact }) => isBefore(fact)))
}

const amountsOf = (steps: readonly OperationView[]): (number | null)[] => steps.map(({ amount }) => amount)

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
  if (implying.length > 0)
    return { total: null, settled: true, missing: null, by: { rule: 'M-4', facts: implying } }
  const by: Basis = { rule: facts.some(statesCounters) ? 'M-2' : 'M-8', facts: [] }
  return { total: 0, settled: false, missing: null, by }
}

/** The whole payment is given back: no part of it is still requested. */
export const isAllRefunded = ({ refinement }: StoredEvent): boolean => refinement === 'all_refunded'

export function isInitial(operation: OperationView): boolean {
  return operation.kind === 'authorization' || operation.kind === 'sale'
}
