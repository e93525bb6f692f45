import { ConfigurationError, type Settings } from '../config/settings.ts'
import { createStores, type Stores } from '../db/stores.ts'
import { createKeyRing } from '../lib/key-ring.ts'
import { createLogger } from '../telemetry/logger.ts'
import { openDatabase } from './database.ts'

/** A command does one thing after the other. */
const POOL_SIZE = 2

/** What a command needs of the service's database, for as long as `work` takes. It has to have this build's migrations. */
export async function withStores<T>(settings: Settings, work: (stores: Stores) => Promise<T>): Promise<T> {
  if (settings.production && settings.DATABASE_URL === undefined)
    throw new ConfigurationError(['DATABASE_URL: is required in production'])
  const database = await openDatabase(settings, createLogger({ level: 'silent' }))
  const stores = createStores({
    databaseUrl: database.url,
    poolSize: POOL_SIZE,
    ring: createKeyRing(settings.DATA_KEYS ?? []),
    onError: () => undefined,
    onReopened: () => undefined,
  })
  try {
    const missing = await stores.health.missingMigrations()
    if (missing.length > 0)
      throw new Error(`The database lacks the migrations ${missing.join(', ')}; run migrate first.`)
    return await work(stores)
  } finally {
    await stores.close()
    await database.stop()
  }
}
