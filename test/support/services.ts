import type { Pool } from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { createAccountDirectory } from '../../src/config/account-directory.ts'
import { createStores, type Stores } from '../../src/db/stores.ts'
import type { Clock } from '../../src/lib/clock.ts'
import type { KeyRing } from '../../src/lib/key-ring.ts'
import { NO_KEYS } from './no-keys.ts'
import { createWakeUps } from '../../src/lib/wake-up.ts'
import type { AccountDirectory } from '../../src/providers/account-directory.ts'
import { providers } from '../../src/providers/registry.ts'
import type { Services } from '../../src/services.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { NO_TRACES } from '../../src/telemetry/tracer.ts'
import { createMetrics, type Metrics, type MetricsOptions } from '../../src/telemetry/metrics.ts'
import { IDENTIFIERS } from './identifiers.ts'

export const SILENT = createLogger({ level: 'silent' })

/** Figures of a process without a database. */
export const NO_FIGURES: MetricsOptions = {
  readGauges: async () => Promise.reject(new Error('no database here')),
  logger: SILENT,
  version: 'test',
  accounts: () => [],
  connections: () => ({ used: 0, idle: 0, max: 0, waiting: 0 }),
  tasks: [],
}

/** The services without a database: nothing is logged, no account is configured. */
export function servicesWithoutStores(clock: Clock, logger = SILENT): Services & { metrics: Metrics } {
  const accounts = createAccountDirectory([], providers)
  return {
    stores: {},
    accounts,
    identifiers: IDENTIFIERS,
    emailDigest: () => null,
    metrics: createMetrics({ ...NO_FIGURES, accounts: () => accounts.all() }),
    logger,
    tracer: NO_TRACES,
    clock,
    newId: uuidv7,
    wakeUps: createWakeUps({ clock, max: 0 }),
  }
}

/** All of them, on that pool. */
export function servicesOn(
  pool: Pool,
  {
    clock,
    accounts,
    ring = NO_KEYS,
    logger = SILENT,
  }: { clock: Clock; accounts: AccountDirectory; ring?: KeyRing; logger?: Services['logger'] },
): Services<Stores & { close: () => Promise<void> }> & { metrics: Metrics } {
  return {
    ...servicesWithoutStores(clock, logger),
    accounts,
    stores: createStores({ pool, ring, logger, clock }),
  }
}
