import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Provider } from '../../src/providers/provider.ts'
import { providers } from '../../src/providers/registry.ts'
import { createTestDatabase, runSql, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, type Forwarded, type Parts } from '../support/parts.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

let database: TestDatabase
let parts: Parts
const clock = createHandClock()

/** A rule with a bug: it fails, in an unforeseen way, on every message that holds the word. */
const withBug = (provider: Provider): Provider => ({
  ...provider,
  translate: (message, account) => {
    if (message.content.includes('BUGGY')) throw new Error('a bug in a rule')
    return provider.translate(message, account)
  },
})

beforeAll(async () => {
  database = await createTestDatabase()
  parts = createParts({
    databaseUrl: database.url,
    clock,
    providers: providers.map(withBug),
  })
  await runSql(
    database.url,
    `ALTER TABLE transaction_events ADD CONSTRAINT poisoned CHECK (order_id NOT LIKE 'POISON%');
     ALTER TABLE inbox_messages ADD CONSTRAINT poisoned CHECK (position('REFUSED'::bytea IN content) = 0)`,
  )
})
afterAll(async () => {
  await parts.close()
  await database.drop()
})
afterEach(() => {
  parts.outcomes.length = 0
})

const pay = async (reference: string, orderId: string): Promise<string> =>
  parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: orderId }))

