import type { InboxStore } from '../inbox/receive/stores.ts'
import type { Settings } from '../config/settings.ts'
import { createChangeFeed, STORED, type ChangeFeed } from '../db/change-feed.ts'
import { createMaintenance, type Task } from '../inbox/maintain/maintenance.ts'
import { createTasks } from '../inbox/maintain/tasks.ts'
import { BATCH_MAX, createProcessor, PICK_UP_MS } from '../inbox/reconcile/process.ts'
import type { HandedMessages } from '../inbox/reconcile/handed-messages.ts'
import { createLargeSets } from '../inbox/reconcile/large-sets.ts'
import { createReplayer } from '../inbox/replay/replayer.ts'
import { createSweeper } from '../inbox/reconcile/sweep.ts'
import { coalesce } from '../lib/coalesce.ts'
import { createPollLoop, type PollLoop, type PollOptions } from '../lib/poll-loop.ts'
import type { Stores } from '../db/stores.ts'
import type { Services } from '../services.ts'

/** How often what is done, and what of it. */
export type LoopSettings = Pick<
  Settings,
  'DATA_KEYS' | 'INBOX_RETENTION_DAYS' | 'PROCESSING_GATHER_MS' | 'SWEEP_INTERVAL'
>

/** What runs without a request: processing, large sets, the sweep, replays, maintenance. */
export type Loops = Record<'processing' | 'largeSets' | 'sweep' | 'replay' | 'maintenance', PollLoop>

/** A failed processing run waits this long: the database is away or in conflict, and nothing is lost by waiting. */
const PROCESSING_BACKOFF_MS = 1_000
/** How often it is looked whether an operator began a replay: an empty index. */
const REPLAY_LOOK_MS = 1_000
/** A replay takes no more of the time than this, so that messages that come meanwhile are processed as fast as ever. */
const REPLAY_SHARE = 0.25
/** No request waits for maintenance, and its statements are cheap. */
const MAINTENANCE_MS = 60_000
const DAY_MS = 86_400_000

export function createLoops(
  services: Services<Stores>,
  settings: LoopSettings,
  handed: HandedMessages,
): Loops {
  const { logger, clock } = services
  const loop = (failure: string, options: Omit<PollOptions, 'onError' | 'clock'>): PollLoop =>
    createPollLoop({
      ...options,
      clock,
      onError: (error) => {
        logger.error({ error }, failure)
      },
    })
  const onApart = (): void => {
    largeSets.nudge()
  }
  const processor = createProcessor({ ...services, largeSets: createLargeSets(), onApart }, handed)
  const largeSets = loop('processing of a large set failed; its messages stay pending', {
    runOnce: processor.runApart,
    idleMs: PICK_UP_MS,
    backoffMs: PROCESSING_BACKOFF_MS,
  })
  return {
    processing: loop('processing failed; the messages stay pending', {
      runOnce: processor.runOnce,
      idleMs: PICK_UP_MS,
      gather: { full: BATCH_MAX, ms: settings.PROCESSING_GATHER_MS },
      backoffMs: PROCESSING_BACKOFF_MS,
    }),
    largeSets,
    // No message arrives to say that a deadline has passed.
    sweep: loop('the sweep failed; what is due stays due', {
      runOnce: createSweeper(services).runOnce,
      idleMs: settings.SWEEP_INTERVAL,
      backoffMs: PROCESSING_BACKOFF_MS,
    }),
    replay: loop('a replay was interrupted; it goes on where it was', replayOptions(services)),
    maintenance: loop('maintenance failed', {
      runOnce: createMaintenance(services, tasksOf(services, settings)).runOnce,
      idleMs: MAINTENANCE_MS,
      backoffMs: MAINTENANCE_MS,
    }),
  }
}

/** The work of replays, paced. */
export const replayOptions = (
  services: Services<Pick<Stores, 'replays'>>,
): Omit<PollOptions, 'onError' | 'clock'> => ({
  runOnce: createReplayer(services).runOnce,
  idleMs: REPLAY_LOOK_MS,
  share: REPLAY_SHARE,
  backoffMs: PROCESSING_BACKOFF_MS,
})

export function startLoops(loops: Loops): void {
  for (const loop of Object.values(loops)) loop.start()
}

/** Each finishes the run under way. */
export async function stopLoops(loops: Loops): Promise<void> {
  await Promise.all(Object.values(loops).map(async (loop) => loop.stop()))
}

export const tasksOf = (
  services: Pick<Services, 'accounts' | 'logger'>,
  { INBOX_RETENTION_DAYS, DATA_KEYS }: Pick<Settings, 'INBOX_RETENTION_DAYS' | 'DATA_KEYS'>,
): Task[] =>
  createTasks(services, { keepBodiesMs: INBOX_RETENTION_DAYS * DAY_MS, hasDataKeys: DATA_KEYS !== undefined })

/** A receiver without a worker notifies the workers of other processes. If that fails, they find the message within a second. */
export function notifyWorkers({ stores, logger }: Services<{ inbox: InboxStore }>): () => void {
  return coalesce(async () => {
    await stores.inbox.notifyWorkers().catch((error: unknown) => {
      logger.warn({ error }, 'the workers could not be told; they look by themselves every second')
    })
  })
}

/** Wakes held requests when something was saved, and processing when something was stored, by this process or another. */
export function listenForChanges(
  { wakeUps, logger, clock }: Services,
  databaseUrl: string,
  onStored: () => void,
): ChangeFeed {
  return createChangeFeed({
    databaseUrl,
    clock,
    onTopics: (topics) => {
      wakeUps.wake(topics)
      if (topics.includes(STORED)) onStored()
    },
    onGap: wakeUps.wakeAll,
    onError: (error) => {
      logger.warn({ error }, 'the change feed broke; held requests wait for their time-out until it is back')
    },
  })
}
