import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { codeBlocks, firstColumn, readDoc, sections } from '../unit/docs/markdown.ts'

/** The SQL of docs/operations.md and the calls of the README, tried for real: somebody will paste them. */

const page = readDoc('docs/operations.md')
const blocks = codeBlocks(page, 'sql').map((sql) => [sql.split('\n')[0] ?? '', sql] as const)

describe('docs/operations.md', () => {
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
    const relations = [...sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE|ROLE) +([a-z_.]+)/g)].map(
      ([, name]) => name,
    )
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
    const byName = (one: { view: string }, other: { view: string }): number =>
      one.view < other.view ? -1 : 1
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
})

describe('README.md', () => {
  const readme = readDoc('README.md')
  const curls = codeBlocks(readme, 'sh').filter((block) => block.includes('/v1/responses'))
  const answer = { state: 'completed', status: '116', transactionReference: '900000000001', currency: 'EUR' }
  let service: TestService

  beforeAll(async () => {
    const accounts = [{ provider: 'hipay', account: 'shop-hipay', secrets: [{ id: 'first', value: 'p' }] }]
    service = await startTestService({ accounts })
  })
  afterAll(async () => {
    await service.stop()
  })

  /** What curl makes of `-d` and `--data-urlencode name@file`: a form, or the one JSON text it was given. */
  function bodyOf(command: string): { body: string; type: string } {
    const json = /-d '(\{[^']*\})'/.exec(command)?.[1]
    if (json !== undefined) return { body: json, type: 'application/json' }
    const form = new URLSearchParams()
    for (const [, name = '', value = ''] of command.matchAll(/ -d (\w+)=(\S+)/g)) form.set(name, value)
    for (const [, name = ''] of command.matchAll(/--data-urlencode (\w+)@/g))
      form.set(name, JSON.stringify(answer))
    return { body: form.toString(), type: 'application/x-www-form-urlencoded' }
  }

  it('forwards responses, as a form and as JSON', async () => {
    expect(curls.length).toBe(2)
    for (const { body, type } of curls.map(bodyOf)) {
      const { status } = await service.api('/v1/responses', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      })
      expect(status, body).toBe(202)
    }
    await service.settled()
  })

  it('then asks for what the service knows', async () => {
    const paths = [...readme.matchAll(/`GET (\/v1\/[^`]+)`/g)].map(([, path = '']) =>
      path.replace('<reference>', answer.transactionReference),
    )
    expect(paths.length).toBe(2)
    for (const path of paths) expect((await service.api(path)).status, path).toBe(200)
  })
})
