import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { reconcile } from '../domain/reconcile.ts'
import type { StoredEvent } from '../domain/transaction.ts'
import type { Provider, Translation } from '../providers/provider.ts'
import type {
  AccountDirectory,
  ClaimedMessage,
  MessageOutcome,
  NewEvent,
  ProcessingStore,
  ProcessingUnit,
  ReconciliationScope,
} from '../stores.ts'
import { eventKey } from './event-key.ts'

/**
 * Processing: claim, translate, fold, reconcile; one transaction per batch, so a crash at any point leaves the messages
 * pending and nothing half done.
 */
export interface Processor {
  /** Process up to one batch; says how many messages it finished. */
  runOnce: () => Promise<number>
}

export interface ProcessorDeps {
  store: ProcessingStore
  accounts: AccountDirectory
  providerOf: (name: string) => Provider | undefined
  clock: Clock
  newId: () => string
  isDataError: (error: unknown) => boolean
  onOutcome: (outcome: ProcessingEvent) => void
}

/** What processing tells logs and metrics, after the commit. */
export interface ProcessingEvent extends MessageOutcome {
  provider: string
  account: string
  /** Receipt to commit, milliseconds. */
  lagMs: number
  /** Provider codes of unrecognized events. */
  unrecognized: string[]
  error?: unknown
}

const BATCH_MAX = 128
/** A message that failed this often alone will not mend by itself: it is parked for an operator. */
const ATTEMPTS_MAX = 8
const FIRST_RETRY_MS = 1_000

interface Translated {
  message: ClaimedMessage
  translation: Translation
  events: NewEvent[]
}

export function createProcessor(deps: ProcessorDeps): Processor {
  return {
    runOnce: async () => {
      const claimed: ClaimedMessage[] = []
      try {
        return await processBatch(deps, claimed, { limit: BATCH_MAX })
      } catch (error) {
        if (!isolates(deps, error) || claimed.length === 0) throw error
        return processOneByOne(deps, claimed)
      }
    },
  }
}

/** A lost connection or a conflict concerns the whole batch; a bad value or a bug in a rule concerns one message. */
const isolates = (deps: ProcessorDeps, error: unknown): boolean =>
  deps.isDataError(error) ||
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof AppError

interface ClaimOptions {
  limit: number
  only?: readonly string[]
}

/** `claimed` is filled as soon as the claim is made, so that the caller knows the batch even when it fails. */
async function processBatch(
  deps: ProcessorDeps,
  claimed: ClaimedMessage[],
  options: ClaimOptions,
): Promise<number> {
  const now = deps.clock.now()
  const events = await deps.store.inTransaction(async (unit) => {
    claimed.push(...(await unit.claim({ ...options, now })))
    return claimed.length === 0 ? [] : processClaimed(deps, unit, claimed, now)
  })
  events.forEach(deps.onOutcome)
  return claimed.length
}

async function processClaimed(
  deps: ProcessorDeps,
  unit: ProcessingUnit,
  messages: readonly ClaimedMessage[],
  now: Date,
): Promise<ProcessingEvent[]> {
  const translated = messages.map((message) => translate(deps, message))
  const events = translated.flatMap((entry) => entry.events)
  const fresh = await unit.append(events)
  const news = events.filter((event) => fresh.has(event.eventKey.toString('hex')))
  if (news.length > 0) await reconcileScopes(deps, unit, news, now)
  const outcomes = translated.map((entry) => describe(entry, fresh, now))
  await unit.finish(outcomes, now)
  return outcomes
}

async function reconcileScopes(
  deps: ProcessorDeps,
  unit: ProcessingUnit,
  news: readonly NewEvent[],
  now: Date,
): Promise<void> {
  const scopes = await unit.scopes(news)
  const results = scopes.flatMap((scope) => {
    const policy = deps.accounts.find(scope.provider, scope.account)?.policy
    return policy ? [{ scope, reconciled: reconcile({ ...reconcileInput(scope), policy, now }) }] : []
  })
  await unit.save(results, now)
}

const reconcileInput = ({ events, expectations, resolutions }: ReconciliationScope) => ({
  events,
  expectations,
  resolutions,
})

function translate(deps: ProcessorDeps, message: ClaimedMessage): Translated {
  const translation = translateMessage(deps, message)
  const events = translation.readable ? translation.events : []
  return {
    message,
    translation,
    events: events.map((fact) => {
      const event: StoredEvent = { ...fact, id: deps.newId(), inboxId: message.inboxId }
      return { event, eventKey: eventKey(event) }
    }),
  }
}

function translateMessage(deps: ProcessorDeps, message: ClaimedMessage): Translation {
  const account = deps.accounts.find(message.provider, message.account)
  const provider = deps.providerOf(message.provider)
  if (!account || !provider) {
    return {
      readable: false,
      detail: `account ${message.provider}/${message.account} is not configured any more`,
    }
  }
  const { content, receivedAt, envelope } = message
  return message.witness === 'response'
    ? provider.translateResponse({ envelope: envelope ?? {}, content, receivedAt }, account)
    : provider.translate({ content, receivedAt }, account)
}

function describe(
  { message, translation, events }: Translated,
  fresh: ReadonlySet<string>,
  now: Date,
): ProcessingEvent {
  const { inboxId, provider, account, receivedAt } = message
  const about = { inboxId, provider, account, lagMs: now.getTime() - receivedAt.getTime(), unrecognized: [] }
  if (!translation.readable) {
    const { detail } = translation
    return { ...about, state: 'parked', family: null, code: 'unreadable_message', detail }
  }
  const said = events.filter(({ eventKey: key }) => fresh.has(key.toString('hex')))
  return {
    ...about,
    state: events.length > 0 && said.length === 0 ? 'duplicate' : 'processed',
    family: translation.family,
    code: null,
    detail: null,
    unrecognized: said.flatMap(({ event }) =>
      event.type === 'unrecognized' ? [event.providerCode ?? ''] : [],
    ),
  }
}

/** After a failed batch: each message in a transaction of its own, so that one poisoned message stands alone. */
async function processOneByOne(deps: ProcessorDeps, messages: readonly ClaimedMessage[]): Promise<number> {
  for (const message of messages) {
    try {
      await processBatch(deps, [], { limit: 1, only: [message.inboxId] })
    } catch (error) {
      if (!isolates(deps, error)) throw error
      await setAside(deps, message, error)
    }
  }
  return messages.length
}

/** Try again later, each time after twice as long; in the end park it, where an operator finds and replays it. */
async function setAside(deps: ProcessorDeps, message: ClaimedMessage, error: unknown): Promise<void> {
  const now = deps.clock.now()
  const { inboxId, provider, account } = message
  const attempts = message.attempts + 1
  const about = {
    provider,
    account,
    lagMs: now.getTime() - message.receivedAt.getTime(),
    unrecognized: [],
    error,
  }
  const outcome: MessageOutcome = {
    inboxId,
    state: 'parked',
    family: null,
    code: 'processing_failed',
    detail: `failed ${attempts} times`,
  }
  if (attempts < ATTEMPTS_MAX) {
    await deps.store.postpone(inboxId, attempts, new Date(now.getTime() + FIRST_RETRY_MS * 2 ** attempts))
    return
  }
  await deps.store.park(outcome, now)
  deps.onOutcome({ ...outcome, ...about })
}
