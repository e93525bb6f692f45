import { createIdentifiers } from '../card-data/identifiers.ts'
import type { Settings } from '../config/settings.ts'
import { createPool } from '../db/pool.ts'
import { createStores, type Stores } from '../db/stores.ts'
import type { Clock } from '../lib/clock.ts'
import { createEmailDigest } from '../lib/email-digest.ts'
import { createKeyRing } from '../lib/key-ring.ts'
import { newId } from '../lib/new-id.ts'
import { createWakeUps } from '../lib/wake-up.ts'
import type { AccountDirectory } from '../providers/account-directory.ts'
import type { Services } from '../services.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { NO_TRACES, type Tracer, type TraceOptions, type TracerServices } from '../telemetry/tracer.ts'

export interface ServicesOptions<Figures extends Counters> {
  settings: Pick<Settings, 'DATA_KEYS'>
  /** Null: none. */
  traces: TraceOptions | null
  databaseUrl: string
  /** Connections. */
  poolSize: number
  logger: Logger
  clock: Clock
  metricsOf: (stores: Stores) => Figures
}

/** A held request costs a few kilobytes and no query; beyond this many, new ones are answered at once. */
const WAITING_MAX = 2_000

/** Without an endpoint no SDK is loaded. */
async function loadTracer(options: TraceOptions | null, services: TracerServices): Promise<Tracer> {
  if (options === null) return NO_TRACES
  const { startTracing } = await import('../telemetry/open-telemetry.ts')
  return startTracing(options, services)
}

/** The record that every part is handed, and how it is left: spans are exported, connections are closed. */
export async function createServices<Figures extends Counters>(
  { settings, traces, databaseUrl, poolSize, logger, clock, metricsOf }: ServicesOptions<Figures>,
  accounts: AccountDirectory,
): Promise<{ services: Services<Stores> & { metrics: Figures }; close: () => Promise<void> }> {
  const pool = createPool({
    databaseUrl,
    max: poolSize,
    onError: (error) => {
      logger.warn({ error }, 'an idle database connection broke')
    },
  })
  const ring = createKeyRing(settings.DATA_KEYS ?? [])
  const { close: closeStores, ...stores } = createStores({ pool, ring, logger, clock })
  const key = await stores.identifiers.key()
  const metrics = metricsOf(stores)
  const tracer = await loadTracer(traces, { metrics, logger, random: Math.random })
  const services = {
    stores,
    accounts,
    identifiers: createIdentifiers(key),
    emailDigest: createEmailDigest(key),
    metrics,
    logger,
    tracer,
    clock,
    newId,
    wakeUps: createWakeUps({ clock, max: WAITING_MAX }),
  }
  const close = async (): Promise<void> => {
    await tracer.close()
    await closeStores()
  }
  return { services, close }
}
