import type { ReplacedId } from '../../card-data/identifiers.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import type { ReadTogether } from '../../domain/connected-sets.ts'
import type { Reconciled } from '../../domain/reconcile.ts'
import type { AccountScope, ListedDiscrepancy, ReconciliationScope } from '../../domain/records.ts'
import type { Coverage, Expectation, Resolution, StoredEvent } from '../../domain/event/evidence.ts'
import type { DiscrepancyClass } from '../../domain/reconciliation/discrepancy-classes.ts'
import type { Discrepancy } from '../../domain/reconciliation/transaction.ts'
import type { ContentFault, IncomingMessage } from '../messages.ts'

/** The ports of reconciliation: what all writers share, then processing, statements and deadlines. */

/** Where a reconciliation starts: a transaction by any of its references, or an order. */
export interface ReconciliationKey extends AccountScope {
  kind: 'reference' | 'order'
  id: string
}

/**
 * What one transaction can do to what is computed: read, and save what follows. Everything that writes goes through it:
 * processing, announcements, operators' statements and the sweep.
 */
export interface ReconciliationUnit {
  /**
   * Lock the keys with all that is tied to them, transactions before orders and each in key order, and read it. Before anything
   * is written; what is written then, and read again under the same keys, ties no more.
   */
  read(keys: readonly ReconciliationKey[]): Promise<EvidenceRead>
  /** Written with the commit. */
  save(judgement: Judgement, now: Date): void
}

/** What was read under the locks, of sets that need not have anything in common. */
export interface EvidenceRead extends ReadTogether {
  events: StoredEvent[]
  expectations: (Expectation & AccountScope)[]
  resolutions: (Resolution & AccountScope & Record<'reference' | 'orderId', string | null>)[]
  /** Hexadecimal: what was stated before states nothing anew. */
  eventKeys: ReadonlySet<string>
  /** What is saved of it: the next save writes the difference. */
  saved: Saved
}

/** What was saved of the same evidence before: the next save writes the difference. */
export interface Saved {
  discrepancies: OpenDiscrepancy[]
  deadlines: Deadline[]
}

export type OpenDiscrepancy = { id: string } & AccountScope & Omit<Discrepancy, 'class' | 'field'>

/** When the clock alone may next change an order, or a call on an unknown transaction; RFC 3339. */
export interface Deadline extends ReconciliationKey {
  dueAt: string
}

/** What follows from the scopes that were read, beside what was saved of them. */
export interface Judgement {
  results: readonly ReconciledScope[]
  saved: Saved
}

export interface ReconciledScope {
  scope: ReconciliationScope
  reconciled: Reconciled
}

/** A discrepancy that an operator had closed shows more than the statement covers, and is a new row. */
export interface ReopenedDiscrepancy extends AccountScope {
  id: string
  class: DiscrepancyClass
  /** The one that was closed. */
  formerId: string
}

export interface UnitOptions {
  /** Wait for a lock for one second only: other messages wait behind this unit. */
  shortLockTimeout?: boolean
}

/** What a failed transaction says of its cause. */
export interface FailureTests {
  /** True when the failure lies in a value of the batch, so that single rows may succeed. */
  isDataError: (error: unknown) => boolean
  /** True when another transaction held a lock for too long, or a statement took too long: work on other rows may succeed. */
  isLockTimeout: (error: unknown) => boolean
}

/** A message claimed for processing. */
export interface ClaimedMessage
  extends AccountScope, Pick<IncomingMessage, 'witness' | 'envelope' | 'receivedAt' | 'trace'> {
  inboxId: string
  content: Buffer | ContentFault
  /** Failed tries. */
  attempts: number
  /** How often it was put off without a failed attempt: for a lock, or for its account. */
  putOff: number
}

/** A message as receipt hands it over after its commit: claiming it reads no content. */
export interface HandedMessage extends Omit<ClaimedMessage, 'content' | 'attempts' | 'putOff'> {
  content: Buffer
}

/** An event to be appended; `eventKey` decides whether it states anything new. */
export interface NewEvent {
  event: StoredEvent
  /** Hexadecimal, 32 bytes. */
  eventKey: string
  /** The fact as JSON. */
  fact: string
}

