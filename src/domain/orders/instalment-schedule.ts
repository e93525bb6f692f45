import type { StoredEvent } from '../event/evidence.ts'
import type { Schedule } from '../event/transaction-event.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'

/** The place of this payment in its instalment plan; null: it is no instalment. */
export function scheduleOf(facts: readonly StoredEvent[]): Schedule | null {
  return facts.find(({ schedule }) => schedule !== null)?.schedule ?? null
}

/**
 * Payments of a plan whose last instalment no message reports: the provider charges the rest by itself, and how much
 * is not stated.
 */
export function duePlans(counting: readonly ReconciledTransaction[]): [string, null][] {
  const instalments = counting.flatMap((reconciled) => {
    const schedule = scheduleOf(reconciled.facts)
    return schedule === null ? [] : { reconciled, schedule }
  })
  return [...Map.groupBy(instalments, ({ schedule }) => schedule.total)].flatMap(([total, stated]) => {
    const begun = stated.filter(({ reconciled }) => reconciled.folded.authorization.granted)
    const last = stated.filter(({ schedule }) => schedule.index === total)
    // Requested again after a refusal it is still the last instalment of one plan.
    const over = Math.max(begun.filter((one) => last.includes(one)).length, Math.min(1, last.length))
    if (last.length >= mostFrequentInstalment(stated).length && over >= mostFrequentInstalment(begun).length)
      return []
    // One for each plan: an operator who closes one states nothing about a plan that begins later.
    return mostFrequentInstalment(begun).map(
      ({ reconciled }) => [reconciled.transaction.reference, null] as [string, null],
    )
  })
}

/** The payments of the most frequent instalment: each of them belongs to another plan. */
function mostFrequentInstalment<Item extends { schedule: Schedule }>(stated: readonly Item[]): Item[] {
  const byInstalment = [...Map.groupBy(stated, ({ schedule }) => schedule.index).values()]
  return byInstalment.reduce((most, one) => (one.length > most.length ? one : most), [])
}
