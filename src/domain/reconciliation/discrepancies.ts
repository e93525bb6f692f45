import type { AccountPolicy } from '../event/account-policy.ts'
import { compareText } from '../event/canonical-order.ts'
import type { Coverage, Resolution } from '../event/evidence.ts'
import type { DiscrepancyClass } from './discrepancy-classes.ts'
import type { Discrepancy } from './transaction.ts'

/** The policy, the clock and the operators' statements that every decision uses. */
export interface Context {
  policy: AccountPolicy
  /** Milliseconds since the epoch. */
  now: number
  /** What operators stated, by discrepancy key, in the order of time. */
  resolutions: ReadonlyMap<string, readonly Resolution[]>
}

/** The subject of a discrepancy: part of its identity, from content only. */
export interface DiscrepancySubject {
  /** `transaction:900…`, `order:H-1` … with the operation or request where it is about one. */
  path: string
  reference: string | null
  orderId: string | null
  currency: string | null
}

export interface Observation {
  class: DiscrepancyClass
  field: string | null
  response?: string[]
  notification?: string[]
  amountAtRisk: number | null
  /** Transactions, ids or messages that it names, each with the amount at risk. */
  parts?: Coverage['parts']
  /** The outcome by each side. */
  outcomes?: Coverage['outcomes']
}

/** Equal key = the same discrepancy, still open: class, field and subject, never an amount or a time. */
export function keyOf(found: DiscrepancyClass, field: string | null, subject: DiscrepancySubject): string {
  return `${found}|${field ?? ''}|${subject.path}`
}

export function discrepancyOf(observation: Observation, subject: DiscrepancySubject): Discrepancy {
  return {
    key: keyOf(observation.class, observation.field, subject),
    class: observation.class,
    field: observation.field,
    reference: subject.reference,
    orderId: subject.orderId,
    response: observation.response ?? [],
    notification: observation.notification ?? [],
    amountAtRisk: observation.amountAtRisk,
    currency: subject.currency,
    covers: {
      // Sorted: arrival order is not content.
      parts: [...(observation.parts ?? [])].sort((left, right) => compareText(left.id, right.id)),
      outcomes: observation.outcomes ?? { response: '', notification: '' },
      amountAtRisk: observation.amountAtRisk,
    },
  }
}

/** The discrepancies that no operator has closed in their present extent, by key. */
export function stillOpen(discrepancies: readonly Discrepancy[], context: Context): Discrepancy[] {
  return discrepancies
    .filter((found) => !isClosed(found, context))
    .sort((left, right) => compareText(left.key, right.key))
}

export function isClosed({ key, covers }: Pick<Discrepancy, 'key' | 'covers'>, context: Context): boolean {
  const stated = context.resolutions.get(key) ?? []
  return stated.some(
    (resolution) => resolution.outcome === 'separate_payments' || isCovered(covers, resolution.covers),
  )
}

/** Whether an operator has seen all parts that it names, whatever the amount at risk is by now. */
export function isAccepted(
  { class: found, field, parts = [] }: Omit<Observation, 'amountAtRisk'>,
  subject: DiscrepancySubject,
  { resolutions }: Context,
): boolean {
  const stated = resolutions.get(keyOf(found, field, subject)) ?? []
  return stated.some(({ covers }) => {
    const shown = new Set(covers.parts.map(({ id }) => id))
    return parts.every(({ id }) => shown.has(id))
  })
}

/**
 * True if it names no further part, states no other outcome and puts no more money at risk than when the operator
 * closed it.
 */
export function isCovered(now: Coverage, shown: Coverage): boolean {
  const known = new Map(shown.parts.map(({ id, amount }) => [id, amount]))
  const { response, notification } = now.outcomes
  return (
    response === shown.outcomes.response &&
    notification === shown.outcomes.notification &&
    isAtMost(now.amountAtRisk, shown.amountAtRisk) &&
    now.parts.every(({ id, amount }) => known.has(id) && isAtMost(amount, known.get(id) ?? null))
  )
}

/** An unknown amount may be any amount: it is covered only if it was shown as unknown. */
function isAtMost(amount: number | null, shown: number | null): boolean {
  if (amount === null || shown === null) return amount === shown
  return amount <= shown
}

/** The operators' statements by key in the order of time; of two at one moment, the one with an outcome is the later. */
export function resolutionsByKey(
  resolutions: readonly Resolution[],
): ReadonlyMap<string, readonly Resolution[]> {
  return Map.groupBy([...resolutions].sort(compareResolutions), ({ key }) => key)
}

function compareResolutions(left: Resolution, right: Resolution): number {
  return compareText(left.at, right.at) || compareText(left.outcome ?? '', right.outcome ?? '')
}

/** Whether the operator's last statement that covers it is that nothing was processed. */
export function isDenied({ key, covers }: Pick<Discrepancy, 'key' | 'covers'>, context: Context): boolean {
  const stated = (context.resolutions.get(key) ?? []).filter((resolution) =>
    isCovered(covers, resolution.covers),
  )
  return stated.at(-1)?.outcome === 'not_processed'
}
