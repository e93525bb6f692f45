import type { TestProject } from 'vitest/node'
import { onDatabase } from '../../src/db/database-url.ts'
import { migrate } from '../../src/db/migrations/migrate.ts'
import { startThrowAwayPostgres } from '../../src/embedded-postgres/throw-away.ts'
import { runSql, TEMPLATE_DATABASE } from './database.ts'
import { askedMajor, testPostgresPrograms } from './postgres-programs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the run's throw-away server; `createTestDatabase` puts a database's name into it. */
    databaseServerUrl: string
  }
}

const quiet = { info: () => undefined, warn: () => undefined }

/** One PostgreSQL for the whole run, with a migrated template that every test file clones. */
export default async function startDatabaseServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowAwayPostgres(undefined, await testPostgresPrograms())
  try {
    if (Number.parseInt(server.version, 10) !== askedMajor())
      throw new Error(`The tests were to run on PostgreSQL ${askedMajor()}; this is ${server.version}.`)
    console.log(`PostgreSQL ${server.version} serves these tests.`)
    await runSql(server.url, `CREATE DATABASE ${TEMPLATE_DATABASE}`)
    await migrate({ databaseUrl: onDatabase(server.url, TEMPLATE_DATABASE), log: quiet })
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('databaseServerUrl', server.url)
  return () => server.stop()
}
