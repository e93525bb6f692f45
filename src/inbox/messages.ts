import type { Witness } from '../domain/event/vocabulary.ts'
import type { ReplacedId } from '../card-data/identifiers.ts'
import type { ResponseEnvelope } from '../providers/provider.ts'
import type { AccountScope } from '../domain/records.ts'

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
  /** W3C traceparent of the request that brought it, where that is sampled. */
  trace?: string
}

/** The row a message ended up in: its own, or that of its first delivery. */
export interface ReceivedMessage {
  inboxId: string
  duplicate: boolean
}

/** Why a stored body cannot be had; `detail` names what is missing, never what it held. */
export interface ContentFault {
  code: 'data_key_missing' | 'content_altered' | 'content_purged'
  detail: string
}
