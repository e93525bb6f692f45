import type { AuditEntry } from '../domain/audit.ts'
import type { Period, ReconciliationSummary } from '../domain/reconciliation/period-summary.ts'
import type { StoredEvent } from '../domain/event/evidence.ts'
import type { Witness } from '../domain/event/vocabulary.ts'
import type { Transaction } from '../domain/reconciliation/transaction.ts'
import type { ReplacedId } from '../card-data/identifiers.ts'
import type { ContentFault } from '../inbox/messages.ts'
import type { ResponseEnvelope } from '../providers/provider.ts'
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
    Record<'overdue' | 'test' | 'linked', boolean> & {
      /** Minor units. */
      amount: number
      /** One reference in the forms that it may be stored in: of the transaction, or of a step that it absorbed. */
      references: readonly string[]
    }
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

export const INBOX_STATES = ['pending', 'processed', 'duplicate', 'parked', 'quarantined'] as const
export type InboxState = (typeof INBOX_STATES)[number]

export type InboxFilter = Optional<
  AccountScope & Period & Record<'code' | 'reference', string> & { state: InboxState }
>

/** A message as lists show it; one that was not verified is in quarantine. */
export interface InboxItem extends AccountScope {
  id: string
  witness: Witness
  state: InboxState
  /** Why it is parked or quarantined. */
  code: string | null
  detail: string | null
  /** Which secret signed it; null: a forwarded answer, or none did. */
  secretId: string | null
  /** How often it came. */
  deliveries: number
  lastDeliveredAt: string
  receivedAt: string
  processedAt: string | null
  /** References that it stated anything new about. */
  references: string[]
  family: string | null
  /** The fields that were overwritten before it was stored. */
  scrubbed: string[]
  /** Of a pending one: failed tries, how often it was put off, and when its next turn is. */
  waiting: { attempts: number; putOff: number; nextTryAt: string } | null
  /** Address of the sender of a quarantined one. */
  source: string | null
}

/** One message, with what it stated anew. */
export interface InboxMessageRecord extends InboxItem {
  /** What the merchant said about a forwarded answer. */
  envelope: ResponseEnvelope | null
  events: InboxEvent[]
}

export interface InboxEvent {
  id: string
  type: string
  reference: string | null
  /** Root reference of the payment that it belongs to now. */
  transaction: string | null
  orderId: string | null
  occurredAt: string | null
}

/** A body as it is stored, opened; `digest` is of the bytes as received. */
export interface OpenedBody {
  content: Buffer
  digest: Buffer
}

export interface InboxQueryStore {
  /** The latest first. */
  listMessages(filter: InboxFilter, limit: number, cursor: string | null): Promise<Page<InboxItem>>
  /** Null when unknown. */
  findMessage(id: string): Promise<InboxMessageRecord | null>
  /** The body: audited first. Why there is none, or null for an unknown message: not audited. */
  lookAtBody(id: string, look: AuditEntry): Promise<OpenedBody | ContentFault | null>
}

export type AuditFilter = Optional<Pick<Period, 'from'> & Record<'actor' | 'action', string>>

export interface AuditQueryStore {
  /** The latest first. */
  listAudit(filter: AuditFilter, limit: number, cursor: string | null): Promise<Page<AuditEntry>>
}

/** What an export is made of: whatever was first seen, or opened, in the period. */
export interface ExportScope extends Period {
  provider: string | null
  account: string | null
}

/** A payment with what is open about it; money in minor units, null: never stated, or too large to be exact. */
export interface ExportedPayment
  extends
    AccountScope,
    Record<'orderId' | 'currency', string | null>,
    Record<
      'authorizedTotal' | 'capturedTotal' | 'refundedTotal' | 'chargedBackTotal' | 'amountAtRisk',
      number | null
    > {
  reference: string
  test: boolean | null
  status: string
  reconciliation: string
  overdue: boolean
  openDiscrepancies: number
  discrepancyClasses: string[]
  /** How many of the open ones are not in the amount at risk: it is not known, or in another currency. */
  unknownAtRisk: number
  firstSeenAt: string
  updatedAt: string
}

/** An open discrepancy of an order, or of a call whose payment is not known. */
export interface ExportedDiscrepancy
  extends AccountScope, Record<'orderId' | 'reference' | 'currency', string | null> {
  id: string
  class: string
  amountAtRisk: number | null
  openedAt: string
}

/** Pages of an export, the oldest first; `last` is the last row of the page before. */
export interface ExportStore {
  payments(scope: ExportScope, last: ExportedPayment | null, limit: number): Promise<ExportedPayment[]>
  discrepancies(
    scope: ExportScope,
    last: ExportedDiscrepancy | null,
    limit: number,
  ): Promise<ExportedDiscrepancy[]>
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
