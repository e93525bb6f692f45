import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { onDatabase } from '../../../src/db/database-url.ts'
import {
  chooseIdentity,
  type Cluster,
  initialiseCluster,
  launchPostgres,
  localDatabaseUrl,
  stopPostmaster,
} from '../../../src/embedded-postgres/cluster.ts'
import { findReachableBinaries } from '../../../src/embedded-postgres/reachable.ts'
import { findStablePort } from './stable-port.ts'
import { until } from '../../support/until.ts'

/** A PostgreSQL to be mistreated: on its usual, durable settings, killed and started again as often as a test likes. */
export interface PostgresServer {
  port: number
  /** For what a test looks up or breaks: a superuser. */
  sql: pg.Pool
  /** For the service: a role without privileges that owns the database. */
  serviceUrl: string
  /** Start it (again); gives what a former one left time to go away. */
  start: () => Promise<void>
  /** Signal the postmaster: SIGKILL, SIGQUIT = immediate shutdown, SIGINT = fast shutdown. Returns when it is gone. */
  end: (signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT') => Promise<void>
  isRunning: () => boolean
  log: () => Promise<string>
  /** Stop it and remove its data. */
  remove: () => Promise<void>
}

const PASSWORD = 'for-tests-only'
const SERVICE_ROLE = 'service'
const DATABASE = 'receiver'

/** `directory`, when given, is the caller's, and so is removing it. */
export async function createPostgresServer(directory?: string): Promise<PostgresServer> {
  const home = directory ?? (await mkdtemp(join(tmpdir(), 'receiver-faults-')))
  // The server may run as another user, who has to get through.
  await chmod(home, 0o711)
  const cluster = await createCluster(join(home, 'data'))
  const port = await findStablePort()
  const logFile = join(home, 'postgres.log')
  let child: ChildProcess | undefined
  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  const start = async (): Promise<void> => {
    let failure: unknown
    await until(
      async () => {
        child = await launchPostgres(cluster, { port, logFile }).catch((error: unknown) => {
          failure = error
          return undefined
        })
        return child !== undefined
      },
      { what: () => `PostgreSQL starts: ${String(failure)}` },
    )
  }
  await start()
  const adminUrl = localDatabaseUrl(port, PASSWORD, 'postgres')
  const serviceUrl = await createDatabase(adminUrl)
  const sql = createAdminPool(onDatabase(adminUrl, DATABASE))
  return {
    port,
    sql,
    serviceUrl,
    start,
    end: async (signal) => {
      child?.kill(signal)
      await until(() => !isRunning(), { what: `PostgreSQL ends by ${signal}` })
    },
    isRunning,
    log: async () => readFile(logFile, 'utf8'),
    remove: async () => {
      await sql.end()
      if (child?.pid !== undefined && isRunning()) await stopPostmaster(child.pid, async () => !isRunning())
      if (directory === undefined) await rm(home, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

async function createCluster(dataDirectory: string): Promise<Cluster> {
  const identity = await chooseIdentity(dataDirectory)
  const cluster = { binaries: await findReachableBinaries(identity), dataDirectory, identity }
  await initialiseCluster(cluster, PASSWORD)
  return cluster
}

async function createDatabase(adminUrl: string): Promise<string> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`CREATE ROLE ${SERVICE_ROLE} LOGIN PASSWORD '${PASSWORD}'`)
  await admin.query(`CREATE DATABASE ${DATABASE} OWNER ${SERVICE_ROLE}`)
  await admin.end()
  const url = new URL(onDatabase(adminUrl, DATABASE))
  url.username = SERVICE_ROLE
  return url.href
}

function createAdminPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 4, application_name: 'test' })
  // It loses its connections together with the services, also while they are at work.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
