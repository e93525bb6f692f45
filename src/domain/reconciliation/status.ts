import type { Outcome } from '../event/meaning.ts'
import { OUTCOME_RANK } from '../event/meaning.ts'
import type { Status } from './transaction.ts'

/** The state of each axis of a payment, from which its status follows. */
export interface Axes {
  /** Of the authorization or sale; for a step whose payment is unknown, of that step. */
  initial: Outcome
  chargeback: boolean
  refunded: boolean
  captured: boolean
  credited: boolean
  voided: boolean
  expired: boolean
  /** Furthest unfinished outcome of any axis. */
  unfinished: Outcome
  created: boolean
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
}

/** The status of a payment: money outranks other facts, and a later movement of money outranks an earlier one. */
export function statusOf(axes: Axes): Status {
  return moneyStatus(axes) ?? endStatus(axes) ?? openStatus(axes)
}

function moneyStatus(axes: Axes): Status | null {
  if (axes.chargeback) return 'charged_back'
  if (axes.refunded)
    return isWhole(axes.refundedTotal, axes.capturedTotal) ? 'refunded' : 'partially_refunded'
  if (axes.captured)
    return isBelow(axes.capturedTotal, axes.authorizedTotal) ? 'partially_captured' : 'captured'
  return null
}

/** A refund counts as whole only where both amounts are known: an unknown amount is a part. */
function isWhole(refunded: number | null, captured: number | null): boolean {
  return refunded !== null && captured !== null && refunded >= captured
}

function isBelow(captured: number | null, authorized: number | null): boolean {
  return captured !== null && authorized !== null && captured < authorized
}

function endStatus(axes: Axes): Status | null {
  if (axes.initial === 'declined') return 'declined'
  if (axes.initial === 'failed' || axes.initial === 'not_processed') return 'failed'
  if (axes.voided) return 'voided'
  if (axes.expired) return 'expired'
  if (axes.initial === 'done') return 'authorized'
  // A payout to the cardholder has no status of its own; it ends like a refund, with money at the customer.
  return axes.credited ? 'refunded' : null
}

/** The status of an unfinished payment. Total: a new outcome does not compile until it has a status. */
const OPEN_STATUS: Readonly<Record<Outcome, Status | null>> = {
  none: null,
  unknown: 'pending',
  action: 'action_required',
  pending: 'pending',
  requested: 'pending',
  held: 'held_for_review',
  not_processed: null,
  closed: null,
  failed: null,
  declined: null,
  done: null,
}

function openStatus(axes: Axes): Status {
  return OPEN_STATUS[axes.unfinished] ?? (axes.created ? 'created' : 'unrecognized')
}

/** The furthest outcome that is not an end. */
export function furthestUnfinished(outcomes: readonly Outcome[]): Outcome {
  let furthest: Outcome = 'none'
  for (const outcome of outcomes) {
    if (OPEN_STATUS[outcome] !== null && OUTCOME_RANK[outcome] > OUTCOME_RANK[furthest]) furthest = outcome
  }
  return furthest
}

/** Whether a payment can rest in this status: its money stays unless the merchant or the provider acts. */
export const IS_TERMINAL: Readonly<Record<Status, boolean>> = {
  created: false,
  action_required: false,
  pending: false,
  held_for_review: false,
  authorized: false,
  partially_captured: true,
  captured: true,
  partially_refunded: true,
  refunded: true,
  voided: true,
  expired: true,
  declined: true,
  failed: true,
  charged_back: true,
  unrecognized: false,
}
