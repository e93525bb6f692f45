import type { StoredEvent } from '../../domain/event/evidence.ts'
import { fallbackKey } from '../../domain/identity/references.ts'
import { allInOrder } from '../../lib/all-in-order.ts'
import { inSlices } from '../../lib/in-slices.ts'
import type { Translation } from '../../providers/provider.ts'
import type { ContentFault } from '../messages.ts'
import type { ClaimedMessage, MessageOutcome, NewEvent, ProcessingUnit, Subject } from './stores.ts'
import { eventKey } from './event-key.ts'
import { blamesOne, byRule, judgeSubjects, oneByOneEnds } from './reconcile-subjects.ts'
import type { ProcessingEvent, ProcessorDeps } from './processing-event.ts'
import { withoutPersonalData } from './personal-data.ts'
import { leaveToAbsentAccounts, setAside } from './set-aside.ts'

/**
 * Processing: claim, translate, fold, reconcile; one transaction per batch, so a crash at any point leaves the messages
 * pending and nothing half done.
 */
export interface Processor {
  /** Process up to one batch; says how many messages it finished. */
  runOnce: () => Promise<number>
}

/** A run that finished fewer has emptied the queue. */
export const BATCH_MAX = 128

/** A body that cannot be had is as good as one that cannot be read, for a reason of its own. */
type Read = Translation | (ContentFault & { readable: false })

interface Translated {
  message: ClaimedMessage
  translation: Read
  events: NewEvent[]
}

export function createProcessor(deps: ProcessorDeps): Processor {
  return {
    runOnce: async () => {
      const claimed: ClaimedMessage[] = []
      try {
        return await processBatch(deps, claimed, { limit: BATCH_MAX })
      } catch (error) {
        if (!blamesOne(deps, error) || claimed.length === 0) throw error
        return processOneByOne(deps, claimed)
      }
    },
  }
}

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
  const { finished, absent } = await deps.store.inTransaction(
    async (unit) => {
      claimed.push(...(await unit.claim({ ...options, now })))
      const { configured, absent } = await leaveToAbsentAccounts(deps, unit, claimed, now)
      return { finished: await processClaimed(deps, unit, configured, now), absent }
    },
    { impatient: options.only !== undefined },
  )
  absent.forEach(deps.onAbsent)
  const committedAt = deps.clock.now()
  for (const { outcome, receivedAt } of finished) {
    deps.onOutcome({ ...outcome, lagMs: committedAt.getTime() - receivedAt.getTime() })
  }
  return claimed.length
}

interface Finished {
  outcome: Omit<ProcessingEvent, 'lagMs'> & MessageOutcome
  receivedAt: Date
}

async function processClaimed(
  deps: ProcessorDeps,
  unit: ProcessingUnit,
  messages: readonly ClaimedMessage[],
  now: Date,
): Promise<Finished[]> {
  if (messages.length === 0) return []
  const translated = await inSlices(messages, (message) => byRule(() => translate(deps, message)))
  const events = firstOfEachKey(translated.flatMap((entry) => entry.events))
  await unit.lock(events.flatMap(subjectsOf))
  const appended = await unit.append(events)
  const news = events.filter((event) => appended.has(event.eventKey.toString('hex')))
  const judged = news.length > 0 ? await judgeSubjects(deps, unit, news.flatMap(subjectsOf), now) : []
  const fresh = new Set(news.map(({ event }) => event.id))
  const finished = translated.map((entry) => describe(entry, fresh))
  const outcomes = finished.map(({ outcome }) => outcome)
  await allInOrder([unit.save(judged, now), unit.finish(outcomes, now)])
  return finished
}

/** Of two messages of one batch that state the same fact the earlier one is the news, the other one the duplicate. */
function firstOfEachKey(events: readonly NewEvent[]): NewEvent[] {
  const byKey = new Map<string, NewEvent>()
  for (const event of events) {
    const key = event.eventKey.toString('hex')
    if (!byKey.has(key)) byKey.set(key, event)
  }
  return [...byKey.values()]
}

/** The transaction it names, what it is filed under, and its order. */
const subjectsOf = ({ event }: NewEvent): Subject[] => {
  const { provider, account, reference, orderId } = event
  return [
    { kind: 'reference', id: reference } as const,
    { kind: 'reference', id: fallbackKey(event) } as const,
    { kind: 'order', id: orderId } as const,
  ].flatMap(({ kind, id }) => (id === null ? [] : [{ provider, account, kind, id }]))
}

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

function translateMessage(deps: ProcessorDeps, message: ClaimedMessage): Read {
  const account = deps.accounts.find(message.provider, message.account)
  const provider = deps.providerOf(message.provider)
  // A SIGHUP may take an account away between the claim and here; the next try finds it absent.
  if (!account || !provider) throw new Error(`account ${message.provider}/${message.account} is gone`)
  const { content, receivedAt, envelope } = message
  if ('code' in content) return { ...content, readable: false }
  const translation =
    message.witness === 'response'
      ? provider.translateResponse({ envelope: envelope ?? {}, content, receivedAt }, account)
      : attributable(provider.translate({ content, receivedAt }, account))
  if (!translation.readable) return translation
  const kept = translation.events.map((event) => withoutPersonalData(event, account, deps.emailDigest))
  return { ...translation, events: kept }
}

/** What names nothing at all could hang nowhere and would never be missed: it is parked, where an operator sees it. */
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

/** After a failed batch: each message in a transaction of its own, so that one poisoned message stands alone. */
async function processOneByOne(deps: ProcessorDeps, messages: readonly ClaimedMessage[]): Promise<number> {
  const isOver = oneByOneEnds(deps.clock)
  for (const message of messages) {
    if (isOver()) break
    try {
      await processBatch(deps, [], { limit: 1, only: [message.inboxId] })
    } catch (error) {
      if (!blamesOne(deps, error)) throw error
      await setAside(deps, message, error)
    }
  }
  return messages.length
}
