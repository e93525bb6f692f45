import { canonicalJson } from '../../lib/canonical-json.ts'
import { keyUnder, sha256Framed } from '../../lib/crypto.ts'
import type { Account } from '../../providers/account.ts'
import type { ResponseEnvelope } from '../../providers/provider.ts'
import type { IncomingMessage } from '../messages.ts'

/** The key by which a redelivery is recognised: two deliveries with one key are one message. */

/** `digest`: of what the provider's adapter says makes two deliveries the same. The key begins with the payment's name. */
export const notificationKey = (
  { provider, account }: Account,
  name: string,
  digest: Buffer,
): IncomingMessage['key'] => keyUnder(name, provider, account, 'notification', digest)

export interface KeyedAnswer {
  envelope: ResponseEnvelope
  content: Buffer
  /** Replaces the content as the mark of a repetition. */
  idempotencyKey: string | undefined
}

/** With an idempotency key the content is kept as a mark beside it: the key used again for another content is a conflict. */
export function responseKey(
  { provider, account }: Account,
  { envelope, content, idempotencyKey }: KeyedAnswer,
): Pick<IncomingMessage, 'key' | 'contentMark'> {
  const keyOf = (mark: string, said: string | Buffer): Buffer =>
    sha256Framed(provider, account, 'response', mark, said)
  const body = canonicalJson(content.toString('utf8')) ?? content
  if (idempotencyKey === undefined) return { key: keyOf(canonical(envelope), body), contentMark: null }
  return { key: keyOf(`key:${idempotencyKey}`, ''), contentMark: contentMarkOf(envelope, body) }
}

/** `receivedAt` is left out: a client may stamp anew what it sends once more. */
function contentMarkOf(
  { receivedAt: _stamped, ...envelope }: ResponseEnvelope,
  body: string | Buffer,
): Buffer {
  return sha256Framed(canonical(envelope), body)
}

/** A retrying client may serialize the same call differently. */
function canonical(envelope: ResponseEnvelope): string {
  const text = JSON.stringify(envelope)
  return canonicalJson(text) ?? text
}
