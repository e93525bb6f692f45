import type { AuditEntry } from '../../domain/audit.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { ContentFault, IncomingMessage } from '../messages.ts'
import type { Account } from '../../providers/account.ts'
import type { KeptEvidence } from '../receive/stores.ts'

/** Where raw bodies are kept. */
export type BodyHome = 'inbox' | 'quarantine'

/** One step of a walk over all bodies. */
export interface ReencryptedPage {
  /** Where the next page begins; null: this was the last one. */
  end: string | null
  resealed: number
  /** The bodies that could not be opened, and stay as they are. */
  faults: BodyFault[]
}

export type BodyFault = ContentFault & { id: string }

/** What the tasks of maintenance do, each within the transaction of its turn. */
export interface TurnStores {
  bodies: BodyRetention
  quarantine: {
    /** Delete up to `limit` messages that were first seen more than `keepMs` ago, the oldest first; answers how many. */
    purge(options: { now: Date; keepMs: number; limit: number }): Promise<number>
  }
  totals: TotalsStore
  reconciliation: {
    /** Write down where all payments stand, unless it was done on this day; answers how many rows that took. */
    snapshot(now: Date): Promise<number>
  }
  accounts: {
    /** Make the database know these accounts and no other ones; answers how many changed. */
    record(accounts: readonly Account[], now: Date): Promise<number>
  }
}

/** A turn of a task. `next`: when its next run begins; used when the piece took fewer than `limit` rows, which ends the run. */
export interface Turn {
  name: string
  now: Date
  next: Date
  limit: number
}

/** Which task is due when; the same for all replicas. */
export interface ChoreStore {
  /** Give the tasks that are new a row; they are due at once. */
  register(names: readonly string[], now: Date): Promise<void>
  /**
   * Do one piece of a task if it is due and no other replica is at it. The piece, and what the row says afterwards, are one commit.
   * Answers what `work` does; null: it is not this replica's turn.
   */
  takeTurn(turn: Turn, work: (stores: TurnStores) => Promise<number>): Promise<number | null>
  /** The turn failed: the next one comes after a minute, twice as long after each further failure, up to a quarter of an hour. */
  putOff(name: string, now: Date, error: string): Promise<void>
}

/** Bodies that are not needed any more, or can be read again. */
export interface BodyRetention {
  /**
   * Delete up to `limit` bodies that were received more than `keepMs` ago, the oldest first, and answer how many. Messages
   * that are pending or parked keep theirs; rows, digests and events stay.
   */
  purge(options: { now: Date; keepMs: number; limit: number }): Promise<number>
  /** Queue up to `limit` messages again that were parked for want of a key that is here now; answers how many. */
  putBackSealed(now: Date, limit: number): Promise<number>
}

/** The raw bodies at rest. All of it is safe beside traffic and beside another process that does the same. */
export interface BodyStore {
  /** Encrypt the next bodies under the ring's first key, those in clear too, in one commit; those under it already stay. */
  reencryptPage(home: BodyHome, after: string | null): Promise<ReencryptedPage>
}

/** Audit entries for actions that span several commits. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>
}

/** What is noted in the audit log, with how many messages it was done to, if there were any. */
export type Deed = Omit<AuditEntry, 'count'>

/** The queue, as operators mend it. */
export interface QueueStore {
  /**
   * Park the messages of an account that are still pending, under any of the names of its provider; answers how many. A worker
   * that holds one finishes it first.
   */
  giveUp(account: { providers: readonly string[]; account: string }, deed: Deed): Promise<number>
}

/** The totals that the database keeps of each day's payments. */
export interface TotalsStore {
  /** Add up to `limit` rows that several connections wrote for the same day into one row; answers how many. */
  addUp(limit: number): Promise<number>
}

/** A stored message, as far as its signature is concerned. */
export interface StoredMessage extends AccountScope, Pick<IncomingMessage, 'witness' | 'secretId'> {
  home: 'inbox'
}

export type FoundMessage = StoredMessage | (KeptEvidence & { home: 'quarantine' })

/** Messages by their id, wherever they are. */
export interface MessageStore {
  /** Null: neither stored nor in quarantine. */
  find(id: string): Promise<FoundMessage | null>
}
