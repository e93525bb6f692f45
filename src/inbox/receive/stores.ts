import type { AuditEntry } from '../../domain/audit.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { ContentFault, IncomingMessage, ReceivedMessage } from '../messages.ts'

/** What receipt needs of the database. */

export interface InboxStore {
  /**
   * Insert many messages in one commit; answers in the order given. Committed when it resolves. Null: the key of that message
   * stands for another content, and nothing of it was stored or counted.
   */
  receive(messages: readonly IncomingMessage[]): Promise<(ReceivedMessage | null)[]>
  /** Add further deliveries to what the ledger counts; answers how many of the keys it has. */
  countRepetitions(repetitions: readonly Repetition[]): Promise<number>
  /** Changes whenever a connection was opened or has broken: the database may be another one since. */
  connections(): number
  /** Notify the workers of other processes that a message was stored. */
  notifyWorkers(): Promise<void>
  /** True when the failure lies in a value of the batch, so that single rows may succeed. */
  isDataError: (error: unknown) => boolean
}

/** Deliveries of one stored message. */
export interface Repetition extends Pick<IncomingMessage, 'key' | 'receivedAt'> {
  deliveries: number
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
   * a `known` source; what was kept before stays. Never shares a transaction with verified messages.
   */
  keep(message: QuarantinedMessage, known: boolean): Promise<boolean>
  /** Up to `limit` messages after that id, in the order of their ids. */
  list(after: string | null, limit: number): Promise<KeptEvidence[]>
  /**
   * Store it as the verified message that it turned out to be, take it out of quarantine, and write down who had it done, in one
   * commit. Null: it is not there any more, and nothing was stored.
   */
  release(id: string, message: IncomingMessage, entry: AuditEntry): Promise<ReceivedMessage | null>
}
