import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHandClock } from '../support/hand-clock.ts'
import { startTestService, type TestService, stopWith } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

const clock = createHandClock()
let service: TestService

beforeAll(async () => {
  service = await startTestService({ clock })
})
afterAll(async () => {
  await stopWith(clock, service)
})

const notify = async (reference: string, orderId: string): Promise<Response> =>
  service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: orderId }))

const paidAnswer = (reference: string, orderId: string): string =>
  JSON.stringify({
    provider: 'be2bill',
    account: 'shop',
    orderId,
    operation: 'payment',
    amount: 12390,
    currency: 'EUR',
    body: { OPERATIONTYPE: 'payment', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: reference },
  })

const respond = async (reference: string, orderId: string, query = ''): Promise<Response> =>
  service.api(`/v1/responses${query}`, { method: 'POST', body: paidAnswer(reference, orderId) })

describe('held answers', () => {
  it('hold a transaction that no message has named yet until both witnesses agree', async () => {
    const held = service.api('/v1/transactions/dalenys/shop/W1?wait=20&until=matched')
    await notify('W1', 'W-1')
    await respond('W1', 'W-1')
    expect(await (await held).json()).toMatchObject({ reference: 'W1', reconciliation: 'matched' })
  })

  it('answer what is true when the time is up, and 404 when there is still nothing', async () => {
    await notify('W2', 'W-2')
    await service.settled()
    const held = ['W2?wait=7&until=matched', 'nothing?wait=7'].map(async (path) =>
      service.api(`/v1/transactions/be2bill/shop/${path}`),
    )
    await clock.waiting(7_000, held.length)
    await clock.advance(7_000)
    const [early, missing] = await Promise.all(held)
    expect(await early!.json()).toMatchObject({ reconciliation: 'awaiting_response' })
    expect(missing!.status).toBe(404)
  })

  it('hold an order, and answer a forwarded response with its transaction once it is processed', async () => {
    const held = service.api('/v1/orders/be2bill/shop/W-3?wait=20')
    await notify('W3', 'W-3')
    const answered = await respond('W3', 'W-3', '?wait=20')
    expect(answered.status).toBe(200)
    expect(await answered.json()).toMatchObject({ reference: 'W3', reconciliation: 'matched' })
    expect(await (await held).json()).toMatchObject({ orderId: 'W-3', paid: true })
  })

  it('answer a forwarded call that acted on an unknown payment with its order, else that it is stored', async () => {
    const call = {
      ...{ provider: 'be2bill', account: 'shop', operation: 'refund', error: 'timeout' },
      ...{ parentReference: 'W-unknown-1', operationId: 'r1' },
    }
    const forward = async (body: object): Promise<Response> =>
      service.api('/v1/responses?wait=20', { method: 'POST', body: JSON.stringify(body) })
    const named = await forward({ ...call, orderId: 'W-7' })
    expect([named.status, await named.json()]).toMatchObject([
      200,
      { orderId: 'W-7', safeToRetry: false, requests: [{ outcome: 'unknown', operationId: 'r1' }] },
    ])
    const alone = await forward(call)
    expect([alone.status, await alone.json()]).toMatchObject([202, { duplicate: false }])
  })

  it('reject a wait beyond the bound, naming the field', async () => {
    const answer = await service.api('/v1/transactions/be2bill/shop/W1?wait=31')
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('wait') as string,
    })
  })
})

describe('a thousand held answers', () => {
  const HELD = 1_000
  let waited: TestService

  beforeAll(async () => {
    // Nothing looks at the database by itself: whatever is asked, a held request asks.
    waited = await startTestService({ clock, idle: true, settings: { API_CALLS_PER_SECOND: '1000000' } })
  })
  afterAll(async () => {
    await stopWith(clock, waited)
  })

  /** When each of the service's connections was last asked something. */
  const lastAsked = async (): Promise<Map<number, string>> => {
    const { rows } = await waited.sql.query<{ pid: number; at: string }>(
      `SELECT pid, query_start::text AS at FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE '%receiver%'`,
    )
    return new Map(rows.map(({ pid, at }) => [pid, at]))
  }

  it(
    'ask the database nothing while they wait, and are all woken by one change',
    { timeout: 120_000 },
    async () => {
      await waited.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'W4', ORDERID: 'W-4' }))
      const held = Array.from({ length: HELD }, async () =>
        waited.api('/v1/transactions/be2bill/shop/W4?wait=25&until=matched'),
      )
      // A held request has looked once and sleeps until it is told, or its time is up.
      await clock.waiting(25_000, HELD)
      const asked = await lastAsked()
      expect(asked.size).toBeGreaterThan(0)
      await clock.advance(20_000)
      for (const [pid, at] of await lastAsked()) expect(at).toBe(asked.get(pid))
      waited.service.startProcessing()
      await waited.api('/v1/responses', { method: 'POST', body: paidAnswer('W4', 'W-4') })
      const answers = await Promise.all(held.map(async (answer) => (await answer).json()))
      const reconciliations = answers.map((answer) => (answer as { reconciliation: string }).reconciliation)
      expect(reconciliations).toEqual(Array.from({ length: HELD }, () => 'matched'))
    },
  )
})

it('answer at once when the instance drains', async () => {
  const draining = await startTestService()
  await draining.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'D1', ORDERID: 'D-1' }))
  await draining.settled()
  const held = draining.api('/v1/transactions/be2bill/shop/D1?wait=30')
  // The request is known to be held once its own first look has been made; the drain must not wait for its 30 s.
  await draining.api('/v1/transactions/be2bill/shop/D1')
  const [answer] = await Promise.all([held, draining.stop()])
  expect(await answer.json()).toMatchObject({ reconciliation: 'awaiting_response' })
})
