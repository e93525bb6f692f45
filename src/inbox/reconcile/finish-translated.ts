import type { Services } from '../../services.ts'
import { judge } from './reconcile-keys.ts'
import { paymentsOf, statedContent, type Payments, type ProcessingEvent } from './report.ts'
import type {
  EvidenceRead,
  FormerEvent,
  MessageOutcome,
  NewEvent,
  ReconciledScope,
  Repetition,
  StatingUnit,
} from './stores.ts'
import { firstOfEachKey, keysOf, type Translated } from './translated.ts'

/** What follows from translated messages, whether they are processed for the first time or replayed. */

export interface Finished {
  outcome: Omit<ProcessingEvent, 'lagMs'> & MessageOutcome
  receivedAt: Date
}

export interface Said {
  translated: readonly Translated[]
  /** What was read under the locks of all that the messages name, by either translation; null: nothing was. */
  evidence: EvidenceRead | null
  /** The events of these messages by their former translation; null: they are translated for the first time. */
  former: readonly FormerEvent[] | null
}

export interface FinishedBatch {
  /** What came of each message. */
  finished: Finished[]
  /** What was judged. */
  results: readonly ReconciledScope[]
}

/** From now on the messages state what they are translated to, and nothing else. */
export async function finishTranslated(
  services: Pick<Services, 'accounts'>,
  unit: StatingUnit,
  { translated, evidence, former }: Said,
  now: Date,
): Promise<FinishedBatch> {
  if (translated.length === 0) return { finished: [], results: [] }
  const events = firstOfEachKey(translated.flatMap((entry) => entry.events))
  const { kept, gone } = compare(former ?? [], events)
  if (former !== null) {
    const inboxIds = translated.map(({ message }) => message.inboxId)
    unit.supersede({ inboxIds, events: gone.map(({ event }) => event) }, now)
  }
  const { news, results } = await appendNews(services, unit, { events, gone, before: evidence }, now)
  const stated = new Map([...kept, ...news].map(({ eventKey, event }) => [eventKey, event.inboxId]))
  unit.repeat(translated.flatMap((entry) => repetitionsOf(entry, stated)))
  const payments = paymentsOf(results)
  const finished = translated.map((entry) => describe(entry, stated, payments))
  unit.finish(
    finished.map(({ outcome }) => outcome),
    now,
  )
  return { finished, results }
}

/** An event stays if the same message states it in the same words. */
function compare(
  former: readonly FormerEvent[],
  events: readonly NewEvent[],
): Record<'kept' | 'gone', FormerEvent[]> {
  const now = new Map(events.map((one) => [one.eventKey, one]))
  const { kept = [], gone = [] } = Object.groupBy(former, ({ eventKey, event, fact }) => {
    const said = now.get(eventKey)
    return said?.event.inboxId === event.inboxId && said.fact === fact ? 'kept' : 'gone'
  })
  return { kept, gone }
}

interface Change {
  events: readonly NewEvent[]
  /** What is not stated any more, or in other words. */
  gone: readonly FormerEvent[]
  before: EvidenceRead | null
}

interface News {
  news: NewEvent[]
  results: readonly ReconciledScope[]
}

const NO_NEWS: News = { news: [], results: [] }

/** Append what says something new, and save what follows from it. Answers those events, and what was judged. */
async function appendNews(
  services: Pick<Services, 'accounts'>,
  unit: StatingUnit,
  { events, gone, before }: Change,
  now: Date,
): Promise<News> {
  if (events.length + gone.length === 0) return NO_NEWS
  const read = before ?? (await unit.read(events.flatMap(keysOf)))
  const known = gone.length === 0 ? read : without(read, gone)
  const news = events.filter(({ eventKey }) => !known.eventKeys.has(eventKey))
  if (news.length + gone.length === 0) return NO_NEWS
  const evidence = { ...known, events: [...known.events, ...news.map(({ event }) => event)] }
  unit.append(news)
  const judgement = await judge(services, evidence, now)
  unit.save(judgement, now)
  return { news, results: judgement.results }
}

function without(read: EvidenceRead, gone: readonly FormerEvent[]): EvidenceRead {
  const ids = new Set(gone.map(({ event }) => event.id))
  const keys = new Set(gone.map(({ eventKey }) => eventKey))
  return {
    ...read,
    events: read.events.filter(({ id }) => !ids.has(id)),
    eventKeys: new Set([...read.eventKeys].filter((key) => !keys.has(key))),
  }
}

/** `stated`: event key to the message that counts as its source; a key that is absent belongs to an earlier message. */
function repetitionsOf(
  { message: { inboxId }, events }: Translated,
  stated: ReadonlyMap<string, string>,
): Repetition[] {
  const others = events.filter(({ eventKey }) => stated.get(eventKey) !== inboxId)
  return firstOfEachKey(others).map(({ eventKey }) => ({ inboxId, eventKey }))
}

function describe(entry: Translated, stated: ReadonlyMap<string, string>, payments: Payments): Finished {
  const { message, version, translation, events } = entry
  const { inboxId, provider, account, receivedAt } = message
  const about = { inboxId, provider, account, translation: version }
  if (!translation.readable) {
    const code = 'code' in translation ? translation.code : 'unreadable_message'
    const why = { family: null, code, detail: translation.detail }
    return { receivedAt, outcome: { ...about, ...why, state: 'parked', unrecognized: [] } }
  }
  const said = firstOfEachKey(events).filter(({ eventKey }) => stated.get(eventKey) === inboxId)
  const state = events.length > 0 && said.length === 0 ? 'duplicate' : 'processed'
  const unrecognized = said.flatMap(({ event }) =>
    event.type === 'unrecognized' ? [event.providerCode ?? ''] : [],
  )
  const { family } = translation
  const outcome = { ...about, state, family, code: null, detail: null, unrecognized } as const
  return { receivedAt, outcome: { ...outcome, stated: statedContent(entry, payments) } }
}
