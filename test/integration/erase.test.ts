import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, type Parts } from '../support/parts.ts'
import { everything } from '../support/replaying.ts'
import { ACCOUNTS } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** `erase` takes out of the database what is stored of a person; what the money is about stays. */

const KEEPING = {
  provider: 'hipay',
  account: 'keeping',
  test: true,
  keep: ['email', 'ipAddress', 'cardHolder'],
  secrets: [{ id: 'only', value: 'passphrase-keeping' }],
}
const ALL = [...ACCOUNTS, KEEPING]
const ADA = { email: 'ada@example.org', customer_id: 'C-ADA' }
const BOB = { email: 'bob@example.org', customer_id: 'C-BOB' }

let database: TestDatabase
let folder: string
let parts: Parts

beforeAll(async () => {
  database = await createTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'erase-test-'))
  writeFileSync(join(folder, 'accounts.json'), JSON.stringify(ALL))
  parts = createParts({ databaseUrl: database.url, clock: createHandClock(new Date()), accounts: ALL })
})
afterAll(async () => {
  await parts.close()
  rmSync(folder, { recursive: true })
  await database.drop()
})

const pay = async (reference: string, id: string, person: object, more = {}): Promise<string> =>
  parts.notify(
    'hipay',
    'keeping',
    hipayFields({
      transaction_reference: reference,
      order: { id, ...person },
      ip_address: '203.0.113.7',
      custom_data: { nickname: 'lovelace' },
      ...more,
    }),
  )

beforeEach(async () => {
  await forgetAll(parts.pool)
  await pay('900000000401', 'O-1', ADA)
  await pay('900000000402', 'O-2', ADA)
  await pay('900000000403', 'O-3', BOB)
  await parts.settle()
})

async function receiver(...words: string[]): Promise<{ code: number; text: string }> {
  const ran = { code: -1, text: '' }
  const say = (text: string): void => {
    ran.text += `${text}\n`
  }
  const program = buildProgram({
    environment: { DATABASE_URL: database.url, ACCOUNTS_FILE: join(folder, 'accounts.json') },
    streams: { out: say, err: say, data: async () => undefined },
    onEnd: (code) => {
      ran.code = code
    },
  })
  await program.parseAsync(words, { from: 'user' })
  return ran
}

const erase = async (...words: string[]): Promise<{ code: number; text: string }> =>
  receiver('erase', '--provider', 'hipay', '--account', 'keeping', ...words)

/** All that the database holds, as one text. */
const held = async (): Promise<string> => {
  const { rows } = await parts.pool.query<{ text: string }>(
    `SELECT string_agg(t.text, ' ') AS text FROM (
       SELECT convert_from(content, 'UTF8') AS text FROM inbox_messages WHERE content IS NOT NULL
       UNION ALL SELECT coalesce(envelope::text, '') FROM inbox_messages
       UNION ALL SELECT fact::text FROM transaction_events
       UNION ALL SELECT fact::text FROM superseded_events
       UNION ALL SELECT details::text FROM transactions
       UNION ALL SELECT target::text FROM audit_log
     ) t`,
  )
  return rows[0]?.text ?? ''
}

const money = async (): Promise<unknown> =>
  (
    await parts.pool.query(
      `SELECT t.reference, t.status, t.order_id, t.captured_total, o.paid, o.net_total
       FROM transactions t JOIN orders o USING (provider, account, order_id) ORDER BY 1`,
    )
  ).rows

