import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** The operator's views as a contract: which there are, who reads what, and where a message that failed is shown. */

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

const viewNames = async (): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name::text AS name FROM information_schema.views WHERE table_schema = 'ops' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

it('every view of the contract is there', async () => {
  expect(await viewNames()).toEqual([
    'audit',
    'awaiting',
    'chores',
    'daily_reconciliation',
    'deadlines',
    'deliveries',
    'events',
    'inbox_failures',
    'messages',
    'open_discrepancies',
    'orders',
    'quarantine',
    'reconciliation_snapshots',
    'replays',
    'resolutions',
    'silent_accounts',
    'superseded_events',
    'transactions',
  ])
})

it('every view carries a comment, and so does what its names do not say', async () => {
  const { rows } = await client.query<{ name: string; comment: string | null; columns: number }>(`
    SELECT c.relname::text AS name, obj_description(c.oid) AS comment,
           (SELECT count(*)::int FROM pg_description d WHERE d.objoid = c.oid AND d.objsubid > 0) AS columns
    FROM pg_class c WHERE c.relnamespace = 'ops'::regnamespace AND c.relkind = 'v'`)
  expect(rows.filter(({ comment, columns }) => comment === null || columns < 2)).toEqual([])
})

/** As the role that dashboards log in with. */
async function asReader<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  await client.query('BEGIN')
  try {
    await client.query('SET LOCAL ROLE ops_reader')
    return await work()
  } finally {
    await client.query('ROLLBACK')
  }
}

it('ops_reader reads every view', async () => {
  for (const name of await viewNames())
    await expect(
      asReader(() => client.query(`SELECT * FROM ops.${name}`)),
      name,
    ).resolves.toBeDefined()
})

it('ops_reader reads no table, raw bodies least of all', async () => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'`,
  )
  expect(rows.map(({ name }) => name)).toContain('inbox_messages')
  for (const { name } of rows)
    await expect(
      asReader(() => client.query(`SELECT * FROM public.${name}`)),
      name,
    ).rejects.toThrow('permission denied')
})

it('no view shows a body, a customer or a means of payment', async () => {
  const { rows } = await client.query<{ column: string }>(
    `SELECT table_name || '.' || column_name AS column FROM information_schema.columns
     WHERE table_schema = 'ops' AND (udt_name IN ('bytea', 'jsonb') OR column_name IN ('content', 'details', 'fact', 'signature'))`,
  )
  expect(rows).toEqual([])
})

it('ops.resolutions shows the money that a statement covers, whether its discrepancy is kept or not', async () => {
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO discrepancies (id, key, provider, account, order_id, class, amount_at_risk, currency, opened_at)
     VALUES ('01900000-0000-7000-8000-000000000001', 'k', 'hipay', 'shop', 'O1', 'duplicate_payment', 700, 'EUR', now())`,
  )
  await client.query(
    `INSERT INTO resolutions (id, key, discrepancy_id, provider, account, order_id, note, author, stated_at, covers)
     SELECT gen_random_uuid(), 'k', id::uuid, 'hipay', 'shop', 'O1', 'asked', 'ada', now(), covers::jsonb
     FROM (VALUES ('01900000-0000-7000-8000-000000000001', '{"amountAtRisk": 500}'),
                  ('01900000-0000-7000-8000-000000000002', '{"amountAtRisk": null}')) AS stated(id, covers)`,
  )
  const { rows } = await client.query(
    'SELECT class, covered_amount, currency, note, author FROM ops.resolutions ORDER BY discrepancy_id',
  )
  await client.query('ROLLBACK')
  const statement = { note: 'asked', author: 'ada' }
  expect(rows).toEqual([
    { class: 'duplicate_payment', covered_amount: '500', currency: 'EUR', ...statement },
    { class: null, covered_amount: null, currency: null, ...statement },
  ])
})

it('ops.messages, ops.events and ops.deliveries tell of one message under one id', async () => {
  const id = '01900000-0000-7000-8000-000000000001'
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO inbox_messages (id, provider, account, witness, content, content_digest, secret_id, received_at)
     VALUES ($1, 'hipay', 'shop', 'notification', NULL, '', 'first', now())`,
    [id],
  )
  await client.query(
    `INSERT INTO receipts (key, inbox_id, deliveries, last_delivered_at) VALUES ('k', $1, 3, now())`,
    [id],
  )
  const fact = { operation: 'sale', providerCode: '118', amount: 1999, currency: 'EUR' }
  await client.query(
    `INSERT INTO transaction_events (id, inbox_id, event_key, provider, account, reference, witness, type, fact, received_at)
     VALUES (gen_random_uuid(), $1, 'k', 'hipay', 'shop', 'T1', 'notification', 'captured', $2, now())`,
    [id, fact],
  )
  const { rows } = await client.query(
    `SELECT has_body, secret_id, data_key, deliveries, reference, type, operation, code, amount, currency
     FROM ops.messages JOIN ops.events USING (inbox_id) JOIN ops.deliveries USING (inbox_id)`,
  )
  await client.query('ROLLBACK')
  const message = { has_body: false, secret_id: 'first', data_key: null, deliveries: 3 }
  const event = { reference: 'T1', type: 'captured', operation: 'sale', code: '118' }
  expect(rows).toEqual([{ ...message, ...event, amount: '1999', currency: 'EUR' }])
})

it('ops.inbox_failures tells what is parked, retried and quarantined apart', async () => {
  const ids = [1, 2, 3].map((n) => `01900000-0000-7000-8000-00000000000${n}`)
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO inbox_messages (id, provider, account, witness, content, content_digest, received_at)
     SELECT id, 'hipay', 'shop', 'notification', '', '', now() FROM unnest($1::uuid[]) AS m(id)`,
    [ids],
  )
  await client.query(
    `INSERT INTO inbox_outcomes (inbox_id, state, code, detail, processed_at)
     VALUES ($1, 'parked', 'unreadable_message', 'not a form', now()), ($2, 'processed', NULL, NULL, now())`,
    ids.slice(0, 2),
  )
  await client.query('INSERT INTO inbox_queue (inbox_id, attempts, due_at) VALUES ($1, 2, now())', [ids[2]])
  await client.query(
    `INSERT INTO quarantined_messages (id, provider, account, digest, reason, method, content, source, deliveries, first_seen_at, last_seen_at)
     VALUES (gen_random_uuid(), 'hipay', 'shop', '', 'signature_mismatch', 'POST', '', '192.0.2.1', 4, now(), now())`,
  )
  const { rows } = await client.query(
    `SELECT state, code, detail, attempts, failed_at IS NOT NULL AS failed, next_try_at IS NOT NULL AS again
     FROM ops.inbox_failures ORDER BY state`,
  )
  await client.query('ROLLBACK')
  expect(rows).toEqual([
    {
      state: 'parked',
      code: 'unreadable_message',
      detail: 'not a form',
      attempts: null,
      failed: true,
      again: false,
    },
    {
      state: 'quarantined',
      code: 'signature_mismatch',
      detail: null,
      attempts: 4,
      failed: true,
      again: false,
    },
    { state: 'retrying', code: null, detail: null, attempts: 2, failed: false, again: true },
  ])
})
