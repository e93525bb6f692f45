import type { ProviderName } from './event/transaction-event.ts'
import type { Expectation, Resolution, StoredEvent } from './event/evidence.ts'
import type { Discrepancy } from './reconciliation/transaction.ts'

/** Shapes that the inbox ports, which write, share with the query ports, which read. */

export interface AccountScope {
  provider: ProviderName
  account: string
}

/** A set of messages that `reconcile` must see together: connected by parent links or orders. */
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
  /**
   * The discrepancy of the same identity that an operator closed before this one showed more; null: there was none.
   */
  formerId: string | null
  openedAt: string
  resolvedAt: string | null
}

/** A discrepancy outside its transaction or order. `resolution` is null while it is open. */
export interface ListedDiscrepancy extends DiscrepancyRecord, AccountScope {
  resolution: 'evidence' | 'operator' | null
}
