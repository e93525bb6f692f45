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
    envelope: null,
    secretId: verified.secretId,
  }
}

export function responseMessage(deps: MessageDeps, answer: ForwardedAnswer): IncomingMessage {
  const { account, envelope, content, idempotencyKey } = answer
  const mark = idempotencyKey === undefined ? JSON.stringify(envelope) : `key:${idempotencyKey}`
  return {
    ...incoming(deps, account, content),
    witness: 'response',
    key: sha256Framed(
      account.provider,
      account.account,
      'response',
      mark,
      idempotencyKey === undefined ? content : '',
    ),
    envelope,
    secretId: null,
  }
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
