import { createAccountDirectory } from './config/account-directory.ts'
import { buildApp, buildManagementApp, type AppDeps, type TrustProxy } from './app.ts'
import { listen } from './compose/listen.ts'
import { createParts, type Parts, type ServiceOptions } from './compose/parts.ts'
import { createReceipt, telling } from './compose/receipt.ts'
import { createUpkeepLoop, createProcessing, createSweep, listenForChanges } from './compose/workers.ts'
import { createExpectations } from './inbox/reconcile/expectations.ts'
import type { Receiver } from './inbox/receive/receive.ts'
import { createResolutions } from './inbox/reconcile/resolve.ts'
import { newId } from './lib/new-id.ts'
import type { Account } from './providers/provider.ts'
import { providerOf, providers } from './providers/registry.ts'
import { createOriginals } from './queries/originals.ts'
import { createQueries } from './queries/reading.ts'
import { createReports } from './queries/reports.ts'
import { createWaiting } from './queries/waiting.ts'

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

export async function compose(options: ServiceOptions): Promise<Service> {
  const { settings } = options
  const accounts = createAccountDirectory(options.accounts, providers)
  const parts = await createParts(options, accounts)
  const loop = createProcessing(parts)
  const sweep = createSweep(parts)
  const upkeep = createUpkeepLoop(parts)
  const feed = listenForChanges(parts, loop)
  const receiver = createReceipt(parts, settings.ROLE === 'receiver' ? telling(parts) : loop.nudge)
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
      if (management !== undefined && managementPort !== undefined)
        await listen(management, { host, port: managementPort, setting: 'MANAGEMENT_PORT' })
      feed.start()
      return listen(app, { host, port, setting: 'PORT' })
    },
    startProcessing: () => {
      if (settings.ROLE === 'receiver') return
      loop.start()
      sweep.start()
      upkeep.start()
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
      await Promise.all([loop, sweep, upkeep].map(async (each) => each.stop()))
      await management?.close()
      await feed.stop()
      await parts.stores.close()
    },
  }
}

function appDeps(
  { stores, accounts, identifiers, emailDigest, metrics, wakeUps, options }: Parts,
  receiver: Receiver,
  isDraining: () => boolean,
): AppDeps {
  const { settings, clock, logger, version, apiKeys } = options
  const statements = { store: stores.statements, accounts, providerOf, clock, newId }
  return {
    providers,
    providerOf,
    accounts,
    receiver,
    expectations: createExpectations({ ...statements, identifiers }),
    resolutions: createResolutions(statements),
    queries: createQueries({
      store: stores.queries,
      accounts,
      identifiers,
      emailDigest,
      clock,
      waiting: createWaiting({ wakeUps, clock }),
    }),
    reports: createReports({ store: stores.reports, accounts, identifiers, clock }),
    originals: createOriginals({ store: stores.identifiers, accounts }),
    health: stores.health,
    metrics,
    apiKeys,
    apiCallsPerSecond: settings.API_CALLS_PER_SECOND,
    logger,
    clock,
    newId,
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
