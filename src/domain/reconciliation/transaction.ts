import type { Attributes, Operation, ProviderName, TransactionEvent } from '../event/transaction-event.ts'

/** What is true of one payment and the contradictions found about it: the results of fold and reconcile. */

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
   * Root reference of the transaction it belongs to, or the reference that a call acted on while no message tells that
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

export interface Transaction extends Attributes {
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
  /** Earliest receipt of any of its events. */
  firstSeenAt: string
  /** When the clock alone may next change this transaction (a deadline); null: never. */
  nextDeadlineAt: string | null
}
