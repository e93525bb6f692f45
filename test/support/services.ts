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
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { IDENTIFIERS } from './identifiers.ts'

export const SILENT = createLogger({ level: 'silent' })

/** The services without a database: nothing is logged, no account is configured. */
export function servicesWithoutStores(clock: Clock, logger = SILENT): Services & { metrics: Metrics } {
  return {
    stores: {},
    accounts: createAccountDirectory([], providers),
    identifiers: IDENTIFIERS,
    emailDigest: () => null,
    metrics: createMetrics(async () => Promise.reject(new Error('no database here')), SILENT),
    logger,
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
