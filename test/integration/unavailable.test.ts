import { once } from 'node:events'
import type { Pool, PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool, withTransaction } from '../../src/db/pool.ts'
import { isUnavailable } from '../../src/db/unavailable.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** What a real server says when it is "not now" and what when it is "not like this": the first is a 503, the second a 500. */

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool({ databaseUrl: database.url, max: 5, onError: () => undefined })
  await pool.query(
    'CREATE TABLE counted (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counted VALUES (1, 0), (2, 0)',
  )
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  )

const increment = async (client: PoolClient, id: number): Promise<unknown> =>
  client.query('UPDATE counted SET n = n + 1 WHERE id = $1', [id])

describe('the database is unavailable', () => {
  it('when a connection ends between two statements of a transaction', async () => {
    const failure = await failureOf(
      withTransaction(pool, async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
        // It breaks before it ends, and `once` listens for that too.
        const ended = once(client, 'end').catch(() => undefined)
        await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid])
        await ended
        await client.query('SELECT 1')
      }),
    )
    expect(isUnavailable(failure)).toBe(true)
  })

  it('when a connection ends in the middle of a statement', async () => {
    const failure = await failureOf(pool.query('SELECT pg_terminate_backend(pg_backend_pid())'))
    expect(isUnavailable(failure)).toBe(true)
  })

  it('when one of two transactions that wait for each other has to give way', async () => {
    const held = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const both = Promise.all(held.map(({ promise }) => promise))
    const crossing = [1, 2].map(async (id, index) =>
      withTransaction(pool, async (client) => {
        await increment(client, id)
        held[index]!.resolve(undefined)
        await both
        await increment(client, 3 - id)
      }),
    )
    const failed = (await Promise.allSettled(crossing)).filter((one) => one.status === 'rejected')
    expect(failed.map(({ reason }) => [(reason as { code: string }).code, isUnavailable(reason)])).toEqual([
      ['40P01', true],
    ])
  })

  it('when a transaction cannot be put in any order', async () => {
    const failure = await failureOf(
      withTransaction(pool, async (client) => {
        await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
        await client.query('SELECT FROM counted')
        await pool.query('UPDATE counted SET n = n + 1 WHERE id = 1')
        await increment(client, 1)
      }),
    )
    expect([(failure as { code: string }).code, isUnavailable(failure)]).toEqual(['40001', true])
  })
})

describe('the database is there', () => {
  it.each([
    ['a statement that is none', 'SELEKT 1'],
    ['a value that it refuses', "SELECT 'x'::int"],
    ['a row that exists', 'INSERT INTO counted VALUES (1, 0)'],
    ['a table that it does not have', 'SELECT FROM nowhere'],
  ])('when it refuses %s', async (_what, text) => {
    expect(isUnavailable(await failureOf(pool.query(text)))).toBe(false)
  })
})
