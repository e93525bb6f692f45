import { parentPort, workerData } from 'node:worker_threads'
import { createAccountDirectory } from '../config/account-directory.ts'
import { createHandedMessages, HANDED_BYTES_MAX } from '../inbox/reconcile/handed-messages.ts'
import { systemClock } from '../lib/clock.ts'
import { createRoom } from '../lib/room.ts'
import { providers } from '../providers/registry.ts'
import { forwardCounters } from '../telemetry/forward-counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createServices } from './services.ts'
import { unpackMessages, type FromThread, type ThreadOptions, type ToThread } from './thread-messages.ts'
import { createLoops, startLoops, stopLoops } from './workers.ts'

/** The processing thread: what starts in `startThread` runs this file. It ends when it is told to, or throws. */

const port = parentPort
if (port === null) throw new Error('processing-thread.ts is a thread of the service and no program')
const { settings, traces, databaseUrl, poolSize, accounts: initial, room } = workerData as ThreadOptions

/** Lines and figures of one turn of the event loop travel together. */
let lines = ''
let isReporting = false
const report = (): void => {
  isReporting = false
  port.postMessage({ lines, counted: counted.take() } satisfies FromThread)
  lines = ''
}
const reportSoon = (): void => {
  if (isReporting) return
  isReporting = true
  setImmediate(report)
}
const counted = forwardCounters(reportSoon)
const logger = createLogger({
  level: settings.LOG_LEVEL,
  destination: {
    write: (line) => {
      lines += line
      reportSoon()
    },
  },
})
process.on('exit', report)

const accounts = createAccountDirectory(initial, providers)
const { services, close } = await createServices(
  {
    // A message between threads turns a Buffer into plain bytes.
    settings: { DATA_KEYS: settings.DATA_KEYS?.map(({ id, bytes }) => ({ id, bytes: Buffer.from(bytes) })) },
    traces,
    databaseUrl,
    poolSize,
    logger,
    clock: systemClock,
    metricsOf: () => counted.counters,
  },
  accounts,
)
const handed = createHandedMessages(createRoom(room, HANDED_BYTES_MAX))
const loops = createLoops(services, settings, handed)

const obey = (message: ToThread): void => {
  if (message.kind === 'accounts') accounts.replace(message.accounts)
  else if (message.kind === 'stop') void stop()
  else {
    if (message.kind === 'messages') handed.add(unpackMessages(message.batch))
    else handed.miss()
    loops.processing.nudge()
  }
}

async function stop(): Promise<void> {
  await stopLoops(loops)
  await close()
  report()
  port?.close()
}

port.on('message', obey)
startLoops(loops)
