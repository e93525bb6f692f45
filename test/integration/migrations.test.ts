import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, MigrationError, pendingMigrations } from '../../src/db/migrations/migrate.ts'
import { createTestDatabase, runSql, type TestDatabase } from '../support/database.ts'

// A semicolon inside a body, a comment and a text: a script must reach the server in one piece.
const FIRST = `
  CREATE TABLE shops (id int PRIMARY KEY); -- one; two
  CREATE FUNCTION answer() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END; $$;
  CREATE SCHEMA ops;
  CREATE VIEW ops.shops AS SELECT * FROM shops;`
const SECOND = 'ALTER TABLE shops ADD COLUMN name text;'

let database: TestDatabase
let directory: string
let warnings: unknown[]

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
  directory = await mkdtemp(join(tmpdir(), 'migrations-'))
  warnings = []
})

afterEach(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

const log = { info: () => undefined, warn: (...line: unknown[]) => warnings.push(line) }
const run = (options: object = {}) => migrate({ databaseUrl: database.url, directory, log, ...options })
const refusal = async (options: object = {}) => {
  const error = await run(options).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(MigrationError)
  return error as MigrationError
}

async function writeMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true })
  await writeFile(join(directory, name, 'migration.sql'), sql)
}

async function select(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

const pending = async () => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  return pendingMigrations(client, directory).finally(() => client.end())
}

describe('migrate', () => {
  it('applies what is pending, in order, and nothing the second time', async () => {
    await writeMigration('20260102000000_second', SECOND)
    await writeMigration('20260101000000_first', FIRST)

    const names = ['20260101000000_first', '20260102000000_second']
    expect(await run()).toEqual({ applied: names, ahead: false })
    expect(await run()).toEqual({ applied: [], ahead: false })
    expect(await select('SELECT answer() AS answer')).toEqual([{ answer: 'a;b' }])
  })

  it('lets one of several simultaneous callers work and the others find nothing to do', async () => {
    await writeMigration('20260101000000_first', `${FIRST} SELECT pg_sleep(0.3);`)

    const results = await Promise.all([run(), run(), run()])

    expect(results.map((result) => result.applied.length).sort()).toEqual([0, 0, 1])
  })

  it('gives up waiting for a migration that never ends, and says so', async () => {
    await writeMigration('20260101000000_first', `${FIRST} SELECT pg_sleep(1.5);`)
    const slow = run()
    await expect.poll(() => select("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).not.toEqual([])

    const error = await refusal({ lockTimeoutMs: 200 })

    expect(error.problem).toBe('locked')
    expect((await slow).applied).toHaveLength(1)
  })

  it('leaves nothing of a migration that fails, names it, and refuses until an operator has mended it', async () => {
    await writeMigration('20260101000000_first', FIRST)
    await writeMigration('20260102000000_broken', 'CREATE TABLE half (id int); SELECT missing;')

    const error = await refusal()
    expect(error).toMatchObject({ problem: 'failed', migrations: ['20260102000000_broken'] })
    expect(await select("SELECT to_regclass('half') AS half")).toEqual([{ half: null }])
    expect(await select('SELECT logs FROM _prisma_migrations WHERE finished_at IS NULL')).toEqual([
      { logs: expect.stringContaining('column "missing" does not exist') as unknown },
    ])

    expect((await refusal()).migrations).toEqual(['20260102000000_broken'])

    const remedy = /UPDATE .*IS NULL(?=\.)/.exec(error.message)?.[0] ?? ''
    await runSql(database.url, remedy)
    await writeMigration('20260102000000_broken', 'CREATE TABLE half (id int);')
    expect((await run()).applied).toEqual(['20260102000000_broken'])
  })

  it('refuses a migration that was edited after it was applied, but not other line ends', async () => {
    await writeMigration('20260101000000_first', FIRST)
    await run()

    await writeMigration('20260101000000_first', FIRST.replaceAll('\n', '\r\n'))
    expect(await run()).toEqual({ applied: [], ahead: false })

    await writeMigration('20260101000000_first', `${FIRST} -- changed`)
    expect(await refusal()).toMatchObject({ problem: 'edited', migrations: ['20260101000000_first'] })
  })

  it('accepts a database that a newer build has migrated, with a warning', async () => {
    await writeMigration('20260101000000_first', FIRST)
    await writeMigration('20260102000000_newer', SECOND)
    await run()
    await rm(join(directory, '20260102000000_newer'), { recursive: true })

    expect(await run()).toEqual({ applied: [], ahead: true })
    expect(JSON.stringify(warnings)).toContain('20260102000000_newer')
  })

  it('refuses to mix its migrations into those of an unknown build', async () => {
    await writeMigration('20260101000000_first', FIRST)
    await run()
    await rm(join(directory, '20260101000000_first'), { recursive: true })
    await writeMigration('20260101000001_other', 'CREATE TABLE other (id int);')

    expect(await refusal()).toMatchObject({ problem: 'diverged', migrations: ['20260101000001_other'] })
  })
})

describe('pendingMigrations', () => {
  it('names what this build needs and the database lacks', async () => {
    await writeMigration('20260101000000_first', FIRST)
    expect(await pending()).toEqual(['20260101000000_first'])

    await run()
    expect(await pending()).toEqual([])

    await writeMigration('20260102000000_second', SECOND)
    expect(await pending()).toEqual(['20260102000000_second'])
  })
})
