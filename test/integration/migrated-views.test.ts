import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** What the migrations leave behind for the people who look into the database. */

let database: TestDatabase
let sql: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  sql = new pg.Client({ connectionString: database.url })
  await sql.connect()
})
afterAll(async () => {
  await sql.end()
  await database.drop()
})

async function names(query: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(query)
  return rows.map(({ name }) => name)
}

const TABLES = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' AND c.relname <> '_prisma_migrations'`
const VIEWS = `SELECT format('%I.%I', schemaname, viewname) AS name FROM pg_views WHERE schemaname = 'ops'`

describe('the migrated database', () => {
  it('explains every table and every view of operators', async () => {
    expect(await names(`${TABLES} AND obj_description(c.oid, 'pg_class') IS NULL`)).toEqual([])
    expect((await names(TABLES)).length).toBeGreaterThanOrEqual(8)
    expect(
      await names(
        `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'ops' AND c.relkind = 'v' AND obj_description(c.oid, 'pg_class') IS NULL`,
      ),
    ).toEqual([])
  })

  it('has plural tables and snake_case names throughout', async () => {
    for (const table of await names(TABLES))
      expect(table).toMatch(/^public\.([a-z_]+(s|queue|log)|installation)$/)
    const columns = await names(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema IN ('public', 'ops')
       AND table_name <> '_prisma_migrations'`,
    )
    for (const column of columns) expect(column).toMatch(/^[a-z][a-z0-9_]*$/)
  })

  it('lets ops_reader change nothing', async () => {
    const mayRead = (role: string): string => `has_table_privilege('${role}', name, 'SELECT')`
    const mayChange = `has_table_privilege('ops_reader', name, 'INSERT, UPDATE, DELETE, TRUNCATE')`
    const { rows } = await sql.query(
      `SELECT ${mayRead('ops_reader')} AS reads, ${mayChange} AS changes, count(*)::int FROM (${VIEWS}) AS views GROUP BY 1, 2`,
    )
    expect(rows).toEqual([{ reads: true, changes: false, count: 18 }])
  })

  it('shows no raw bytes, signature or custom data in a view', async () => {
    expect(
      await names(
        `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'ops'
         AND (data_type IN ('bytea', 'jsonb', 'json') OR column_name IN ('content', 'signature', 'envelope', 'custom', 'details'))`,
      ),
    ).toEqual([])
  })

  it('keeps at most one event per fact and one open discrepancy per key', async () => {
    const unique = await names(
      `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'`,
    )
    expect(unique).toEqual(
      expect.arrayContaining(['transaction_events_event_key_key', 'discrepancies_open_key']),
    )
  })
})
