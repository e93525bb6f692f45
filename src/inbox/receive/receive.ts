import { createBatcher, type Batcher } from '../../lib/batch.ts'
import type { AccountScope } from '../../domain/records.ts'
import { AppError } from '../../lib/errors.ts'
import type { Provider, RejectedNotification } from '../../providers/provider.ts'
import type { IncomingMessage, ReceivedMessage } from '../messages.ts'
import { checkStatedCall } from '../stated-call.ts'
import type { Services } from '../../services.ts'
import type { InboxStore, QuarantineStore } from './stores.ts'
import { refuseUnlessCorrelatable, linksOf, type ResponseLinks } from './correlation.ts'
import { acknowledgeDeadline, type AcknowledgeTimeout } from './acknowledge-timeout.ts'
import {
  keyedNotification,
  notificationMessage,
  responseMessage,
  type ForwardedAnswer,
} from './incoming-message.ts'
import { createQuarantine, type Quarantine, type SentMessage } from './quarantine.ts'
import { createRepetitions, type Repetitions } from './repetitions.ts'
import { createReceiptReport, type ReceiptEvent } from './report.ts'

/**
 * Receipt: verify, store, acknowledge. A notification is not translated here: what it means is found out once it is stored.
 */
export interface Receiver {
  /**
   * Verify one notification and commit it. Resolves only after the commit; rejects with `signature_invalid` (the message
   * is in quarantine at most), or with a 503 when it could not be stored in time, so that the provider sends it again.
   */
  receiveNotification(delivery: NotificationDelivery): Promise<ReceivedMessage>
  /**
   * Commit the forwarding of a synchronous answer; `idempotencyKey` replaces its content as the mark of a repetition. Rejects
   * with `unknown_account`, `invalid_time`, `invalid_reference`, `response_not_correlatable`, and with `idempotency_conflict`
   * when that key stands for another content; else as above.
   */
  receiveResponse(forwarding: ResponseForwarding): Promise<ReceivedResponse>
  /** Finish what is being stored; to be called after the last request was taken. */
  drain(): Promise<void>
}

/** The HTTP request that brought a message, for log and traces. */
interface BroughtBy {
  requestId: string
  /** Its W3C traceparent; undefined: it is not sampled. */
  trace?: string | undefined
}

export interface NotificationDelivery extends SentMessage, BroughtBy {
  provider: Provider
  /** Called for a message without a valid signature before any of it is kept; throws when its sender has sent too many. */
  onUnverified: () => Promise<void>
}

export interface ResponseForwarding extends AccountScope, Omit<ForwardedAnswer, 'account'>, BroughtBy {}

export interface ReceivedResponse {
  received: ReceivedMessage
  /** What the response names, for a caller that waits for its effects. */
  links: ResponseLinks
}

export interface ReceiverOptions extends AcknowledgeTimeout {
  /**
   * Handed the new messages of every commit, so that processing starts at once; also of one that came too late to be
   * acknowledged.
   */
  onStored: (messages: readonly IncomingMessage[]) => void
}

type ReceiverServices = Services<{ inbox: InboxStore; quarantine: QuarantineStore }>

interface Receipt extends ReceiverServices, ReceiverOptions {
  lane: Lane
  quarantine: Quarantine
  repetitions: Repetitions
  report: (event: ReceiptEvent) => void
}

/** Above about a hundred rows a larger statement is no faster, and a crash loses more of what was not acknowledged yet. */
const BATCH_MAX = 128
/** About two seconds of traffic at full speed. Beyond it the sender gets 503 and sends again, and memory stays bounded. */
const WAITING_MAX = 4_096

type Lane = Batcher<IncomingMessage, ReceivedMessage | null>

export function createReceiver(services: ReceiverServices, options: ReceiverOptions): Receiver {
  const repetitions = createRepetitions(services)
  const lane = createLane(services, options, repetitions)
  // More messages wait than one statement can hold: the database is slower than the traffic.
  const isBusy = (): boolean => lane.waiting > BATCH_MAX
  const quarantine = createQuarantine({ ...services, ...options, isBusy })
  const report = createReceiptReport(services)
  const receipt = { ...services, ...options, lane, quarantine, repetitions, report }
  return {
    receiveNotification: async (delivery) => receiveNotification(receipt, delivery),
    receiveResponse: async (forwarding) => receiveResponse(receipt, forwarding),
    drain: async () => {
      await Promise.all([lane.drain(), quarantine.drain()])
      await repetitions.drain()
    },
  }
}

