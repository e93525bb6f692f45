import { momentOf } from '../event/canonical-order.ts'
import { outcomeOf } from '../event/meaning.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { Beginning, Times } from '../identity/call-times.ts'

/** A capture, refund, void or credit while its statements are collected, and how two of them are distinguished. */

export type StepKind = 'capture' | 'refund' | 'void' | 'credit'

/** A step while its statements are collected. */
export interface Step {
  key: string
  facts: StoredEvent[]
  /** The first that a fact of it states; null: none does. */
  operationId: string | null
  expectation: Expectation | null
}

/** The cumulative counter that a step of this kind moves; null where the provider counts by operation. */
export function counterOf(kind: StepKind, fact: StoredEvent): number | null {
  if (kind === 'capture') return fact.capturedTotal
  return kind === 'refund' ? fact.refundedTotal : null
}

/**
 * When a step is refused the counter falls back: equal counters then identify the step before it. A refusal without
 * an operation id does not undo a settlement.
 */
export function isPastRefusal(fact: StoredEvent, step: Step): boolean {
  if (outcomeOf(fact) !== 'declined') return false
  return step.facts.some((known) => outcomeOf(known) === 'done' && momentOf(known) < momentOf(fact))
}

/** One void per transaction where the provider has no id for it; elsewhere the step's own id, then its counter. */
export function keyOf(kind: StepKind, fact: StoredEvent): string {
  const step = [kind, fact.reference]
  if (fact.operationId !== null && kind !== 'void') return [...step, 'id', fact.operationId].join(':')
  const counter = counterOf(kind, fact)
  return (counter === null ? step : [...step, counter]).join(':')
}

export function reaches(kind: StepKind, step: Step, fact: StoredEvent): boolean {
  const counter = counterOf(kind, fact)
  return (
    counter !== null &&
    step.facts.some((known) => known.reference === fact.reference && counterOf(kind, known) === counter)
  )
}

export function isUnnamed(step: Step): boolean {
  return step.operationId === null
}

export const isRefusedStep = (facts: readonly StoredEvent[]): boolean =>
  facts.some((fact) => outcomeOf(fact) === 'declined')

/** Where the step states no time: a success fits any request, a refusal only where the account forwards every answer. */
export function mayBeOfAnyTime(
  { startedAt }: Beginning,
  facts: readonly StoredEvent[],
  times: Times,
): boolean {
  const isDone = facts.some((fact) => outcomeOf(fact) === 'done')
  return startedAt !== null || isDone || times.responses === 'expected'
}

/** Amounts that are not stated fit any amount. */
export function amountsFit(step: Step, amount: number | null): boolean {
  return amount === null || step.facts.every((known) => known.amount === null || known.amount === amount)
}
