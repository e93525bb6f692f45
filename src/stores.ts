import type { HealthStore, IdentifierStore } from './installation-stores.ts'
import type { ReplacedId } from './lib/identifiers.ts'
import type { ResponseEnvelope } from './providers/provider.ts'
import type { ProviderName, Witness } from './domain/transaction-event.ts'
import type { Period, ReconciliationSummary } from './domain/period-summary.ts'
import type {
  Coverage,
  Discrepancy,
  Expectation,
  Reconciled,
  Resolution,
  StoredEvent,
  Transaction,
  DiscrepancyClass,
} from './domain/transaction.ts'

/**
 * The whole persistence contract. `db/` implements it on PostgreSQL; `inbox/` and `queries/` know only this page.
 */

/** A message to be kept: verified, scrubbed, not yet acknowledged. */
export interface IncomingMessage extends AccountScope {
  id: string
  witness: Extract<Witness, 'notification' | 'response'>
  /** What makes two deliveries one message, 32 bytes. */
  key: Buffer
  /** What an Idempotency-Key is used for, 32 bytes; null: the key is drawn from the content itself. */
  contentMark: Buffer | null
  content: Buffer
  contentDigest: Buffer
  scrubbed: readonly string[]
  envelope: ResponseEnvelope | null
  secretId: string | null
  receivedAt: Date
  /** Of replaced ids, where they may be kept. */
  originals: readonly ReplacedId[]
}

/** The row a message ended up in: its own, or that of its first delivery. */
export interface ReceivedMessage {
  inboxId: string
  duplicate: boolean
}

export interface InboxStore {
  /**
   * Insert many messages in one commit; answers in the order given. Committed when it resolves. Null: the key of that message
   * stands for another content, and nothing of it was stored or counted.
   */
  receive(messages: readonly IncomingMessage[]): Promise<(ReceivedMessage | null)[]>
  /** Tell the workers of other processes that something was stored. */
  tellStored(): Promise<void>
  /** True when the failure lies in a value of the batch, so that single rows may succeed. */
  isDataError: (error: unknown) => boolean
}

/** A message that failed verification. */
export interface QuarantinedMessage
  extends
    AccountScope,
    Pick<IncomingMessage, 'id' | 'content' | 'scrubbed' | 'receivedAt'>,
    Record<'reason' | 'method' | 'source', string> {
  /** SHA-256 of the bytes as received. */
  digest: Buffer
  /** Where the bytes travelled. */
  carrier: 'body' | 'query'
  /** The signature where it travelled in a header. */
  signature: string | null
}

export type KeptEvidence = Omit<QuarantinedMessage, 'content'> & { content: Buffer | ContentFault }

export interface QuarantineStore {
  /** Whether bodies are sealed here: then they may be kept as they came. */
  readonly isSealing: boolean
  /**
   * Keep a message; a repeated digest only counts. False: its account or its source has had its share, which is larger for
   * a `known` source; what is there already stays. Never shares a transaction with verified messages.
   */
  keep(message: QuarantinedMessage, known: boolean): Promise<boolean>
  /** Up to `limit` messages after that id, in the order of their ids. */
  list(after: string | null, limit: number): Promise<KeptEvidence[]>
  /**
   * Store it as the verified message that it turned out to be, and take it out of quarantine, in one commit. Null: it is not
   * there any more, and nothing was stored.
   */
  release(id: string, message: IncomingMessage): Promise<ReceivedMessage | null>
  /** Delete up to `limit` messages that were first seen more than `keepMs` ago, the oldest first; answers how many. */
  purge(options: { now: Date; keepMs: number; limit: number }): Promise<number>
}

/** Why a stored body cannot be had; `detail` names what is missing, never what it held. */
export interface ContentFault {
  code: 'data_key_missing' | 'content_altered' | 'content_purged'
  detail: string
}

/** A message claimed for processing. */
export interface ClaimedMessage
  extends AccountScope, Pick<IncomingMessage, 'witness' | 'envelope' | 'receivedAt'> {
  inboxId: string
  content: Buffer | ContentFault
  /** Failed tries. */
  attempts: number
  /** How often it waited for something that is not its own. */
  putOff: number
}

