import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDeadlineStore } from '../../src/db/reconcile/deadline-store.ts'
import { createSweeper } from '../../src/inbox/reconcile/sweep.ts'
import { createTestDatabase, runSql, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, type Parts } from '../support/parts.ts'
import { be2billFields } from '../support/wire.ts'

/** What holds one message up for a while must not hold up its neighbours, and is no fault of the message. */

const NOON = new Date('2026-04-01T12:00:00.000Z')
const HOUR = 3_600_000

let database: TestDatabase
let admin: pg.Pool
let parts: Parts
let behind: Parts
const clock = createHandClock(NOON)

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Pool({ connectionString: database.url, max: 2 })
  parts = createParts({ databaseUrl: database.url, clock, wrapPool: impatient })
  behind = createParts({
    databaseUrl: database.url,
    clock: createHandClock(new Date(NOON.getTime() - HOUR)),
  })
})
afterAll(async () => {
  await Promise.all([parts.close(), behind.close()])
  await admin.end()
  await database.drop()
})
afterEach(async () => {
  parts.outcomes.length = 0
  await forgetAll(admin)
})

/** The service's own patience would only make the tests longer. */
const impatient = (pool: pg.Pool): pg.Pool =>
  new Proxy(pool, {
    get: (target, name) => {
      if (name === 'connect') return connect
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member

      async function connect(): Promise<pg.PoolClient> {
        const client = await target.connect()
        await client.query("SET lock_timeout = '200ms'")
        return client
      }
    },
  })

const pay = async (reference: string, orderId: string): Promise<string> =>
  parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: orderId }))

const refund = async (reference: string, orderId: string): Promise<string> =>
  parts.notify(
    'be2bill',
    'shop',
    be2billFields({ OPERATIONTYPE: 'refund', TRANSACTIONID: reference, ORDERID: orderId }),
  )

const overdue = async (): Promise<string[]> =>
  (
    await admin.query<{ reference: string }>(
      'SELECT reference FROM transactions WHERE overdue ORDER BY reference',
    )
  ).rows.map(({ reference }) => reference)

const stateOf = async (inboxId: string): Promise<unknown> =>
  (await admin.query<{ state: string }>('SELECT state FROM inbox_outcomes WHERE inbox_id = $1', [inboxId]))
    .rows[0]?.state

describe('a worker whose clock is behind', () => {
  it('takes a message that was received at a later time than it knows of', async () => {
    const inboxId = await pay('C1', 'O-c1')
    expect(await behind.processor.runOnce()).toBe(1)
    expect(await stateOf(inboxId)).toBe('processed')
  })

  it('tries again what failed under a later time than it knows of', async () => {
    await runSql(
      database.url,
      `ALTER TABLE transaction_events ADD CONSTRAINT poisoned CHECK (order_id <> 'O-c2')`,
    )
    const inboxId = await pay('C2', 'O-c2')
    await parts.processor.runOnce()
    expect(await parts.processor.runOnce()).toBe(0)
    await runSql(database.url, 'ALTER TABLE transaction_events DROP CONSTRAINT poisoned')
    expect(await behind.processor.runOnce()).toBe(1)
    expect(await stateOf(inboxId)).toBe('processed')
  })
})

describe('a connection that never commits', () => {
  /** Touch a payment as an operator would, and leave it at that until the answer is called. */
  async function hold(reference: string): Promise<() => Promise<void>> {
    const forgetful = await admin.connect()
    await forgetful.query('BEGIN')
    await forgetful.query('UPDATE transactions SET version = version WHERE reference = $1', [reference])
    return async () => {
      await forgetful.query('ROLLBACK')
      forgetful.release()
    }
  }

  it('holds up the messages of that payment and no other, for as long as it takes', async () => {
    await pay('H1', 'O-h1')
    await parts.settle()
    const release = await hold('H1')
    const held = await refund('H2', 'O-h1')
    for (const attempts of [0, 7]) {
      const free = await pay(`F${String(attempts)}`, `O-f${String(attempts)}`)
      await admin.query('UPDATE inbox_queue SET attempts = $2 WHERE inbox_id = $1', [held, attempts])
      await parts.processor.runOnce()
      expect(await stateOf(free)).toBe('processed')
      expect(await stateOf(held)).toBeUndefined()
      await clock.advance(30_000)
    }
    await release()
    await parts.settle()
    expect(await stateOf(held)).toBe('processed')
    expect(parts.outcomes.filter(({ inboxId }) => inboxId === held).map(({ state }) => state)).toEqual([
      'held_up',
      'held_up',
      'processed',
    ])
  })

  it('uses up no try of a message, and is not asked again before its time', async () => {
    await pay('H3', 'O-h3')
    await parts.settle()
    const release = await hold('H3')
    const held = await refund('H4', 'O-h3')
    const queued = async (): Promise<unknown> =>
      (await admin.query('SELECT attempts, put_off FROM inbox_queue WHERE inbox_id = $1', [held])).rows[0]
    for (const turn of [1, 2, 3]) {
      await parts.processor.runOnce()
      expect(await queued()).toEqual({ attempts: 0, put_off: turn })
      expect(await parts.processor.runOnce()).toBe(0)
      await clock.advance(30_000)
    }
    await release()
    await runSql(
      database.url,
      `ALTER TABLE transaction_events ADD CONSTRAINT poisoned CHECK (order_id <> 'O-h3') NOT VALID`,
    )
    await parts.processor.runOnce()
    expect(await queued()).toEqual({ attempts: 1, put_off: 3 })
    await runSql(database.url, 'ALTER TABLE transaction_events DROP CONSTRAINT poisoned')
    await clock.advance(2_000)
    await parts.settle()
    expect(await stateOf(held)).toBe('processed')
  })

  it('holds up the deadline of that payment and no other', async () => {
    await pay('D1', 'O-d1')
    await pay('D2', 'O-d2')
    await parts.settle()
    const release = await hold('D1')
    await clock.advance(HOUR)
    const { services, swept } = parts
    const database = { pool: impatient(parts.pool), logger: services.logger }
    const { runOnce } = createSweeper({ ...services, stores: { deadlines: createDeadlineStore(database) } })
    await runOnce()
    expect(await overdue()).toEqual(['D2'])
    await release()
    await runOnce()
    expect(await overdue()).toEqual(['D1', 'D2'])
    expect(swept).toMatchObject([
      { judged: 1, failed: [{ subject: { id: 'D1' } }] },
      { judged: 1, failed: [] },
    ])
  })
})
