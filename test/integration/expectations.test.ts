import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTimedService, type Answer, type TimedService } from '../support/timed-service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

let service: TimedService

beforeAll(async () => {
  service = await startTimedService()
})
afterAll(async () => {
  await service.stop()
})

const announce = async (orderId: string, more: object = {}): Promise<Answer> =>
  service.call(
    'POST',
    '/v1/expectations',
    { provider: 'be2bill', account: 'shop', orderId, ...more },
    'ingest',
  )

const order = async (orderId: string, provider = 'be2bill'): Promise<Answer> =>
  service.call('GET', `/v1/orders/${provider}/shop/${orderId}`)

const transaction = async (reference: string, provider = 'be2bill'): Promise<Answer> =>
  service.call('GET', `/v1/transactions/${provider}/shop/${reference}`)

const notify = async (
  TRANSACTIONID: string,
  ORDERID: string,
  more: Record<string, string> = {},
): Promise<void> => {
  await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID, ...more }))
  await service.settle()
}

describe('announcing', () => {
  it('is part of what the order answers at once', async () => {
    const asked = {
      channel: 'direct',
      operation: 'payment',
      operationId: 'try-1',
      amount: 5000,
      currency: 'EUR',
    }
    const { status, body } = await announce('E-1', asked)
    expect(status).toBe(201)
    expect(body).toMatchObject({ orderId: 'E-1', ...asked, operation: 'sale', parentReference: null })
    expect((await order('E-1')).body).toMatchObject({
      paid: false,
      safeToRetry: false,
      reason: 'request_in_flight',
      requests: [{ operation: 'sale', channel: 'direct', outcome: 'in_flight', operationId: 'try-1' }],
    })
  })

  it('is once, however often and at whatever moment it is said', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => announce('E-2', { operation: 'payment', amount: 100 })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(11).fill(200), 201])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect((await order('E-2')).body.requests).toHaveLength(1)
    // No operation means a payment; an operation id tells two attempts apart.
    expect((await announce('E-2', { amount: 100 })).body).toEqual(answers[0]?.body)
    expect((await announce('E-2', { operationId: 'second' })).body.id).not.toBe(answers[0]?.body.id)
    expect((await order('E-2')).body.requests).toHaveLength(2)
  })

  it('belongs to the account under either word of its provider', async () => {
    const first = await announce('E-4')
    const again = await announce('E-4', { provider: 'dalenys' })
    expect(again.body).toEqual(first.body)
    expect(first.body.provider).toBe('be2bill')
  })

  it('takes the words of the provider’s calls', async () => {
    const onHipay = { provider: 'hipay', operation: 'payment' }
    expect((await announce('E-5', onHipay)).body.operation).toBe('authorization')
    expect((await announce('E-5', { operation: 'AUTHORIZATION' })).body.operation).toBe('authorization')
    for (const refused of [
      { operation: 'teleport' },
      { operation: 'chargeback' },
      { parentReference: 'A1' },
      { amount: 1.5 },
      { amount: -1 },
      { currency: 'euro' },
      { channel: 'pigeon' },
      { colour: 'red' },
    ]) {
      const { status, body } = await announce('E-5', refused)
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'invalid_request' })
      expect(body.detail).toContain(Object.keys(refused)[0])
    }
    expect((await announce('E-5', { account: 'nobody' })).body).toMatchObject({ code: 'unknown_account' })
  })

  it('needs the role ingest', async () => {
    const { status } = await service.call('POST', '/v1/expectations', {}, 'read')
    expect(status).toBe(403)
    expect((await service.call('DELETE', '/v1/expectations/x', undefined, 'operate')).status).toBe(403)
  })
})

describe('withdrawing', () => {
  it('undoes the announcement, and is once', async () => {
    const { body } = await announce('E-6')
    for (let times = 0; times < 2; times += 1) {
      expect(await service.call('DELETE', `/v1/expectations/${body.id}`)).toEqual({ status: 204, body: {} })
    }
    expect((await order('E-6')).status).toBe(404)
    const again = await announce('E-6')
    expect(again.body.id).not.toBe(body.id)
    expect((await order('E-6')).body.requests).toHaveLength(1)
  })

  it.each(['01a1fa05-9d33-741d-8f98-69a4682b7f97', 'nonsense'])('says that %s is unknown', async (id) => {
    const { status, body } = await service.call('DELETE', `/v1/expectations/${id}`)
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'unknown_expectation' })
  })
})

