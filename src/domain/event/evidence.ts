import type { ProviderName, TransactionEvent } from './transaction-event.ts'
import type { Operation } from './vocabulary.ts'

/** The evidence that reconciliation starts from: stored events, announcements and operators' statements. */

/** An event as stored: the fact plus the ids of its row and of the inbox message that it was translated from. */
export interface StoredEvent extends TransactionEvent {
  id: string
  inboxId: string
}

/** An announcement: the merchant registers a call before making it. */
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
  /** When the merchant first registered it, by our clock. Deadlines count from here. */
  createdAt: string
  /** When the merchant last registered it, by our clock. The call may follow that. */
  saidAt: string
  /** When the merchant makes the call, by the merchant's clock and as last registered; null: not stated. */
  requestedAt: string | null
}

export const RESOLUTION_OUTCOMES = ['not_processed', 'separate_payments'] as const
/**
 * What an operator found. `not_processed`: nothing happened at the provider. `separate_payments`: each payment of the
 * order is intended, later ones too.
 */
export type ResolutionOutcome = (typeof RESOLUTION_OUTCOMES)[number]

/** An operator's statement about a discrepancy, kept as evidence. */
export interface Resolution {
  /** `Discrepancy.key` of the discrepancy that it closes. */
  key: string
  outcome: ResolutionOutcome | null
  /** What the discrepancy showed when the operator closed it: the statement covers no more than that. */
  covers: Coverage
  at: string
}

/** What a discrepancy shows, as far as an operator's statement about it covers it. */
export interface Coverage {
  /**
   * The transactions, order ids or messages that it names, each with the amount at risk in minor units; null: not
   * known.
   */
  parts: { id: string; amount: number | null }[]
  /** The outcome by each side, never the code that stated it. */
  outcomes: Record<'response' | 'notification', string>
  /** Minor units; null: not known. */
  amountAtRisk: number | null
}
