import type { StoredEvent } from '../event/evidence.ts'
import type { Basis } from '../event/rules.ts'
import type { OperationView } from '../operations/operation-view.ts'

/** The total of one kind of step, and helpers to add amounts. */

export interface StepTotal {
  /** Minor units; null: a step was settled whose amount no message states. */
  total: number | null
  /** A step was settled, whether or not its amount is known. */
  settled: boolean
  /** Counted by the provider and explained by no known step; null: no amount is missing. */
  missing: { amount: number; fact: StoredEvent } | null
  by: Basis
}

/** The total of settled steps in minor units; null: not known. */
export function settledTotal(total: number | null, by: Basis): StepTotal {
  return { total, settled: true, missing: null, by }
}

/** The facts that decide an operation and its amount. */
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
