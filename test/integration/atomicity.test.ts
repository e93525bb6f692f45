import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { withFaults, type FaultPlan } from '../support/faults.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, projection, type Parts } from '../support/parts.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

let database: TestDatabase
let admin: pg.Pool
let parts: Parts
let plan: FaultPlan = {}
const clock = createHandClock()

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Pool({ connectionString: database.url, max: 2 })
  parts = createParts({ databaseUrl: database.url, clock, wrapPool: (pool) => withFaults(pool, () => plan) })
})
afterAll(async () => {
  await parts.close()
  await admin.end()
  await database.drop()
})
beforeEach(async () => {
  plan = {}
  await forgetAll(admin)
  parts.outcomes.length = 0
})

/** A first batch that stands, and a second one that adds, absorbs, contradicts and closes. */
async function seed(): Promise<void> {
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'S1', ORDERID: 'O-s' }))
  await parts.notify(
    'be2bill',
    'shop',
    be2billFields({ OPERATIONTYPE: 'authorization', TRANSACTIONID: 'A1', ORDERID: 'O-a', AMOUNT: '5000' }),
  )
  await parts.notify(
    'be2bill',
    'shop',
    be2billFields({ OPERATIONTYPE: 'capture', TRANSACTIONID: 'C1', ORDERID: 'O-a', AMOUNT: '4500' }),
  )
  await parts.answer('be2bill', 'shop', paid('D1', 'O-d', '4001'))
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'D1', ORDERID: 'O-d' }))
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'K1', ORDERID: 'O-k' }))
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'K2', ORDERID: 'O-k' }))
  await parts.settle()
  await parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'S2', ORDERID: 'O-s' }))
  await parts.answer('be2bill', 'shop', { ...refunded('K3', 'O-k', 12390), parentReference: 'K2' })
  await parts.answer('be2bill', 'shop', paid('S2', 'O-s'))
  await parts.answer('be2bill', 'shop', { ...captured('C1', 'O-a', 4500), parentReference: 'A1' })
  await parts.notify(
    'be2bill',
    'shop',
    be2billFields({ TRANSACTIONID: 'D1', ORDERID: 'O-d', EXECCODE: '4001' }),
  )
  await parts.notify('hipay', 'shop', hipayFields({ transaction_reference: '900000000001' }))
  await parts.notify('hipay', 'shop', hipayFields({ transaction_reference: '900000000001' }), {
    encoding: 'xml',
  })
  await parts.answer('hipay', 'shop', { orderId: 'H-1', operationId: 'op', error: 'timeout' })
}

const paid = (reference: string, orderId: string, code = '0000') => ({
  orderId,
  operation: 'payment',
  amount: 12390,
  currency: 'EUR',
  body: { OPERATIONTYPE: 'payment', EXECCODE: code, MESSAGE: 'm', TRANSACTIONID: reference },
})

const step = (operation: string) => (reference: string, orderId: string, amount: number) => ({
  orderId,
  operation,
  amount,
  currency: 'EUR',
  body: { OPERATIONTYPE: operation, EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: reference },
})
const captured = step('capture')
const refunded = step('refund')

const counts = async (): Promise<unknown> => {
  const { rows } = await admin.query<Record<string, unknown>>(
    `SELECT (SELECT count(*)::int FROM inbox_queue) AS queue, (SELECT count(*)::int FROM inbox_outcomes) AS outcomes,
            (SELECT count(*)::int FROM transaction_events) AS events`,
  )
  return { ...rows[0], ...(await projection(admin)) }
}

/** The statements of a clean second batch, and what is believed after it. */
async function cleanRun(): Promise<{ steps: string[]; state: unknown }> {
  const steps: string[] = []
  await seed()
  plan = {
    before: async (_step, statement) => {
      steps.push(statement)
    },
  }
  await parts.processor.runOnce()
  plan = {}
  await parts.settle()
  return { steps, state: await projection(admin) }
}

const terminate = async (pid: number): Promise<void> => {
  await admin.query('SELECT pg_terminate_backend($1, 5000)', [pid])
}

describe('a processing transaction', () => {
  it('takes the steps that the faults below are put between', async () => {
    const { steps } = await cleanRun()
    const named = [
      'claim_messages',
      'lock_keys',
      'append_events',
      'load_evidence',
      'remove_transactions',
      'save_transactions',
      'save_orders',
      'close_discrepancies',
      'open_discrepancies',
      'finish_messages',
    ]
    expect(steps).toEqual(expect.arrayContaining(named))
    expect(steps.at(-1)).toBe('COMMIT')
  })

  it.each([
    ['an error in the process', async () => Promise.reject(new Error('planted'))],
    ['a terminated backend', terminate],
  ])(
    'leaves nothing half done after %s before any step, and ends in the same state',
    async (_what, strike) => {
      const { steps, state } = await cleanRun()
      for (const victim of steps.keys()) {
        await forgetAll(admin)
        await seed()
        const before = await counts()
        plan = {
          before: async (step, _statement, pid) => {
            if (step === victim + 1) await strike(pid)
          },
        }
        await expect(parts.processor.runOnce(), `step ${String(victim + 1)}`).rejects.toThrow()
        expect(await counts(), `after a fault before ${steps[victim] ?? ''}`).toEqual(before)
        plan = {}
        await parts.settle()
        expect(await projection(admin)).toEqual(state)
      }
    },
  )

  it('is done once when only the answer to its commit was lost', async () => {
    const { state } = await cleanRun()
    await forgetAll(admin)
    await seed()
    plan = {
      after: async (_step, statement, pid) => {
        if (statement !== 'COMMIT') return
        await terminate(pid)
        throw new Error('the answer was lost')
      },
    }
    await expect(parts.processor.runOnce()).rejects.toThrow('the answer was lost')
    plan = {}
    expect(await projection(admin)).toEqual(state)
    expect(await parts.processor.runOnce()).toBe(0)
  })
})
