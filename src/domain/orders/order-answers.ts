import { STATUSES } from '../reconciliation/transaction.ts'
import type { Discrepancy } from '../reconciliation/transaction.ts'
import type { ProviderName } from '../event/transaction-event.ts'

/** The state of one order: what a shop asks before it delivers or charges again. */

/** A request to a provider whose reference is not known yet, as the order shows it. */
export interface OpenRequest {
  operation: string | null
  channel: 'direct' | 'hosted' | null
  outcome: 'in_flight' | 'unknown' | 'not_processed'
  since: string
  operationId: string | null
  /** The message of the call; null: only announced. */
  inboxId: string | null
  /** The announcement; null: a call. */
  expectationId: string | null
}

/**
 * What an answer is based on, so that a person can check it; `id` is a reference, the id of a message or an
 * announcement, or the key of a discrepancy.
 */
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
  /** Discrepancies of the order and its requests; those of its transactions are with the transactions. */
  discrepancies: Discrepancy[]
  /** When its first payment, announcement or call came, by our clock. */
  firstSeenAt: string
  nextDeadlineAt: string | null
}
