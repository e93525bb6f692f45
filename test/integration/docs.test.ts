import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { codeBlocks, firstColumn, readDoc, sections } from '../unit/docs/markdown.ts'

/** The SQL of operations.md and runbook.md and the calls of the README, tried for real: readers paste them. */

const page = readDoc('docs/operations.md')
const blocks = [page, readDoc('docs/runbook.md')]
  .flatMap((text) => codeBlocks(text, 'sql'))
  .map((sql) => [sql.split('\n')[0] ?? '', sql] as const)

describe('the SQL of docs/operations.md and docs/runbook.md', () => {
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

  it.each(blocks)('runs as ops_reader: %s', async (_title, sql) => {
    await client.query('BEGIN')
    await client.query('SET LOCAL ROLE ops_reader')
    await client.query(sql).finally(async () => client.query('ROLLBACK'))
  })

  it('makes a login that reads the views and no table', async () => {
    const [, statement = ''] = /-c '(CREATE ROLE [^']*)'/.exec(page) ?? []
    await client.query('BEGIN')
    await client.query(statement)
    await client.query('SET LOCAL ROLE dashboard')
    await client.query('SELECT FROM ops.messages')
    await expect(client.query('SELECT FROM inbox_messages')).rejects.toThrow('permission denied')
    await client.query('ROLLBACK')
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
})

describe('README.md', () => {
  const readme = readDoc('README.md')
  const curls = codeBlocks(readme, 'sh')
    .flatMap((block) => block.split(/^(?=curl )/m))
    .filter((command) => command.includes('/v1/responses'))
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
