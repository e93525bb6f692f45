import { createChangeFeed, STORED, type ChangeFeed } from '../db/change-feed.ts'
import { BATCH_MAX, createProcessor } from '../inbox/reconcile/process.ts'
import { createSweeper } from '../inbox/reconcile/sweep.ts'
import { createUpkeep, type Chore } from '../inbox/maintain/upkeep.ts'
import { newId } from '../lib/new-id.ts'
import { createPollLoop, type PollLoop } from '../lib/poll-loop.ts'
import { providerOf } from '../providers/registry.ts'
import { tellAbsent, tellChore, tellOutcome, tellSwept } from '../telemetry/outcomes.ts'
import type { Parts } from './parts.ts'

/** What works without being asked: processing, the sweep, upkeep, and the feed that wakes processing and held requests. */

/**
 * How often the queue is looked at without a nudge: for retries, and for what a crash or a receiver without a worker left.
 * An empty queue answers from its index.
 */
const PICK_UP_MS = 1_000
/** A failed processing run waits this long: the database is away or in conflict, and nothing is lost by waiting. */
const PROCESSING_BACKOFF_MS = 1_000
/** No request waits for it, and its questions are cheap. */
const UPKEEP_MS = 60_000
const DAY_MS = 86_400_000
/** Long enough to see and mend a wrong secret after a weekend. */
const QUARANTINE_MS = 3 * DAY_MS

export function createProcessing({
  stores,
  emailDigest,
  accounts,
  metrics,
  options: { settings, logger, clock },
}: Parts): PollLoop {
  const processor = createProcessor({
    store: stores.processing,
    accounts,
    providerOf,
    clock,
    newId,
    emailDigest,
    isDataError: stores.inbox.isDataError,
    onOutcome: (outcome) => {
      tellOutcome(outcome, { metrics, logger })
    },
    onAbsent: (absent) => {
      tellAbsent(absent, { metrics, logger })
    },
  })
  return createPollLoop({
    runOnce: processor.runOnce,
    idleMs: PICK_UP_MS,
    gather: { full: BATCH_MAX, ms: settings.PROCESSING_GATHER_MS },
    backoffMs: PROCESSING_BACKOFF_MS,
    clock,
    onError: (error) => {
      logger.error({ error }, 'processing failed; the messages stay pending')
    },
  })
}

/** Deadlines are looked at by the clock alone: nothing that arrives says that a time has come. */
export function createSweep({
  stores,
  accounts,
  metrics,
  options: { settings, logger, clock },
}: Parts): PollLoop {
  const sweeper = createSweeper({
    store: stores.deadlines,
    accounts,
    clock,
    isDataError: stores.inbox.isDataError,
    onSwept: (swept) => {
      tellSwept(swept, { metrics, logger })
    },
  })
  return createPollLoop({
    runOnce: sweeper.runOnce,
    idleMs: settings.SWEEP_INTERVAL,
    backoffMs: PROCESSING_BACKOFF_MS,
    clock,
    onError: (error) => {
      logger.error({ error }, 'the sweep failed; what is due stays due')
    },
  })
}

export function createUpkeepLoop(parts: Parts): PollLoop {
  const { metrics } = parts
  const { logger, clock } = parts.options
  const upkeep = createUpkeep({
    chores: choresOf(parts),
    clock,
    onDone: (done) => {
      tellChore(done, { metrics, logger })
    },
  })
  return createPollLoop({
    runOnce: upkeep.runOnce,
    idleMs: UPKEEP_MS,
    backoffMs: UPKEEP_MS,
    clock,
    onError: (error) => {
      logger.error({ error }, 'upkeep failed')
    },
  })
}

/** Beside totals and evidence, whose time is not for choice, only what the settings ask for. */
function choresOf({ stores: { bodies, quarantine, totals }, options: { settings } }: Parts): Chore[] {
  const purgeQuarantine: Chore['run'] = async (now, limit) =>
    quarantine.purge({ now, keepMs: QUARANTINE_MS, limit })
  const addUpTotals: Chore['run'] = async (_now, limit) => totals.addUp(limit)
  const chores: Chore[] = [
    { name: 'purge_quarantine', run: purgeQuarantine },
    { name: 'add_up_totals', run: addUpTotals },
  ]
  const keepMs = settings.INBOX_RETENTION_DAYS * DAY_MS
  if (settings.DATA_KEYS !== undefined)
    chores.push({ name: 'put_back_sealed', run: async (...given) => bodies.putBackSealed(...given) })
  if (keepMs > 0)
    chores.push({
      name: 'purge_bodies',
      run: async (now, limit) => bodies.purge({ now, keepMs, limit }),
    })
  return chores
}

/** Wakes held requests when something was saved, and processing when something was stored, by this process or another. */
export function listenForChanges(
  { wakeUps, options: { databaseUrl, logger, clock } }: Parts,
  loop: PollLoop,
): ChangeFeed {
  return createChangeFeed({
    databaseUrl,
    clock,
    onTopics: (topics) => {
      wakeUps.wake(topics)
      if (topics.includes(STORED)) loop.nudge()
    },
    onGap: wakeUps.wakeAll,
    onError: (error) => {
      logger.warn({ error }, 'the change feed broke; held requests wait for their time-out until it is back')
    },
  })
}
