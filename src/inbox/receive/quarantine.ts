import { LRUCache } from 'lru-cache'
import { maySeal } from '../../card-data/rules.ts'
import { createBatcher, type Batcher } from '../../lib/batch.ts'
import { sha256 } from '../../lib/crypto.ts'
import { AppError } from '../../lib/errors.ts'
import { createTokenBucket } from '../../lib/token-bucket.ts'
import type { Account, NotificationRequest, RejectedNotification } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { QuarantinedMessage } from './stores.ts'
import { withinDeadline, type Deadline } from './deadline.ts'
import { scrubbedFor } from './incoming-message.ts'
import { reportDropped } from './report.ts'

/**
 * Quarantine keeps what failed verification and looks like the provider's, as evidence, and only as long as that costs the
 * verified nothing: what there is no room or no time for is counted and forgotten.
 */
export interface Quarantine {
  /** A message of this sender was verified: it is none of those who only forge. */
  know(delivery: SentMessage): void
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

interface QuarantineServices extends Services<'quarantine'>, Deadline {
  /** Whether verified messages wait for the database: evidence is what is dropped first. */
  isBusy: () => boolean
}

/** Statements for evidence, per process: a hundredth of what verified messages may cost; as much again for known senders. */
const BUDGET = { burst: 100, perSecond: 50 }
/** A sender does not wait long for a 401: what a slow database has not taken by then is dropped. */
const WAITING_MAX = 64
/** Senders that are known; providers have a few addresses each. */
const KNOWN_MAX = 1_024
/** No signature vouches for its length either. */
const SIGNATURE_LENGTH_MAX = 512

export function createQuarantine(services: QuarantineServices): Quarantine {
  const knownSenders = new LRUCache<string, true>({ max: KNOWN_MAX })
  const now = (): number => services.clock.now().getTime()
  const known = createTokenBucket({ ...BUDGET, now })
  const strangers = createTokenBucket({ ...BUDGET, now })
  const lane = createBatcher({
    // One each: a failure of one must not be that of another, and a repeated digest may stand in one statement only once.
    flush: async (pieces: readonly Evidence[]) =>
      Promise.all(
        pieces.map(async ({ message, isKnown }) => services.stores.quarantine.keep(message, isKnown)),
      ),
    maxItems: 1,
    maxWaiting: WAITING_MAX,
    laneOf: ({ message: { source } }) => source,
    isolates: () => false,
  })
  return {
    know: (sent) => {
      knownSenders.set(senderOf(sent), true)
    },
    keep: async (sent, rejected) => {
      const isKnown = knownSenders.has(senderOf(sent))
      if (services.isBusy()) reportDropped(services, { reason: 'busy' })
      else if (!(isKnown ? known : strangers).take()) reportDropped(services, { reason: 'budget' })
      else await keep(services, lane, { message: evidenceOf(services, sent, rejected), isKnown })
    },
    drain: async () => lane.drain(),
  }
}

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
    const isKept = await withinDeadline(services, async (patience) => lane.add(evidence, patience))
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

/** A signature covers every byte: what is overwritten can never be verified again. So where it is sealed, it stays. */
function keepable(services: QuarantineServices, account: Account, received: Buffer) {
  const { content, scrubbed } = scrubbedFor(services, account, received)
  return services.stores.quarantine.isSealing && maySeal(scrubbed)
    ? { content: received, scrubbed: [] }
    : { content, scrubbed }
}
