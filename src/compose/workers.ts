import { createChangeFeed, STORED, type ChangeFeed } from '../db/change-feed.ts'
import { BATCH_MAX, createProcessor } from '../inbox/process.ts'
import { createSweeper } from '../inbox/sweep.ts'
import { newId } from '../lib/new-id.ts'
import { createPollLoop, type PollLoop } from '../lib/poll-loop.ts'
import { providerOf } from '../providers/registry.ts'
import { tellAbsent, tellOutcome, tellSwept } from '../telemetry/outcomes.ts'
import type { Parts } from './parts.ts'

/** What works without being asked: processing, the sweep, and the feed that wakes both it and held requests. */

/**
 * How often the queue is looked at without a nudge: for retries, and for what a crash or a receiver without a worker left.
 * An empty queue answers from its index.
 */
const PICK_UP_MS = 1_000
/** A failed processing run waits this long: the database is away or in conflict, and nothing is lost by waiting. */
const PROCESSING_BACKOFF_MS = 1_000

export function createProcessing({
  stores,
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
