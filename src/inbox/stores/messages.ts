import type { Witness } from '../../domain/transaction-event.ts'
import type { ReplacedId } from '../../card-data/identifiers.ts'
import type { ResponseEnvelope } from '../../providers/provider.ts'
import type { AccountScope } from '../../records.ts'

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

/** Why a stored body cannot be had; `detail` names what is missing, never what it held. */
export interface ContentFault {
  code: 'data_key_missing' | 'content_altered' | 'content_purged'
  detail: string
}
