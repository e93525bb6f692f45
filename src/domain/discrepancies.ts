import type { AccountPolicy } from './account-policy.ts'
import { compareText } from './canonical-order.ts'
import type { Discrepancy, DiscrepancyClass, Resolution } from './transaction.ts'

/** What every judgement is made under. */
export interface Context {
  policy: AccountPolicy
  /** Milliseconds since the epoch. */
  now: number
  /** The operator's last statement by discrepancy key. */
  resolutions: ReadonlyMap<string, Resolution>
}

/** What a discrepancy is about: part of its identity, from content only. */
export interface Subject {
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
}

/** Equal key = the same discrepancy, still open: class, field and subject, never an amount or a time. */
export function keyOf(found: DiscrepancyClass, field: string | null, subject: Subject): string {
  return `${found}|${field ?? ''}|${subject.path}`
}

export function discrepancyOf(observation: Observation, subject: Subject): Discrepancy {
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
  }
}

/** Without those an operator has closed, in key order. */
export function stillOpen(discrepancies: readonly Discrepancy[], context: Context): Discrepancy[] {
  return discrepancies
    .filter(({ key }) => !context.resolutions.has(key))
    .sort((left, right) => compareText(left.key, right.key))
}

/** The operator's last word per key; of two at one moment, the one that states an outcome. */
export function lastResolutions(resolutions: readonly Resolution[]): ReadonlyMap<string, Resolution> {
  const last = new Map<string, Resolution>()
  for (const resolution of resolutions) {
    const known = last.get(resolution.key)
    if (known === undefined || compareResolutions(resolution, known) > 0) last.set(resolution.key, resolution)
  }
  return last
}

function compareResolutions(left: Resolution, right: Resolution): number {
  return compareText(left.at, right.at) || compareText(left.outcome ?? '', right.outcome ?? '')
}
