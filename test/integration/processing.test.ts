import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService()
})
afterAll(async () => {
  await service.stop()
})

const respond = async (body: object, headers: Record<string, string> = {}): Promise<Response> =>
  service.api('/v1/responses', { method: 'POST', body: JSON.stringify(body), headers })

const read = async (path: string): Promise<Record<string, unknown>> => {
  await service.settled()
  const answer = await service.api(path)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Record<string, unknown>
}

const be2billResponse = (reference: string, orderId: string, execCode = '0000'): object => ({
  provider: 'be2bill',
  account: 'shop',
  orderId,
  operation: 'payment',
  amount: 12390,
  currency: 'EUR',
  body: { OPERATIONTYPE: 'payment', EXECCODE: execCode, MESSAGE: 'm', TRANSACTIONID: reference },
})

describe('processing', () => {
  it('matches a Be2bill payment whichever witness comes first', async () => {
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'P1', ORDERID: 'O-1' }))
    expect(await read('/v1/transactions/be2bill/shop/P1')).toMatchObject({
      status: 'captured',
      reconciliation: 'awaiting_response',
    })
    expect((await respond(be2billResponse('P1', 'O-1'))).status).toBe(202)
    expect(await read('/v1/transactions/be2bill/shop/P1')).toMatchObject({
      status: 'captured',
      reconciliation: 'matched',
      capturedTotal: 12390,
    })
    expect((await respond(be2billResponse('P2', 'O-2'))).status).toBe(202)
    expect(await read('/v1/transactions/be2bill/shop/P2')).toMatchObject({
      reconciliation: 'awaiting_notification',
    })
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'P2', ORDERID: 'O-2' }))
    expect(await read('/v1/transactions/dalenys/shop/P2')).toMatchObject({
      reconciliation: 'matched',
      provider: 'be2bill',
    })
  })

  it('parks a notification that names nothing it could belong to', async () => {
    const nameless = be2billFields({ TRANSACTIONID: '', ORDERID: '' })
    expect((await service.notify('be2bill', 'shop', nameless)).status).toBe(200)
    await service.settled()
    const { rows } = await service.sql.query(
      'SELECT state, code, detail FROM inbox_outcomes WHERE code IS NOT NULL',
    )
    const detail = 'the message names no transaction, no order and no operation'
    expect(rows).toEqual([{ state: 'parked', code: 'unreadable_message', detail }])
  })

  it('answers a repeated forwarding with the first message, under Idempotency-Key too', async () => {
    const first = (await (await respond(be2billResponse('P3', 'O-3'))).json()) as { inboxId: string }
    const again = await respond(be2billResponse('P3', 'O-3'))
    expect(again.status).toBe(202)
    expect(await again.json()).toEqual({ inboxId: first.inboxId, duplicate: true })
    const keyed = await respond(be2billResponse('P3', 'O-3'), { 'idempotency-key': 'k-1' })
    expect(await keyed.json()).toMatchObject({ duplicate: false })
    const repeated = await respond(be2billResponse('P3', 'O-3'), { 'idempotency-key': 'k-1' })
    expect(await repeated.json()).toMatchObject({ duplicate: true })
  })

  it('opens a discrepancy with its amount and closes it when evidence settles it', async () => {
    await respond(be2billResponse('P5', 'O-5', '4001'))
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'P5', ORDERID: 'O-5' }))
    const transaction = await read('/v1/transactions/be2bill/shop/P5')
    expect(transaction).toMatchObject({ status: 'captured', reconciliation: 'discrepant' })
    expect(transaction['discrepancies']).toMatchObject([
      { class: 'outcome_mismatch', amountAtRisk: 12390, currency: 'EUR', resolvedAt: null },
    ])
  })

  it('keeps two partial refunds with the same status and one fact in two encodings', async () => {
    const reference = '900000001000'
    const about = { transaction_reference: reference, order: { id: 'H-1000' } }
    await service.notify('hipay', 'shop', hipayFields(about))
    await service.notify('hipay', 'shop', hipayFields(about), { encoding: 'xml' })
    for (const [id, amount, total] of [
      ['r1', '10.00', '10.00'],
      ['r2', '15.50', '25.50'],
    ] as const) {
      const operation = {
        type: 'refund',
        id,
        amount,
        currency: 'EUR',
        reference: `81000000000${id.slice(1)}`,
      }
      const fields = hipayFields({ ...about, status: '126', refunded_amount: total, operation })
      await service.notify('hipay', 'shop', fields)
    }
    expect(await read(`/v1/transactions/hipay/shop/${reference}`)).toMatchObject({
      status: 'partially_refunded',
      refundedTotal: 2550,
    })
    const events = await read(`/v1/transactions/hipay/shop/${reference}/events`)
    expect((events['items'] as { type: string }[]).map((event) => event.type)).toEqual([
      'captured',
      'refunded',
      'refunded',
    ])
    const { rows } = await service.sql.query(`SELECT state, count(*)::int FROM inbox_outcomes o
      JOIN inbox_messages m ON m.id = o.inbox_id WHERE convert_from(m.content, 'UTF8') LIKE '%${reference}%' GROUP BY 1 ORDER BY 1`)
    expect(rows).toEqual([
      { state: 'duplicate', count: 1 },
      { state: 'processed', count: 3 },
    ])
  })

  it('answers an order: duplicate payment on both transactions, paid, not safe to retry', async () => {
    for (const reference of ['D1', 'D2']) {
      await respond(be2billResponse(reference, 'O-dup/1'))
      await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: 'O-dup/1' }))
    }
    const order = await read(`/v1/orders/be2bill/shop/${encodeURIComponent('O-dup/1')}`)
    expect(order).toMatchObject({ paid: true, safeToRetry: false, paidTotal: 24780 })
    expect(order['transactions']).toMatchObject([
      { reconciliation: 'discrepant' },
      { reconciliation: 'discrepant' },
    ])
  })

  it('absorbs a capture into its authorization when the link arrives last', async () => {
    await service.notify(
      'be2bill',
      'shop',
      be2billFields({
        OPERATIONTYPE: 'authorization',
        TRANSACTIONID: 'L1',
        ORDERID: 'O-link',
        AMOUNT: '5000',
      }),
    )
    await service.notify(
      'be2bill',
      'shop',
      be2billFields({ OPERATIONTYPE: 'capture', TRANSACTIONID: 'L2', ORDERID: 'O-link', AMOUNT: '4500' }),
    )
    expect(await read('/v1/transactions/be2bill/shop/L2')).toMatchObject({
      reference: 'L2',
      status: 'captured',
    })
    await respond({
      provider: 'be2bill',
      account: 'shop',
      orderId: 'O-link',
      operation: 'capture',
      parentReference: 'L1',
      amount: 4500,
      currency: 'EUR',
      body: { OPERATIONTYPE: 'capture', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: 'L2' },
    })
    expect(await read('/v1/transactions/be2bill/shop/L2')).toMatchObject({
      reference: 'L1',
      status: 'partially_captured',
      authorizedTotal: 5000,
      capturedTotal: 4500,
    })
  })

  it('keeps an unknown status and an unreadable body without blocking their neighbours', async () => {
    await service.notify(
      'hipay',
      'shop',
      hipayFields({ transaction_reference: '900000002000', status: '188' }),
    )
    await service.notify(
      'hipay',
      'shop',
      hipayFields({ transaction_reference: '900000002001', order: { id: 'H-2001' } }),
    )
    expect(await read('/v1/transactions/hipay/shop/900000002000')).toMatchObject({ status: 'unrecognized' })
    expect(await read('/v1/transactions/hipay/shop/900000002001')).toMatchObject({ status: 'captured' })
  })

  it('refuses a response that nothing could be tied to', async () => {
    const lonely = await respond({ provider: 'hipay', account: 'shop', error: 'timeout' })
    expect(lonely.status).toBe(422)
    expect(await lonely.json()).toMatchObject({ code: 'response_not_correlatable' })
    const repeatable = await respond({ provider: 'hipay', account: 'shop', orderId: 'X', error: 'timeout' })
    expect(repeatable.status).toBe(422)
    const told = await respond({
      provider: 'hipay',
      account: 'shop',
      orderId: 'X',
      operationId: 'op',
      error: 'timeout',
    })
    expect(told.status).toBe(202)
    expect(await read('/v1/orders/hipay/shop/X')).toMatchObject({ paid: false, safeToRetry: false })
  })
})
