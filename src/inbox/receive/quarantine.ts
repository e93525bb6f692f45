import { LRUCache } from 'lru-cache'
import { maySeal } from '../../card-data/rules.ts'
import { createBatcher, type Batcher } from '../../lib/batch.ts'
import { sha256 } from '../../lib/crypto.ts'
import { AppError } from '../../lib/errors.ts'
import { createTokenBucket, type TokenBucket } from '../../lib/token-bucket.ts'
import type { Account } from '../../providers/account.ts'
import type { NotificationRequest, RejectedNotification } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { QuarantinedMessage, QuarantineStore } from './stores.ts'
import { acknowledgeDeadline, type AcknowledgeTimeout } from './acknowledge-timeout.ts'
import { scrubbedFor } from './incoming-message.ts'
import { reportDropped } from './report.ts'

/**
 * Quarantine keeps, as evidence, messages that failed verification and look like the provider's. Verified messages go first: when
 * there is no room or no time for evidence, it is counted and dropped.
 */
export interface Quarantine {
  /** Remember that a message of this sender was verified: its evidence has a budget of its own. */
  recordVerified(delivery: SentMessage): void
  /** Resolves when it is kept, or not; never rejects: the answer is the same 401. */
  keep(delivery: SentMessage, rejected: RejectedNotification): Promise<void>
  /** Finish what is being kept. */
  drain(): Promise<void>
}

export interface SentMessage {
  account: Account
  request: NotificationRequest
  /** Address of the sender. */
  source: string
}

interface QuarantineServices extends Services<{ quarantine: QuarantineStore }>, AcknowledgeTimeout {
  /** Whether verified messages wait for the database: evidence is what is dropped first. */
  isBusy: () => boolean
}

/**
 * Per process, a piece for each two kilobytes begun; as much again for known senders. What is kept is searched for card data on
 * the thread that acknowledges, which for the worst body takes 1.4 µs a byte.
 */
const BUDGET = { burst: 100, perSecond: 50 }
const BYTES_PER_PIECE = 2_048
/** Far larger than what the providers send. */
const EVIDENCE_BYTES_MAX = 65_536
/** A sender does not wait long for a 401: when this many pieces of evidence wait for a slow database, further ones are dropped. */
const WAITING_MAX = 64
/** Senders that are remembered; providers have a few addresses each. */
const KNOWN_MAX = 1_024
/** The sender of an unverified message may write a header of any length. */
const SIGNATURE_LENGTH_MAX = 512

export function createQuarantine(services: QuarantineServices): Quarantine {
  const knownSenders = new LRUCache<string, true>({ max: KNOWN_MAX })
  const now = (): number => services.clock.now().getTime()
  const known = createTokenBucket({ ...BUDGET, now })
  const strangers = createTokenBucket({ ...BUDGET, now })
  const lane = createBatcher({
    // One statement each: a failure concerns one message only, and a statement may not name a digest twice.
    flush: async (pieces: readonly Evidence[]) =>
      Promise.all(
        pieces.map(async ({ message, isKnown }) => services.stores.quarantine.keep(message, isKnown)),
      ),
    maxItems: 1,
    maxWaiting: WAITING_MAX,
    laneOf: ({ message: { source } }) => source,
    isolates: () => false,
    deadline: acknowledgeDeadline(services, services),
  })
  return {
    recordVerified: (sent) => {
      knownSenders.set(senderOf(sent), true)
    },
    keep: async (sent, rejected) => {
      const isKnown = knownSenders.has(senderOf(sent))
      if (services.isBusy()) reportDropped(services, { reason: 'busy' })
      else if (!isAffordable(isKnown ? known : strangers, rejected))
        reportDropped(services, { reason: 'budget' })
      else await keep(services, lane, { message: evidenceOf(services, sent, rejected), isKnown })
    },
    drain: async () => lane.drain(),
  }
}

const isAffordable = (budget: TokenBucket, { content }: RejectedNotification): boolean =>
  content.length <= EVIDENCE_BYTES_MAX && budget.take(Math.ceil(content.length / BYTES_PER_PIECE))

interface Evidence {
  message: QuarantinedMessage
  isKnown: boolean
}

const senderOf = ({ account, source }: SentMessage): string =>
  `${account.provider}/${account.account} ${source}`

async function keep(
  services: QuarantineServices,
  lane: Batcher<Evidence, boolean>,
  evidence: Evidence,
): Promise<void> {
  try {
    const isKept = await lane.add(evidence)
    if (!isKept) reportDropped(services, { reason: 'full' })
  } catch (error) {
    const isCrowded = error instanceof AppError && error.code === 'overloaded'
    reportDropped(services, isCrowded ? { reason: 'busy' } : { reason: 'failed', error })
  }
}

function evidenceOf(
  services: QuarantineServices,
  { account, request, source }: SentMessage,
  { reason, content, signature }: RejectedNotification,
): QuarantinedMessage {
  return {
    id: services.newId(),
    provider: account.provider,
    account: account.account,
    digest: sha256(content),
    reason,
    method: request.method,
    carrier: content.equals(request.body) ? 'body' : 'query',
    signature:
      signature === null
        ? null
        : scrubbedFor(services, account, Buffer.from(signature))
            .content.toString()
            .slice(0, SIGNATURE_LENGTH_MAX),
    source,
    receivedAt: services.clock.now(),
    ...keepable(services, account, content),
  }
}

/** A signature covers every byte: an overwritten body can never be verified again. So an encrypted body stays as it came. */
function keepable(services: QuarantineServices, account: Account, received: Buffer) {
  const { content, scrubbed } = scrubbedFor(services, account, received)
  return services.stores.quarantine.isSealing && maySeal(scrubbed)
    ? { content: received, scrubbed: [] }
    : { content, scrubbed }
}
