import type { Clock } from '../lib/clock.ts'
import { sha256, sha256Framed } from '../lib/crypto.ts'
import { AppError } from '../lib/errors.ts'
import { createBatcher, type Batcher, type Patience } from '../lib/batch.ts'
import type {
  Account,
  NotificationRequest,
  Provider,
  RejectedNotification,
  ResponseEnvelope,
  VerifiedNotification,
} from '../providers/provider.ts'
import type { InboxStore, IncomingMessage, ReceivedMessage } from '../stores.ts'

/**
 * Receipt: verify, store, acknowledge. It never translates: what a message means is found out after it is safe.
 */
export interface Receiver {
  /**
   * Verify one notification and commit it. Resolves only after the commit; rejects with `signature_invalid` (the message
   * is in quarantine at most), or with a 503 when it could not be stored in time, so that the provider sends it again.
   */
  receiveNotification(delivery: NotificationDelivery): Promise<ReceivedMessage>
  /** Commit the forwarding of a synchronous answer; `idempotencyKey` replaces its content as the mark of a repetition. */
  receiveResponse(forwarding: ResponseForwarding): Promise<ReceivedMessage>
  /** Finish what is being stored; to be called after the last request was taken. */
  drain(): Promise<void>
  readonly waiting: number
}

export interface NotificationDelivery {
  provider: Provider
  account: Account
  request: NotificationRequest
  /** Of the HTTP request, for the log. */
  requestId: string
  /** Address of the sender, for quarantine's caps. */
  source: string
  /** Called for a message without a valid signature before any of it is kept; throws when its sender has sent too many. */
  onUnverified: () => Promise<void>
}

export interface ResponseForwarding {
  account: Account
  /** Of the HTTP request, for the log. */
  requestId: string
  envelope: ResponseEnvelope
  content: Buffer
  idempotencyKey: string | undefined
}

export interface ReceiverDeps {
  store: InboxStore
  clock: Clock
  newId: () => string
  /** Overwrite card secrets in place; names what it found. */
  scrub: (content: Buffer) => { content: Buffer; scrubbed: string[] }
  /** Called after every commit of something new, so that processing starts at once. */
  onStored: () => void
  onEvent: (event: ReceiptEvent) => void
  /** A receipt that is not committed by then is answered 503. */
  acknowledgeTimeoutMs: number
}

/** What receipt tells logs and metrics. */
export interface ReceiptEvent {
  provider: string
  account: string
  witness: IncomingMessage['witness']
  outcome: 'stored' | 'duplicate' | 'rejected' | 'failed'
  reason: string | null
  inboxId: string | null
  requestId: string
}

/** Above about a hundred rows a larger statement gains nothing, and a crash throws more away. */
const BATCH_MAX = 128
/** About two seconds of a full-speed burst: beyond it answering 503 is kinder than growing. */
const WAITING_MAX = 4_096
/** Unverified messages get a lane of their own, small enough that a flood of forgeries starves nobody else. */
const QUARANTINE_WAITING_MAX = 64

interface Lanes {
  verified: Batcher<IncomingMessage, ReceivedMessage>
  quarantine: Batcher<Parameters<InboxStore['quarantine']>[0], undefined>
}

export function createReceiver(deps: ReceiverDeps): Receiver {
  const lanes = createLanes(deps.store)
  return {
    receiveNotification: async (delivery) => {
      const { provider, account, request } = delivery
      const verification = provider.verify(request, account, deps.clock.now())
      if (!verification.verified) return reject(deps, lanes, delivery, verification)
      return store(deps, lanes, delivery.requestId, notificationMessage(deps, account, verification))
    },
    receiveResponse: async (forwarding) =>
      store(deps, lanes, forwarding.requestId, responseMessage(deps, forwarding)),
    drain: async () => {
      await Promise.all([lanes.verified.drain(), lanes.quarantine.drain()])
    },
    get waiting() {
      return lanes.verified.waiting
    },
  }
}

function createLanes(store: InboxStore): Lanes {
  return {
    verified: createBatcher({
      flush: async (messages) => store.receive(messages),
      maxItems: BATCH_MAX,
      maxWaiting: WAITING_MAX,
      laneOf: ({ provider, account }) => `${provider}/${account}`,
      isolates: (error) => store.isDataError(error),
    }),
    quarantine: createBatcher({
      flush: async ([message]) => {
        if (message) await store.quarantine(message)
        return [undefined]
      },
      maxItems: 1,
      maxWaiting: QUARANTINE_WAITING_MAX,
      laneOf: ({ source }) => source,
      isolates: () => false,
    }),
  }
}

