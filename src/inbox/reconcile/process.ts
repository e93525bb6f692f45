import { allInOrder } from '../../lib/all-in-order.ts'
import { eachAlone } from '../../lib/one-by-one.ts'
import type { Services } from '../../services.ts'
import type {
  ClaimedMessage,
  EvidenceRead,
  HandedMessage,
  ProcessingUnit,
  ProcessingStore,
  UnitOptions,
} from './stores.ts'
import type { HandedMessages } from './handed-messages.ts'
import type { LargeSets } from './large-sets.ts'
import { finishTranslated } from './finish-translated.ts'
import { isMessageFault, isolationBy } from './reconcile-keys.ts'
import { reportAbsent, reportOutcome } from './report.ts'
import { deferAbsentAccounts, deferOrPark, isConfigured } from './defer.ts'
import { keysOf, translateAll, type Translated } from './translated.ts'

/**
 * Processing: claim, translate, fold, reconcile; one transaction per batch, so a crash at any point leaves the messages
 * pending and nothing half done.
 */
export interface Processor {
  /** Process a batch of what was handed over, and one of what else is due; says how many messages it took. */
  runOnce: () => Promise<number>
  /** Process a batch of what was set apart, beside the others. */
  runApart: () => Promise<number>
}

/** A run that took fewer messages has left none behind. */
export const BATCH_MAX = 128
/**
 * The table is read at least this often, even while hand-overs keep coming: for retries, for what a crash left and what other processes
 * stored. An empty queue answers from its index.
 */
export const PICK_UP_MS = 1_000

type ProcessingServices = Services<{ processing: ProcessingStore }> & {
  largeSets: LargeSets
  /** Messages were set apart: their turn may begin. */
  onApart: () => void
}

export function createProcessor(services: ProcessingServices, handed: HandedMessages): Processor {
  let lookedAt = 0
  // The clock may be set back.
  const isDue = (): boolean => Math.abs(services.clock.now().getTime() - lookedAt) >= PICK_UP_MS

  const processTable = async (missed: boolean): Promise<number> => {
    const before = handed.next()
    const found = await processNext(services, {
      claim: async (unit, now) => unit.claim({ limit: BATCH_MAX, before, now }),
      handed: [],
      isApart: belongsToLargeSet(services),
    })
    if (found === BATCH_MAX || (missed && before !== null)) handed.miss()
    lookedAt = services.clock.now().getTime()
    return found
  }
  return {
    runOnce: async () => {
      const missed = handed.takeMissed()
      const batch = handed.take(BATCH_MAX)
      if (batch.length > 0)
        await services.tracer.inBatch('process messages', batch, async () =>
          processNext(services, handedSource(services, batch)),
        )
      if (batch.length > 0 && !missed && !isDue()) return batch.length
      return batch.length + (await processTable(missed))
    },
    runApart: async () =>
      processNext(services, {
        claim: async (unit, now) => unit.claimApart({ limit: BATCH_MAX, now }),
        handed: [],
        isApart: never,
      }),
  }
}

const never = (): boolean => false

const belongsToLargeSet =
  ({ largeSets }: Pick<ProcessingServices, 'largeSets'>): Source['isApart'] =>
  ({ events }) =>
    events.some((event) => largeSets.has(keysOf(event)))

/** Where a batch comes from. */
interface Source {
  claim: (unit: ProcessingUnit, now: Date) => Promise<readonly ClaimedMessage[]>
  /** The messages, when they are already in memory: they are translated before the transaction begins. */
  handed: readonly ClaimedMessage[]
  /** Whether a message is left to a turn of its own. */
  isApart: (translated: Translated) => boolean
}

function handedSource(services: ProcessingServices, batch: readonly HandedMessage[]): Source {
  const handed = batch.map((message) => ({ ...message, attempts: 0, putOff: 0 }))
  const isApart = belongsToLargeSet(services)
  return { claim: async (unit) => unit.claimHanded(handed), handed, isApart }
}

/** The next batch; when it fails through one of its messages, each in a transaction of its own. */
async function processNext(services: ProcessingServices, source: Source): Promise<number> {
  const { claimed, fault } = await processBatch(services, source)
  if (fault === undefined) return claimed.length
  if (claimed.length === 0) throw fault.error
  const alone = async ({ inboxId }: ClaimedMessage): Promise<void> => {
    const claim: Source['claim'] = async (unit, now) => unit.claimOne(inboxId, now)
    const one = { claim, handed: [], isApart: source.isApart }
    const attempt = await processBatch(services, one, { shortLockTimeout: true })
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
  { claim, handed, isApart }: Source,
  options: UnitOptions = {},
): Promise<Batch> {
  const { clock, stores } = services
  const now = clock.now()
  let claimed = handed
  try {
    const ahead = handed.every(isConfigured(services)) ? await translateAll(services, handed) : []
    const partedAhead = parted(ahead, isApart)
    const { finished, absent, apart } = await stores.processing.inTransaction(async (unit) => {
      const [found, evidence] = await allInOrder([claim(unit, now), readAhead(unit, partedAhead.together)])
      claimed = found
      const { configured, absent } = deferAbsentAccounts(services, unit, claimed, now)
      const { together, apart } =
        ahead.length > 0
          ? amongParted(configured, partedAhead)
          : parted(await translateAll(services, configured), isApart)
      unit.setApart(apart.map(({ message }) => message.inboxId))
      const { finished, results } = await finishTranslated(
        services,
        unit,
        { translated: together, evidence, former: null },
        now,
      )
      services.largeSets.learn(results)
      return { finished, absent, apart }
    }, options)
    if (apart.length > 0) services.onApart()
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

/** What these messages concern, read with the claim: nothing that they name depends on it. */
async function readAhead(unit: ProcessingUnit, ahead: readonly Translated[]): Promise<EvidenceRead | null> {
  const events = ahead.flatMap((entry) => entry.events)
  return events.length === 0 ? null : unit.read(events.flatMap(keysOf))
}

/** Messages that are judged together, and those that are left to a turn of their own. */
type Parted = Record<'together' | 'apart', readonly Translated[]>

const parted = (translated: readonly Translated[], isApart: Source['isApart']): Parted => {
  const apart = new Set(translated.filter(isApart))
  return { together: translated.filter((one) => !apart.has(one)), apart: [...apart] }
}

/** Keeps the earlier split: the evidence was read for it. */
const amongParted = (messages: readonly ClaimedMessage[], { together, apart }: Parted): Parted => {
  const ids = new Set(messages.map(({ inboxId }) => inboxId))
  const isAmong = ({ message }: Translated): boolean => ids.has(message.inboxId)
  return { together: together.filter(isAmong), apart: apart.filter(isAmong) }
}
