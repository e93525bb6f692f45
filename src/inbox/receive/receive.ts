import { createBatcher, type Batcher, type AbortFlag } from '../../lib/batch.ts'
import type { AccountScope } from '../../domain/records.ts'
import { AppError } from '../../lib/errors.ts'
import type { Provider, RejectedNotification } from '../../providers/provider.ts'
import type { IncomingMessage, ReceivedMessage } from '../messages.ts'
import { checkStatedCall } from '../stated-call.ts'
import type { Services } from '../../services.ts'
import type { InboxStore, QuarantineStore } from './stores.ts'
import { refuseUnlessCorrelatable, linksOf, type ResponseLinks } from './correlation.ts'
import { withinDeadline } from './acknowledge-timeout.ts'
import { notificationMessage, responseMessage, type ForwardedAnswer } from './incoming-message.ts'
import { createQuarantine, type Quarantine, type SentMessage } from './quarantine.ts'
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

export interface NotificationDelivery extends SentMessage {
  provider: Provider
  /** Of the HTTP request, for the log. */
  requestId: string
  /** Called for a message without a valid signature before any of it is kept; throws when its sender has sent too many. */
  onUnverified: () => Promise<void>
}

export interface ResponseForwarding extends AccountScope, Omit<ForwardedAnswer, 'account'> {
  /** Of the HTTP request, for the log. */
  requestId: string
}

export interface ReceivedResponse {
  received: ReceivedMessage
  /** What the response names, for a caller that waits for its effects. */
  links: ResponseLinks
}

export interface ReceiverOptions {
  acknowledgeTimeoutMs: number
  /** Called after every commit with what was new in it, also when it came too late to be acknowledged: processing starts at once. */
  onStored: (messages: readonly IncomingMessage[]) => void
}

type ReceiverServices = Services<{ inbox: InboxStore; quarantine: QuarantineStore }>

interface Receipt extends ReceiverServices, ReceiverOptions {
  lane: Lane
  quarantine: Quarantine
  report: (event: ReceiptEvent) => void
}

/** Above about a hundred rows a larger statement is no faster, and a crash loses more of what was not acknowledged yet. */
const BATCH_MAX = 128
/** About two seconds of traffic at full speed. Beyond it the sender gets 503 and sends again, and memory stays bounded. */
const WAITING_MAX = 4_096

type Lane = Batcher<IncomingMessage, ReceivedMessage | null>

export function createReceiver(services: ReceiverServices, options: ReceiverOptions): Receiver {
  const lane = createLane(services.stores.inbox, options.onStored)
  // More wait than the next statement takes: the database is slower than the traffic.
  const isBusy = (): boolean => lane.waiting > BATCH_MAX
  const quarantine = createQuarantine({ ...services, ...options, isBusy })
  const receipt = { ...services, ...options, lane, quarantine, report: createReceiptReport(services) }
  return {
    receiveNotification: async (delivery) => {
      const { provider, account, request } = delivery
      const verification = provider.verify(request, account, services.clock.now())
      if (!verification.verified) return reject(receipt, delivery, verification)
      quarantine.recordVerified(delivery)
      return store(receipt, delivery.requestId, notificationMessage(services, account, verification))
    },
    receiveResponse: async (forwarding) => receiveResponse(receipt, forwarding),
    drain: async () => {
      await Promise.all([lane.drain(), quarantine.drain()])
    },
  }
}

const createLane = (store: InboxStore, onStored: ReceiverOptions['onStored']): Lane =>
  createBatcher({
    flush: async (messages) => {
      const received = await store.receive(messages)
      const stored = messages.filter((_message, index) => received[index]?.duplicate === false)
      if (stored.length > 0) onStored(stored)
      return received
    },
    maxItems: BATCH_MAX,
    maxWaiting: WAITING_MAX,
    laneOf: ({ provider, account }) => `${provider}/${account}`,
    isolates: (error) => store.isDataError(error),
  })

/** A response is checked before it is stored, while the caller can still correct it. */
async function receiveResponse(receipt: Receipt, forwarding: ResponseForwarding): Promise<ReceivedResponse> {
  const { envelope, content, requestId } = forwarding
  const now = receipt.clock.now()
  const configured = receipt.accounts.resolve(forwarding.provider, forwarding.account)
  checkStatedCall(envelope, { provider: configured.provider, now })
  const subject = linksOf(configured, { envelope, content, receivedAt: now })
  refuseUnlessCorrelatable(subject, forwarding)
  const message = responseMessage(receipt, { ...forwarding, account: configured.account })
  return { received: await store(receipt, requestId, message), links: subject }
}

async function store(
  receipt: Receipt,
  requestId: string,
  message: IncomingMessage,
): Promise<ReceivedMessage> {
  const about = { provider: message.provider, account: message.account, witness: message.witness, requestId }
  try {
    const received = await withinDeadline(receipt, async (abort) => commit(receipt, message, abort))
    const outcome = received.duplicate ? 'duplicate' : 'stored'
    receipt.report({ ...about, outcome, reason: null, inboxId: received.inboxId })
    return received
  } catch (error) {
    const failure = asStorageError(error)
    receipt.report({ ...about, outcome: 'failed', reason: failure.code, inboxId: null })
    throw failure
  }
}

async function commit(
  { lane }: Receipt,
  message: IncomingMessage,
  abort: AbortFlag,
): Promise<ReceivedMessage> {
  const received = await lane.add(message, abort)
  if (received === null)
    throw new AppError(
      'idempotency_conflict',
      'Idempotency-Key: it was used for another answer, which stays; send this one under a key of its own',
    )
  return received
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
  const { requestId, account: accountOf } = delivery
  const { provider, account } = accountOf
  const { reason } = rejected
  const about = { provider, account, witness: 'notification', inboxId: null, requestId } as const
  report({ ...about, outcome: 'rejected', reason })
  await delivery.onUnverified()
  if (rejected.plausible) await quarantine.keep(delivery, rejected)
  throw new AppError(
    'signature_invalid',
    `The signature does not verify for account ${account} (${reason}); check the secret and its algorithm`,
  )
}