const rows = async (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  (await parts.pool.query<Record<string, unknown>>(sql, values)).rows

const queued = async (inboxId: string): Promise<Record<string, unknown> | undefined> =>
  (await rows('SELECT attempts, due_at FROM inbox_queue WHERE inbox_id = $1', inboxId))[0]

const stateOf = async (inboxId: string): Promise<unknown> =>
  (await rows('SELECT state, code, detail FROM inbox_outcomes WHERE inbox_id = $1', inboxId))[0]

const statusOf = async (reference: string): Promise<unknown> =>
  (await rows('SELECT status FROM transactions WHERE reference = $1', reference))[0]?.['status']

describe('a poisoned message', () => {
  it.each([
    ['a value that the database refuses', 'POISON', 'error'],
    ['a bug in a rule', 'BUGGY', 'RuleFailure'],
  ])('by %s stands alone: its neighbours are processed in the same run', async (_what, word, name) => {
    const prefix = word.toLowerCase()
    const before = await pay(`${prefix}-before`, `O-${prefix}`)
    const poison = await pay(`${prefix}-poison`, `${word}-1`)
    const after = await pay(`${prefix}-after`, `O-${prefix}`)
    await parts.processor.runOnce()
    expect(await queued(poison)).toEqual({ attempts: 1, due_at: new Date(clock.now().getTime() + 2_000) })
    expect(await stateOf(poison)).toBeUndefined()
    expect(await Promise.all([before, after].map(stateOf))).toMatchObject([
      { state: 'processed' },
      { state: 'processed' },
    ])
    expect(await Promise.all([`${prefix}-before`, `${prefix}-after`].map(statusOf))).toEqual([
      'captured',
      'captured',
    ])
    const told = parts.outcomes.find((outcome) => outcome.inboxId === poison)
    expect(told).toMatchObject({ state: 'postponed', detail: 'failed 1 times', error: { name } })
    await parts.pool.query('DELETE FROM inbox_queue')
  })

  it('is tried again after twice as long each time, and parked after the eighth', async () => {
    const poison = await pay('P8', 'POISON-8')
    await parts.processor.runOnce()
    for (let attempts = 1; attempts < 8; attempts += 1) {
      const pause = 1_000 * 2 ** attempts
      expect(await queued(poison)).toEqual({
        attempts,
        due_at: new Date(clock.now().getTime() + pause),
      })
      await clock.advance(pause - 1)
      expect(await parts.processor.runOnce()).toBe(0)
      await clock.advance(1)
      expect(await parts.processor.runOnce()).toBe(1)
    }
    expect(await queued(poison)).toBeUndefined()
    expect(await stateOf(poison)).toEqual({
      state: 'parked',
      code: 'processing_failed',
      detail: 'failed 8 times',
    })
    expect(parts.outcomes.map(({ state }) => state)).toEqual([
      ...Array.from({ length: 7 }, () => 'postponed'),
      'parked',
    ])
    expect(await rows(`SELECT 1 FROM transaction_events WHERE order_id = 'POISON-8'`)).toEqual([])
  })

  it('is processed by its next try once the cause is mended', async () => {
    const poison = await pay('P9', 'POISON-9')
    await parts.processor.runOnce()
    await parts.pool.query('ALTER TABLE transaction_events DROP CONSTRAINT poisoned')
    await clock.advance(2_000)
    await parts.settle()
    expect(await stateOf(poison)).toMatchObject({ state: 'processed' })
    expect(await statusOf('P9')).toBe('captured')
    await parts.pool.query(
      `ALTER TABLE transaction_events ADD CONSTRAINT poisoned CHECK (order_id NOT LIKE 'POISON%') NOT VALID`,
    )
  })

  it('is not parked over the head of a worker that has processed it meanwhile', async () => {
    const inboxId = await pay('P10', 'O-10')
    await parts.settle()
    const parked = {
      inboxId,
      state: 'parked',
      family: null,
      code: 'processing_failed',
      detail: null,
      translation: null,
    } as const
    await parts.services.stores.processing.park(parked, clock.now())
    expect(await stateOf(inboxId)).toMatchObject({ state: 'processed', code: null })
  })

  it('in a batch of receipts fails alone', async () => {
    const sent = await Promise.allSettled([
      pay('R1', 'O-r1'),
      pay('R2', 'O-REFUSED'),
      pay('R3', 'O-r3'),
      pay('R4', 'O-r4'),
    ])
    expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect((sent[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'storage_unavailable' })
    await parts.settle()
    expect(await Promise.all(['R1', 'R2', 'R3', 'R4'].map(statusOf))).toEqual([
      'captured',
      undefined,
      'captured',
      'captured',
    ])
  })

  it('that a former worker left locked is not waited for', async () => {
    const held = await pay('K1', 'O-k1')
    const free = await pay('K2', 'O-k2')
    const other = await parts.pool.connect()
    await other.query('BEGIN')
    await other.query('SELECT FROM inbox_queue WHERE inbox_id = $1 FOR UPDATE', [held])
    expect(await parts.processor.runOnce()).toBe(1)
    expect(await stateOf(free)).toMatchObject({ state: 'processed' })
    await other.query('ROLLBACK')
    other.release()
    expect(await parts.processor.runOnce()).toBe(1)
    expect(await stateOf(held)).toMatchObject({ state: 'processed' })
  })
})

describe('bytes that PostgreSQL cannot hold as text', () => {
  const answers: [string, 'hipay' | 'be2bill', Forwarded][] = ['\0', '\ud800', '\udfff\ud800'].flatMap(
    (bad) => {
      const name = JSON.stringify(bad)
      const about = { orderId: 'O-bytes', operation: 'payment', amount: 1000, currency: 'EUR' }
      return [
        [
          name,
          'be2bill',
          {
            ...about,
            body: JSON.stringify({
              OPERATIONTYPE: 'payment',
              EXECCODE: '0000',
              TRANSACTIONID: `Y${name}`,
              MESSAGE: `m${bad}`,
              [`EXTRA${bad}`]: bad,
              ORDERID: `O${bad}`,
            }),
          },
        ],
        [
          name,
          'hipay',
          {
            ...about,
            body: JSON.stringify({
              state: 'completed',
              status: '118',
              message: `m${bad}`,
              transactionReference: `95${String(name.length)}`,
              [`extra${bad}`]: { deep: bad },
              custom_data: { [bad]: bad },
              order: { id: `H${bad}`, customerId: bad },
            }),
          },
        ],
      ]
    },
  )

  it.each(answers)('%s in an answer of %s never poison a message', async (_bad, provider, forwarded) => {
    const inboxId = await parts.answer(provider, 'shop', forwarded, `${provider}${JSON.stringify(forwarded)}`)
    await parts.processor.runOnce()
    expect(await queued(inboxId)).toBeUndefined()
    expect(parts.outcomes.filter(({ error }) => error !== undefined)).toEqual([])
  })

  it.each(['\0', '\ud800', '\u{1f600}', '\x7f\x01', '\ufffe'])(
    '%j in every field of a notification',
    async (bad) => {
      const hipay = hipayFields({
        transaction_reference: '960000000001',
        reason: { code: bad, message: bad },
        custom_data: { a: bad, [`k${bad}`]: 'v' },
        cdata1: bad,
        order: { id: `H-${bad}`, customer_id: bad },
      })
      const ids = [
        await parts.notify('hipay', 'shop', hipay),
        await parts.notify(
          'be2bill',
          'shop',
          be2billFields({ TRANSACTIONID: `Z${bad}`, ORDERID: `O${bad}`, EXTRADATA: bad }),
        ),
      ]
      await parts.processor.runOnce()
      expect(await Promise.all(ids.map(queued))).toEqual([undefined, undefined])
      expect(parts.outcomes.filter(({ error }) => error !== undefined)).toEqual([])
    },
  )
})