export interface MessageOutcome extends Record<'family' | 'code' | 'detail', string | null> {
  inboxId: string
  state: 'processed' | 'duplicate' | 'parked'
  /** Version of the provider's translation that read the message; null: none has. */
  translation: number | null
}

/** A message that states what another one had stated before. */
export interface Repetition extends Pick<NewEvent, 'eventKey'> {
  inboxId: string
}

/**
 * What one transaction over translated messages can do. Each is written with the commit, in the order of the calls.
 */
export interface StatingUnit extends ReconciliationUnit {
  /** Take back what these messages state by a former translation: the events of theirs that are given, and all repetitions. */
  supersede(former: FormerStatements, now: Date): void
  /** Events that are new by what was read under the locks of all that they name. */
  append(events: readonly NewEvent[]): void
  /** Note who states an event that is there. */
  repeat(repetitions: readonly Repetition[]): void
  finish(outcomes: readonly MessageOutcome[], now: Date): void
}

/** An event as it is stored. */
export type FormerEvent = NewEvent

export interface FormerStatements {
  inboxIds: readonly string[]
  events: readonly Pick<StoredEvent, 'id' | 'inboxId'>[]
}

export interface ClaimOptions {
  limit: number
  now: Date
}

/** What one transaction over a claimed batch can do: claim and read; and, with the commit, append, save and finish. */
export interface ProcessingUnit extends StatingUnit {
  /**
   * Up to `limit` messages due at `now` that were not set apart, locked until the end of the unit; other workers skip them.
   * `before` narrows to ids before that one.
   */
  claim(options: ClaimOptions & { before: string | null }): Promise<ClaimedMessage[]>
  /** The same of what was set apart. */
  claimApart(options: ClaimOptions): Promise<ClaimedMessage[]>
  /** The message, if it is due and no other worker holds it. */
  claimOne(inboxId: string, now: Date): Promise<ClaimedMessage[]>
  /** The same for those of the messages that wait for their first try. */
  claimHanded(messages: readonly ClaimedMessage[]): Promise<ClaimedMessage[]>
  /** Give claimed messages another turn at `dueAt`, without a failed try. */
  putOff(inboxIds: readonly string[], dueAt: Date): void
  /** Leave claimed messages to a turn of their own. */
  setApart(inboxIds: readonly string[]): void
}

export interface ProcessingStore extends FailureTests {
  /** Run `work` in one transaction: all of it is committed, or nothing. */
  inTransaction<T>(work: (unit: ProcessingUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /** Record a failed try of one message; the next one is made at `dueAt`. */
  postpone(inboxId: string, attempts: number, dueAt: Date): Promise<void>
  /** Another turn at `dueAt`, without a failed try. */
  putOff(inboxIds: readonly string[], dueAt: Date): Promise<void>
  park(outcome: MessageOutcome, now: Date): Promise<void>
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
  /** False: it was withdrawn before. */
  withdraw(id: string, now: Date): Promise<boolean>
  /** Null when unknown; shows what was saved before. */
  findDiscrepancy(id: string): Promise<ResolvableDiscrepancy | null>
  state(statement: OperatorStatement): Promise<void>
  /** Write down who did it. */
  audit(entry: AuditEntry): Promise<void>
}

/** A discrepancy with its identity and how it was closed; `resolution` is null while it is open. */
export interface ResolvableDiscrepancy extends ListedDiscrepancy {
  key: string
  /** What a statement about it covers as it stands. */
  covers: Coverage
}

/** A resolution with what an auditor asks for: its author, its subject, its reason. */
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
export interface DeadlineStore extends FailureTests {
  /** Up to `limit` keys whose time has come, the longest overdue first. */
  due(now: Date, limit: number): Promise<ReconciliationKey[]>
  inTransaction<T>(work: (unit: ReconciliationUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /**
   * Another turn at `until` for the keys that are still due; the next judgement that succeeds writes the true time. What
   * another transaction holds stays due. Answers how many times were moved.
   */
  postpone(keys: readonly ReconciliationKey[], now: Date, until: Date): Promise<number>
}
