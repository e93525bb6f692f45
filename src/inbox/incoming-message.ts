import { canonicalJson } from '../lib/canonical-json.ts'
import { withoutCardNumbers } from '../lib/card-data.ts'
import type { Clock } from '../lib/clock.ts'
import { keyUnder, sha256, sha256Framed } from '../lib/crypto.ts'
import type { Account, ResponseEnvelope, VerifiedNotification } from '../providers/provider.ts'
import type { IncomingMessage } from '../stores.ts'

/** What a message is stored as, whichever way it came. */

export interface MessageDeps {
  clock: Clock
  newId: () => string
  /** Overwrite card secrets in place; names what it found. */
  scrub: (content: Buffer) => { content: Buffer; scrubbed: string[] }
}

export interface ForwardedAnswer {
  account: Account
  envelope: ResponseEnvelope
  content: Buffer
  /** Replaces the content as the mark of a repetition. */
  idempotencyKey: string | undefined
}

export function notificationMessage(
  deps: MessageDeps,
  account: Account,
  verified: VerifiedNotification,
): IncomingMessage {
  // What looks like a card number stands nowhere, not even in part.
  const name = withoutCardNumbers(verified.reference)
  return {
    ...incoming(deps, account, verified.content),
    witness: 'notification',
    key: keyUnder(name, account.provider, account.account, 'notification', verified.canonical),
    contentMark: null,
    envelope: null,
    secretId: verified.secretId,
  }
}

export function responseMessage(deps: MessageDeps, answer: ForwardedAnswer): IncomingMessage {
  const { account, envelope, content, idempotencyKey } = answer
  const keyOf = (mark: string, said: string | Buffer): Buffer =>
    sha256Framed(account.provider, account.account, 'response', mark, said)
  const body = canonicalJson(content.toString('utf8')) ?? content
  return {
    ...incoming(deps, account, content),
    ...(idempotencyKey === undefined
      ? { key: keyOf(canonical(envelope), body), contentMark: null }
      : { key: keyOf(`key:${idempotencyKey}`, ''), contentMark: contentMarkOf(envelope, body) }),
    witness: 'response',
    envelope,
    secretId: null,
  }
}

/** `receivedAt` is left out: a client may stamp anew what it sends once more. */
function contentMarkOf({ receivedAt: _stamped, ...said }: ResponseEnvelope, body: string | Buffer): Buffer {
  return sha256Framed(canonical(said), body)
}

/** A retrying client may serialize the same call differently. */
function canonical(envelope: ResponseEnvelope): string {
  const text = JSON.stringify(envelope)
  return canonicalJson(text) ?? text
}

function incoming({ clock, newId, scrub }: MessageDeps, { provider, account }: Account, received: Buffer) {
  return {
    id: newId(),
    provider,
    account,
    contentDigest: sha256(received),
    receivedAt: clock.now(),
    ...scrub(received),
  }
}