const createLane = (
  { stores: { inbox }, clock, tracer }: ReceiverServices,
  options: ReceiverOptions,
  repetitions: Repetitions,
): Lane =>
  createBatcher({
    flush: async (messages) => {
      const received = await tracer.inBatch('store messages', messages, async () =>
        repetitions.receive(messages),
      )
      const fresh = messages.filter((_message, index) => received[index]?.duplicate === false)
      if (fresh.length > 0) options.onStored(fresh)
      return received
    },
    maxItems: BATCH_MAX,
    maxWaiting: WAITING_MAX,
    laneOf: ({ provider, account }) => `${provider}/${account}`,
    isolates: (error) => inbox.isDataError(error),
    deadline: acknowledgeDeadline({ clock }, options),
  })

async function receiveNotification(
  receipt: Receipt,
  delivery: NotificationDelivery,
): Promise<ReceivedMessage> {
  const { provider, account, request } = delivery
  const verification = provider.verify(request, account, receipt.clock.now())
  if (!verification.verified) return reject(receipt, delivery, verification)
  receipt.quarantine.recordVerified(delivery)
  const keyed = keyedNotification(receipt, account, verification)
  const known = receipt.repetitions.recognize(account, keyed.key)
  if (known !== null) return known
  return store(receipt, delivery, notificationMessage(receipt, account, verification, keyed))
}

/** A response is checked before it is stored, while the caller can still correct it. */
async function receiveResponse(receipt: Receipt, forwarding: ResponseForwarding): Promise<ReceivedResponse> {
  const { envelope, content } = forwarding
  const now = receipt.clock.now()
  const configured = receipt.accounts.resolve(forwarding.provider, forwarding.account)
  checkStatedCall(envelope, { provider: configured.provider, now })
  const subject = linksOf(configured, { envelope, content, receivedAt: now })
  refuseUnlessCorrelatable(subject, forwarding)
  const message = responseMessage(receipt, { ...forwarding, account: configured.account })
  return { received: await store(receipt, forwarding, message), links: subject }
}

async function store(
  { lane, report }: Receipt,
  { requestId, trace }: BroughtBy,
  message: IncomingMessage,
): Promise<ReceivedMessage> {
  const { provider, account, witness } = message
  const about = { provider, account, witness, requestId, traceId: traceIdOf(trace) }
  try {
    const received = (await lane.add(trace === undefined ? message : { ...message, trace })) ?? conflict()
    const outcome = received.duplicate ? 'duplicate' : 'stored'
    report({ ...about, outcome, reason: null, inboxId: received.inboxId })
    return received
  } catch (error) {
    const failure = asStorageError(error)
    report({ ...about, outcome: 'failed', reason: failure.code, inboxId: null })
    throw failure
  }
}

const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-')[1]

function conflict(): never {
  throw new AppError(
    'idempotency_conflict',
    'Idempotency-Key: it was used for another answer, which stays; send this one under a key of its own',
  )
}

const asStorageError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('storage_unavailable', 'The message was not stored; send it again', { cause: error })

async function reject(
  { quarantine, report }: Receipt,
  delivery: NotificationDelivery,
  rejected: RejectedNotification,
): Promise<never> {
  const { requestId, trace, account: accountOf } = delivery
  const { provider, account } = accountOf
  const { reason } = rejected
  const about = {
    provider,
    account,
    witness: 'notification',
    inboxId: null,
    requestId,
    traceId: traceIdOf(trace),
  } as const
  report({ ...about, outcome: 'rejected', reason })
  await delivery.onUnverified()
  if (rejected.plausible) await quarantine.keep(delivery, rejected)
  throw new AppError(
    'signature_invalid',
    `The signature does not verify for account ${account} (${reason}); check the secret and its algorithm`,
  )
}
