import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Keys that were plain digests begin with a name now. What was stored before must be recognized after it. */

const MIGRATION = new URL(
  '../../prisma/migrations/20261121220000_keys_under_names/migration.sql',
  import.meta.url,
)

let service: TestService

beforeAll(async () => {
  service = await startTestService()
})
afterAll(async () => {
  await service.stop()
})

const column = async (sql: string): Promise<unknown[]> =>
  (await service.sql.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.map(([value]) => value)

const receiptKeys = async (): Promise<unknown[]> =>
  column(`SELECT encode(r.key, 'hex') FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
          WHERE m.witness = 'notification' ORDER BY m.id`)
const eventKeys = async (): Promise<unknown[]> =>
  column(`SELECT encode(event_key, 'hex') FROM transaction_events ORDER BY inbox_id, id`)

/** What a platform sends of a call that came to no payment. */
const { TRANSACTIONID: _, ...nameless } = be2billFields({ TRANSACTIONID: '', EXECCODE: '1001' })

const deliver = async (): Promise<number[]> => {
  const hipay = hipayFields({ transaction_reference: '900000000123' })
  const answers = [
    await service.notify('hipay', 'shop', hipay),
    await service.notify('hipay', 'shop', hipay, { encoding: 'xml' }),
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'A12' })),
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'A1234567890123', AMOUNT: '77' })),
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: '4111111111111111' })),
    await service.notify('be2bill', 'shop', nameless),
  ]
  return answers.map(({ status }) => status)
}

/** As they were: a digest whose first twenty bytes stand behind the name now. */
const OLD = (table: string, key: string): string =>
  `UPDATE ${table} SET ${key} = substring(${key} FROM 13) || decode('000102030405060708090a0b', 'hex')`

describe('keys under names', () => {
  it('are what the migration makes of plain digests', async () => {
    expect(await deliver()).toEqual([200, 200, 200, 200, 200, 200])
    const call = {
      provider: 'hipay',
      account: 'shop',
      orderId: 'O-1',
      operation: 'sale',
      operationId: 'c1',
      error: 'timeout',
    }
    const forwarded = await service.api('/v1/responses', { method: 'POST', body: JSON.stringify(call) })
    expect(await forwarded.json()).toMatchObject({ duplicate: false })
    await service.settled()
    const [receipts, events] = [await receiptKeys(), await eventKeys()]
    expect([receipts.length, events.length]).toEqual([6, 6])
    expect(String(receipts[2])).toMatch(/^413132(00){9}[0-9a-f]{40}$/)

    await service.sql.query(OLD('receipts', 'key'))
    await service.sql.query(OLD('transaction_events', 'event_key'))
    expect(await eventKeys()).not.toEqual(events)
    await service.sql.query(await readFile(MIGRATION, 'utf8'))

    expect(await eventKeys()).toEqual(events)
    // The XML of a form states the same fact: it has no event of its own to be named by.
    const named = (await receiptKeys()).filter((key) => receipts.includes(key))
    expect(named).toEqual([receipts[0], ...receipts.slice(2)])
  })

  it('know again what was delivered before', async () => {
    const before = await eventKeys()
    expect(await deliver()).toEqual([200, 200, 200, 200, 200, 200])
    await service.settled()
    expect(await eventKeys()).toEqual(before)
    // All but the XML, whose key is still its old one.
    const deliveries = `SELECT r.deliveries FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
                        WHERE m.witness = 'notification' ORDER BY m.id`
    expect(await column(deliveries)).toEqual([2, 1, 2, 2, 2, 2, 1])
  })
})

describe('the migration', () => {
  let database: TestDatabase
  const clients: pg.Client[] = []

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url })
    clients.push(client)
    await client.connect()
    return client
  }
  const run = async (client: pg.Client): Promise<unknown> => client.query(await readFile(MIGRATION, 'utf8'))
  const key = (number: number): string => `sha256('${number}'::bytea)`

  beforeAll(async () => {
    database = await createTestDatabase()
    const sql = await connect()
    const id = `lpad(to_hex(n), 32, '0')::uuid`
    await sql.query(`
      INSERT INTO receipts (key, inbox_id, last_delivered_at)
      SELECT sha256(n::text::bytea), ${id}, now() FROM generate_series(1, 30000) n ORDER BY n;
      INSERT INTO transaction_events
        (id, inbox_id, event_key, provider, account, reference, witness, type, fact, received_at)
      SELECT ${id}, ${id}, sha256((n || 'fact')::bytea), 'hipay', 'shop', n::text, 'notification', 'captured', '{}', now()
      FROM generate_series(1, 30000) n`)
  })
  afterAll(async () => {
    for (const client of clients) await client.end()
    await database.drop()
  })

  it('waits for who counts a redelivery, and neither of them in vain', async () => {
    const [receipt, migration] = [await connect(), await connect()]
    await receipt.query(`BEGIN; UPDATE receipts SET deliveries = 2 WHERE key = ${key(30_000)}`)
    const migrated = run(migration)
    const waits = `SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    await expect.poll(async () => (await (clients[0] as pg.Client).query(waits)).rowCount).toBe(1)
    await receipt.query(`UPDATE receipts SET deliveries = 2 WHERE key = ${key(1)}; COMMIT`)
    await migrated
    const { rows } = await receipt.query(`SELECT sum(deliveries)::int AS sum FROM receipts`)
    expect(rows).toEqual([{ sum: 30_002 }])
  })

  it('leaves receipts in the order of their messages, however little memory it has', async () => {
    const sql = await connect()
    await sql.query(`SET work_mem = '64kB'`)
    await run(sql)
    await sql.query('ANALYZE receipts')
    const { rows } = await sql.query<{ correlation: number }>(
      `SELECT correlation FROM pg_stats WHERE tablename = 'receipts' AND attname = 'inbox_id'`,
    )
    // The two that were counted above left their places.
    expect(rows[0]?.correlation).toBeGreaterThan(0.99)
  })
})
