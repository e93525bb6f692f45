import { resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { migrate, type MigrateResult } from '../db/migrations.ts'
import type { Logger } from '../telemetry/logger.ts'

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
