import { momentOf } from '../event/canonical-order.ts'
import type { StoredEvent } from '../event/evidence.ts'
import { isNotified, outcomeOf } from '../event/meaning.ts'
import type { Basis } from '../event/rules.ts'
import { counterOf } from '../operations/step.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { factsOf, lastReading } from './counter-readings.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import { settlingFacts } from './deciding-counter.ts'

/** What was done and is not known to be in the counter, or in the sum, that would be the total. */

interface Sources {
  settled: readonly OperationView[]
  steps: readonly OperationView[]
  /** The counter of the settled steps; null: none of them states any. */
  counted: CounterReading | null
  /** What refunds, chargebacks or an end count. */
  implied: CounterReading | null
  /** The sum of the own amounts; null: one is not stated. */
  known: number | null
}

/** Why the total of settled steps is not known; null: it is. */
export function doubtOf(axis: StepAxis, sources: Sources): Basis | null {
  const { settled, counted, implied, known } = sources
  const unstated = counted === null ? [] : settled.filter((step) => isUncounted(axis, step, counted))
  if (unstated.length > 0) return { rule: 'M-7', facts: unstated.flatMap(factsOf) }
  const undoing = undoingRefusals(axis, sources)
  if (undoing.length > 0) return { rule: 'M-3', facts: undoing }
  const isMore = counted === null && implied !== null && known !== null && implied.value > known
  return isMore ? { rule: 'M-4', facts: [implied.fact] } : null
}

const isUncounted = (axis: StepAxis, step: OperationView, counted: CounterReading): boolean =>
  isUnstated(axis, step, counted) || isUndated(axis, step, counted)

/**
 * Settled by statements without a counter: what the other side states is no such statement. Without an own amount, or where the
 * counter is not known to be later, it may not be counted.
 */
function isUnstated(axis: StepAxis, step: OperationView, counted: CounterReading): boolean {
  const settling = settlingFacts(step)
  if (settling.some((fact) => counterOf(axis, fact) !== null)) return false
  const isCounted = settling.some((fact) => isCountedBy(fact, counted))
  return step.amount === null || !isCounted
}

const isCountedBy = (fact: StoredEvent, counted: CounterReading): boolean =>
  momentOf(fact) !== '' && momentOf(fact) <= momentOf(counted.fact)

/** Its counter exceeds the last reading and states no time: it may be later. */
function isUndated(axis: StepAxis, step: OperationView, counted: CounterReading): boolean {
  const undated = factsOf(step).filter((fact) => momentOf(fact) === '')
  const highest = lastReading(axis, undated)
  return highest !== null && momentOf(counted.fact) !== '' && highest.value > counted.value
}

/**
 * Refusals that count less than the total and are not compared with it by their time: they state none, or what was done states no
 * counter and is earlier.
 */
function undoingRefusals(axis: StepAxis, { settled, steps, counted, known }: Sources): StoredEvent[] {
  const total = counted?.value ?? known
  const done = settled.flatMap(settlingFacts).map(momentOf)
  const isLater = (moment: string): boolean => counted === null && done.every((one) => one < moment)
  const isUntimed = (moment: string): boolean => moment === '' && done.every((one) => one !== '')
  return steps.flatMap(factsOf).filter((fact) => {
    const counter = counterOf(axis, fact)
    const isRefusal = outcomeOf(fact) === 'declined' && isNotified(fact)
    if (!isRefusal || counter === null || total === null || counter >= total) return false
    return isUntimed(momentOf(fact)) || isLater(momentOf(fact))
  })
}
