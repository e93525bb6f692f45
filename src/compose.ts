import { v7 as uuidv7 } from 'uuid'
import { createAccountDirectory } from './accounts.ts'
import { buildApp, buildManagementApp, type AppDeps, type TrustProxy } from './app.ts'
import type { ApiKey, Settings } from './config.ts'
import { createChangeFeed, type ChangeFeed } from './db/change-feed.ts'
import { createStores } from './db/stores.ts'
import { createExpectations } from './inbox/expectations.ts'
import { createProcessor } from './inbox/process.ts'
import { createReceiver, type Receiver } from './inbox/receive.ts'
import { createResolutions } from './inbox/resolve.ts'
import { createSweeper } from './inbox/sweep.ts'
import { scrub } from './lib/card-data.ts'
import type { Clock } from './lib/clock.ts'
import type { Logger } from './lib/logger.ts'
import { createMetrics, type Metrics } from './lib/metrics.ts'
import { createPollLoop, type PollLoop } from './lib/poll-loop.ts'
import { createWakeUps, type WakeUps } from './lib/wake-up.ts'
import type { Account } from './providers/provider.ts'
import { providerOf, providers } from './providers/registry.ts'
import { createQueries } from './queries/reading.ts'
import { createReports } from './queries/reports.ts'
import { createWaiting } from './queries/waiting.ts'
import type { AccountDirectory, Stores } from './stores.ts'
import { readGauges, tellOutcome, tellReceipt, tellSwept } from './telemetry.ts'

/** The only file that chooses concrete things: which database, which providers, which clock drive the service. */
export interface Service {
  /** Bind the port (and the management port, when set); answers the base URL. */
  listen(): Promise<string>
  startProcessing(): void
  /** Swap the accounts (SIGHUP); what is under way finishes with the former ones. */
  replaceAccounts(accounts: readonly Account[]): void
  /** Count a re-read that was not valid. */
  configurationRejected(): void
  /** Refuse new work on /health, finish what was accepted, close everything. */
  drain(): Promise<void>
}

export interface ServiceOptions {
  settings: Settings
  databaseUrl: string
  accounts: readonly Account[]
  apiKeys: readonly ApiKey[]
  logger: Logger
  clock: Clock
  version: string
}

/**
 * How often the queue is looked at without a nudge: for retries, and for what a crash or a receiver without a worker left.
 * An empty queue answers from its index.
 */
const PICK_UP_MS = 1_000
/** A failed processing run waits this long: the database is away or in conflict, and nothing is lost by waiting. */
const PROCESSING_BACKOFF_MS = 1_000
/** A held request costs a few kilobytes and no query; beyond this many, new ones are answered at once. */
const WAITING_MAX = 2_000

/** What several parts share. */
interface Parts {
  options: ServiceOptions
  accounts: AccountDirectory
  stores: Stores
  metrics: Metrics
  wakeUps: WakeUps
}

export async function compose(options: ServiceOptions): Promise<Service> {
  const { settings } = options
  const accounts = createAccountDirectory(options.accounts, providers)
  const parts = createParts(options, accounts)
  const loop = createProcessing(parts)
  const sweep = createSweep(parts)
  const feed = listenForChanges(parts)
  const receiver = createReceipt(parts, loop)
  const state = { draining: false }
  const deps = appDeps(parts, receiver, () => state.draining)
  const { HOST: host, PORT: port, MANAGEMENT_PORT: managementPort } = settings
  // A worker has nothing to receive; it only shows how it is.
  const app =
    settings.ROLE === 'worker'
      ? await buildManagementApp(deps)
      : await buildApp(deps, { managedApart: managementPort !== undefined })
  const management = managementPort === undefined ? undefined : await buildManagementApp(deps)
  return {
    listen: async () => {
      if (managementPort !== undefined) await management?.listen({ host, port: managementPort })
      feed.start()
      return app.listen({ host, port })
    },
    startProcessing: () => {
      if (settings.ROLE === 'receiver') return
      loop.start()
      sweep.start()
    },
    replaceAccounts: accounts.replace,
    configurationRejected: parts.metrics.configurationRejected,
    drain: async () => {
      state.draining = true
      parts.wakeUps.close()
      // Still listening: a load balancer sees /health/ready fail before connections are refused.
      await new Promise<void>((resolve) => options.clock.after(settings.DRAIN_DELAY_MS, resolve))
      await app.close()
      await receiver.drain()
      await Promise.all([loop.stop(), sweep.stop()])
      await management?.close()
      await feed.stop()
      await parts.stores.close()
    },
  }
}

