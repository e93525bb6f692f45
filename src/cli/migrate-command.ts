import { migrateDatabase, openDatabase } from '../compose/database.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { createLogger } from '../telemetry/logger.ts'
import { loadCommandSettings } from './accounts-file.ts'
import type { Outcome } from './command-line.ts'

/** `migrate`: bring the configured database, or the embedded one, to this build's schema. */
export async function migrateCommand(environment: Environment): Promise<Outcome> {
  const settings = loadCommandSettings(environment)
  if (settings.production && settings.DATABASE_URL === undefined) {
    throw new ConfigurationError(['DATABASE_URL: is required in production'])
  }
  const log = createLogger({ level: 'silent' })
  const database = await openDatabase(settings, log)
  try {
    const { applied, ahead } = await migrateDatabase(database, log)
    return { ok: true, text: describe(applied, ahead), json: { applied, ahead } }
  } finally {
    await database.stop()
  }
}

function describe(applied: readonly string[], ahead: boolean): string {
  if (ahead) return 'The database is newer than this build; nothing to do.'
  if (applied.length === 0) return 'The database is up to date.'
  return ['Applied:', ...applied.map((name) => `  ${name}`)].join('\n')
}
