import type { Period, ReconciliationSummary } from '../domain/reconciliation/period-summary.ts'
import type { StoredEvent } from '../domain/event/evidence.ts'
import type { Transaction } from '../domain/reconciliation/transaction.ts'
import type { ReplacedId } from '../card-data/identifiers.ts'
import type {
  AccountScope,
  DiscrepancyRecord,
  ListedDiscrepancy,
  ReconciliationScope,
} from '../domain/records.ts'

/** What the read side needs of the database. `db/` implements it on PostgreSQL. */

/** What may be asked for and need not be. */
type Optional<T> = { [Name in keyof T]?: T[Name] | undefined }

export type TransactionFilter = Optional<
  AccountScope &
    Period &
    Record<'status' | 'reconciliation' | 'orderId' | 'emailHash', string> &
    Record<'overdue' | 'test' | 'linked', boolean>
>

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** A transaction as read back; `discrepancies` carry their ids and times. */
export interface TransactionRecord extends Omit<
  Transaction,
  'discrepancies' | 'absorbed' | 'nextDeadlineAt' | 'merchantId'
> {
  discrepancies: DiscrepancyRecord[]
  updatedAt: string
  version: number
}

export interface StoredOrder extends ReconciliationScope {
  transactions: TransactionRecord[]
  /** Those of the order itself; each transaction carries its own. */
  discrepancies: DiscrepancyRecord[]
  /** Ids of the open discrepancies, those of its transactions too, by their keys. */
  openIds: ReadonlyMap<string, string>
}

export interface QueryStore {
  /** False while a message is pending. */
  isProcessed(inboxId: string): Promise<boolean>
  listTransactions(
    filter: TransactionFilter,
    limit: number,
    cursor: string | null,
  ): Promise<Page<TransactionRecord>>
  /** One transaction by its root reference or by one absorbed into it; null when unknown. */
  findTransaction(scope: AccountScope, reference: string): Promise<TransactionRecord | null>
  /** Current events of a transaction's root and everything absorbed into it, unordered. */
  transactionEvents(scope: AccountScope, reference: string): Promise<StoredEvent[]>
  /** Everything an order's answer is computed from and shows, of one moment; at most `limit` transactions, the newest first. */
  order(scope: AccountScope, orderId: string, limit: number): Promise<StoredOrder>
}

export type DiscrepancyFilter = Optional<AccountScope & { open: boolean; class: string }>

export interface ReportStore {
  /** Everything that ties to one transaction, and its root; null when unknown. */
  transactionScope(
    scope: AccountScope,
    reference: string,
  ): Promise<(ReconciliationScope & { root: string }) | null>
  summary(period: Period): Promise<ReconciliationSummary>
  /** The latest opened first. */
  listDiscrepancies(
    filter: DiscrepancyFilter,
    limit: number,
    cursor: string | null,
  ): Promise<Page<ListedDiscrepancy>>
}

/** What ids are kept as. */
export interface IdentifierStore {
  /** The installation's key, 32 bytes: made with the database, the same for ever. */
  key(): Promise<Buffer>
  /** What is known of these ids. */
  originals(ids: readonly ShownId[]): Promise<(ShownId & ReplacedId)[]>
}

/** A replaced id of one account. */
export type ShownId = AccountScope & Pick<ReplacedId, 'shown'>
