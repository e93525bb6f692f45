import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from './free-port.ts'
import type { PostgresBinaries } from './binaries.ts'
import { findReachableBinaries } from './reachable.ts'
import {
  chooseIdentity,
  initialiseCluster,
  launchPostgres,
  localDatabaseUrl,
  stopPostmaster,
} from './cluster.ts'

/** A server for one run: its data goes with it. */
export interface ThrowAwayPostgres {
  /** Connection string of the empty database `postgres`, with the rights of a superuser. */
  url: string
  pid: number
  /** Of its programs, such as 18.4.0-beta.17 or 15.18. */
  version: string
  /** What it has logged so far. */
  log(): Promise<string>
  /** Stop the server and remove everything it wrote. */
  stop(): Promise<void>
}

const PASSWORD = 'throw-away'

// The data is thrown away in any case, so nothing has to reach the disk.
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }

/**
 * Start a server in the system's temporary folder: for tests, and for comparing schemas. A caller may give settings of
 * its own instead. `programs` are those of another installation than the embedded one.
 */
export async function startThrowAwayPostgres(
  settings: Readonly<Record<string, string>> = FAST,
  programs?: PostgresBinaries,
): Promise<ThrowAwayPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'receiver-postgres-'))
  try {
    return await startIn(directory, settings, programs)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function startIn(
  directory: string,
  settings: Readonly<Record<string, string>>,
  programs: PostgresBinaries | undefined,
): Promise<ThrowAwayPostgres> {
  // When we are root the server runs as another user, who has to get through to its data.
  await chmod(directory, 0o711)
  const dataDirectory = join(directory, 'data')
  const identity = await chooseIdentity(dataDirectory)
  const binaries = programs ?? (await findReachableBinaries(identity))
  const cluster = { binaries, dataDirectory, identity }
  await initialiseCluster(cluster, PASSWORD)
  const port = await findFreePort()
  const logFile = join(directory, 'postgres.log')
  const child = await launchPostgres(cluster, { port, logFile, settings })
  const isGone = async () => child.exitCode !== null || child.signalCode !== null
  return {
    url: localDatabaseUrl(port, PASSWORD, 'postgres'),
    pid: child.pid ?? 0,
    version: binaries.version,
    log: async () => readFile(logFile, 'utf8'),
    async stop() {
      if (child.pid !== undefined) await stopPostmaster(child.pid, isGone)
      await rm(directory, { recursive: true, force: true })
    },
  }
}
