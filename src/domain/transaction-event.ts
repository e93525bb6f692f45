/**
 * The one normalized schema: a past-tense fact drawn from one inbox message.
 * Everything downstream (fold, reconcile, the read API) knows only this shape, never a provider's payload.
 * Money is integer minor units of `currency`; null always means "the provider did not state it".
 */

/** Published with every event as `schemaVersion`; raised only when a field changes its meaning. */
export const SCHEMA_VERSION = 1 as const

/** A provider's name as the accounts file and the URLs spell it; which there are, the registry of adapters says. */
export type ProviderName = string

/** Whose word it is: the provider's call to us, its answer to the merchant, or what we pulled ourselves. */
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
  /** Known, moves nothing. */
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

export interface Reason {
  code: string | null
  message: string | null
  category: ReasonCategory | null
  retry: RetryAdvice | null
}

export interface PaymentMethod {
  product: string | null
  brand: string | null
  maskedPan: string | null
  /** Two digits, text. */
  expiryMonth: string | null
  /** Four digits, text. */
  expiryYear: string | null
  issuer: string | null
  country: string | null
}

export interface ThreeDSecure {
  eci: string | null
  enrolled: string | null
  authenticationStatus: string | null
  authenticationMessage: string | null
  version: string | null
  liabilityShift: string | null
}

export interface Fraud {
  score: number | null
  result: string | null
  review: string | null
}

export interface Customer {
  id: string | null
  ipCountry: string | null
  language: string | null
}

/** Position of an instalment in its plan: Be2bill's SCHEDULE `2-3` is { index: 2, total: 3 }. */
export interface Schedule {
  index: number
  total: number
}

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

export interface Chargeback {
  /** YYYY-MM-DD, the provider's. */
  date: string | null
  stage: ChargebackStage | null
  code: string | null
}

export interface TransactionEvent {
  provider: ProviderName
  /** Slug of the merchant account (accounts file). */
  account: string
  witness: Witness
  type: EventType
  /** Null: an answer that names no transaction (time-out, hosted page, error); such an event is a request. */
  reference: string | null
  /** Evidence that `reference` belongs to another transaction; never guessed. */
  parentReference: string | null
  orderId: string | null
  operationId: string | null
  /** Provider's own reference of this money step, where it differs from `reference`. */
  operationReference: string | null
  operation: Operation | null
  /** True when the fact also says that the initial authorization was granted (HiPay 118), false for a maintenance answer. */
  statesAuthorization: boolean
  /** `hosted`: answer to a payment-page request, shared by all attempts of its order. Null where it does not apply. */
  channel: 'direct' | 'hosted' | null
  /** The merchant asked the provider how a transaction stands and forwarded the answer: no call is answered by it. */
  lookup: boolean
  /** A refusal that names a duplicate or an already completed order: another payment of the order exists. */
  otherPayment: boolean

  /** Of this operation alone. */
  amount: number | null
  /** Cumulative per transaction, where the provider states counters. */
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
  currency: string | null
  /** Names of the provider's fields whose amount did not parse exactly; the value itself is then null. */
  invalidAmounts: string[]

  /** Always text: "116", "0000". */
  providerCode: string | null
  providerState: string | null
  providerMessage: string | null
  reason: Reason | null

  /** Provider's clock, RFC 3339 UTC; Be2bill sends none. */
  occurredAt: string | null
  /** Provider's clock: when the transaction began (HiPay `date_created`). */
  createdAt: string | null
  /** Provider's clock: when this operation was made (HiPay `operation[date]`). */
  operationAt: string | null
  /** Merchant's clock: when the call was made whose answer this is. */
  requestedAt: string | null
  /** Merchant's clock: when its answer came, or when the merchant stopped waiting for one. */
  answeredAt: string | null
  /** Ours, RFC 3339 UTC. Never part of ordering or of equality. */
  receivedAt: string
  test: boolean | null
  /** HiPay mid / Be2bill IDENTIFIER. */
  merchantId: string | null

  paymentMethod: PaymentMethod | null
  threeDSecure: ThreeDSecure | null
  fraud: Fraud | null
  customer: Customer | null
  schedule: Schedule | null
  chargeback: Chargeback | null
  /** Echoed merchant data (custom_data, cdata, EXTRADATA …), by the provider's names. */
  custom: Record<string, string>
  /** Fields without a home of their own, redacted, by the provider's names; nothing decides on them. */
  extra: Record<string, string>
}
