import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { codeBlocks, firstColumn, readDoc, sections } from '../unit/docs/markdown.ts'

/** docs/operations.md, tried on a real database: an operator pastes these lines when something is on fire. */

const page = readDoc('docs/operations.md')
const blocks = codeBlocks(page, 'sql').map((sql) => [sql.split('\n')[0] ?? '', sql] as const)

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** Run `work` and leave no trace of it. */
async function rolledBack<T>(work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  return work().finally(() => client.query('ROLLBACK'))
}

/** Reads views of the schema ops and nothing else. */
const readsOnlyViews = (sql: string): boolean => {
  const relations = [...sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE|ROLE) +([a-z_.]+)/g)].map(([, name]) => name)
  return relations.length > 0 && relations.every((name) => name?.startsWith('ops.'))
}

it.each(blocks)('runs: %s', async (_title, sql) => {
  await rolledBack(async () => client.query(sql))
})

const viewBlocks = blocks.filter(([, sql]) => readsOnlyViews(sql))

it('has queries that need no more than the role ops_reader', () => {
  expect(viewBlocks.length).toBeGreaterThanOrEqual(3)
})

it.each(viewBlocks)('runs as ops_reader: %s', async (_title, sql) => {
  await rolledBack(async () => {
    await client.query('SET LOCAL ROLE ops_reader')
    await client.query(sql)
  })
})

it('describes every column of every view in schema ops, in order', async () => {
  const { rows } = await client.query<{ view: string; columns: string[] }>(`
    SELECT table_name AS view, array_agg(column_name::text ORDER BY ordinal_position) AS columns
    FROM information_schema.columns WHERE table_schema = 'ops' GROUP BY table_name`)
  const documented = sections(page, 3)
    .filter(({ title }) => title.startsWith('ops.'))
    .map(({ title, text }) => ({ view: title.slice('ops.'.length), columns: firstColumn(text) }))
  const byName = (one: { view: string }, other: { view: string }): number => (one.view < other.view ? -1 : 1)
  expect(documented.toSorted(byName)).toEqual(rows.toSorted(byName))
})

it('puts exactly the parked messages back into the queue', async () => {
  const requeue = blocks.find(([title]) => title === '-- requeue')?.[1] ?? ''
  const ids = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002']
  const queued = await rolledBack(async () => {
    await client.query(
      `INSERT INTO inbox_outcomes (inbox_id, state, processed_at)
       VALUES ($1, 'parked', now()), ($2, 'processed', now())`,
      ids,
    )
    await client.query(requeue)
    return client.query<{ id: string }>('SELECT inbox_id AS id FROM inbox_queue')
  })
  expect(queued.rows).toEqual([{ id: ids[0] }])
})