describe('what follows', () => {
  it('is computed in the same commit: an answer becomes due, and is not any more', async () => {
    const fields = be2billFields({ IDENTIFIER: 'Dalenys Shop', TRANSACTIONID: 'F1', ORDERID: 'F-1' })
    await service.notify('dalenys', 'shop-dalenys', fields)
    await service.settle()
    const reconciliation = async (): Promise<unknown> =>
      (await service.call('GET', '/v1/transactions/dalenys/shop-dalenys/F1')).body.reconciliation
    expect(await reconciliation()).toBe('notification_only')
    const { body } = await announce('F-1', {
      provider: 'dalenys',
      account: 'shop-dalenys',
      channel: 'direct',
    })
    expect(await reconciliation()).toBe('awaiting_response')
    await service.call('DELETE', `/v1/expectations/${body.id}`)
    expect(await reconciliation()).toBe('notification_only')
  })

  it('pays an order only when what was announced came', async () => {
    await announce('F-2', { amount: 20000, currency: 'EUR' })
    await notify('F2', 'F-2')
    const { body } = await order('F-2')
    expect(body).toMatchObject({ paid: false, netTotal: 12390, safeToRetry: false })
    expect(body.discrepancies).toMatchObject([{ class: 'amount_mismatch', amountAtRisk: 7610 }])
    expect(body.transactions[0]).toMatchObject({ reconciliation: 'discrepant' })
  })

  it('ties a step that names no payment to the one it was announced for, and lets go of it', async () => {
    await notify('G1', 'G-1')
    await notify('G2', 'G-1', { OPERATIONTYPE: 'refund', AMOUNT: '500' })
    expect((await transaction('G2')).body).toMatchObject({ reference: 'G2' })
    const step = { operation: 'refund', parentReference: 'G1', amount: 500, currency: 'EUR' }
    const { body } = await announce('G-1', step)
    expect((await transaction('G2')).body).toMatchObject({
      reference: 'G1',
      status: 'partially_refunded',
      refundedTotal: 500,
    })
    await service.call('DELETE', `/v1/expectations/${body.id}`)
    expect((await transaction('G2')).body).toMatchObject({ reference: 'G2' })
    expect((await transaction('G1')).body).toMatchObject({ status: 'captured', refundedTotal: 0 })
  })

  it('finds the order of an announced step from either end', async () => {
    await announce('G-2', { operation: 'capture', parentReference: 'G3', amount: 500 })
    await service.notify(
      'be2bill',
      'shop',
      be2billFields({ TRANSACTIONID: 'G3', ORDERID: '', OPERATIONTYPE: 'authorization', AMOUNT: '500' }),
    )
    await service.settle()
    expect((await transaction('G3')).body.operations).toMatchObject([
      { operation: 'authorization' },
      { operation: 'capture', reconciliation: 'expected', amount: 500 },
    ])
    expect((await order('G-2')).body.requests).toEqual([])
  })

  it('does not judge orders together that only shared a batch', async () => {
    // Merchants number their operations per order: the same id says nothing about another order's call.
    const operation = { type: 'refund', id: 'refund-1', amount: '10.00', currency: 'EUR' }
    const refund = { status: '126', refunded_amount: '10.00', operation }
    const about = { transaction_reference: '900000003001', order: { id: 'H-3001' } }
    await service.notify('hipay', 'shop', hipayFields(about))
    await service.notify('hipay', 'shop', hipayFields({ ...about, ...refund }))
    const call = {
      operation: 'refund',
      operationId: 'refund-1',
      amount: 1000,
      currency: 'EUR',
      error: 'timeout',
    }
    await service.respond({ provider: 'hipay', account: 'shop', orderId: 'H-3002', ...call })
    await service.settle()
    expect((await order('H-3002', 'hipay')).body.requests).toMatchObject([{ outcome: 'unknown' }])
    expect((await transaction('900000003001', 'hipay')).body.operations.at(-1)).toMatchObject({
      response: null,
    })
  })
})
