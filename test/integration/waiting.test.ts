import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService()
})
afterAll(async () => {
  await service.stop()
})

const notify = async (reference: string, orderId: string): Promise<Response> =>
  service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: orderId }))

const respond = async (reference: string, orderId: string, query = ''): Promise<Response> =>
  service.api(`/v1/responses${query}`, {
    method: 'POST',
    body: JSON.stringify({
      provider: 'be2bill',
      account: 'shop',
      orderId,
      operation: 'payment',
      amount: 12390,
      currency: 'EUR',
      body: { OPERATIONTYPE: 'payment', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: reference },
    }),
  })

describe('held answers', () => {
  it('hold a transaction that nobody has named yet until both witnesses agree', async () => {
    const held = service.api('/v1/transactions/dalenys/shop/W1?wait=20&until=matched')
    await notify('W1', 'W-1')
    await respond('W1', 'W-1')
    expect(await (await held).json()).toMatchObject({ reference: 'W1', reconciliation: 'matched' })
  })

  it('answer what is true when the time is up, and 404 when there is still nothing', async () => {
    await notify('W2', 'W-2')
    await service.settled()
    const early = await service.api('/v1/transactions/be2bill/shop/W2?wait=1&until=matched')
    expect(await early.json()).toMatchObject({ reconciliation: 'awaiting_response' })
    expect((await service.api('/v1/transactions/be2bill/shop/nothing?wait=1')).status).toBe(404)
  })

  it('hold an order, and answer a forwarded response with its transaction once it is processed', async () => {
    const held = service.api('/v1/orders/be2bill/shop/W-3?wait=20')
    await notify('W3', 'W-3')
    const answered = await respond('W3', 'W-3', '?wait=20')
    expect(answered.status).toBe(200)
    expect(await answered.json()).toMatchObject({ reference: 'W3', reconciliation: 'matched' })
    expect(await (await held).json()).toMatchObject({ orderId: 'W-3', paid: true })
  })

  it('answer a forwarded call that acted on a payment nobody knows with its order, else that it is stored', async () => {
    const call = {
      ...{ provider: 'be2bill', account: 'shop', operation: 'refund', error: 'timeout' },
      ...{ parentReference: 'W-unknown', operationId: 'r1' },
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

  it('cost no query while they wait, however many they are', async () => {
    await notify('W4', 'W-4')
    await service.settled()
    const count = async (): Promise<number> => {
      const { rows } = await service.sql.query<{ calls: number }>(
        'SELECT (xact_commit + xact_rollback)::int AS calls FROM pg_stat_database WHERE datname = current_database()',
      )
      return rows[0]?.calls ?? 0
    }
    const waiting = Array.from({ length: 300 }, async () =>
      service.api('/v1/transactions/be2bill/shop/W4?wait=25'),
    )
    // Statistics are reported late: first let those of the 300 first looks arrive.
    let before = -1
    for (let seen = await count(); seen - before > 20; seen = await count()) {
      before = seen
      expect((await service.api('/v1/transactions/be2bill/shop/W5?wait=1')).status).toBe(404)
    }
    expect((await service.api('/v1/transactions/be2bill/shop/W6?wait=2')).status).toBe(404)
    // 300 polling requests would be hundreds in these two seconds; this one request is a handful.
    expect((await count()) - before).toBeLessThan(60)
    await respond('W4', 'W-4')
    const answers = await Promise.all(waiting.map(async (answer) => (await answer).json()))
    expect(
      answers.every((answer) => (answer as { reconciliation: string }).reconciliation === 'matched'),
    ).toBe(true)
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
