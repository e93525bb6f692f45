/** The closed lists of the normalized schema: what a witness, a type, an operation or a dispute can be. */

/**
 * The witness that made the statement: the provider by its notification, the provider by its response to the
 * merchant, or an inquiry of this service.
 */
export const WITNESSES = ['notification', 'response', 'inquiry'] as const
export type Witness = (typeof WITNESSES)[number]

export const EVENT_TYPES = [
  'created',
  'action_required',
  'pending',
  'held_for_review',
  'authentication_failed',
  'authorized',
  'declined',
  'expired',
  'void_requested',
  'voided',
  'capture_requested',
  'captured',
  'capture_declined',
  'refund_requested',
  'refunded',
  'refund_declined',
  'credit_requested',
  'credited',
  'charged_back',
  'chargeback_reversed',
  /** A known code that moves nothing. */
  'noted',
  /** Refused before anything was processed: no notification will come. */
  'not_processed',
  /** Technical. From a response (time-out, 5xx) the outcome is unknown; from a notification it is final. */
  'failed',
  /** A code this build does not know yet: kept, shown, replayable. */
  'unrecognized',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

export const OPERATIONS = [
  'authorization',
  'sale',
  'capture',
  'refund',
  'void',
  'credit',
  'chargeback',
] as const
/** One money step. `sale` authorizes and captures at once (Be2bill `payment`). */
export type Operation = (typeof OPERATIONS)[number]

export const REASON_CATEGORIES = [
  'soft_decline',
  'hard_decline',
  'authentication',
  'risk',
  'abandoned',
  'merchant_error',
  'configuration',
  'technical',
] as const
export type ReasonCategory = (typeof REASON_CATEGORIES)[number]

/** Whether asking again can help: `never`, `later` (same request), `with_authentication`, `after_fix` (merchant's side). */
export const RETRY_ADVICE = ['never', 'later', 'with_authentication', 'after_fix'] as const
export type RetryAdvice = (typeof RETRY_ADVICE)[number]

/**
 * What a rule needs to know beyond the type: an outcome that may take days; an authorization that is requested (and
 * may take days); a chargeback of a part; a lost dispute, which repeats an earlier chargeback and counts nothing
 * anew; a refund that gives back all that is left.
 */
export const REFINEMENTS = [
  'slow',
  'authorization_requested',
  'partial',
  'dispute_lost',
  'all_refunded',
] as const
export type Refinement = (typeof REFINEMENTS)[number]

export const CHANNELS = ['direct', 'hosted'] as const

/** Stages in the order in which a dispute walks through them. */
export const CHARGEBACK_STAGES = [
  'retrieval_request',
  'first_chargeback',
  'representment',
  'first_cancellation',
  'second_chargeback',
  'second_cancellation',
  'pre_arbitration',
  'arbitration',
] as const
export type ChargebackStage = (typeof CHARGEBACK_STAGES)[number]
