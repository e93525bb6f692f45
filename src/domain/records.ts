import type { ProviderName } from './event/transaction-event.ts'
import type { Expectation, Resolution, StoredEvent } from './event/evidence.ts'
import type { Discrepancy } from './reconciliation/transaction.ts'

/** What the ports of both sides speak of: those of the inbox, which write, and those of the queries, which read. */

export interface AccountScope {
  provider: ProviderName
  account: string
}

/** A set of messages that `reconcile` must see together: tied to each other by parent link or order. */
export interface ReconciliationScope extends AccountScope {
  events: StoredEvent[]
  expectations: Expectation[]
  resolutions: Resolution[]
  /** Root references and order ids whose rows and discrepancies the result replaces. */
  references: string[]
  orderIds: string[]
}

/** A discrepancy as a row: the domain's statement plus its history. */
export interface DiscrepancyRecord extends Omit<Discrepancy, 'key' | 'covers'> {
  id: string
  /** Counts the changes of its figures. */
  version: number
  /** The one of the same identity that an operator had closed, and that shows more by now; null: there was none. */
  formerId: string | null
  openedAt: string
  resolvedAt: string | null
}

/** A discrepancy out of its transaction or order. `resolution` is null while it is open. */
export interface ListedDiscrepancy extends DiscrepancyRecord, AccountScope {
  resolution: 'evidence' | 'operator' | null
}
