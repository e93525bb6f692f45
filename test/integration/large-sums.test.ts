import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECOND, startTimedService, type Answer, type TimedService } from '../support/timed-service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** An absurd amount must not make the answers about other payments fail. */

const MOST = String(Number.MAX_SAFE_INTEGER)
const AMOUNT_MAX = 999_999_999_999

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const get = async (path: string): Promise<Answer> => service.call('GET', path)

const pay = async (reference: string, orderId: string, AMOUNT: string): Promise<void> => {
  const { status } = await service.notify(
    'be2bill',
    'shop',
    be2billFields({ TRANSACTIONID: reference, ORDERID: orderId, AMOUNT }),
  )
  expect(status).toBe(200)
  await service.settle()
  // A summary covers what was first seen before now.
  await service.clock.advance(SECOND)
}

describe('two payments of 9007199254740991 on one order', () => {
  it('are read as amounts that cannot be, and every answer is there', async () => {
    await pay('L1', 'L-1', MOST)
    await pay('L2', 'L-1', MOST)
    const { status, body } = await get('/v1/orders/be2bill/shop/L-1')
    expect(status).toBe(200)
    expect(body).toMatchObject({ paidTotal: null, netTotal: null, safeToRetry: false })
    const { body: transaction } = await get('/v1/transactions/be2bill/shop/L1')
    expect(transaction.discrepancies).toMatchObject([{ class: 'invalid_amount', field: 'L1:AMOUNT' }])
    expect((await get('/v1/reconciliation/summary')).status).toBe(200)
  })

  it('answer without the sum where an earlier build had read them', async () => {
    for (const reference of ['M1', 'M2']) await pay(reference, 'M-1', '500')
    await service.sql.query(
      `UPDATE transaction_events SET fact = jsonb_set(fact::jsonb, '{amount}', '${MOST}') WHERE order_id = 'M-1'`,
    )
    await service.call('POST', '/v1/expectations', { provider: 'be2bill', account: 'shop', orderId: 'M-1' })
    const { status, body } = await get('/v1/orders/be2bill/shop/M-1')
    expect(status).toBe(200)
    expect(body).toMatchObject({ paidTotal: null, netTotal: null, refundedTotal: 0, safeToRetry: false })
    expect(body.transactions).toMatchObject([
      { capturedTotal: Number.MAX_SAFE_INTEGER },
      { capturedTotal: Number.MAX_SAFE_INTEGER },
    ])
    const summary = await get('/v1/reconciliation/summary')
    expect(summary.status).toBe(200)
    const sums = (summary.body as unknown as { transactions: Record<string, unknown>[] }).transactions
    expect(sums.map(({ capturedTotal }) => capturedTotal)).toContain(null)
    for (const view of ['orders', 'daily_reconciliation', 'transactions', 'open_discrepancies'])
      await service.sql.query(`SELECT * FROM ops.${view}`)
    const { rows } = await service.sql.query(
      `SELECT captured_total, net_total, paid FROM ops.orders WHERE order_id = 'M-1'`,
    )
    expect(rows).toEqual([{ captured_total: null, net_total: null, paid: false }])
  })

  it('whose money at risk is beyond a number is listed and closed all the same', async () => {
    for (const reference of ['N1', 'N2', 'N3']) await pay(reference, 'N-1', '500')
    await service.sql.query(
      `UPDATE transaction_events SET fact = jsonb_set(fact::jsonb, '{amount}', '${MOST}') WHERE order_id = 'N-1'`,
    )
    await service.call('POST', '/v1/expectations', { provider: 'be2bill', account: 'shop', orderId: 'N-1' })
    const { body } = await get('/v1/discrepancies?open=true&class=duplicate_payment')
    const [duplicate] = body.items.filter(({ amountAtRisk }) => amountAtRisk === null)
    const { status } = await service.call('POST', `/v1/discrepancies/${duplicate!.id}/resolve`, {
      note: 'test',
    })
    expect(status).toBe(200)
    const metrics = await fetch(`${service.url}/metrics`, {
      headers: { authorization: `Bearer ${service.apiKey}` },
    })
    expect(metrics.status).toBe(200)
    expect(await metrics.text()).toMatch(/^receiver_open_discrepancy_amount/m)
    const { rows } = await service.sql.query('SELECT sum(captured_total) FROM ops.daily_reconciliation')
    expect(rows).toHaveLength(1)
  })
})

describe('the largest amount', () => {
  it('is taken from either side, and one more is not', async () => {
    await pay('P1', 'P-1', String(AMOUNT_MAX))
    expect((await get('/v1/orders/be2bill/shop/P-1')).body).toMatchObject({ netTotal: AMOUNT_MAX })
    await pay('P2', 'P-2', String(AMOUNT_MAX + 1))
    expect((await get('/v1/orders/be2bill/shop/P-2')).body).toMatchObject({ netTotal: null })
    const fields = (reference: string, amount: string) =>
      hipayFields({
        ...{ transaction_reference: reference, order: { id: reference } },
        ...{ authorized_amount: amount, captured_amount: amount },
      })
    await service.notify('hipay', 'shop', fields('900000005001', '9999999999.99'))
    await service.notify('hipay', 'shop', fields('900000005002', '10000000000.00'))
    await service.settle()
    expect((await get('/v1/transactions/hipay/shop/900000005001')).body).toMatchObject({
      capturedTotal: AMOUNT_MAX,
    })
    expect((await get('/v1/transactions/hipay/shop/900000005002')).body).toMatchObject({
      capturedTotal: null,
    })
  })

  it.each(['/v1/expectations', '/v1/responses'])('is the largest that %s takes', async (path) => {
    const body = {
      provider: 'be2bill',
      account: 'shop',
      orderId: 'Q-1',
      operation: 'payment',
      operationId: 'q',
    }
    const tell = async (amount: number): Promise<Answer> =>
      service.call('POST', path, { ...body, ...(path.endsWith('responses') && { error: 'timeout' }), amount })
    expect((await tell(AMOUNT_MAX)).status).toBe(path.endsWith('responses') ? 202 : 201)
    const { status, body: problem } = await tell(AMOUNT_MAX + 1)
    expect(status).toBe(400)
    expect(problem).toMatchObject({ code: 'invalid_request' })
    expect(problem.detail).toMatch(/^amount: must be at most 999999999999, counted in minor units/)
  })
})
