import { momentOf } from '../event/canonical-order.ts'
import { isNotified, outcomeOf } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { counterOf } from '../operations/step.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { Statement } from '../operations/witness-outcome.ts'

/** The provider's counters, and the requested amounts in them that were not done. */

/** A counter and the fact that stated it. */
export interface CounterReading {
  value: number
  fact: StoredEvent
  rule: 'M-2' | 'M-3' | 'M-4'
}

export type StepAxis = 'capture' | 'refund'

/** Latest by the provider's clock; within one second the larger, since counters grow. */
export function lastReading(axis: StepAxis, facts: readonly StoredEvent[]): CounterReading | null {
  let last: CounterReading | null = null
  for (const fact of facts) {
    const value = counterOf(axis, fact)
    if (value === null) continue
    const reading: CounterReading = { value, fact, rule: 'M-2' }
    if (last === null || isLater(reading, last)) last = reading
  }
  return last
}

export function isLater(reading: CounterReading, last: CounterReading): boolean {
  const at = momentOf(reading.fact)
  const before = momentOf(last.fact)
  return at > before || (at === before && reading.value > last.value)
}

/** Whether a counter may include this request: a counter without a time may have been read after any request. */
export function mayBeBefore(fact: StoredEvent, reading: CounterReading): boolean {
  const at = momentOf(reading.fact)
  return at === '' || momentOf(fact) <= at
}

/** Open requests without an amount. A counter of 0 in a request counts only what was done. */
export function unsizedRequests(axis: StepAxis, steps: readonly OperationView[]): StoredEvent[] {
  return steps.flatMap((step) => {
    const fact = openRequestOf(step)?.fact
    const isSized =
      fact === undefined ||
      step.amount !== null ||
      factsOf(step).some((one) => (counterOf(axis, one) ?? 0) > 0)
    return isSized || (axis === 'refund' && !isNotified(fact)) ? [] : [fact]
  })
}

/** A step that was requested and not done, and its share of a counter. */
export interface RequestedAmount {
  /** Minor units. */
  amount: number
  fact: StoredEvent
}

/** Open requests, and requests that an operator found not to be processed. */
export function openRequestedAmounts(
  axis: StepAxis,
  steps: readonly OperationView[],
  facts: readonly StoredEvent[],
): RequestedAmount[] {
  const requested = requestedAmounts(axis, { steps, facts }, (step) => {
    const request = openRequestOf(step)
    // No statement of the merchant alone makes the refunded total smaller than the provider's counter.
    return axis === 'refund' && request?.fact.witness === 'response' ? null : request
  })
  return requested.filter(({ fact }) => !isSuperseded(axis, fact, steps))
}

/**
 * A later request with no higher counter shows that the counter had fallen back: this request was refused, whether or
 * not a message states that.
 */
function isSuperseded(axis: StepAxis, requested: StoredEvent, steps: readonly OperationView[]): boolean {
  const counter = counterOf(axis, requested)
  const requests = steps
    .flatMap(factsOf)
    .filter((fact) => outcomeOf(fact) === 'requested' && isNotified(fact))
  return requests.some(
    (fact) => momentOf(fact) > momentOf(requested) && (counterOf(axis, fact) ?? Infinity) <= (counter ?? 0),
  )
}

/** The statement of an open request; null: the step has none. */
export function openRequestOf({ overall: { outcome, statement } }: OperationView): Statement | null {
  const isOpen = outcome === 'requested' || outcome === 'not_processed'
  return isOpen && statement?.outcome === 'requested' ? statement : null
}

/** The facts and steps that counters are read from. */
interface CounterSources {
  steps: readonly OperationView[]
  facts: readonly StoredEvent[]
}

/**
 * Steps that the provider notified as refused and that this reading still counts. Statements of the merchant take
 * nothing from a reading.
 */