function notificationMessage(
  deps: ReceiverDeps,
  account: Account,
  verified: VerifiedNotification,
): IncomingMessage {
  return {
    ...incoming(deps, account, verified.content),
    witness: 'notification',
    key: sha256Framed(account.provider, account.account, 'notification', verified.canonical),
    envelope: null,
    secretId: verified.secretId,
  }
}

function responseMessage(deps: ReceiverDeps, forwarding: ResponseForwarding): IncomingMessage {
  const { account, envelope, content, idempotencyKey } = forwarding
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

function incoming(deps: ReceiverDeps, { provider, account }: Account, received: Buffer) {
  return {
    id: deps.newId(),
    provider,
    account,
    contentDigest: sha256(received),
    receivedAt: deps.clock.now(),
    ...deps.scrub(received),
  }
}

async function store(
  deps: ReceiverDeps,
  lanes: Lanes,
  requestId: string,
  message: IncomingMessage,
): Promise<ReceivedMessage> {
  const told = { provider: message.provider, account: message.account, witness: message.witness, requestId }
  try {
    const received = await withinDeadline(deps, async (patience) => commit(deps, lanes, message, patience))
    const outcome = received.duplicate ? 'duplicate' : 'stored'
    deps.onEvent({ ...told, outcome, reason: null, inboxId: received.inboxId })
    return received
  } catch (error) {
    const failure = asStorageError(error)
    deps.onEvent({ ...told, outcome: 'failed', reason: failure.code, inboxId: null })
    throw failure
  }
}

/** Processing is told of every commit, also of one that came too late to be acknowledged. */
async function commit(
  deps: ReceiverDeps,
  lanes: Lanes,
  message: IncomingMessage,
  patience: Patience,
): Promise<ReceivedMessage> {
  const received = await lanes.verified.add(message, patience)
  if (!received.duplicate) deps.onStored()
  return received
}

/** The provider must not wait for ever; what is committed after all is met again as a duplicate. */
async function withinDeadline<T>(deps: ReceiverDeps, work: (patience: Patience) => Promise<T>): Promise<T> {
  const patience: Patience = { isOver: false }
  return new Promise<T>((resolve, reject) => {
    const cancel = deps.clock.after(deps.acknowledgeTimeoutMs, () => {
      patience.isOver = true
      reject(new AppError('acknowledge_timeout', 'The message was not stored in time; send it again'))
    })
    work(patience).then(resolve, reject).finally(cancel)
  })
}

const asStorageError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('storage_unavailable', 'The message was not stored; send it again', { cause: error })

async function reject(
  deps: ReceiverDeps,
  lanes: Lanes,
  delivery: NotificationDelivery,
  rejected: RejectedNotification,
): Promise<never> {
  const { account } = delivery.account
  tellUnverified(deps, delivery, 'rejected', rejected.reason)
  await delivery.onUnverified()
  if (rejected.plausible) await quarantine(deps, lanes, delivery, rejected)
  throw new AppError(
    'signature_invalid',
    `The signature does not verify for account ${account} (${rejected.reason}); check the secret and its algorithm`,
  )
}

/** Evidence is kept if there is room for it; that it could not be kept never changes the answer. */
async function quarantine(
  deps: ReceiverDeps,
  lanes: Lanes,
  delivery: NotificationDelivery,
  { reason, content, signature }: RejectedNotification,
): Promise<void> {
  const { account, request, source } = delivery
  const { contentDigest: digest, ...message } = incoming(deps, account, content)
  // Nobody has vouched for its length either.
  const bounded = signature?.slice(0, 512) ?? null
  const row = { ...message, digest, reason, method: request.method, signature: bounded, source }
  const kept = withinDeadline(deps, async (patience) => lanes.quarantine.add(row, patience))
  await kept.catch((error: unknown) => {
    tellUnverified(deps, delivery, 'failed', asStorageError(error).code)
  })
}

function tellUnverified(
  deps: ReceiverDeps,
  { account: { provider, account }, requestId }: NotificationDelivery,
  outcome: 'rejected' | 'failed',
  reason: string,
): void {
  deps.onEvent({
    ...{ provider, account, witness: 'notification', outcome, reason },
    ...{ inboxId: null, requestId },
  })
}
