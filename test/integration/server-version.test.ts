import { afterAll, beforeAll, expect, it } from 'vitest'
import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { askedMajor } from '../support/postgres-programs.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
})

it('the server of these tests is of the version that the run asked for', async () => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version`,
  )
  await client.end()
  expect(rows).toEqual([{ version: askedMajor() }])
})
