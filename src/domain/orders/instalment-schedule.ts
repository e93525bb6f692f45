import type { StoredEvent } from '../event/evidence.ts'
import type { Schedule } from '../event/transaction-event.ts'

/** The place of this payment in its instalment plan; null: it is no instalment. */
export function scheduleOf(facts: readonly StoredEvent[]): Schedule | null {
  return facts.find(({ schedule }) => schedule !== null)?.schedule ?? null
}
