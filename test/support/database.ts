import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { onDatabase } from '../../src/db/database-url.ts'

/** The migrated database that every test database is a copy of. */
export const TEMPLATE_DATABASE = 'template_receiver'

/** A database of one test file. `drop` breaks off whatever is still connected to it. */
export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** Clone the migrated template (a few milliseconds); with `migrated: false` the database is empty. */
export async function createTestDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const server = inject('databaseServerUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await runSql(server, `CREATE DATABASE ${name} TEMPLATE ${migrated ? TEMPLATE_DATABASE : 'template0'}`)
  return {
    url: onDatabase(server, name),
    drop: () => runSql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** Run one statement (or a script without parameters) on a connection of its own. */
export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}
