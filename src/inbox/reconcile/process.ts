import type { StoredEvent } from '../../domain/event/evidence.ts'
import { fallbackKey } from '../../domain/identity/references.ts'
import { inSlices } from '../../lib/in-slices.ts'
import { eachAlone } from '../../lib/one-by-one.ts'
import type { Translation } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import type { ContentFault } from '../messages.ts'
import type {
  ClaimedMessage,
  MessageOutcome,
  NewEvent,
  ProcessingUnit,
  ReconciliationKey,
  ProcessingStore,
  UnitOptions,
} from './stores.ts'
import type { HandedMessages } from './handed-messages.ts'
import { eventKey } from './event-key.ts'
import { withoutPersonalData } from './personal-data.ts'
import { asRuleError, isMessageFault, isolationBy, judge } from './reconcile-keys.ts'
import { reportAbsent, reportOutcome, type ProcessingEvent } from './report.ts'
import { deferAbsentAccounts, deferOrPark } from './defer.ts'

/**
 * Processing: claim, translate, fold, reconcile; one transaction per batch, so a crash at any point leaves the messages
 * pending and nothing half done.
 */
export interface Processor {
  /** Process a batch of what was handed over, and one of what else is due; says how many messages it took. */
  runOnce: () => Promise<number>
}

/** A run that took fewer messages has left none behind. */
export const BATCH_MAX = 128
/**
 * How often the table is looked at whatever was handed over: for retries, for what a crash left and what other processes
 * stored. An empty queue answers from its index.
 */
export const PICK_UP_MS = 1_000

/** A body that cannot be decrypted or was deleted counts as unreadable, for its own reason. */
type Read = Translation | (ContentFault & { readable: false })

interface Translated {
  message: ClaimedMessage
  translation: Read
  events: NewEvent[]
}

type ProcessingServices = Services<{ processing: ProcessingStore }>

export function createProcessor(services: ProcessingServices, handed: HandedMessages): Processor {
  let lookedAt = 0
  // The clock may be set back.
  const isDue = (): boolean => Math.abs(services.clock.now().getTime() - lookedAt) >= PICK_UP_MS

  const processTable = async (missed: boolean): Promise<number> => {
    const before = handed.next()
    const found = await processNext(services, async (unit, now) =>
      unit.claim({ limit: BATCH_MAX, before, now }),
    )
    if (found === BATCH_MAX || (missed && before !== null)) handed.miss()
    lookedAt = services.clock.now().getTime()
    return found
  }
  return {
    runOnce: async () => {
      const missed = handed.takeMissed()
      const batch = handed.take(BATCH_MAX)
      if (batch.length > 0) await processNext(services, async (unit) => unit.claimHanded(batch))
      if (batch.length > 0 && !missed && !isDue()) return batch.length
      return batch.length + (await processTable(missed))
    },
  }
}

type Claim = (unit: ProcessingUnit, now: Date) => Promise<readonly ClaimedMessage[]>

/** The next batch; when it fails through one of its messages, each in a transaction of its own. */
async function processNext(services: ProcessingServices, claim: Claim): Promise<number> {
  const { claimed, fault } = await processBatch(services, claim)
  if (fault === undefined) return claimed.length
  if (claimed.length === 0) throw fault.error
  const alone = async ({ inboxId }: ClaimedMessage): Promise<void> => {
    const claimAlone: Claim = async (unit, now) => unit.claim({ limit: 1, only: [inboxId], now })
    const attempt = await processBatch(services, claimAlone, { shortLockTimeout: true })
    if (attempt.fault !== undefined) throw attempt.fault.error
  }
  await eachAlone(claimed, alone, {
    ...isolationBy(services, services.stores.processing),
    onFault: async (message, error) => deferOrPark(services, message, error),
  })
  return claimed.length
}

/** What a transaction claimed; `fault`: one of these messages made it fail, and none is done. */
interface Batch {
  claimed: readonly ClaimedMessage[]
  fault?: { error: unknown }
}

async function processBatch(
  services: ProcessingServices,
  claim: Claim,
  options: UnitOptions = {},
): Promise<Batch> {
  const { clock, stores } = services
  const now = clock.now()
  let claimed: readonly ClaimedMessage[] = []
  try {
    const { finished, absent } = await stores.processing.inTransaction(async (unit) => {
      claimed = await claim(unit, now)
      const { configured, absent } = deferAbsentAccounts(services, unit, claimed, now)
      return { finished: await processClaimed(services, unit, configured, now), absent }
    }, options)
    for (const account of absent) reportAbsent(services, account)
    const committedAt = clock.now()
    for (const { outcome, receivedAt } of finished)
      reportOutcome(services, { ...outcome, lagMs: committedAt.getTime() - receivedAt.getTime() })
    return { claimed }
  } catch (error) {
    if (!isMessageFault(stores.processing, error)) throw error
    return { claimed, fault: { error } }
  }
}

