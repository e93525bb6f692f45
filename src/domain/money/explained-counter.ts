import { momentOf } from '../event/canonical-order.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { counterOf } from '../operations/step.ts'
import {
  factsOf,
  refusedRequestedAmounts,
  isStillCounted,
  sumOfRequested,
  openRequestOf,
  mayBeBefore,
  openRequestedAmounts,
} from './counter-readings.ts'
import { isNotified } from '../event/meaning.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import { amountFacts, settledTotal, sumOf } from './step-total.ts'
import type { StepTotal } from './step-total.ts'

/** How far a counter of the provider and the known steps explain each other. */

/** A counter, and the steps and facts that may explain it. */
interface Counted {
  counted: CounterReading
  steps: readonly OperationView[]
  facts: readonly StoredEvent[]
}

/**
 * A counter includes open requests and may include refused ones. If the known steps fall short of the counter by
 * exactly that much, the steps are right; otherwise money moved in a step that no message states.
 */
export function explained(
  axis: StepAxis,
  { counted, known, steps, facts }: Counted & { known: number | null },
): StepTotal {
  const by = { rule: counted.rule, facts: [counted.fact] }
  const unsizedRefusals = known === null ? unsizedRefusalsOf(axis, { counted, steps, facts }) : []
  if (unsizedRefusals.length > 0)
    return settledTotal(null, { rule: 'M-5', facts: [counted.fact, ...unsizedRefusals] })
  // The refusal of one step does not undo the settled steps, and none was done that is not counted.
  const isUncounted = counted.rule === 'M-3' || counted.value === 0
  if (isUncounted && known !== null && known > counted.value) return settledTotal(null, by)
  const requested = counted.rule === 'M-4' ? 0 : requestedBefore(axis, { counted, steps, facts })
  const counter = Math.max(0, counted.value - requested)
  if (known === null) return settledTotal(counter, by)
  if (known >= counted.value) return settledTotal(counted.value, by)
  if (counter <= known || isExplained(counted.value - known, axis, { counted, steps, facts }))
    return settledTotal(known, { rule: 'M-5', facts: steps.flatMap(amountFacts) })
  const missing = { amount: counter - known, fact: counted.fact }
  return { ...settledTotal(counter, { ...by, rule: 'M-6' }), missing }
}

/** Refused requests that the counter may still include, where amounts of settled steps are not known. */
function unsizedRefusalsOf(axis: StepAxis, { counted, steps, facts }: Counted): readonly StoredEvent[] {
  if (axis === 'refund' && isAllRefunded(counted.fact)) return []
  const requested = new Set(steps.filter(isRequested).flatMap(factsOf))
  const isEarlier = (fact: StoredEvent): boolean =>
    counted.rule === 'M-2' && momentOf(fact) < momentOf(counted.fact)
  return refusedRequestedAmounts(axis, { steps, facts }, counted)
    .filter(
      ({ amount, fact }) => amount > 0 && amount < counted.value && (requested.has(fact) || isEarlier(fact)),
    )
    .map(({ fact }) => fact)
}

const isRequested = ({ statements }: OperationView): boolean =>
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
  const open = [0, requested, sumOf([requested, announcedBy(axis, steps)])]
  return losses.some((lost) => open.some((amount) => gap === sumOf([amount, lost])))
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
function requestedBefore(axis: StepAxis, { counted, steps, facts }: Counted): number {
  if (axis === 'refund' && isAllRefunded(counted.fact)) return 0
  const isBefore = (fact: StoredEvent): boolean =>
    mayBeBefore(fact, counted) && (counterOf(axis, fact) ?? 0) <= counted.value
  return sumOfRequested(openRequestedAmounts(axis, steps, facts).filter(({ fact }) => isBefore(fact)))
}

const amountsOf = (steps: readonly OperationView[]): (number | null)[] => steps.map(({ amount }) => amount)

/** The whole payment is given back: no part of it is still requested. */
export const isAllRefunded = ({ refinement }: StoredEvent): boolean => refinement === 'all_refunded'
