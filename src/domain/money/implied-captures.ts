import { axisOf } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import {
  sumOfRequested,
  lastReading,
  mayBeBefore,
  openRequestedAmounts,
  refusedRequestedAmounts,
} from './counter-readings.ts'
import { isNotified } from '../event/meaning.ts'
import type { CounterReading, StepAxis } from './counter-readings.ts'
import type { StoredEvent } from '../event/evidence.ts'

/**
 * A refund, a chargeback or the end of the authorization states the captured total: even if a notification is lost,
 * the captured money is counted.
 */

/** A response of the merchant states only its own step. Refunds imply no refund. */
export function implyingFacts(axis: StepAxis, facts: readonly StoredEvent[]): StoredEvent[] {
  return axis === 'refund' ? [] : facts.filter((fact) => isNotified(fact) && isImplying(fact))
}

function isImplying(fact: StoredEvent): boolean {
  if (fact.type === 'voided' || fact.type === 'expired') return true
  const axis = axisOf(fact)
  return axis === 'refund' || (axis === 'chargeback' && fact.refinement !== 'dispute_lost')
}

/**
 * The last such counter, less what open requests and refused steps explain of it, and at least what refunds and
 * chargebacks gave back.
 */
export function impliedCaptures(
  axis: StepAxis,
  steps: readonly OperationView[],
  facts: readonly StoredEvent[],
): CounterReading | null {
  const last = lastReading(axis, implyingFacts(axis, facts))
  if (last === null) return null
  const requested = openRequestedAmounts(axis, steps, facts).filter(({ fact }) => mayBeBefore(fact, last))
  const explained =
    sumOfRequested(requested) + sumOfRequested(refusedRequestedAmounts(axis, { steps, facts }, last))
  const proven = Math.min(last.value, provenBy(last, facts))
  return { ...last, value: Math.max(0, last.value - explained, proven), rule: 'M-4' }
}

/** Refunded or charged-back money had been captured; a chargeback of the whole proves the whole counter. */
function provenBy(last: CounterReading, facts: readonly StoredEvent[]): number {
  const notified = facts.filter(isNotified)
  const refunded = notified.flatMap((fact) => (fact.type === 'refunded' ? (fact.refundedTotal ?? 0) : []))
  const disputed = notified.filter(
    (fact) => fact.type === 'charged_back' && fact.refinement !== 'dispute_lost',
  )
  const whole = disputed.some(({ amount }) => amount === null) && refunded.length === 0
  const taken = disputedParts(disputed).reduce<number>((sum, amount) => sum + (amount ?? 0), 0)
  return whole ? last.value : Math.max(0, ...refunded) + taken
}

/**
 * The amount of each operation of a dispute; without an id, each second and amount is an operation. Null: it states
 * no amount, or two.
 */
export function disputedParts(facts: readonly StoredEvent[]): (number | null)[] {
  const idOf = ({ operationId, operationReference, occurredAt, amount }: StoredEvent): string =>
    operationId ?? operationReference ?? `${occurredAt ?? ''}:${amount ?? ''}`
  return [...Map.groupBy(facts, idOf).values()].map((same) => {
    const [amount = null, ...others] = new Set(same.flatMap((fact) => fact.amount ?? []))
    return others.length === 0 ? amount : null
  })
}
