import { v7 as uuidv7 } from 'uuid'
import { createAccountDirectory } from './accounts.ts'
import { buildApp, buildManagementApp, type AppDeps, type TrustProxy } from './app.ts'
import type { ApiKey, Settings } from './config.ts'
import { createStores } from './db/stores.ts'
import { createProcessor, type ProcessingEvent } from './inbox/process.ts'
import { createReceiver, type ReceiptEvent } from './inbox/receive.ts'
import { scrub } from './lib/card-data.ts'
import type { Clock } from './lib/clock.ts'
import type { Logger } from './lib/logger.ts'
import { createMetrics, type GaugeSource, type Metrics } from './lib/metrics.ts'
import { createPollLoop } from './lib/poll-loop.ts'
import type { Account } from './providers/provider.ts'
import { providerOf, providers } from './providers/registry.ts'
import { createQueries } from './queries/reading.ts'
import type { AccountDirectory, Stores } from './stores.ts'

/** The only file that chooses concrete things: which database, which providers, which clock drive the service. */
export interface Service {
  /** Bind the port (and the management port, when set); answers the base URL. */
  listen(): Promise<string>
  /** Swap the accounts (SIGHUP); what is under way finishes with the former ones. */
  replaceAccounts(accounts: readonly Account[]): void
  configurationRejected(): void
  startProcessing(): void
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

/** A failed processing run waits this long: the database is away or in conflict, and nothing is lost by waiting. */
const PROCESSING_BACKOFF_MS = 1_000

export async function compose(options: ServiceOptions): Promise<Service> {
  const { settings, logger, clock } = options
  const accounts = createAccountDirectory(options.accounts)
  const stores = createStores({
    databaseUrl: options.databaseUrl,
    poolSize: settings.DATABASE_POOL_SIZE,
    onError: (error) => {
      logger.warn({ error }, 'an idle database connection broke')
    },
  })
  const metrics = createMetrics(
    async () => readGauges(stores, accounts, clock),
    (error) => {
      logger.warn({ error }, 'the gauges could not be read')
    },
  )
  const loop = createProcessing({ stores, accounts, metrics, options })
  const receiver = createReceiver({
    store: stores.inbox,
    clock,
    newId: uuidv7,
    scrub,
    onStored: loop.nudge,
    onEvent: (event) => {
      tellReceipt(event, metrics, logger)
    },
    acknowledgeTimeoutMs: settings.ACKNOWLEDGE_TIMEOUT_MS,
  })
  const state = { draining: false }
  const deps: AppDeps = {
    providers,
    providerOf,
    accounts,
    receiver,
    queries: createQueries({ store: stores.queries, accounts, clock }),
    health: stores.health,
    metrics,
    apiKeys: options.apiKeys,
    logger,
    clock,
    newId: uuidv7,
    isDraining: () => state.draining,
    version: options.version,
    bodyLimit: settings.BODY_LIMIT_BYTES,
    trustProxy: readTrustProxy(settings.TRUST_PROXY),
  }
  const { HOST: host, PORT: port, MANAGEMENT_PORT: managementPort } = settings
  const app = await buildApp(deps, { managedApart: managementPort !== undefined })
  const management = managementPort === undefined ? undefined : await buildManagementApp(deps)
  return {
    listen: async () => {
      if (managementPort !== undefined) await management?.listen({ host, port: managementPort })
      return app.listen({ host, port })
    },
    replaceAccounts: (next) => {
      accounts.replace(next)
    },
    configurationRejected: () => {
      metrics.configurationRejected()
    },
    startProcessing: () => {
      if (settings.ROLE !== 'receiver') loop.start()
    },
    drain: async () => {
      state.draining = true
      await app.close()
      await receiver.drain()
      await loop.stop()
      await management?.close()
      await stores.close()
    },
  }
}

interface ProcessingParts {
  stores: Stores
  accounts: AccountDirectory
  metrics: Metrics
  options: ServiceOptions
}

function createProcessing({
  stores,
  accounts,
  metrics,
  options: { settings, logger, clock },
}: ProcessingParts) {
  const processor = createProcessor({
    store: stores.processing,
    accounts,
    providerOf,
    clock,
    newId: uuidv7,
    isDataError: (error) => stores.inbox.isDataError(error),
    onOutcome: (outcome) => {
      tellOutcome(outcome, metrics, logger)
    },
  })
  return createPollLoop({
    runOnce: async () => processor.runOnce(),
    idleMs: settings.SWEEP_INTERVAL,
    backoffMs: PROCESSING_BACKOFF_MS,
    clock,
    onError: (error) => {
      logger.error({ error }, 'processing failed; the messages stay pending')
    },
  })
}

function tellReceipt(event: ReceiptEvent, metrics: Metrics, logger: Logger): void {
  const { provider, account, outcome, reason } = event
  if (event.witness === 'notification') metrics.notification({ provider, account, outcome })
  if (outcome === 'rejected' && reason !== null) metrics.quarantined(reason)
  logger[outcome === 'rejected' || outcome === 'failed' ? 'warn' : 'info'](event, `message ${outcome}`)
}

function tellOutcome({ error, lagMs, ...outcome }: ProcessingEvent, metrics: Metrics, logger: Logger): void {
  metrics.processed(outcome.state, lagMs / 1_000)
  for (const code of outcome.unrecognized) metrics.unrecognized({ provider: outcome.provider, code })
  if (outcome.state === 'parked') logger.error({ ...outcome, error }, 'message parked')
  else logger.info({ ...outcome, lagMs }, 'message processed')
}

async function readGauges(stores: Stores, accounts: AccountDirectory, clock: Clock): Promise<GaugeSource> {
  const telemetry = await stores.health.telemetry(accounts.all())
  const now = clock.now().getTime()
  return {
    ...telemetry,
    lastNotifications: telemetry.lastNotifications.map(({ at, ...labels }) => ({
      ...labels,
      secondsAgo: Math.max(0, (now - at.getTime()) / 1_000),
    })),
  }
}

/** `true`, `false`, a number of proxies in front, or a list of addresses. */
function readTrustProxy(text: string): TrustProxy {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d+$/.test(text) ? (_address, hop) => hop < Number(text) : text
}
