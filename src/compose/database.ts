import { resolve } from 'node:path'
import { Registry } from 'prom-client'
import { createIdentifiers } from '../card-data/identifiers.ts'
import { createAccountDirectory } from '../config/account-directory.ts'
import { ConfigurationError, type Settings } from '../config/settings.ts'
import { createPool } from '../db/pool.ts'
import { migrate, type MigrateResult } from '../db/migrations/migrate.ts'
import { createStores } from '../db/stores.ts'
import { systemClock } from '../lib/clock.ts'
import { createEmailDigest } from '../lib/email-digest.ts'
import { createKeyRing } from '../lib/key-ring.ts'
import { newId } from '../lib/new-id.ts'
import { createWakeUps } from '../lib/wake-up.ts'
import type { Account } from '../providers/account.ts'
import { providers } from '../providers/registry.ts'
import type { Services } from '../services.ts'
import { createCounters } from '../telemetry/counters.ts'
import type { Stores } from '../db/stores.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import { NO_TRACES } from '../telemetry/tracer.ts'

/** The database a process works with: the configured one, else, outside production, an embedded one. */
export interface Database {
  url: string
  /** The command that opens it in a terminal; null for a configured one, whose URL may hold a secret. */
  psql: string | null
  /** Ends the embedded server if this process started it; to be called last. */
  stop(): Promise<void>
}

/** Throws what keeps an embedded PostgreSQL from starting; a configured one is not touched yet. */
export async function openDatabase(settings: Settings, log: Logger): Promise<Database> {
  if (settings.DATABASE_URL !== undefined) {
    return { url: settings.DATABASE_URL, psql: null, stop: async () => undefined }
  }
  const { startEmbeddedPostgres } = await import('../embedded-postgres/start.ts')
  return startEmbeddedPostgres({ directory: resolve(settings.DATA_DIRECTORY, 'postgres'), log })
}

/** Bring it to this build's schema; see `migrate` for what is refused. */
export async function migrateDatabase(database: Database, log: Logger): Promise<MigrateResult> {
  return migrate({ databaseUrl: database.url, log })
}

/** A command does one thing after the other. */
const POOL_SIZE = 2

/** What a command needs of the service's database, for as long as `work` takes. It has to have this build's migrations. */
export async function withStores<T>(settings: Settings, work: (stores: Stores) => Promise<T>): Promise<T> {
  return withDatabase(settings, async (stores) => {
    const missing = await stores.health.missingMigrations()
    if (missing.length > 0)
      throw new Error(`The database lacks the migrations ${missing.join(', ')}; run migrate first.`)
    return work(stores)
  })
}

/** The same with all that processing needs. What goes wrong is written to `onLine`, as the service would log it. */
export async function withServices<T>(
  settings: Settings,
  { accounts, onLine }: { accounts: readonly Account[]; onLine: (line: string) => void },
  work: (services: Services<Stores>) => Promise<T>,
): Promise<T> {
  return withStores(settings, async (stores) => {
    const key = await stores.identifiers.key()
    return work({
      stores,
      accounts: createAccountDirectory(accounts, providers),
      identifiers: createIdentifiers(key),
      emailDigest: createEmailDigest(key),
      metrics: createCounters(new Registry()).counters,
      logger: createLogger({ level: 'warn', destination: { write: onLine } }),
      // A command has no requests.
      tracer: NO_TRACES,
      clock: systemClock,
      newId,
      wakeUps: createWakeUps({ clock: systemClock, max: 0 }),
    })
  })
}

/** The same on a database of any state. */
export async function withDatabase<T>(settings: Settings, work: (stores: Stores) => Promise<T>): Promise<T> {
  if (settings.production && settings.DATABASE_URL === undefined)
    throw new ConfigurationError(['DATABASE_URL: is required in production'])
  const silent = createLogger({ level: 'silent' })
  const database = await openDatabase(settings, silent)
  const pool = createPool({ databaseUrl: database.url, max: POOL_SIZE, onError: () => undefined })
  const stores = createStores({
    pool,
    ring: createKeyRing(settings.DATA_KEYS ?? []),
    logger: silent,
    clock: systemClock,
  })
  try {
    return await work(stores)
  } finally {
    await stores.close()
    await database.stop()
  }
}
