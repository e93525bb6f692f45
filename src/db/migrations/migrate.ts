import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { BaseLogger } from 'pino'
import {
  MIGRATIONS_DIRECTORY,
  migrationNames,
  readMigrationFolders,
  type MigrationFolder,
} from './folders.ts'
import { readHistory, type MigrationHistory, type SqlReader } from './history.ts'
import { migrationList, withSchemaEngine } from './schema-engine.ts'

/** The logger of migrations; pino's loggers fit. */
export type MigrationLog = Pick<BaseLogger, 'info' | 'warn'>

export interface MigrateOptions {
  databaseUrl: string
  log: MigrationLog
  /** Folder of the migrations; this build's by default. */
  directory?: string
  /** How long to wait for another process that migrates the same database; 60 s by default. */
  lockTimeoutMs?: number
}

export interface MigrateResult {
  /** Names of the migrations this call applied, in order; empty when there was nothing to do. */
  applied: string[]
  /** The database has migrations of a newer build: serve, but say so. */
  ahead: boolean
}

/**
 * Why a database cannot be migrated:
 * `failed`: a migration broke, now or earlier; `edited`: an applied script was changed afterwards;
 * `diverged`: the database has migrations unknown here while some of ours are missing;
 * `locked`: another process did not finish migrating in time.
 */
export type MigrationProblem = 'failed' | 'edited' | 'diverged' | 'locked'

/** The start has to stop: the message says what to do, `migrations` names the folders concerned. */
export class MigrationError extends Error {
  readonly problem: MigrationProblem
  readonly migrations: readonly string[]

  constructor(problem: MigrationProblem, migrations: readonly string[], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'MigrationError'
    this.problem = problem
    this.migrations = migrations
  }
}

// Any number will do, as long as it is always the same and not Prisma's own 72707369, which its engine takes inside ours.
const LOCK_KEY = 7_243_392_611
const LOCK_TIMEOUT_MS = 60_000
const LOCK_POLL_MS = 100

/**
 * Bring the database to this build's schema. Several replicas may call it at once: one works, the others wait and then
 * find nothing to do. Throws `MigrationError` where a human has to decide, and the driver's error when the database
 * cannot be reached.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const folders = await readMigrationFolders(options.directory)
  const client = new pg.Client({ connectionString: options.databaseUrl })
  // A connection that breaks while idle must fail the next query, not the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await takeLock(client, options.lockTimeoutMs ?? LOCK_TIMEOUT_MS)
    return await migrateLocked(client, folders, options)
  } finally {
    // Ending the session also releases its lock.
    await client.end()
  }
}

/** Names of this build's migrations that the database lacks; one or two cheap statements, fit for a health check. */
export async function pendingMigrations(
  database: SqlReader,
  directory = MIGRATIONS_DIRECTORY,
): Promise<string[]> {
  const folders = (await migrationNames(directory)).map((name) => ({ name, sql: '', checksum: '' }))
  const { pending } = await readHistory(database, folders)
  return pending
}

/**
 * Asking again and again instead of waiting inside `pg_advisory_lock`: a waiting statement holds a snapshot, and a
 * migration that builds an index CONCURRENTLY would wait for it for ever.
 */
async function takeLock(client: pg.Client, timeoutMs: number): Promise<void> {
  for (let waited = 0; ; waited += LOCK_POLL_MS) {
    const { rows } = await client.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_lock(${LOCK_KEY}) AS taken`,
    )
    if (rows[0]?.taken === true) return
    if (waited >= timeoutMs) throw lockedError(timeoutMs)
    await pause(LOCK_POLL_MS)
  }
}

function lockedError(timeoutMs: number): MigrationError {
  const seconds = Math.round(timeoutMs / 1000)
  return new MigrationError(
    'locked',
    [],
    `Another process has been migrating this database for more than ${seconds} s. ` +
      `Wait for it, or find its session in pg_locks (locktype 'advisory').`,
  )
}

async function migrateLocked(
  client: pg.Client,
  folders: MigrationFolder[],
  { databaseUrl, log }: MigrateOptions,
): Promise<MigrateResult> {
  const history = await readHistory(client, folders)
  refuseBroken(history)
  const ahead = history.unknown.length > 0
  if (ahead)
    log.warn({ migrations: history.unknown }, 'the database is newer than this build; serving anyway')
  if (history.pending.length === 0) return { applied: [], ahead }
  const applied = await apply(client, databaseUrl, folders)
  log.info({ migrations: applied }, 'migrations applied')
  return { applied, ahead }
}

function refuseBroken(history: MigrationHistory): void {
  if (history.failed.length > 0) throw failedError(history.failed)
  if (history.edited.length > 0) throw editedError(history.edited)
  if (history.unknown.length > 0 && history.pending.length > 0) throw divergedError(history)
}

async function apply(client: pg.Client, databaseUrl: string, folders: MigrationFolder[]): Promise<string[]> {
  const filters = { externalTables: [], externalEnums: [] }
  const input = { migrationsList: migrationList(folders), filters }
  try {
    const output = await withSchemaEngine(databaseUrl, (engine) => engine.applyMigrations(input))
    return output.appliedMigrationNames
  } catch (cause) {
    const { failed } = await readHistory(client, folders)
    throw failed.length > 0 ? failedError(failed, cause) : cause
  }
}

function failedError(failed: readonly string[], cause?: unknown): MigrationError {
  return new MigrationError(
    'failed',
    failed,
    `Migration ${failed.join(', ')} failed. Its script runs in one transaction, so it left nothing behind; the reason is ` +
      `in _prisma_migrations.logs. Mend it, then: UPDATE _prisma_migrations SET rolled_back_at = now() ` +
      `WHERE finished_at IS NULL AND rolled_back_at IS NULL.`,
    cause,
  )
}

/** Refused rather than ignored: the database then has a schema that no file describes. */
function editedError(edited: readonly string[]): MigrationError {
  return new MigrationError(
    'edited',
    edited,
    `Migration ${edited.join(', ')} was changed after this database applied it. ` +
      `Restore the file as it was and put the change into a new migration.`,
  )
}

function divergedError({ unknown, pending }: MigrationHistory): MigrationError {
  return new MigrationError(
    'diverged',
    pending,
    `The database has migrations that this build does not know (${unknown.join(', ')}) and lacks some that it needs ` +
      `(${pending.join(', ')}). Start the build that knows all of them.`,
  )
}
