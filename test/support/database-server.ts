import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { localDatabaseUrl, onDatabase } from '../../src/db/database-url.ts'
import { migrate } from '../../src/db/migrations.ts'
import { findPostgresBinaries } from '../../src/db/postgres-binaries.ts'
import {
  chooseIdentity,
  initialiseCluster,
  launchPostgres,
  stopPostmaster,
} from '../../src/db/postgres-cluster.ts'
import { runSql, TEMPLATE_DATABASE } from './database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the run's throw-away server; `createTestDatabase` puts a database's name into it. */
    databaseServerUrl: string
  }
}

// The data is thrown away in any case, so nothing has to reach the disk.
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }
const PASSWORD = 'throw-away'
const quiet = { info: () => undefined, warn: () => undefined }

/** One PostgreSQL for the whole run, with a migrated template that every test file clones. */
export default async function startDatabaseServer(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'receiver-test-'))
  // As root the server runs as another user, who has to get through.
  await chmod(directory, 0o711)
  const { url, stop } = await startServer(directory)
  try {
    await prepareTemplate(url)
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('databaseServerUrl', url)
  return stop
}

async function startServer(directory: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDirectory = join(directory, 'data')
  const identity = await chooseIdentity(dataDirectory)
  const cluster = { binaries: await findPostgresBinaries(), dataDirectory, identity }
  await initialiseCluster(cluster, PASSWORD)
  const port = await freePort()
  const logFile = join(directory, 'postgres.log')
  const child = await launchPostgres(cluster, { port, logFile, settings: FAST })
  const stop = async () => {
    await stopPostmaster(child.pid!, async () => child.exitCode !== null || child.signalCode !== null)
    await rm(directory, { recursive: true, force: true })
  }
  return { url: localDatabaseUrl(port, PASSWORD, 'postgres'), stop }
}

async function prepareTemplate(url: string): Promise<void> {
  await runSql(url, `CREATE DATABASE ${TEMPLATE_DATABASE}`)
  await migrate({ databaseUrl: onDatabase(url, TEMPLATE_DATABASE), log: quiet })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
