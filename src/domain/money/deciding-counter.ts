import { momentOf } from '../event/canonical-order.ts'
import { outcomeOf } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { factsOf, isLater, lastReading } from './counter-readings.ts'
import { isNotified } from '../event/meaning.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Which counter decides, where the provider states several. */

interface Counting {
  settled: readonly OperationView[]
  steps: readonly OperationView[]
  implied: CounterReading | null
}

/**
 * The counter of the last settled fact. A later implied capture raises it, since the notification of a capture may be
 * lost; a later refusal with a smaller counter lowers it. No answer of the merchant lowers a notified counter.
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

/** The facts of the side that decided the step. The counters of the other side may be of another moment. */
export function settlingFacts({ sides, overall }: OperationView): StoredEvent[] {
  const side = overall.statement?.fact.witness === 'response' ? sides.response : sides.notification
  return side.filter((statement) => statement.outcome === 'done').map(({ fact }) => fact)
}
