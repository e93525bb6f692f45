import type { Operation, ProviderName, TransactionEvent } from './transaction-event.ts'

/** What is known before anything is judged: stored events, announcements and operators' statements. */

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
