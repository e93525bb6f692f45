import { canonicalJson } from '../../lib/canonical-json.ts'
import { keyUnder, sha256, sha256Framed } from '../../lib/crypto.ts'
import type { ReplacedId } from '../../card-data/identifiers.ts'
import { scrub, type Scrubbed } from '../../card-data/scrub.ts'
import type { Account, ResponseEnvelope, VerifiedNotification } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { IncomingMessage } from '../messages.ts'
import { keepIds, originalsOf } from '../kept-ids.ts'

/** What a message is stored as, whichever way it came. */

type MessageServices = Pick<Services, 'clock' | 'newId' | 'identifiers'>

export interface ForwardedAnswer {
  account: Account
  envelope: ResponseEnvelope
  content: Buffer
  /** Replaces the content as the mark of a repetition. */
  idempotencyKey: string | undefined
}

export function notificationMessage(
  services: MessageServices,
  account: Account,
  verified: VerifiedNotification,
): IncomingMessage {
  const name = services.identifiers.replace(verified.reference)
  return {
    ...incoming(services, account, verified.content, []),
    witness: 'notification',
    key: keyUnder(name, account.provider, account.account, 'notification', verified.canonical),
    contentMark: null,
    envelope: null,
    secretId: verified.secretId,
  }
}

export function responseMessage(services: MessageServices, answer: ForwardedAnswer): IncomingMessage {
  const { account, content, idempotencyKey } = answer
  const { kept: envelope, replaced } = keepIds(services.identifiers, answer.envelope)
  const keyOf = (mark: string, said: string | Buffer): Buffer =>
    sha256Framed(account.provider, account.account, 'response', mark, said)
  const body = canonicalJson(content.toString('utf8')) ?? content
  return {
    ...incoming(services, account, content, replaced),
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

function incoming(
  services: MessageServices,
  account: Account,
  received: Buffer,
  named: readonly ReplacedId[],
) {
  const { content, scrubbed, replaced } = scrubbedFor(services, account, received)
  return {
    id: services.newId(),
    provider: account.provider,
    account: account.account,
    contentDigest: sha256(received),
    receivedAt: services.clock.now(),
    content,
    scrubbed,
    originals: originalsOf(account, [...replaced, ...named]),
  }
}

/** The field in which the provider echoes a merchant's operation id holds an id like any other. */
export function scrubbedFor(
  { identifiers }: Pick<Services, 'identifiers'>,
  { policy: { echoedIn } }: Account,
  received: Buffer,
): Scrubbed {
  return scrub(received, { identifiers, alsoIds: echoedIn === null ? [] : [echoedIn] })
}
