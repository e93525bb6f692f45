import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAllEvidence } from '../../src/db/evidence.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { MINUTE, startTimedService, type Answer, type TimedService } from '../support/timed-service.ts'
import { be2billFields } from '../support/wire.ts'

/** what is said again is kept as said again, whether or not it is the same. */

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const announce = async (orderId: string, more: object = {}): Promise<Answer> =>
  service.call('POST', '/v1/expectations', { provider: 'be2bill', account: 'shop', orderId, ...more })

const kept = async (orderId: string): Promise<unknown[]> => {
  const orders = [{ provider: 'be2bill', account: 'shop', id: orderId }]
  const { expectations } = await loadAllEvidence(service.parts.pool, { references: [], orders })
  return expectations
}

const ASKED = { channel: 'direct', operation: 'payment', amount: 5000, currency: 'EUR' }

describe('the same again', () => {
  it('answers 200 with what was registered first, and when it was last said', async () => {
    const requestedAt = service.clock.now().toISOString()
    const first = await announce('A-1', { ...ASKED, requestedAt })
    expect(first).toMatchObject({
      status: 201,
      body: { createdAt: requestedAt, saidAt: requestedAt, requestedAt },
    })
    await service.clock.advance(MINUTE)
    const again = await announce('A-1', ASKED)
    const saidAt = service.clock.now().toISOString()
    expect(again).toEqual({ status: 200, body: { ...first.body, saidAt, requestedAt: null } })
    // What the rules read is what was answered.
    expect(await kept('A-1')).toEqual([again.body])
  })

  it('states the time of the later call in UTC', async () => {
    await announce('A-2', ASKED)
    const { body } = await announce('A-2', { ...ASKED, requestedAt: '2026-04-01T14:00:30.500+02:00' })
    expect(body).toMatchObject({ requestedAt: '2026-04-01T12:00:30.500Z' })
  })
})

describe('other values', () => {
  it.each([
    ['amount', { amount: 4900 }, 'amount: announced as 5000, now as 4900'],
    ['currency', { currency: 'USD' }, 'currency: announced as EUR, now as USD'],
    ['channel', { channel: 'hosted' }, 'channel: announced as direct, now as hosted'],
    ['amount', { amount: undefined }, 'amount: announced as 5000, now as nothing'],
    ['parentReference', { parentReference: 'A77' }, 'parentReference: announced as nothing, now as A77'],
  ])('of %s answer 409 with both, and keep the first', async (name, other, detail) => {
    const orderId = `B-${name}-${Object.values(other)[0]}`
    const first = await announce(orderId, ASKED)
    await service.clock.advance(MINUTE)
    const requestedAt = service.clock.now().toISOString()
    const { status, body } = await announce(orderId, { ...ASKED, ...other, requestedAt })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'expectation_conflict' })
    expect(body.detail).toContain(detail)
    expect(body.detail).toContain(first.body.id)
    expect(await kept(orderId)).toEqual([{ ...first.body, saidAt: requestedAt, requestedAt }])
  })

  it('are each named', async () => {
    await announce('B-1', ASKED)
    const { body } = await announce('B-1', { ...ASKED, amount: 1, currency: 'USD', channel: 'hosted' })
    expect(body.detail).toMatch(/amount: .*5000.* 1; currency: .*EUR.*USD; channel: .*direct.*hosted/)
  })

  it('are told apart by an operation id, or by a withdrawal', async () => {
    const { body } = await announce('B-2', ASKED)
    expect((await announce('B-2', { ...ASKED, amount: 1, operationId: 'second' })).status).toBe(201)
    await service.call('DELETE', `/v1/expectations/${body.id}`)
    expect((await announce('B-2', { ...ASKED, amount: 1 })).status).toBe(201)
  })
})

it('what is answered 409 has judged the order again', async () => {
  const judged: number[] = []
  await announce('C-1', { ...ASKED, amount: 12390 })
  await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'C1', ORDERID: 'C-1' }))
  await service.settle()
  await service.sql.query(`UPDATE transactions SET overdue = true WHERE reference = 'C1'`)
  for (const amount of [12390, 1]) {
    judged.push((await announce('C-1', { ...ASKED, amount })).status)
    const { body } = await service.call('GET', '/v1/transactions/be2bill/shop/C1')
    expect(body.overdue).toBe(false)
    await service.sql.query(`UPDATE transactions SET overdue = true WHERE reference = 'C1'`)
  }
  expect(judged).toEqual([200, 409])
})

describe('two replicas at once', () => {
  let database: TestDatabase
  let replicas: TestService[]
  beforeAll(async () => {
    database = await createTestDatabase()
    replicas = await Promise.all([1, 2].map(async () => startTestService({ database })))
  })
  afterAll(async () => {
    await Promise.all(replicas.map(async (replica) => replica.stop()))
    await database.drop()
  })

  const atOnce = async (orderId: string, amounts: readonly number[]): Promise<number[]> => {
    const answers = await Promise.all(
      amounts.map(async (amount, index) => {
        const body = JSON.stringify({ provider: 'be2bill', account: 'shop', orderId, ...ASKED, amount })
        return replicas[index % 2]!.api('/v1/expectations', { method: 'POST', body })
      }),
    )
    return answers.map(({ status }) => status).sort()
  }

  it('register the same once', async () => {
    for (const run of Array.from({ length: 10 }).keys())
      expect(await atOnce(`D-${run}`, [1, 1, 1, 1])).toEqual([200, 200, 200, 201])
  })

  it('register one of two values, and refuse the other', async () => {
    for (const run of Array.from({ length: 10 }).keys())
      expect(await atOnce(`E-${run}`, [1, 2])).toEqual([201, 409])
  })
})
