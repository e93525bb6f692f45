import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProcessingStore, ProcessingUnit } from '../../src/inbox/reconcile/stores.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, projection, type Parts, type PartsOptions } from '../support/parts.ts'
import { be2billFields } from '../support/wire.ts'

/** What belongs to a large set is judged in turns of its own, so that no message of another set waits for it. */

const LARGE = 20
const clock = createHandClock()
let database: TestDatabase
const open: Parts[] = []

function processWith(options: Partial<PartsOptions> = {}): Parts {
  const parts = createParts({ databaseUrl: database.url, clock, largeFrom: LARGE, ...options })
  open.push(parts)
  return parts
}

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  await forgetAll(processWith().pool)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (parts) => parts.close()))
})
afterAll(async () => {
  await database.drop()
})

const pay = async ({ notify }: Parts, reference: string, orderId: string): Promise<string> =>
  notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: orderId, AMOUNT: '100' }))

/** One order of so many payments, known to be large once they were judged. */
async function growOrder(parts: Parts, size = LARGE): Promise<void> {
  for (let index = 0; index < size; index += 1) await pay(parts, `G${index}`, 'LARGE')
  await parts.settle()
}

const outcomesOf = async ({ pool }: Parts): Promise<string[]> => {
  const { rows } = await pool.query<{ id: string }>('SELECT inbox_id AS id FROM inbox_outcomes')
  return rows.map(({ id }) => id)
}

const apart = async ({ pool }: Parts): Promise<string[]> => {
  const { rows } = await pool.query<{ id: string }>('SELECT inbox_id AS id FROM inbox_queue WHERE is_apart')
  return rows.map(({ id }) => id)
}

describe.each([
  ['claimed from the table', false],
  ['handed over', true],
])('a message of a large set, %s', (_name, handsOver) => {
  it('is left to a turn of its own, and the others of its batch are processed', async () => {
    const parts = processWith({ handsOver })
    await growOrder(parts)
    const large = await pay(parts, 'G99', 'LARGE')
    const other = await pay(parts, 'T1', 'O1')
    await parts.processor.runOnce()
    expect(await outcomesOf(parts)).toContain(other)
    expect(await apart(parts)).toEqual([large])
    expect(await parts.processor.runOnce()).toBe(0)
    expect(await parts.processor.runApart()).toBe(1)
    expect(await outcomesOf(parts)).toContain(large)
    const { rows } = await parts.pool.query(
      `SELECT count(*)::int AS payments FROM transactions WHERE order_id = 'LARGE'`,
    )
    expect(rows).toEqual([{ payments: LARGE + 1 }])
  })
})

describe('what was set apart', () => {
  it('comes to the state that it comes to among the others', async () => {
    const parts = processWith()
    await growOrder(parts)
    await growOrder(parts, LARGE + 5)
    const state = await projection(parts.pool)
    await forgetAll(parts.pool)
    const usual = processWith({ largeFrom: Infinity })
    await growOrder(usual, LARGE + 5)
    expect(await apart(usual)).toEqual([])
    expect(await projection(usual.pool)).toEqual(state)
  })

  it('is processed by another process when the one that set it apart has died', async () => {
    const first = processWith()
    await growOrder(first)
    const large = await pay(first, 'G99', 'LARGE')
    await first.processor.runOnce()
    const second = processWith()
    expect(await second.processor.runOnce()).toBe(0)
    expect(await second.processor.runApart()).toBe(1)
    expect(await outcomesOf(second)).toContain(large)
  })

  it('holds up no message of another set while it is judged', async () => {
    const judging = Promise.withResolvers<unknown>()
    const goOn = Promise.withResolvers<undefined>()
    const slow = (store: ProcessingStore): ProcessingStore => ({
      ...store,
      inTransaction: async (work) =>
        store.inTransaction(async (unit) => work({ ...unit, claimApart: slowly(unit) })),
    })
    const slowly =
      (unit: ProcessingUnit): ProcessingUnit['claimApart'] =>
      async (options) => {
        const claimed = await unit.claimApart(options)
        if (claimed.length === 0) return claimed
        judging.resolve(claimed)
        await goOn.promise
        return claimed
      }
    const parts = processWith({ wrapStore: slow })
    await growOrder(parts)
    await pay(parts, 'G99', 'LARGE')
    await parts.processor.runOnce()
    const running = parts.processor.runApart()
    await judging.promise
    const other = await pay(parts, 'T1', 'O1')
    const later = await pay(parts, 'G98', 'LARGE')
    await parts.processor.runOnce()
    expect(await outcomesOf(parts)).toContain(other)
    goOn.resolve(undefined)
    expect(await running).toBe(1)
    expect(await apart(parts)).toEqual([later])
  })
})