describe('of an order', () => {
  it('nothing is left of the person, and the money stands as before', async () => {
    const before = await money()
    expect(await held()).toContain('lovelace')
    const { code, text } = await erase('--order', 'O-1')
    expect(text).toContain('Erased: 1 bodies')
    expect(code).toBe(0)
    expect(await money()).toEqual(before)
    await erase('--order', 'O-2')
    await erase('--order', 'O-3')
    const rest = await held()
    for (const personal of ['ada@', 'bob@', '203.0.113.7', 'lovelace', 'C-ADA'])
      expect(rest).not.toContain(personal)
  })

  it('other people keep what is stored of them', async () => {
    await erase('--order', 'O-1')
    const rest = await held()
    expect(rest).toContain('bob@example.org')
    expect(rest).toContain('C-ADA')
  })

  it('the dry run counts the same, and changes nothing', async () => {
    const before = await everything(parts.pool)
    const dry = await erase('--order', 'O-1', '--dry-run')
    expect(dry).toMatchObject({ code: 0, text: expect.stringMatching(/^To be erased: 1 bodies/) as string })
    expect(await everything(parts.pool)).toEqual(before)
    expect((await erase('--order', 'O-1')).text.replace('Erased', 'To be erased').split('.')[0]).toBe(
      dry.text.split('.')[0],
    )
  })

  it('a repetition in other words loses its body as well', async () => {
    await parts.notify(
      'hipay',
      'keeping',
      hipayFields({
        transaction_reference: '900000000401',
        order: { id: 'O-1', ...ADA },
        ip_address: '203.0.113.7',
        custom_data: { nickname: 'lovelace' },
      }),
      { encoding: 'xml' },
    )
    await parts.settle()
    expect((await erase('--order', 'O-1')).text).toContain('2 bodies')
  })

  it('it may be run again, and says so where there is nothing', async () => {
    await erase('--order', 'O-1')
    expect((await erase('--order', 'O-1')).text).toContain('Erased: 0 bodies, and what 0 events')
    expect(await erase('--order', 'unknown')).toMatchObject({
      code: 1,
      text: expect.stringContaining('Nothing is stored of the order unknown') as string,
    })
  })

  it('a later message of the payment is judged with what is left', async () => {
    await erase('--order', 'O-1')
    const refund = { status: '126', refunded_amount: '10.00', date_updated: '2026-04-02T10:00:02+0000' }
    await pay('900000000401', 'O-1', {}, refund)
    await parts.settle()
    const [payment] = (await money()) as { status: string }[]
    expect(payment?.status).toBe('partially_refunded')
  })
})

describe('of a customer', () => {
  it('all payments are found, each noted in the audit log', async () => {
    const { text } = await erase('--customer', 'C-ADA')
    expect(text).toContain('of 2 payments')
    const rest = await held()
    expect(rest).not.toContain('ada@')
    expect(rest).toContain('bob@')
    const { rows } = await parts.pool.query<{ action: string; target: object; count: number }>(
      'SELECT action, target, count FROM audit_log ORDER BY at, id',
    )
    expect(rows.slice(-2)).toMatchObject([
      { action: 'erase', target: { customer: 'C-ADA', reference: '900000000401' }, count: 1 },
      { action: 'erase', target: { customer: 'C-ADA', reference: '900000000402' }, count: 1 },
    ])
  })
})

it('a message that is not processed yet keeps its body, and the command says so', async () => {
  await parts.pool.query('INSERT INTO inbox_queue (inbox_id, due_at) SELECT id, now() FROM inbox_messages')
  const { text } = await erase('--order', 'O-1')
  expect(text).toContain('1 messages are not processed yet')
  expect(text).toContain('Erased: 0 bodies')
})

it('without a subject, or with two, nothing is done', async () => {
  expect((await erase()).code).toBe(1)
  expect((await erase('--order', 'O-1', '--customer', 'C-ADA')).text).toContain('--order <id>, or --customer')
})

it('the be2bill names reach one account', async () => {
  await parts.notify(
    'be2bill',
    'shop',
    be2billFields({ TRANSACTIONID: 'E1', ORDERID: 'O-9', CLIENTEMAIL: 'eve@x.org' }),
  )
  await parts.settle()
  const { code } = await receiver('erase', '--provider', 'dalenys', '--account', 'shop', '--order', 'O-9')
  expect(code).toBe(0)
  expect(await held()).not.toContain('eve@x.org')
})
