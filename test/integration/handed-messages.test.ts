import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKeyRing } from '../../src/lib/key-ring.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { withFaults, type FaultPlan } from '../support/faults.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, projection, type Parts, type PartsOptions } from '../support/parts.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** What receipt hands over is processed without being read back; the table stays the truth. */

const clock = createHandClock()
let database: TestDatabase
const open: Parts[] = []

function processWith(options: Partial<PartsOptions>): Parts {
  const parts = createParts({ databaseUrl: database.url, clock, ...options })
  open.push(parts)
  return parts
}

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  await forgetAll(processWith({}).pool)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (parts) => parts.close()))
})
afterAll(async () => {
  await database.drop()
})

const pay = async ({ notify }: Parts, TRANSACTIONID: string): Promise<string> =>
  notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID: `O-${TRANSACTIONID}` }))

/** Both witnesses, agreeing and not, both providers, a repetition, and a message that no rule can read. */
async function traffic(parts: Parts): Promise<void> {
  await pay(parts, 'T1')
  await pay(parts, 'T2')
  for (const [TRANSACTIONID, EXECCODE] of [
    ['T1', '0000'],
    ['T2', '4001'],
  ])
    await parts.answer('be2bill', 'shop', {
      orderId: `O-${TRANSACTIONID}`,
      operation: 'payment',
      amount: 12390,
      currency: 'EUR',
      body: { OPERATIONTYPE: 'payment', EXECCODE, MESSAGE: 'm', TRANSACTIONID },
    })
  await parts.notify('hipay', 'shop', hipayFields({ transaction_reference: '900000000001' }))
  await parts.notify('hipay', 'shop', hipayFields({ transaction_reference: '900000000001' }), {
    encoding: 'xml',
  })
  await parts.answer('hipay', 'shop', { orderId: 'H-1', operationId: 'op', error: 'timeout' })
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: '', ORDERID: '' }))
}

/** Who reads a body from the table from now on finds another one. */
const spoilBodies = async ({ pool }: Parts): Promise<void> => {
  await pool.query(`UPDATE inbox_messages SET content = 'spoiled'`)
}

const processed = async ({ pool }: Parts): Promise<string[]> => {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT inbox_id AS id FROM inbox_outcomes WHERE state = 'processed' ORDER BY 1`,
  )
  return rows.map(({ id }) => id)
}

describe('messages that were handed over', () => {
  it('come to the state that they come to from the table, sealed or not, without being read', async () => {
    const fromTable = processWith({})
    await traffic(fromTable)
    await fromTable.settle()
    const state = await projection(fromTable.pool)
    expect(Object.values(state).every((rows) => rows.length > 0)).toBe(true)
    for (const keys of [[], [{ id: 'k', bytes: randomBytes(32) }]]) {
      await forgetAll(fromTable.pool)
      const parts = processWith({ handsOver: true, ring: createKeyRing(keys) })
      await traffic(parts)
      await spoilBodies(parts)
      await parts.settle()
      expect(await projection(parts.pool)).toEqual(state)
    }
  })

  it('are left to the table when they failed or were put off before', async () => {
    const parts = processWith({ handsOver: true })
    const [failed, putOff, other] = [await pay(parts, 'T1'), await pay(parts, 'T2'), await pay(parts, 'T3')]
    const due = new Date(clock.now().getTime() + 60_000)
    const later = `, due_at = $2 WHERE inbox_id = $1`
    await parts.pool.query(`UPDATE inbox_queue SET attempts = 1${later}`, [failed, due])
    await parts.pool.query(`UPDATE inbox_queue SET put_off = 1${later}`, [putOff, due])
    await parts.settle()
    expect(await processed(parts)).toEqual([other])
    await clock.advance(60_000)
    await parts.settle()
    expect(await processed(parts)).toEqual([failed, putOff, other])
  })

  it('are none any more when another process has finished them', async () => {
    const parts = processWith({ handsOver: true })
    const id = await pay(parts, 'T1')
    const other = processWith({})
    await other.settle()
    await parts.settle()
    expect(await processed(parts)).toEqual([id])
    expect(parts.outcomes).toEqual([])
  })

  it('are found in the table after a failure between any two steps', async () => {
    let plan: FaultPlan = {}
    const parts = processWith({ handsOver: true, wrapPool: (pool) => withFaults(pool, () => plan) })
    const run = async (failing: string): Promise<void> => {
      const ids = [await pay(parts, `T-${failing}-1`), await pay(parts, `T-${failing}-2`)]
      plan = {
        before: async (_step, statement) => {
          if (statement === failing) throw new Error('planted')
        },
      }
      await expect(parts.processor.runOnce()).rejects.toThrow('planted')
      plan = {}
      await expectWaiting(parts, ids)
      await parts.settle()
      expect(await processed(parts)).toEqual(expect.arrayContaining(ids))
    }
    for (const statement of ['claim_handed_messages', 'append_events', 'finish_messages', 'COMMIT'])
      await run(statement)
    expect(parts.outcomes).toHaveLength(8)
  })
})

/** Rolled back: everything waits as before. */
async function expectWaiting({ pool }: Parts, ids: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('SELECT inbox_id AS id FROM inbox_queue ORDER BY 1')
  expect(rows.map(({ id }) => id)).toEqual(ids)
}

describe('what was not handed over', () => {
  it('waits a second at most, however much is handed over meanwhile', async () => {
    const parts = processWith({ handsOver: true })
    await parts.processor.runOnce()
    const left = await pay(processWith({}), 'L1')
    for (let tenth = 0; tenth < 9; tenth += 1) {
      await clock.advance(100)
      await pay(parts, `T${tenth}`)
      await parts.processor.runOnce()
    }
    expect(await processed(parts)).not.toContain(left)
    await clock.advance(100)
    await pay(parts, 'T10')
    await parts.processor.runOnce()
    expect(await processed(parts)).toContain(left)
  })

  it('is looked for at once when processing is told', async () => {
    const parts = processWith({ handsOver: true })
    await parts.processor.runOnce()
    const left = await pay(processWith({}), 'L1')
    await pay(parts, 'T1')
    parts.handed.miss()
    await parts.processor.runOnce()
    expect(await processed(parts)).toContain(left)
  })

  it('takes its turn by age: what is handed over and waits is never read instead', async () => {
    const parts = processWith({ handsOver: true })
    const stored = async (of: Parts, from: number, count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, async (_one, index) => pay(of, `T${from + index}`)))
    const older = await stored(processWith({}), 0, 5)
    await stored(parts, 1_000, 200)
    const younger = await stored(processWith({}), 2_000, 5)
    await parts.pool.query(
      `UPDATE inbox_messages SET content = 'spoiled' WHERE NOT (id = ANY ($1::uuid[]))`,
      [[...older, ...younger]],
    )
    parts.handed.miss()
    await parts.processor.runOnce()
    const first = await processed(parts)
    expect(first).toHaveLength(128 + older.length)
    expect(first).toEqual(expect.arrayContaining(older))
    await parts.processor.runOnce()
    expect(await processed(parts)).toHaveLength(200 + older.length + younger.length)
  })
})
