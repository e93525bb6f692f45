import { isDecisive, statesCounters } from '../event/meaning.ts'
import type { OperationView } from '../operations/operation-view.ts'
import type { Basis } from '../event/rules.ts'
import { amountFacts, sumOf } from './step-total.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { StepTotal } from './step-total.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** How much of a payment's authorization can still become money, and how much captured money voids took back. */
export interface Authorization {
  granted: boolean
  /** Authorized and neither captured, voided nor expired, in minor units; null: an amount is not known. */
  remainder: number | null
  /**
   * Captured money that voids took back before it was cleared (Be2bill), in minor units; null: no message states how
   * much.
   */
  voided: number | null
  /** The amount by which voids exceed all that was left, in minor units. */
  excess: number
}

export interface Settled {
  /** Minor units; null: not known. */
  authorized: number | null
  captured: StepTotal
  /** Captured less refunded; null: not known. */
  held: number | null
  /** The provider notified that the whole authorization ended. */
  ended: boolean
  /** The provider counts per transaction: a void ends the part that was not captured, and never captured money. */
  counting: boolean
}

/** Only the provider's notifications end an authorization. */
export function authorizationOf(
  operations: readonly OperationView[],
  { authorized, captured, held, ended, counting }: Settled,
): Authorization {
  const granted = operations.some((operation) => isGranted(operation, operations))
  const voids = operations.filter(
    ({ kind, notification }) => kind === 'void' && notification.outcome === 'done',
  )
  const none = { granted, voided: 0, excess: 0 }
  if (ended || !granted) return { ...none, remainder: 0 }
  const whole: Authorization = { ...none, remainder: leftOf(authorized, captured) }
  return counting ? whole : voids.reduce((left, step) => afterVoid(left, step, held), whole)
}

/**
 * A notified capture proves that its payment was granted, even without a message about the grant. It proves nothing of
 * an answer that names another payment and no operation: that is a step.
 */
function isGranted(operation: OperationView, operations: readonly OperationView[]): boolean {
  if (!isInitial(operation)) return false
  if (operation.statements.every(isOfUnnamedStep)) return false
  const isCaptured = operations.some(
    ({ kind, notification }) => kind === 'capture' && notification.outcome === 'done',
  )
  return operation.overall.outcome === 'done' || (isCaptured && !isDecisive(operation.notification.outcome))
}

const isOfUnnamedStep = ({ fact }: OperationView['statements'][number]): boolean =>
  fact.parentReference !== null && fact.operation === null

/** Granted without an amount: the remainder is not known. */
function leftOf(authorized: number | null, captured: StepTotal): number | null {
  if (authorized === null || captured.total === null) return null
  return authorized === 0 && !captured.settled ? null : Math.max(0, authorized - captured.total)
}

function afterVoid(left: Authorization, step: OperationView, held: number | null): Authorization {
  const { remainder, voided } = left
  if (isUnread(step) || voided === null)
    return { ...left, remainder: remainder === 0 ? 0 : null, voided: null }
  // The remainder is not known: the void may have taken back captured money.
  if (remainder === null) return { ...left, voided: held === 0 ? voided : null }
  const ending = step.amount ?? (remainder > 0 ? remainder : Infinity)
  if (ending <= remainder) return { ...left, remainder: remainder - ending }
  // More than the remainder: the void took back captured money, and any other part of it was the remainder.
  const takenBack = Math.min(ending, Math.max(0, (held ?? 0) - voided))
  const over = ending - takenBack - remainder
  return {
    ...left,
    remainder: Math.max(0, -over),
    voided: voided + takenBack,
    excess: left.excess + (held === null ? 0 : excessOf(over)),
  }
}

/** A void without an amount exceeds nothing. */
function excessOf(over: number): number {
  return Number.isFinite(over) ? Math.max(0, over) : 0
}

/** The provider states an amount that cannot be read, or two amounts. A void without an amount ends the whole. */
function isUnread({ amount, sides }: OperationView): boolean {
  const isStated = sides.notification.some((statement) => statement.amount !== null)
  const isInvalid = sides.notification.some(({ fact }) => fact.invalidAmounts.length > 0)
  return isStated ? amount === null : isInvalid
}

/** Minor units; null: no message states it. */
export interface Authorized {
  total: number | null
  by: Basis
}

/** The authorized amount: 0 if declined; if granted, the amount of the granting statement; else the last counter. */
export function authorizedTotal(
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): Authorized {
  const initial = operations.filter(isInitial)
  const granted = initial.filter((operation) => isGranted(operation, operations))
  const counting = facts.some(statesCounters)
  if (granted.length > 0) {
    const by: Basis = { rule: counting ? 'J-10' : 'M-8', facts: granted.flatMap(amountFacts) }
    return { total: sumOf(granted.map((operation) => operation.amount)), by }
  }
  const declined = initial.filter(({ overall }) => overall.outcome === 'declined')
  if (declined.length > 0) return { total: 0, by: { rule: 'M-9', facts: declined.flatMap(refusingFacts) } }
  const stated = lastAuthorized(facts)
  if (stated !== null) return { total: stated.authorizedTotal, by: { rule: 'J-10', facts: [stated] } }
  // Without counters nothing is granted until an operation says so; without an operation nothing is known.
  return { total: counting || initial.length === 0 ? null : 0, by: { rule: 'M-9', facts: [] } }
}

function refusingFacts({ statements }: OperationView): StoredEvent[] {
  return statements.filter(({ outcome }) => outcome === 'declined').map(({ fact }) => fact)
}

function lastAuthorized(facts: readonly StoredEvent[]): StoredEvent | null {
  const notified = facts.filter((fact) => fact.witness !== 'response' && fact.authorizedTotal !== null)
  const stated = notified.length > 0 ? notified : facts.filter((fact) => fact.authorizedTotal !== null)
  return stated.at(-1) ?? null
}
