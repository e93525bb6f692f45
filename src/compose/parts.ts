import type { ApiKey, Settings } from '../config/settings.ts'
import { createStores, type Stores } from '../db/stores.ts'
import type { Clock } from '../lib/clock.ts'
import { createIdentifiers, type Identifiers } from '../card-data/identifiers.ts'
import { createEmailDigest, type EmailDigest } from '../lib/email-digest.ts'
import { createKeyRing } from '../lib/key-ring.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { createWakeUps, type WakeUps } from '../lib/wake-up.ts'
import type { Account, AccountDirectory } from '../providers/provider.ts'
import { gaugesOf } from '../telemetry/gauges.ts'

export interface ServiceOptions {
  settings: Settings
  databaseUrl: string
  accounts: readonly Account[]
  apiKeys: readonly ApiKey[]
  logger: Logger
  clock: Clock
  version: string
}

/** What several parts share. */
export interface Parts {
  options: ServiceOptions
  accounts: AccountDirectory
  stores: Stores
  identifiers: Identifiers
  emailDigest: EmailDigest
  metrics: Metrics
  wakeUps: WakeUps
}

/** A held request costs a few kilobytes and no query; beyond this many, new ones are answered at once. */
const WAITING_MAX = 2_000

export async function createParts(options: ServiceOptions, accounts: AccountDirectory): Promise<Parts> {
  const { settings, logger, clock } = options
  const stores = createStores({
    databaseUrl: options.databaseUrl,
    poolSize: settings.DATABASE_POOL_SIZE,
    ring: createKeyRing(settings.DATA_KEYS ?? []),
    onError: (error) => {
      logger.warn({ error }, 'an idle database connection broke')
    },
    onReopened: (discrepancy) => {
      logger.warn(discrepancy, 'a discrepancy that an operator had closed shows more, and is open again')
    },
  })
  const onUncounted = (error: unknown): void => {
    logger.warn(
      { error },
      'payments could not be counted in time; the scrape goes without transactions_reconciliation',
    )
  }
  const gauges = gaugesOf({ health: stores.health, accounts, clock, onUncounted })
  const metrics = createMetrics(gauges, (error) => {
    logger.warn({ error }, 'the gauges could not be read')
  })
  const key = await stores.identifiers.key()
  const wakeUps = createWakeUps({ clock, max: WAITING_MAX })
  return {
    options,
    accounts,
    stores,
    identifiers: createIdentifiers(key),
    emailDigest: createEmailDigest(key),
    metrics,
    wakeUps,
  }
}
