import { momentOf } from '../event/canonical-order.ts'
import { outcomeOf } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { factsOf, isLater, isNotified, lastReading } from './counter-readings.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Which of the provider's counters holds, where several were read. */

interface Counting {
  settled: readonly OperationView[]
  steps: readonly OperationView[]
  implied: CounterReading | null
}

/**
 * The counter of the last settled fact, raised by what was implied later, since a capture in between may be lost; lowered by a
 * later refusal that counted less. What the provider notified, no answer lowers.
 */
export function countedBy(axis: StepAxis, { settled, steps, implied }: Counting): CounterReading | null {
  const settling = settled.flatMap(settlingFacts)
  const notified = lastReading(axis, settling.filter(isNotified))
  const answered = lastReading(
    axis,
    settling.filter((fact) => !isNotified(fact)),
  )
  const reading = [answered, implied].reduce(raised, notified ?? implied ?? answered)
  if (reading === null || (notified === null && answered === null)) return null
  const refused = steps
    .flatMap(factsOf)
    .filter((fact) => outcomeOf(fact) === 'declined' && momentOf(fact) > momentOf(reading.fact))
    .filter((fact) => isNotified(fact) || !isNotified(reading.fact))
  const lowered = lastReading(axis, refused)
  return lowered !== null && lowered.value < reading.value ? { ...lowered, rule: 'M-3' } : reading
}

function raised(own: CounterReading | null, later: CounterReading | null): CounterReading | null {
  if (own === null || later === null) return own
  return later.value > own.value && isLater(later, own) ? later : own
}

/** The facts of the side that decided the step; the other side's counters may belong to another moment. */
function settlingFacts({ sides, overall }: OperationView): StoredEvent[] {
  const side = overall.statement?.fact.witness === 'response' ? sides.response : sides.notification
  return side.filter((statement) => statement.outcome === 'done').map(({ fact }) => fact)
}