interface Finished {
  outcome: Omit<ProcessingEvent, 'lagMs'> & MessageOutcome
  receivedAt: Date
}

async function processClaimed(
  services: ProcessingServices,
  unit: ProcessingUnit,
  messages: readonly ClaimedMessage[],
  now: Date,
): Promise<Finished[]> {
  if (messages.length === 0) return []
  const translated = await inSlices(messages, (message) => asRuleError(() => translate(services, message)))
  const events = firstOfEachKey(translated.flatMap((entry) => entry.events))
  const news = events.length === 0 ? [] : await appendNews(services, unit, events, now)
  const fresh = new Set(news.map(({ event }) => event.id))
  const finished = translated.map((entry) => describe(entry, fresh))
  unit.finish(
    finished.map(({ outcome }) => outcome),
    now,
  )
  return finished
}

/** Append what says something new, and save what follows from it. Answers those events. */
async function appendNews(
  services: ProcessingServices,
  unit: ProcessingUnit,
  events: readonly NewEvent[],
  now: Date,
): Promise<NewEvent[]> {
  const before = await unit.read(events.flatMap(keysOf))
  const news = events.filter(({ eventKey }) => !before.eventKeys.has(eventKey.toString('hex')))
  if (news.length === 0) return []
  const evidence = { ...before, events: [...before.events, ...news.map(({ event }) => event)] }
  unit.append(news)
  unit.save(await judge(services, evidence, now), now)
  return news
}

/** Of two messages of one batch that state the same fact, the earlier one is new and the other one is the duplicate. */
function firstOfEachKey(events: readonly NewEvent[]): NewEvent[] {
  const byKey = new Map<string, NewEvent>()
  for (const event of events) {
    const key = event.eventKey.toString('hex')
    if (!byKey.has(key)) byKey.set(key, event)
  }
  return [...byKey.values()]
}

/** The transaction it names, what it is filed under, and its order. */
const keysOf = ({ event }: NewEvent): ReconciliationKey[] => {
  const { provider, account, reference, orderId } = event
  return [
    { kind: 'reference', id: reference } as const,
    { kind: 'reference', id: fallbackKey(event) } as const,
    { kind: 'order', id: orderId } as const,
  ].flatMap(({ kind, id }) => (id === null ? [] : [{ provider, account, kind, id }]))
}

function translate(services: ProcessingServices, message: ClaimedMessage): Translated {
  const translation = translateMessage(services, message)
  const events = translation.readable ? translation.events : []
  return {
    message,
    translation,
    events: events.map((fact) => {
      const event: StoredEvent = { ...fact, id: services.newId(), inboxId: message.inboxId }
      return { event, eventKey: eventKey(event) }
    }),
  }
}

function translateMessage(services: ProcessingServices, message: ClaimedMessage): Read {
  // A SIGHUP may take an account away between the claim and here: this throws, and the next try finds it absent.
  const { account, provider } = services.accounts.resolve(message.provider, message.account)
  const { content, receivedAt, envelope } = message
  if ('code' in content) return { ...content, readable: false }
  const translation =
    message.witness === 'response'
      ? provider.translateResponse({ envelope: envelope ?? {}, content, receivedAt }, account)
      : attributable(provider.translate({ content, receivedAt }, account))
  if (!translation.readable) return translation
  const kept = translation.events.map((event) => withoutPersonalData(event, account, services.emailDigest))
  return { ...translation, events: kept }
}

/** A notification that names no transaction, order or operation belongs to none: it is parked, where an operator sees it. */
function attributable(translation: Translation): Translation {
  if (!translation.readable) return translation
  const lost = translation.events.some(
    (event) => event.reference === null && event.orderId === null && fallbackKey(event) === null,
  )
  if (!lost) return translation
  return { readable: false, detail: 'the message names no transaction, no order and no operation' }
}

/** `fresh` holds the ids of the events that said something new. */
function describe({ message, translation, events }: Translated, fresh: ReadonlySet<string>): Finished {
  const { inboxId, provider, account, receivedAt } = message
  const about = { inboxId, provider, account }
  if (!translation.readable) {
    const code = 'code' in translation ? translation.code : 'unreadable_message'
    const why = { family: null, code, detail: translation.detail }
    return { receivedAt, outcome: { ...about, ...why, state: 'parked', unrecognized: [] } }
  }
  const said = events.filter(({ event }) => fresh.has(event.id))
  const state = events.length > 0 && said.length === 0 ? 'duplicate' : 'processed'
  const unrecognized = said.flatMap(({ event }) =>
    event.type === 'unrecognized' ? [event.providerCode ?? ''] : [],
  )
  const { family } = translation
  return { receivedAt, outcome: { ...about, state, family, code: null, detail: null, unrecognized } }
}
