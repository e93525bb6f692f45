import pg from 'pg'
import { onDatabase } from '../../../src/db/database-url.ts'
import { migrate } from '../../../src/db/migrations/migrate.ts'
import { startThrowAwayPostgres } from '../../../src/embedded-postgres/throw-away.ts'

/** The PostgreSQL that everything is measured on: the project's own binaries, and PostgreSQL's own defaults. */
export interface BenchServer {
  /** Of the postmaster. */
  pid: number
  /** A fresh, migrated database: empty, or a copy of one without connections. */
  createDatabase(copyOf?: BenchDatabase): Promise<BenchDatabase>
  settings(): Promise<Record<string, string>>
  /** Also when it was called before. */
  stop(): Promise<void>
}

export interface BenchDatabase {
  name: string
  url: string
  /** Runs statements of the bench itself; never while something is measured, unless it is a part of the measurement. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Close our own connections to it; `query` opens them again. */
  leave(): Promise<void>
  drop(): Promise<void>
}

/** All that most of the bench needs of it. */
export type Queryable = Pick<BenchDatabase, 'query'>

const TEMPLATE = 'bench_template'
const SHOWN = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'shared_buffers',
  'max_wal_size',
  'default_toast_compression',
  'track_commit_timestamp',
]
const quiet = { info: () => undefined, warn: () => undefined }

/** `settings` beside the defaults: fsync, synchronous_commit and full_page_writes are on and stay on. */
export async function startBenchServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const server = await startThrowAwayPostgres(settings)
  const admin = new pg.Pool({ connectionString: server.url, max: 1 })
  // It is stopped while we are connected.
  admin.on('error', () => undefined)
  await admin.query(`CREATE DATABASE ${TEMPLATE}`)
  await migrate({ databaseUrl: onDatabase(server.url, TEMPLATE), log: quiet })
  let count = 0
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await admin.end()
    await server.stop()
  }
  return {
    pid: server.pid,
    createDatabase: async (copyOf) => {
      const name = `bench_${(count += 1)}`
      await copyOf?.leave()
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${copyOf?.name ?? TEMPLATE}`)
      // What earlier runs left in memory is written now and not during the next one.
      await admin.query('CHECKPOINT')
      return openDatabase(admin, onDatabase(server.url, name), name)
    },
    settings: async () => {
      const { rows } = await admin.query<{ name: string; setting: string }>(
        'SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name = ANY ($1)',
        [SHOWN],
      )
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    },
    stop: async () => (stopping ??= stop()),
  }
}

function openDatabase(admin: pg.Pool, url: string, name: string): BenchDatabase {
  let pool: pg.Pool | undefined
  const leave = async (): Promise<void> => {
    await pool?.end()
    pool = undefined
  }
  const open = (): pg.Pool => {
    const fresh = new pg.Pool({ connectionString: url, max: 2 })
    // DROP DATABASE may be faster than our own good-bye.
    fresh.on('error', () => undefined)
    return fresh
  }
  return {
    name,
    url,
    query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await (pool ??= open()).query<Row>(text, values)).rows,
    leave,
    drop: async () => {
      await leave()
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}
