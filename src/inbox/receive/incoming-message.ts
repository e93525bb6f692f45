import { sha256 } from '../../lib/crypto.ts'
import type { ReplacedId } from '../../card-data/identifiers.ts'
import { scrub, type Scrubbed } from '../../card-data/scrub.ts'
import type { Account } from '../../providers/account.ts'
import type { VerifiedNotification } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { IncomingMessage } from '../messages.ts'
import { keepIds, originalsOf } from '../kept-ids.ts'
import { notificationKey, responseKey, type KeyedAnswer } from './delivery-key.ts'

/** What a message is stored as, whichever way it came. */

type MessageServices = Pick<Services, 'clock' | 'newId' | 'identifiers'>

export interface ForwardedAnswer extends KeyedAnswer {
  account: Account
}

/** What a delivery is recognised by, and the digest of its content. */
export type KeyedNotification = Pick<IncomingMessage, 'key' | 'contentDigest'>

/** Reuses the content's digest as the key's digest when both cover the same bytes. */
export function keyedNotification(
  { identifiers }: Pick<Services, 'identifiers'>,
  account: Account,
  { reference, canonical, content }: VerifiedNotification,
): KeyedNotification {
  const contentDigest = sha256(content)
  const digest = canonical === content ? contentDigest : sha256(canonical)
  return { key: notificationKey(account, identifiers.replace(reference), digest), contentDigest }
}

export function notificationMessage(
  services: MessageServices,
  account: Account,
  verified: VerifiedNotification,
  keyed: KeyedNotification = keyedNotification(services, account, verified),
): IncomingMessage {
  return {
    ...incoming(services, account, verified.content, []),
    ...keyed,
    witness: 'notification',
    contentMark: null,
    envelope: null,
    secretId: verified.secretId,
  }
}

export function responseMessage(services: MessageServices, answer: ForwardedAnswer): IncomingMessage {
  const { account, content, idempotencyKey } = answer
  const { kept: envelope, replaced } = keepIds(services.identifiers, answer.envelope)
  return {
    ...incoming(services, account, content, replaced),
    ...responseKey(account, { envelope, content, idempotencyKey }),
    contentDigest: sha256(content),
    witness: 'response',
    envelope,
    secretId: null,
  }
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
