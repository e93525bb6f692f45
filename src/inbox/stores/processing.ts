import type { StoredEvent } from '../../domain/transaction.ts'
import type { AccountScope } from '../../records.ts'
import type { ContentFault, IncomingMessage } from './messages.ts'
import type { IsHeldUp, ReconciliationUnit, UnitOptions } from './reconciliation.ts'

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

export interface MessageOutcome extends Record<'family' | 'code' | 'detail', string | null> {
  inboxId: string
  state: 'processed' | 'duplicate' | 'parked'
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
