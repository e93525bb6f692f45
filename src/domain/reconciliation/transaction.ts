import type { DiscrepancyClass } from './discrepancy-classes.ts'
import type { Coverage } from '../event/evidence.ts'
import type { Attributes, ProviderName, TransactionEvent } from '../event/transaction-event.ts'
import type { Operation } from '../event/vocabulary.ts'

/** The state of one payment and the contradictions found about it: the results of fold and reconciliation. */

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

/** The deciding statement of one side about an operation. */
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
   * Root reference of its transaction, or the reference that a call acted on while no message reports that
   * transaction; null for an order and its requests.
   */
  reference: string | null
  orderId: string | null
  /** What each side states: codes, amounts or ids as text. */
  response: string[]
  notification: string[]
  /** Minor units; null: the amount itself is unknown. */
  amountAtRisk: number | null
  currency: string | null
  /** What an operator's statement about it would cover. */
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
