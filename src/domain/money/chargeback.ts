import { compareText } from '../event/canonical-order.ts'
import type { Basis } from '../event/rules.ts'
import type { StoredEvent } from '../event/evidence.ts'
import { CHARGEBACK_STAGES } from '../event/vocabulary.ts'
import { disputedParts } from './implied-captures.ts'
import { sumOf } from './step-total.ts'

/** The state of a dispute and the amount that it has taken back. */
export interface Dispute {
  open: boolean
  /** Minor units held by the dispute now; null: unknown. */
  total: number | null
  by: Basis
}

const NO_DISPUTE: Dispute = { open: false, total: 0, by: { rule: 'M-11', facts: [] } }

/** For a chargeback of the whole, in minor units; null: not known. */
interface Disputable {
  captured: number | null
  /** Captured minus refunded. */
  remaining: number | null
}

/** `facts` are the notified facts of the payment. */
export function disputeOf(facts: readonly StoredEvent[], disputable: Disputable): Dispute {
  const moving = facts.filter((fact) => fact.type === 'charged_back' || fact.type === 'chargeback_reversed')
  return moving.some((fact) => fact.chargeback !== null)
    ? stagedDispute(moving)
    : countedDispute(moving, disputable)
}

/** What the stages of a payment's disputes have come to, in minor units. */
interface Stages {
  /** Taken by now; null: not known. */
  total: number | null
  /** The sum of the first chargebacks, less what was given back. */
  firsts: number
  /** How many first chargebacks there were: each began a dispute. */
  disputes: number
  /** Given back by reversals, and not taken again. */
  returned: number
}

/**
 * Be2bill dates and names each stage. First chargebacks add up; a later one takes at least its own amount. A reversal
 * lowers the total. A chargeback without a date counts as not reversed.
 */
function stagedDispute(facts: readonly StoredEvent[]): Dispute {
  const dated = [...facts].sort(compareStages).filter((fact) => !isTaking(fact) || dateOf(fact) !== '')
  const undated = facts.filter((fact) => isTaking(fact) && dateOf(fact) === '')
  let stages: Stages = { total: 0, firsts: 0, disputes: 0, returned: 0 }
  for (const fact of [...dated, ...undated])
    stages = isTaking(fact) ? afterChargeback(stages, fact) : afterReversal(stages, fact)
  const by: Basis = { rule: 'M-10', facts: [...dated, ...undated].slice(-1) }
  const { total } = stages
  return total === 0 ? { ...NO_DISPUTE, by } : { open: true, total, by }
}

/** A later stage may repeat what is taken, or take again what was given back: no stage names the one before it. */
function afterChargeback({ total, ...stages }: Stages, { amount, chargeback }: StoredEvent): Stages {
  const isFirst = chargeback?.stage === 'first_chargeback'
  const firsts = stages.firsts + (isFirst ? (amount ?? 0) : 0)
  const disputes = stages.disputes + (isFirst ? 1 : 0)
  if (total === null || amount === null) return { ...stages, firsts, disputes, total: null }
  const least = Math.max(total, amount, firsts)
  const again = isFirst ? 0 : Math.min(amount, stages.returned)
  const returned = stages.returned - again
  return { firsts, disputes, returned, total: total + again > least ? null : least }
}

/** A reversal without an amount gives back all of the only dispute. */
function afterReversal({ total, ...stages }: Stages, { amount, invalidAmounts }: StoredEvent): Stages {
  const isUnknown = amount === null ? invalidAmounts.length > 0 || stages.disputes > 1 : total === null
  if (isUnknown) return { ...stages, firsts: 0, total: null }
  const taken = total ?? 0
  const left = amount === null ? 0 : Math.max(0, taken - amount)
  return { ...stages, firsts: left, returned: stages.returned + taken - left, total: left }
}

const isTaking = ({ type }: StoredEvent): boolean => type === 'charged_back'

const dateOf = ({ chargeback }: StoredEvent): string => chargeback?.date ?? ''

function compareStages(left: StoredEvent, right: StoredEvent): number {
  return compareText(dateOf(left), dateOf(right)) || stageRank(left) - stageRank(right)
}

/** A fact without a stage comes before every stage of its day. */
function stageRank({ chargeback }: StoredEvent): number {
  return CHARGEBACK_STAGES.findIndex((stage) => stage === chargeback?.stage)
}

/**
 * HiPay names no stages and has no public code that gives money back: parts add up, a chargeback of the whole takes
 * the rest. How much of what was captured after it stands, no message states.
 */
function countedDispute(facts: readonly StoredEvent[], { captured, remaining }: Disputable): Dispute {
  const taken = facts.filter((fact) => fact.type === 'charged_back')
  if (taken.length === 0) return NO_DISPUTE
  const by = (facts: readonly StoredEvent[]): Basis => ({ rule: 'M-11', facts })
  const opening = taken.filter((fact) => fact.refinement !== 'dispute_lost')
  if (opening.length === 0)
    return { open: true, total: taken.at(-1)?.amount ?? remaining, by: by(taken.slice(-1)) }
  const whole = opening.filter((fact) => fact.refinement !== 'partial')
  if (whole.length > 0) {
    const counted = Math.max(...whole.map(({ capturedTotal }) => capturedTotal ?? Infinity))
    return { open: true, total: captured !== null && captured > counted ? null : remaining, by: by(whole) }
  }
  return { open: true, total: sumOf(disputedParts(opening)), by: by(opening) }
}
