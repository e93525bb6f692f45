import type { Observation } from '../reconciliation/discrepancies.ts'

/**
 * Money that messages state and no payment of the order explains. It counts from `since`, our receipt of the step
 * that exceeds.
 */
export interface Excess {
  observation: Observation
  /** Milliseconds since the epoch. */
  since: number
}

/** A step that names no payment. */
export interface UnlinkedStep {
  root: string
  amount: number
  firstReceivedAt: number
}

interface ExcessInput {
  field: string
  amount: number
  /** The stated total, and the part that payments explain. */
  stated: readonly number[]
  since: number
}

export function excessOf(
  { field, amount, stated, since }: ExcessInput,
  steps: readonly UnlinkedStep[],
): Excess {
  const parts = steps.map(({ root: id, amount: moved }) => ({ id, amount: moved }))
  const notification = stated.map(String)
  return {
    observation: { class: 'amount_mismatch', field, notification, amountAtRisk: amount, parts },
    since,
  }
}
