import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { PostgresBinaries } from './binaries.ts'

/** The database's superuser; `initdb` makes it, the connection string names it. */
const CLUSTER_USER = 'receiver'

/** The connection string of a database on a server of this machine. */
export function localDatabaseUrl(port: number, password: string, database: string): string {
  return `postgresql://${CLUSTER_USER}:${password}@127.0.0.1:${port}/${database}`
}

/** The operating system's user that PostgreSQL runs as; undefined = the one that runs us. */
export type ClusterIdentity = { uid: number; gid: number } | undefined

/** One PostgreSQL data directory and what is needed to run it. */
export interface Cluster {
  binaries: PostgresBinaries
  dataDirectory: string
  identity: ClusterIdentity
}

/** What `postmaster.pid` says about the server of a data directory. */
export interface Postmaster {
  pid: number
  port: number
  status: 'starting' | 'ready' | 'stopping'
}

const INITDB_FLAGS = [
  `--username=${CLUSTER_USER}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--no-instructions',
]

// The C.UTF-8 of PostgreSQL itself sorts the same on every machine, whatever locales are installed.
const BUILTIN_LOCALE = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']
/** Older servers have no locale of their own; theirs is one that sorts by language, as most installations do. */
const BUILTIN_SINCE = 17
const LANGUAGE_LOCALE = ['--locale-provider=icu', '--icu-locale=en-US']

const localeFlags = ({ version }: PostgresBinaries): readonly string[] =>
  Number.parseInt(version, 10) >= BUILTIN_SINCE ? BUILTIN_LOCALE : LANGUAGE_LOCALE

// Loopback only, and no socket file in /tmp. The logging flags keep rows and parameters, that is payment data, out of the log.
const SERVER_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
}

/**
 * PostgreSQL refuses to run as root. An existing data directory decides for its owner, so that it stays usable; else
 * the user `postgres` where there is one, else `nobody`, which exists everywhere: no user is added to the machine.
 */
export async function chooseIdentity(dataDirectory: string): Promise<ClusterIdentity> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(dataDirectory).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const identity = lookUpUser('postgres') ?? lookUpUser('nobody')
  if (identity === undefined) {
    throw new Error(
      'PostgreSQL does not run as root, and this system has neither a user postgres nor nobody.',
    )
  }
  return identity
}

function lookUpUser(name: string): ClusterIdentity {
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout.trim(),
  )
  return uid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** Create the data directory, with `password` for `CLUSTER_USER`. Its parent must exist and be reachable. */
export async function initialiseCluster(cluster: Cluster, password: string): Promise<void> {
  const { binaries, dataDirectory, identity } = cluster
  await mkdir(dataDirectory, { mode: 0o700 })
  // Beside the data directory, which initdb wants empty; a pipe would not do, another user cannot reopen it.
  const passwordFile = `${dataDirectory}.password`
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (identity) {
    await chown(dataDirectory, identity.uid, identity.gid)
    await chown(passwordFile, identity.uid, identity.gid)
  }
  const paths = [`--pgdata=${dataDirectory}`, `--pwfile=${passwordFile}`]
  const flags = [...INITDB_FLAGS, ...localeFlags(binaries), ...paths]
  try {
    await runToEnd(
      spawn(binaries.initdb, flags, { ...processOptions(cluster), stdio: ['ignore', 'ignore', 'pipe'] }),
    )
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function runToEnd(child: ChildProcess): Promise<void> {
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`initdb ended with ${code ?? 'a signal'}: ${errors.trim()}`)
}

/** A server could not be started; `log` is what PostgreSQL said. */
export class PostgresStartError extends Error {
  readonly log: string

  constructor(log: string) {
    super(`PostgreSQL did not start: ${log.trim()}`)
    this.name = 'PostgresStartError'
    this.log = log
  }
}

/**
 * Start the server and wait until it takes connections. It runs in a session of its own: Ctrl+C in a terminal reaches
 * our whole process group at once, and the database has to outlive our drain.
 */
export async function launchPostgres(
  cluster: Cluster,
  options: { port: number; logFile: string; settings?: Readonly<Record<string, string>> },
): Promise<ChildProcess> {
  const log = await open(options.logFile, 'a')
  const before = (await log.stat()).size
  const settings = Object.entries({ ...SERVER_SETTINGS, ...options.settings })
  const flags = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(
    cluster.binaries.postgres,
    ['-D', cluster.dataDirectory, '-p', String(options.port), ...flags],
    { ...processOptions(cluster), detached: true, stdio: ['ignore', log.fd, log.fd] },
  )
  child.unref()
  await log.close()
  const problem = await waitUntilReady(cluster.dataDirectory, child)
  if (problem === undefined) return child
  const said = (await readFile(options.logFile)).subarray(before).toString()
  throw new PostgresStartError(`${said}${problem}`)
}

/** Undefined when it is ready, else how it ended. */
async function waitUntilReady(dataDirectory: string, child: ChildProcess): Promise<string | undefined> {
  const ending = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message)
    })
    child.once('exit', (code, signal) => {
      resolve(`it ended with ${code ?? signal ?? 'nothing'}`)
    })
  })
  for (;;) {
    const postmaster = await readPostmaster(dataDirectory)
    if (postmaster?.pid === child.pid && postmaster?.status === 'ready') return undefined
    const ended = await Promise.race([ending, pause(20)])
    if (ended !== undefined) return ended
  }
}

/** The environment is reduced: PGDATA, PGPORT or a broken locale of the caller must not reach the server. */
function processOptions({ dataDirectory, identity }: Cluster) {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }
  return { ...identity, cwd: dirname(dataDirectory), env }
}

/** The lines of `postmaster.pid`: process, directory, start, port, socket, address, shared memory, status. */
export async function readPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, , , port, , , , status] = text.split('\n').map((line) => line.trim())
  if (!pid || !port) return undefined
  const known = status === 'ready' || status === 'stopping' ? status : 'starting'
  return { pid: Number(pid), port: Number(port), status: known }
}

/** Stop the server: open sessions are broken off, what is committed stays. Returns once the process is gone. */
export async function stopPostmaster(pid: number, isGone: () => Promise<boolean>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    signalIfAlive(pid, signal)
    for (let waited = 0; waited < 10_000; waited += 20) {
      if (await isGone()) return
      await pause(20)
    }
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