export function refusedRequestedAmounts(
  axis: StepAxis,
  sources: CounterSources,
  counted: CounterReading,
): RequestedAmount[] {
  // A later refusal alone states how far the counter fell (M-3), not how much of it was requested.
  const isSized = ({ amount, statements }: OperationView): boolean =>
    amount !== null ||
    statements.some(
      ({ outcome, fact }) => outcome === 'requested' || momentOf(fact) <= momentOf(counted.fact),
    )
  return requestedAmounts(axis, sources, (step) => {
    const { outcome, statement } = step.notification
    const isRefused = outcome === 'declined' && isSized(step)
    return isRefused && isStillCounted(axis, step, { counted, steps: sources.steps }) ? statement : null
  })
}

/**
 * The steps' own amounts, else how far they raised the counter. `statementOn` selects the statement of a step; null:
 * the step does not count.
 */
function requestedAmounts(
  axis: StepAxis,
  { steps, facts }: CounterSources,
  statementOn: (step: OperationView) => Statement | null,
): RequestedAmount[] {
  const readings = facts.map((fact) => ({ at: momentOf(fact), value: counterOf(axis, fact) ?? 0 }))
  return steps.flatMap((step) => {
    const fact = statementOn(step)?.fact
    if (fact === undefined) return []
    const { statements, amount } = step
    // The request raised the counter; a refusal may state it after it fell back.
    const raising =
      statements
        .map((statement) => statement.fact)
        .find((statement) => outcomeOf(statement) === 'requested' && counterOf(axis, statement) !== null) ??
      fact
    const counter = counterOf(axis, raising)
    if (counter === null) return amount === null ? [] : [{ amount, fact }]
    const earlier = readings.filter(({ at, value }) => at <= momentOf(raising) && value < counter)
    const before = Math.max(0, ...earlier.map(({ value }) => value))
    return [{ amount: amount ?? counter - before, fact }]
  })
}

/**
 * A later counter includes a refused step only if the refusal's own counter had not fallen below that of the request.
 */
export function isStillCounted(
  axis: StepAxis,
  step: OperationView,
  { counted, steps }: { counted: CounterReading; steps: readonly OperationView[] },
): boolean {
  const counters = (outcome: string): number[] =>
    step.statements.flatMap(({ fact }) => (outcomeOf(fact) === outcome ? (counterOf(axis, fact) ?? []) : []))
  const refusals = step.statements.filter(({ fact }) => outcomeOf(fact) === 'declined')
  const refused = counters('declined')
  const requested = counters('requested')
  if (requested.length > 0 && counted.value < Math.max(...requested)) return false
  const isAfter = ({ fact }: Statement): boolean => momentOf(fact) > momentOf(counted.fact)
  // Refused after the counter was read: the counter includes it as requested, unless the request came later too.
  if (refusals.every(isAfter)) {
    const requests = step.statements.filter(({ fact }) => outcomeOf(fact) === 'requested')
    return requests.length === 0 || !requests.every(isAfter)
  }
  if (refused.length === 0) return true
  // The counter has fallen since.
  if (counted.value < Math.max(...refused)) return false
  if (requested.length > 0) return Math.max(...refused) >= Math.max(...requested)
  // No message states its request: the counter includes it only if it exceeds the other steps known by then.
  const counter = Math.max(...refused)
  const isHeld = (fact: StoredEvent): boolean =>
    (counterOf(axis, fact) ?? 0) <= counter &&
    refusals.some((refusal) => momentOf(fact) <= momentOf(refusal.fact))
  const others = steps.filter((other) => other !== step && other.overall.outcome !== 'declined')
  const held = others.filter((other) => factsOf(other).some(isHeld))
  return counter - held.reduce((sum, { amount }) => sum + (amount ?? 0), 0) >= (step.amount ?? 1)
}

export function factsOf({ statements }: OperationView): StoredEvent[] {
  return statements.map(({ fact }) => fact)
}

/** The sum of requested amounts, in minor units. */
export function sumOfRequested(requested: readonly RequestedAmount[]): number {
  return requested.reduce((sum, { amount }) => sum + amount, 0)
}
