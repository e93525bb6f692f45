import type {
  Customer,
  Fraud,
  Operation,
  PaymentMethod,
  ProviderName,
  ThreeDSecure,
  TransactionEvent,
} from './transaction-event.ts'

/** What is true of one payment, an order's answers and the contradictions found: the results of fold and reconcile. */

export const STATUSES = [
  'created',
  'action_required',
  'pending',
  'held_for_review',
  'authorized',
  'partially_captured',
  'captured',
  'partially_refunded',
  'refunded',
  'voided',
  'expired',
  'declined',
  'failed',
  'charged_back',
  'unrecognized',
] as const
export type Status = (typeof STATUSES)[number]

export const RECONCILIATIONS = [
  'discrepant',
  'awaiting_notification',
  'awaiting_response',
  'expected',
  'matched',
  'notification_only',
  'response_only',
] as const
/** Ordered from worst to best: a transaction shows the worst of its operations. */
export type Reconciliation = (typeof RECONCILIATIONS)[number]

export const DISCREPANCY_CLASSES = [
  'outcome_mismatch',
  'amount_mismatch',
  'currency_mismatch',
  'order_mismatch',
  'merchant_mismatch',
  'test_mode_mismatch',
  'unexpected_payment',
  'duplicate_payment',
  'missing_notification',
  'missing_response',
  'missing_step',
  'invalid_amount',
  'authorization_open',
] as const
export type DiscrepancyClass = (typeof DISCREPANCY_CLASSES)[number]

/** An event as stored: the fact plus the ids of its row and of the inbox message it was drawn from. */
export interface StoredEvent extends TransactionEvent {
  id: string
  inboxId: string
}

/** "We are about to ask for this payment", registered by the merchant before the call. */
export interface Expectation {
  id: string
  provider: ProviderName
  account: string
  orderId: string
  channel: 'direct' | 'hosted' | null
  operation: Operation | null
  operationId: string | null
  parentReference: string | null
  amount: number | null
  currency: string | null
  /** When it was first said, by our clock: alarms count from here. */
  createdAt: string
  /** When it was last said, by our clock: the call may have been made after that. */
  saidAt: string
  /** When the call is made by the merchant's clock, as last said; null: not said. */
  requestedAt: string | null
}

export const RESOLUTION_OUTCOMES = ['not_processed', 'separate_payments'] as const
/**
 * What an operator found out. `not_processed`: nothing happened at the provider. `separate_payments`: each payment of the
 * order is meant, later ones too.
 */
export type ResolutionOutcome = (typeof RESOLUTION_OUTCOMES)[number]

/** An operator's statement about a discrepancy, kept as evidence. */
export interface Resolution {
  /** `Discrepancy.key` it speaks about. */
  key: string
  outcome: ResolutionOutcome | null
  /** What the discrepancy showed when the operator closed it: the statement covers no more than that. */
  covers: Coverage
  at: string
}

/** What a discrepancy shows, as far as an operator's statement about it covers it. */
export interface Coverage {
  /** Each transaction, order id, message … it names, with the money that hangs on it in minor units; null: not known. */
  parts: { id: string; amount: number | null }[]
  /** What each side said came of it, never the code by which it said so. */
  outcomes: Record<'response' | 'notification', string>
  /** Minor units; null: not known. */
  amountAtRisk: number | null
}

/** One side's word on an operation. */
export interface WitnessStatement {
  type: TransactionEvent['type']
  providerCode: string | null
  amount: number | null
  /** The provider's clock where stated, else ours. */
  at: string
  inboxId: string
}

export interface OperationState {
  operation: Operation
  /** Provider's reference of this step: Be2bill's own TRANSACTIONID, HiPay's operation.reference. */
  reference: string | null
  operationId: string | null
  amount: number | null
  reconciliation: Reconciliation
  response: WitnessStatement | null
  notification: WitnessStatement | null
}

export interface Discrepancy {
  /**
   * Identity across recomputations, from content only: class, field, subject (transaction, operation, request or
   * order). Equal key = the same discrepancy, still open.
   */
  key: string
  class: DiscrepancyClass
  field: string | null
  /**
   * Root reference of the transaction it belongs to, or the reference that a call acted on while nobody knows that
   * transaction; null on an order and its requests.
   */
  reference: string | null
  orderId: string | null
  /** What each side said: codes, amounts or ids as text. */
  response: string[]
  notification: string[]
  /** Minor units; null: the amount itself is unknown. */
  amountAtRisk: number | null
  currency: string | null
  /** What a statement of an operator about it would cover. */
  covers: Coverage
}