/** An event to be appended; `eventKey` decides whether it says anything new. */
export interface NewEvent {
  event: StoredEvent
  eventKey: Buffer
}

/** A set of messages that `reconcile` must see together: tied to each other by parent link or order. */
export interface ReconciliationScope {
  provider: ProviderName
  account: string
  events: StoredEvent[]
  expectations: Expectation[]
  resolutions: Resolution[]
  /** Root references and order ids whose rows and discrepancies the result replaces. */
  references: string[]
  orderIds: string[]
}

export interface MessageOutcome extends Record<'family' | 'code' | 'detail', string | null> {
  inboxId: string
  state: 'processed' | 'duplicate' | 'parked'
}

/** Where a reconciliation starts: a transaction by any of its references, or an order. */
export interface Subject extends AccountScope {
  kind: 'reference' | 'order'
  id: string
}

/**
 * What one transaction can do to what is computed, in this order: lock, write, read, save. Everything that writes goes
 * through it: processing, announcements, operators' statements and the sweep.
 */
export interface ReconciliationUnit {
  /** Lock the transactions among the subjects, with all that links tie to them, in key order. Before anything is written. */
  lock(subjects: readonly Subject[]): Promise<void>
  /**
   * Everything tied to the subjects and to what is locked, one scope per connected set, read under the locks of all orders
   * concerned, taken in key order.
   */
  scopes(subjects: readonly Subject[]): Promise<ReconciliationScope[]>
  save(results: readonly ReconciledScope[], now: Date): Promise<void>
}

/** A discrepancy that an operator had closed shows more than the statement covers, and stands as a row of its own. */
export interface ReopenedDiscrepancy extends AccountScope {
  id: string
  class: DiscrepancyClass
  /** The one that was closed. */
  formerId: string
}

export interface ReconciledScope {
  scope: ReconciliationScope
  reconciled: Reconciled
}

/** What one transaction over a claimed batch can do: claim, lock, append, read, save, finish. */
export interface ProcessingUnit extends ReconciliationUnit {
  /**
   * Up to `limit` messages due at `now`, locked until the end of the unit; other workers skip them. `only` narrows to
   * given ids, for a failed batch that is tried row by row.
   */
  claim(options: { limit: number; now: Date; only?: readonly string[] }): Promise<ClaimedMessage[]>
  /** Give claimed messages another turn at `dueAt`, without a failed try. */
  putOff(inboxIds: readonly string[], dueAt: Date): Promise<void>
  /** Append the events; returns the keys (hex) that were new. Their transactions must be locked. */
  append(events: readonly NewEvent[]): Promise<Set<string>>
  finish(outcomes: readonly MessageOutcome[], now: Date): Promise<void>
}

export interface UnitOptions {
  /** Give up soon what somebody else has locked: others wait behind this unit. */
  impatient?: boolean
}

/** True when somebody else held what the unit needed, or it took too long: what touches other rows may succeed. */
type IsHeldUp = (error: unknown) => boolean

