import { buildApp, buildManagementApp, type AppParts, type TrustProxy } from './app.ts'
import { listen } from './compose/listen.ts'
import { processHere } from './compose/processing.ts'
import { createServices } from './compose/services.ts'
import { connectionsForThread, processInThread } from './compose/start-thread.ts'
import { listenForChanges, notifyWorkers, tasksOf } from './compose/workers.ts'
import type { ApiKey, Settings } from './config/settings.ts'
import { createAccountDirectory } from './config/account-directory.ts'
import { tracesOf } from './config/trace-settings.ts'
import type { Clock } from './lib/clock.ts'
import { INTERVAL_MS } from './inbox/maintain/maintenance.ts'
import { createReceiver, type Receiver } from './inbox/receive/receive.ts'
import { createExpectations } from './inbox/reconcile/expectations.ts'
import { createReplays } from './inbox/replay/replays.ts'
import { createResolutions } from './inbox/reconcile/resolve.ts'
import type { Account } from './providers/account.ts'
import type { AccountDirectory } from './providers/account-directory.ts'
import { providers } from './providers/registry.ts'
import { createInbox } from './queries/inbox.ts'
import { createOriginals } from './queries/originals.ts'
import { createQueries } from './queries/reading.ts'
import { createReports } from './queries/reports.ts'
import type { Stores } from './db/stores.ts'
import type { Services } from './services.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { gaugesOf } from './telemetry/read-gauges.ts'
import type { Logger } from './telemetry/logger.ts'

/**
 * The only room (with compose/) that chooses concrete things: which database, which providers, which clock drive the service.
 */
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

export async function compose(options: ServiceOptions): Promise<Service> {
  const { settings, databaseUrl, clock } = options
  const accounts = createAccountDirectory(options.accounts, providers)
  const { services, close, processing } = await createInside(options, accounts)
  const feed = listenForChanges(services, databaseUrl, processing.look)
  const receiver = createReceiver(services, {
    acknowledgeTimeoutMs: settings.ACKNOWLEDGE_TIMEOUT_MS,
    onStored: settings.ROLE === 'receiver' ? notifyWorkers(services) : processing.takeOver,
  })
  const state = { draining: false }
  const parts = appParts(services, receiver, options, () => state.draining)
  const { HOST: host, PORT: port, MANAGEMENT_PORT: managementPort } = settings
  // A worker has nothing to receive; it only shows how it is.
  const app =
    settings.ROLE === 'worker'
      ? await buildManagementApp(parts, { keyed: true })
      : await buildApp(parts, { managedApart: managementPort !== undefined })
  const management =
    managementPort === undefined ? undefined : await buildManagementApp(parts, { keyed: false })
  return {
    listen: async () => {
      if (management !== undefined && managementPort !== undefined)
        await listen(management, { host, port: managementPort, setting: 'MANAGEMENT_PORT' })
      feed.start()
      return listen(app, { host, port, setting: 'PORT' })
    },
    startProcessing: () => {
      if (settings.ROLE !== 'receiver') processing.start()
    },
    replaceAccounts: (all) => {
      accounts.replace(all)
      processing.replaceAccounts(all)
    },
    configurationRejected: () => {
      services.metrics.configurationRejected.inc({})
    },
    drain: async () => {
      state.draining = true
      services.wakeUps.close()
      // Still listening: a load balancer sees /health/ready fail before connections are refused.
      await new Promise<void>((resolve) => clock.after(settings.DRAIN_DELAY_MS, resolve))
      await app.close()
      await receiver.drain()
      await processing.stop()
      await management?.close()
      await feed.stop()
      await close()
    },
  }
}

/** The services and what processes, which share the connections. */
async function createInside(
  { settings, databaseUrl, logger, clock, version }: ServiceOptions,
  accounts: AccountDirectory,
) {
  const forThread = connectionsForThread(settings)
  const traces = tracesOf(settings)
  const { services, close } = await createServices(
    {
      ...{ settings, traces, databaseUrl, logger, clock },
      poolSize: settings.DATABASE_POOL_SIZE - forThread,
      metricsOf: ({ health }) =>
        createMetrics({
          readGauges: gaugesOf({ health, accounts, clock, logger }),
          ...{ logger, version, accounts: () => accounts.all(), connections: () => health.connections() },
          tasks: tasksOf({ accounts, logger }, settings).map(({ name, every }) => ({
            name,
            intervalMs: INTERVAL_MS[every],
          })),
        }),
    },
    accounts,
  )
  const processing =
    forThread > 0
      ? processInThread(services, { settings, traces, databaseUrl, poolSize: forThread })
      : processHere(services, settings)
  return { services, close, processing }
}

function appParts(
  services: Services<Stores> & { metrics: Metrics },
  receiver: Receiver,
  { settings, apiKeys, version }: ServiceOptions,
  isDraining: () => boolean,
): AppParts {
  return {
    ...services,
    exposeMetrics: services.metrics.expose,
    providers,
    receiver,
    expectations: createExpectations(services),
    resolutions: createResolutions(services),
    replays: createReplays(services),
    queries: createQueries(services),
    reports: createReports(services),
    inbox: createInbox(services),
    originals: createOriginals(services),
    apiKeys,
    apiCallsPerSecond: settings.API_CALLS_PER_SECOND,
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