function createParts(options: ServiceOptions, accounts: AccountDirectory): Parts {
  const { settings, logger, clock } = options
  const stores = createStores({
    databaseUrl: options.databaseUrl,
    poolSize: settings.DATABASE_POOL_SIZE,
    onError: (error) => {
      logger.warn({ error }, 'an idle database connection broke')
    },
  })
  const metrics = createMetrics(
    async () => readGauges(stores.health, accounts, clock.now()),
    (error) => {
      logger.warn({ error }, 'the gauges could not be read')
    },
  )
  return { options, accounts, stores, metrics, wakeUps: createWakeUps({ clock, max: WAITING_MAX }) }
}

/** Wakes held requests when something they wait for was saved, by this process or another. */
function listenForChanges({ wakeUps, options: { databaseUrl, logger, clock } }: Parts): ChangeFeed {
  return createChangeFeed({
    databaseUrl,
    clock,
    onTopics: wakeUps.wake,
    onGap: wakeUps.wakeAll,
    onError: (error) => {
      logger.warn({ error }, 'the change feed broke; held requests wait for their time-out until it is back')
    },
  })
}

function createProcessing({ stores, accounts, metrics, options: { logger, clock } }: Parts): PollLoop {
  const processor = createProcessor({
    store: stores.processing,
    accounts,
    providerOf,
    clock,
    newId: uuidv7,
    isDataError: stores.inbox.isDataError,
    onOutcome: (outcome) => {
      tellOutcome(outcome, { metrics, logger })
    },
  })
  return createPollLoop({
    runOnce: processor.runOnce,
    idleMs: PICK_UP_MS,
    backoffMs: PROCESSING_BACKOFF_MS,
    clock,
    onError: (error) => {
      logger.error({ error }, 'processing failed; the messages stay pending')
    },
  })
}

/** Deadlines are looked at by the clock alone: nothing that arrives says that a time has come. */
function createSweep({ stores, accounts, metrics, options: { settings, logger, clock } }: Parts): PollLoop {
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

function createReceipt(
  { stores, metrics, options: { settings, logger, clock } }: Parts,
  loop: PollLoop,
): Receiver {
  return createReceiver({
    store: stores.inbox,
    clock,
    newId: uuidv7,
    scrub,
    onStored: loop.nudge,
    onEvent: (event) => {
      tellReceipt(event, { metrics, logger })
    },
    acknowledgeTimeoutMs: settings.ACKNOWLEDGE_TIMEOUT_MS,
  })
}

function appDeps(
  { stores, accounts, metrics, wakeUps, options }: Parts,
  receiver: Receiver,
  isDraining: () => boolean,
): AppDeps {
  const { settings, clock, logger, version, apiKeys } = options
  const statements = { store: stores.statements, accounts, providerOf, clock, newId: uuidv7 }
  return {
    providers,
    providerOf,
    accounts,
    receiver,
    expectations: createExpectations(statements),
    resolutions: createResolutions(statements),
    queries: createQueries({
      store: stores.queries,
      accounts,
      clock,
      waiting: createWaiting({ wakeUps, clock }),
    }),
    reports: createReports({ store: stores.reports, accounts, clock }),
    health: stores.health,
    metrics,
    apiKeys,
    apiCallsPerSecond: settings.API_CALLS_PER_SECOND,
    logger,
    clock,
    newId: uuidv7,
    isDraining,
    version,
    bodyLimit: settings.BODY_LIMIT_BYTES,
    trustProxy: readTrustProxy(settings.TRUST_PROXY),
  }
}

/** `true`, `false`, a number of proxies in front, or a list of addresses. */
function readTrustProxy(text: string): TrustProxy {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d+$/.test(text) ? (_address, hop) => hop < Number(text) : text
}