export interface Transaction {
  provider: ProviderName
  account: string
  /** Root reference. */
  reference: string
  /** References of transactions absorbed into this root. */
  absorbed: string[]
  orderId: string | null
  status: Status
  reconciliation: Reconciliation
  overdue: boolean
  /** No operation awaits an outcome and the status is terminal. */
  final: boolean
  test: boolean | null
  merchantId: string | null
  currency: string | null
  authorizedTotal: number | null
  capturedTotal: number | null
  refundedTotal: number | null
  chargedBackTotal: number | null
  operations: OperationState[]
  discrepancies: Discrepancy[]
  paymentMethod: PaymentMethod | null
  threeDSecure: ThreeDSecure | null
  fraud: Fraud | null
  customer: Customer | null
  custom: Record<string, string>
  /** Earliest receipt of any of its events. */
  firstSeenAt: string
  /** When the clock alone may next change this transaction (a deadline); null: never. */
  nextDeadlineAt: string | null
}

/** Something asked of a provider whose reference is not known yet, as an order shows it. */
export interface OpenRequest {
  operation: string | null
  channel: 'direct' | 'hosted' | null
  outcome: 'in_flight' | 'unknown' | 'not_processed'
  since: string
  operationId: string | null
  /** The message that told of it; null: only announced. */
  inboxId: string | null
  /** The announcement; null: a call that was told. */
  expectationId: string | null
}

/** What an answer rests on, so that a person can check it; `id` is a reference, a message's, an announcement's or a key. */
export interface ReasonSource {
  kind: 'transaction' | 'message' | 'expectation' | 'discrepancy'
  id: string
}

export const PAID_REASONS = [
  'money_covers',
  'nothing_held',
  'less_than_announced',
  'another_currency',
  'amount_unknown',
] as const
export type PaidReason = (typeof PAID_REASONS)[number]

export const RETRY_REASONS = [
  'nothing_stands',
  'amount_unknown',
  'money_held',
  'unbalanced',
  ...STATUSES.map((status) => `transaction_${status}` as const),
  'authorization_open',
  'unrecognized_event',
  'outcome_mismatch',
  'test_mode_mismatch',
  'merchant_mismatch',
  'order_mismatch',
  'other_payment',
  'request_of_unknown_outcome',
  'request_in_flight',
] as const
export type RetryReason = (typeof RETRY_REASONS)[number]

/** What checkout asks: paid? how much? safe to retry? */
export interface Order {
  provider: ProviderName
  account: string
  orderId: string
  /** Root references, byte order. */
  transactions: string[]
  requests: OpenRequest[]
  currency: string | null
  paidTotal: number | null
  refundedTotal: number | null
  netTotal: number | null
  chargedBackTotal: number | null
  /** The largest announced amount; null: none was announced. */
  announcedTotal: number | null
  paid: boolean
  /** Why it is paid, or why not. */
  paidReason: PaidReason
  /** The payments that hold its money, or the transaction whose amount is not known. */
  paidSources: ReasonSource[]
  safeToRetry: boolean
  /** Why not safe (first rule that applies), or why it is. */
  reason: RetryReason
  /** What forbids a retry; empty when it is safe. */
  reasonSources: ReasonSource[]
  /** Order-level and request-level discrepancies; those of its transactions stand with them. */
  discrepancies: Discrepancy[]
  /** When its first payment, announcement or call came, by our clock. */
  firstSeenAt: string
  nextDeadlineAt: string | null
}

/** Everything `reconcile` says about a set of messages of one account. */
export interface Reconciled {
  transactions: Transaction[]
  orders: Order[]
  /** Of calls that name no order and no known transaction. */
  orphanDiscrepancies: Discrepancy[]
  /** When the clock alone may next change them, by what they are filed under (null: they name nothing at all). */
  orphanDeadlines: { reference: string | null; nextDeadlineAt: string | null }[]
  /** When the clock alone may next change any of it; null: never. */
  nextDeadlineAt: string | null
}
