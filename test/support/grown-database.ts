import pg from 'pg'
import { fill } from '../bench/growth/fill.ts'
import { sampleRows } from '../bench/reference/row-samples.ts'
import { BENCH_ACCOUNTS } from './bench-accounts.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { startTestService } from './service.ts'

/** A database that holds the product's rows for so many payments, made as the bench makes millions. */
export async function createGrownDatabase(payments: number): Promise<TestDatabase> {
  const samples = await withSamples(async (service, sql) =>
    sampleRows({ port: Number(new URL(service.url).port) }, queryOn(sql)),
  )
  const database = await createTestDatabase()
  const sql = new pg.Pool({ connectionString: database.url, max: 2 })
  await fill(queryOn(sql), { samples, payments, often: 60, tell: () => undefined })
  await sql.end()
  return database
}

async function withSamples<T>(work: (service: { url: string }, sql: pg.Pool) => Promise<T>): Promise<T> {
  const service = await startTestService({ accounts: BENCH_ACCOUNTS })
  try {
    return await work(service, service.sql)
  } finally {
    await service.stop()
  }
}

const queryOn = (sql: pg.Pool) => ({
  query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> =>
    (await sql.query<Row>(text, values)).rows,
})
