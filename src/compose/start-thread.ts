import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Settings } from '../config/settings.ts'
import type { IncomingMessage } from '../inbox/messages.ts'
import { HANDED_BYTES_MAX } from '../inbox/reconcile/handed-messages.ts'
import { createRoom, roomBuffer } from '../lib/room.ts'
import type { Services } from '../services.ts'
import { addCounted } from '../telemetry/forward-counters.ts'
import { writeLines } from '../telemetry/logger.ts'
import { withinRoom, type Processing } from './processing.ts'
import {
  packMessages,
  type FromThread,
  type ThreadOptions,
  type ThreadSettings,
  type ToThread,
} from './thread-messages.ts'

/**
 * The heap of the thread, as `npm start` bounds that of the process. Where the command line bounds the heap, V8 takes those
 * bounds for every thread.
 */
const LIMITS = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 48 }
/** A thread that ended by itself is started again after this time, twice as long each time it does so soon. */
const RESTART_MS = 1_000
const RESTART_MAX_MS = 10_000
/** What lived so long did not die of how it started. */
const STEADY_MS = 30_000

const ENTRY = new URL('./processing-thread.ts', import.meta.url)

/** Processing, the sweep, a replay and maintenance take one connection each. */
const CONNECTIONS = 4

/** How many of the process's connections the thread gets; 0: processing takes place on the main thread. */
export function connectionsForThread({ ROLE, PROCESSING_THREAD, DATABASE_POOL_SIZE }: Settings): number {
  const isWanted = ROLE === 'all' && PROCESSING_THREAD === 'on'
  return isWanted && availableParallelism() > 1
    ? Math.min(CONNECTIONS, Math.floor(DATABASE_POOL_SIZE / 2))
    : 0
}

/**
 * Processing in a thread of its own, so that no acknowledgement waits for a rule. The thread that ended takes nothing along: what
 * it was handed is in the table, and the next one begins there.
 */
export function processInThread(
  services: Services,
  {
    settings,
    ...options
  }: Pick<ThreadOptions, 'traces' | 'databaseUrl' | 'poolSize'> & { settings: ThreadSettings },
): Processing {
  const { clock, logger, metrics, accounts } = services
  let thread: Thread | undefined
  let isStopping = false
  let restartMs = RESTART_MS

  const start = (): void => {
    if (isStopping) return
    const startedAt = clock.now().getTime()
    const started = createThread(services, {
      ...options,
      settings: settingsOf(settings),
      accounts: accounts.all(),
    })
    thread = started
    void started.ended.then((error) => {
      thread = undefined
      if (isStopping) return
      if (clock.now().getTime() - startedAt > STEADY_MS) restartMs = RESTART_MS
      metrics.threadEnded.inc({})
      logger.error(
        { error, restartMs },
        'the processing thread ended; messages wait until it is started again',
      )
      clock.after(restartMs, start)
      restartMs = Math.min(restartMs * 2, RESTART_MAX_MS)
    })
  }
  return {
    start,
    takeOver: (messages) => thread?.takeOver(messages),
    look: () => thread?.tell({ kind: 'look' }),
    replaceAccounts: (all) => thread?.tell({ kind: 'accounts', accounts: all }),
    stop: async () => {
      isStopping = true
      thread?.tell({ kind: 'stop' })
      await thread?.ended
    },
  }
}

/** Nothing but what the thread reads: keys of the API are none of it. */
const settingsOf = (settings: ThreadSettings): ThreadSettings => {
  const { LOG_LEVEL, DATA_KEYS, INBOX_RETENTION_DAYS, PROCESSING_GATHER_MS, SWEEP_INTERVAL } = settings
  return { LOG_LEVEL, DATA_KEYS, INBOX_RETENTION_DAYS, PROCESSING_GATHER_MS, SWEEP_INTERVAL }
}

interface Thread {
  takeOver: (messages: readonly IncomingMessage[]) => void
  tell: (message: ToThread) => void
  /** Resolves with what ended it; undefined when it ended without an error. */
  ended: Promise<unknown>
}

function createThread({ logger, metrics }: Services, options: Omit<ThreadOptions, 'room'>): Thread {
  const buffer = roomBuffer()
  const room = createRoom(buffer, HANDED_BYTES_MAX)
  const workerData = { ...options, room: buffer } satisfies ThreadOptions
  const worker = new Worker(ENTRY, { name: 'processing', workerData, resourceLimits: LIMITS })
  const tell = (message: ToThread, transferred: ArrayBuffer[] = []): void => {
    worker.postMessage(message, transferred)
  }
  worker.on('message', ({ lines, counted }: FromThread) => {
    if (lines !== '') writeLines(logger, lines)
    addCounted(metrics, counted)
  })
  return {
    tell,
    takeOver: (messages) => {
      const fitting = withinRoom(room, messages)
      const batch = packMessages(fitting)
      if (fitting.length > 0) tell({ kind: 'messages', batch }, [batch.bytes])
      if (fitting.length < messages.length) tell({ kind: 'look' })
    },
    ended: new Promise((resolve) => {
      let failure: unknown
      worker.on('error', (error) => {
        failure = error
      })
      worker.once('exit', () => {
        resolve(failure)
      })
    }),
  }
}
