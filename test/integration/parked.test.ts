import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { giveUpCommand } from '../../src/cli/give-up-command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** What operators do about messages that wait in vain: give them up. */

let database: TestDatabase
let client: pg.Client
let folder: string
let accounts: string

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  folder = mkdtempSync(join(tmpdir(), 'parked-test-'))
  accounts = join(folder, 'accounts.json')
  const account = { provider: 'dalenys', account: 'shop', identifiers: ['Shop'] }
  writeFileSync(accounts, JSON.stringify([{ ...account, secrets: [{ id: '1', value: 'p' }] }]))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await client.end()
  await database.drop()
})
beforeEach(async () => {
  await client.query('TRUNCATE inbox_messages, inbox_queue, inbox_outcomes')
})

const ids = [1, 2, 3, 4].map((digit) => `01900000-0000-7000-8000-00000000000${digit}`)

async function rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await client.query<Row>(sql, values)).rows
}

const environment = (): Record<string, string> => ({ DATABASE_URL: database.url })

const giveUp = async (provider: string, account: string): Promise<object> =>
  giveUpCommand({ provider, account, accounts }, environment())

/** A pending message of each account. */
const pending = async (names: readonly (readonly [provider: string, account: string])[]): Promise<void> => {
  for (const [index, [provider, account]] of names.entries())
    await rows(
      `WITH message AS (
         INSERT INTO inbox_messages (id, provider, account, witness, content, content_digest, received_at)
         VALUES ($1, $2, $3, 'notification', '', '', now()) RETURNING id
       )
       INSERT INTO inbox_queue (inbox_id, due_at) SELECT id, now() FROM message`,
      [ids[index], provider, account],
    )
}

it('gives up the messages of an account that was taken out, and of no other', async () => {
  const closed = ['be2bill', 'closed'] as const
  await pending([closed, ['dalenys', 'closed'], ['hipay', 'closed'], ['be2bill', 'open']])
  // Parked once, then put back into the queue.
  await rows(
    `INSERT INTO inbox_outcomes (inbox_id, state, code, detail, processed_at)
     VALUES ($1, 'parked', 'processing_failed', 'failed 8 times', now())`,
    [ids[0]],
  )
  expect(await giveUp('be2bill', 'closed')).toMatchObject({ ok: true, json: { messages: 2 } })
  expect(await rows('SELECT inbox_id FROM inbox_queue ORDER BY 1')).toEqual([
    { inbox_id: ids[2] },
    { inbox_id: ids[3] },
  ])
  const given = { state: 'parked', code: 'processing_failed', detail: 'given up: its account was taken out' }
  expect(await rows('SELECT inbox_id, state, code, detail FROM inbox_outcomes ORDER BY 1')).toEqual([
    { inbox_id: ids[0], ...given },
    { inbox_id: ids[1], ...given },
  ])
})

it('notes in the audit log who gave messages up, and how many', async () => {
  await pending([
    ['hipay', 'noted'],
    ['hipay', 'noted'],
  ])
  await giveUp('hipay', 'noted')
  await giveUp('hipay', 'noted')
  const noted = await rows(
    `SELECT actor LIKE 'cli:%' AS command, action, target, count FROM audit_log WHERE target ->> 'account' = 'noted'`,
  )
  expect(noted).toEqual([
    { command: true, action: 'give_up', target: { provider: 'hipay', account: 'noted' }, count: 2 },
  ])
})

it('refuses an account that is in the accounts file', async () => {
  await pending([['dalenys', 'shop']])
  await expect(giveUp('be2bill', 'shop')).rejects.toThrow('take it out')
  expect(await rows('SELECT inbox_id FROM inbox_queue')).toEqual([{ inbox_id: ids[0] }])
})

it('refuses a provider that this build does not know', async () => {
  await expect(giveUp('paypal', 'closed')).rejects.toThrow('there is no provider paypal')
})
