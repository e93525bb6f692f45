import pg from 'pg'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import {
  cleanUp,
  emptyDirectory,
  ROOT,
  runServiceToEnd,
  startService,
  type RunningService,
} from './support/service.ts'

/** Several processes, one database; databases that are newer, broken or away. */

let host: RunningService

beforeAll(async () => {
  host = await startService(await directoryWithDatabase())
})
afterAll(cleanUp)

async function sql(databaseUrl: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

/** An empty database on the first service's PostgreSQL. */
async function createDatabase(name: string): Promise<string> {
  await sql(host.databaseUrl, `CREATE DATABASE ${name}`)
  return host.databaseUrl.replace(/[^/]+$/, name)
}

const migrationNames = readdirSync(join(ROOT, 'prisma/migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()

describe('one database', () => {
  it('is migrated once when two services start on it at once', async () => {
    const databaseUrl = await createDatabase('shared')
    const settings = { DATABASE_URL: databaseUrl }
    const services = await Promise.all([
      startService(emptyDirectory(), settings),
      startService(emptyDirectory(), settings),
    ])
    const rows = await sql(
      databaseUrl,
      'SELECT migration_name, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY 1',
    )
    expect(rows).toEqual(migrationNames.map((name) => ({ migration_name: name, finished: true })))
    expect(services.filter((service) => service.output().includes('migrations applied'))).toHaveLength(1)
    for (const service of services) expect((await fetch(`${service.url}/health`)).status).toBe(200)
  })

  it('that is newer than the code is served, with a warning', async () => {
    const databaseUrl = await createDatabase('newer')
    const first = await startService(emptyDirectory(), { DATABASE_URL: databaseUrl })
    await sql(
      databaseUrl,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('future', 'none', '99991231235959_future', now(), 1)`,
    )
    const second = await startService(emptyDirectory(), { DATABASE_URL: databaseUrl })
    expect(second.output()).toMatch(/"level":"warn".*99991231235959_future/)
    for (const service of [first, second]) expect((await fetch(`${service.url}/health`)).status).toBe(200)
  })

  it('with a failed migration is refused, and the message says what to do', async () => {
    const databaseUrl = await createDatabase('failed')
    const first = await startService(emptyDirectory(), { DATABASE_URL: databaseUrl })
    first.signal('SIGTERM')
    await first.ended
    await sql(databaseUrl, 'UPDATE _prisma_migrations SET finished_at = NULL')
    const { code, output } = await runServiceToEnd({
      DATABASE_URL: databaseUrl,
      DATA_DIRECTORY: emptyDirectory(),
      PORT: '0',
    })
    expect(code).toBe(1)
    expect(output).toContain('rolled_back_at')
  })

  it('that is away ends the start, without its password in the message', async () => {
    const { code, output } = await runServiceToEnd({
      DATABASE_URL: 'postgresql://receiver:hush-hush-hush@127.0.0.1:1/none',
      DATA_DIRECTORY: emptyDirectory(),
      PORT: '0',
    })
    expect(code).toBe(1)
    expect(output).toContain('ECONNREFUSED')
    expect(output).not.toContain('hush-hush-hush')
  })
})