export interface ProcessingStore {
  /** Run `work` in one transaction: all of it is committed, or nothing. */
  inTransaction<T>(work: (unit: ProcessingUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /** Record a failed try of one message; the next one is made at `dueAt`. */
  postpone(inboxId: string, attempts: number, dueAt: Date): Promise<void>
  /** Another turn at `dueAt`, without a failed try. */
  putOff(inboxIds: readonly string[], dueAt: Date): Promise<void>
  park(outcome: MessageOutcome, now: Date): Promise<void>
  isHeldUp: IsHeldUp
}

/** Where raw bodies are kept. */
export type BodyHome = 'inbox' | 'quarantine'

/** One step of a walk over all bodies. */
export interface ResealedPage {
  /** Where the next page begins; null: this was the last one. */
  end: string | null
  resealed: number
  /** The bodies that could not be opened, and stay as they are. */
  faults: BodyFault[]
}

export type BodyFault = ContentFault & { id: string }

/** The raw bodies at rest. All of it is safe beside traffic and beside another process that does the same. */
export interface BodyStore {
  /**
   * Delete up to `limit` bodies that were received more than `keepMs` ago, the oldest first, and answer how many. Messages
   * that are pending or parked keep theirs; rows, digests and events stay.
   */
  purge(options: { now: Date; keepMs: number; limit: number }): Promise<number>
  /** Queue up to `limit` messages again that were parked for want of a key that is here now; answers how many. */
  putBackSealed(now: Date, limit: number): Promise<number>
  /** Seal the next bodies by the ring's first key (all that it has not sealed, those in clear too), in one commit. */
  resealPage(home: BodyHome, after: string | null): Promise<ResealedPage>
}

/** What merchants announce and operators state, each in one transaction with what follows from it. */
export interface StatementUnit extends ReconciliationUnit {
  /** Keep what ids were, where they may be kept. */
  keepOriginals(scope: AccountScope, originals: readonly ReplacedId[]): Promise<void>
  /**
   * Keep the announcement; where there is a live one of the same key already, note on that one that it was said again, and
   * answer it as it stands.
   */
  announce(expectation: Expectation, key: Buffer): Promise<Expectation>
  /** Live or withdrawn; null when unknown. */
  findExpectation(id: string): Promise<Expectation | null>
  withdraw(id: string, now: Date): Promise<void>
  /** Null when unknown. */
  findDiscrepancy(id: string): Promise<ResolvableDiscrepancy | null>
  state(statement: OperatorStatement): Promise<void>
}

/** A discrepancy with its identity and how it was closed; `resolution` is null while it is open. */
export interface ResolvableDiscrepancy extends ListedDiscrepancy {
  key: string
  /** What a statement about it covers as it stands. */
  covers: Coverage
}

/** A resolution with everything an auditor asks: who, about what, why. */
export interface OperatorStatement
  extends Resolution, AccountScope, Record<'reference' | 'orderId', string | null> {
  id: string
  discrepancyId: string
  note: string
  /** Name of the API key. */
  author: string
}

export interface StatementStore {
  /** Run `work` in one transaction: all of it is committed, or nothing. */
  inTransaction<T>(work: (unit: StatementUnit) => Promise<T>): Promise<T>
}

/** What the clock alone may change. */
export interface DeadlineStore {
  /** Up to `limit` subjects whose time has come, the longest overdue first. */
  due(now: Date, limit: number): Promise<Subject[]>
  inTransaction<T>(work: (unit: ReconciliationUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /**
   * Another turn at `until` for the subjects that are still due; the next judgement that succeeds writes the true time. What
   * another transaction holds stays due. Answers how many times were moved.
   */
  postpone(subjects: readonly Subject[], now: Date, until: Date): Promise<number>
  isHeldUp: IsHeldUp
}

/** What may be asked for and need not be. */
type Optional<T> = { [Name in keyof T]?: T[Name] | undefined }

export type TransactionFilter = Optional<
  AccountScope &
    Period &
    Record<'status' | 'reconciliation' | 'orderId', string> &
    Record<'overdue' | 'test' | 'linked', boolean>
>

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
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

/** A transaction as read back; `discrepancies` carry their ids and times. */
export interface TransactionRecord extends Omit<
  Transaction,
  'discrepancies' | 'absorbed' | 'nextDeadlineAt' | 'merchantId'
> {
  discrepancies: DiscrepancyRecord[]
  updatedAt: string
  version: number
}

export interface AccountScope {
  provider: ProviderName
  account: string
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

/** A discrepancy out of its transaction or order. `resolution` is null while it is open. */
export interface ListedDiscrepancy extends DiscrepancyRecord, AccountScope {
  resolution: 'evidence' | 'operator' | null
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

/** What the database counts along of each day's payments. */
export interface TotalsStore {
  /** Make one row of what several connections counted alike, up to `limit` of theirs; answers how many. */
  addUp(limit: number): Promise<number>
}

export interface Stores {
  inbox: InboxStore
  processing: ProcessingStore
  quarantine: QuarantineStore
  bodies: BodyStore
  statements: StatementStore
  deadlines: DeadlineStore
  queries: QueryStore
  reports: ReportStore
  totals: TotalsStore
  identifiers: IdentifierStore
  health: HealthStore
  close(): Promise<void>
}
