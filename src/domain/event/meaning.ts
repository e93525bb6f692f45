import type { TransactionEvent } from './transaction-event.ts'
import type { EventType, Operation } from './vocabulary.ts'

/**
 * What one event states about its operation. The tables are total over `EventType`: a new type does not compile until
 * its meaning is decided here.
 */

/** The two sides that reconciliation compares. An inquiry by this service counts as a statement of the provider. */
export type Side = 'response' | 'notification'

/** How far an operation has come, weakest first; see `OUTCOME_RANK`. */
export type Outcome =
  | 'none'
  | 'unknown'
  | 'action'
  | 'pending'
  | 'requested'
  | 'held'
  | 'not_processed'
  | 'closed'
  | 'failed'
  | 'declined'
  | 'done'

/** Which part of a payment an event moves. `initial` is the authorization or the sale. */
export type Axis = 'initial' | 'capture' | 'refund' | 'void' | 'credit' | 'chargeback'

export const OUTCOME_RANK: Readonly<Record<Outcome, number>> = {
  none: 0,
  unknown: 1,
  action: 2,
  pending: 3,
  requested: 4,
  held: 5,
  not_processed: 6,
  closed: 7,
  failed: 8,
  declined: 9,
  done: 10,
}

interface Meaning {
  /** Null: the event's `operation` decides. */
  axis: Axis | null
  response: Outcome
  notification: Outcome
}

const meaning = (axis: Axis | null, response: Outcome, notification: Outcome = response): Meaning => ({
  axis,
  response,
  notification,
})

const MEANING: Readonly<Record<EventType, Meaning>> = {
  created: meaning(null, 'none'),
  action_required: meaning(null, 'action'),
  pending: meaning(null, 'pending'),
  held_for_review: meaning('initial', 'held'),
  authentication_failed: meaning('initial', 'declined'),
  authorized: meaning('initial', 'done'),
  declined: meaning(null, 'declined'),
  expired: meaning('initial', 'closed'),
  void_requested: meaning('void', 'requested'),
  voided: meaning('void', 'done'),
  capture_requested: meaning('capture', 'requested'),
  captured: meaning('capture', 'done'),
  capture_declined: meaning('capture', 'declined'),
  refund_requested: meaning('refund', 'requested'),
  refunded: meaning('refund', 'done'),
  refund_declined: meaning('refund', 'declined'),
  credit_requested: meaning('credit', 'requested'),
  credited: meaning('credit', 'done'),
  charged_back: meaning('chargeback', 'done'),
  chargeback_reversed: meaning('chargeback', 'declined'),
  noted: meaning(null, 'none'),
  not_processed: meaning(null, 'not_processed'),
  // A time-out leaves the outcome open; a notified technical failure ends the operation.
  failed: meaning(null, 'unknown', 'failed'),
  // An answer with a code that this build does not know may be money: its outcome is open, not absent.
  unrecognized: meaning(null, 'unknown', 'none'),
}

const AXIS_OF_OPERATION: Readonly<Record<Operation, Axis>> = {
  authorization: 'initial',
  sale: 'initial',
  capture: 'capture',
  refund: 'refund',
  void: 'void',
  credit: 'credit',
  chargeback: 'chargeback',
}

export function sideOf(event: TransactionEvent): Side {
  return event.witness === 'response' ? 'response' : 'notification'
}

/** A statement of the provider: a notification or an inquiry. */
export function isNotified({ witness }: TransactionEvent): boolean {
  return witness !== 'response'
}

export function outcomeOf(event: TransactionEvent): Outcome {
  return MEANING[event.type][sideOf(event)]
}

export function axisOf(event: TransactionEvent): Axis {
  // A sale authorizes and captures in one operation, so its `captured` is the initial operation's own outcome.
  if (event.operation === 'sale') return 'initial'
  return MEANING[event.type].axis ?? axisOfOperation(event.operation)
}

export function axisOfOperation(operation: Operation | null): Axis {
  return operation === null ? 'initial' : AXIS_OF_OPERATION[operation]
}

/** No weaker statement of the same side takes this outcome back. */
export function isDecisive(outcome: Outcome): boolean {
  return OUTCOME_RANK[outcome] >= OUTCOME_RANK.failed
}

/** Decisive, or an end that contradicts nothing: closed by expiry or void, or never processed. */
export function isFinal(outcome: Outcome): boolean {
  return OUTCOME_RANK[outcome] >= OUTCOME_RANK.not_processed
}

/** The operation has begun and has not ended. */
export function isUnfinished(outcome: Outcome): boolean {
  return outcome !== 'none' && !isFinal(outcome)
}

export function statesCounters(event: TransactionEvent): boolean {
  return event.authorizedTotal !== null || event.capturedTotal !== null || event.refundedTotal !== null
}

/** Of a method that may take days: the type alone cannot tell it from an answer that is minutes late. */
export function isSlow({ refinement }: TransactionEvent): boolean {
  return refinement === 'slow' || refinement === 'authorization_requested'
}

export function isRequested(event: TransactionEvent): boolean {
  return outcomeOf(event) === 'requested' || event.refinement === 'authorization_requested'
}

/** States something about the authorization or the sale: by itself, or because it implies that it was granted. */
export function isInitialFact(fact: TransactionEvent): boolean {
  if (fact.statesAuthorization || (fact.type === 'voided' && statesCounters(fact))) return true
  return axisOf(fact) === 'initial' && outcomeOf(fact) !== 'none'
}

/** The answer to the payment call itself. The result of a look-up by the merchant answers no call. */
export function isOwnAnswer(fact: TransactionEvent): boolean {
  return fact.witness === 'response' && !fact.lookup && isInitialFact(fact)
}

/** The answer to a sale also states its first capture. */
export function isOrderAnswer(fact: TransactionEvent): boolean {
  return fact.witness === 'response' && fact.statesAuthorization && !fact.lookup
}
