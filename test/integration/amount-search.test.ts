import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** An operator finds payments by what a customer says: an amount, or any reference on a statement. */

let service: TestService

const references = async (query: string): Promise<string[]> => {
  const answer = await service.api(`/v1/transactions?${query}`)
  expect(answer.status).toBe(200)
  const { items } = (await answer.json()) as { items: { reference: string }[] }
  return items.map(({ reference }) => reference).sort()
}

const posted = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

beforeAll(async () => {
  service = await startTestService()
  const payment = { TRANSACTIONID: 'P1', ORDERID: 'O-1', AMOUNT: '4250' }
  await service.notify('be2bill', 'shop', be2billFields(payment))
  await service.notify(
    'be2bill',
    'shop',
    be2billFields({ ...payment, OPERATIONTYPE: 'refund', TRANSACTIONID: 'R1', AMOUNT: '1250' }),
  )
  const answer = await service.api(
    '/v1/responses',
    posted({
      ...{ provider: 'be2bill', account: 'shop', operation: 'refund', amount: 1250, currency: 'EUR' },
      parentReference: 'P1',
      body: { OPERATIONTYPE: 'refund', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: 'R1' },
    }),
  )
  expect(answer.status).toBe(202)
  await service.notify(
    'hipay',
    'shop',
    hipayFields({
      transaction_reference: '900000000201',
      authorized_amount: '42.50',
      captured_amount: '42.50',
      currency: 'USD',
    }),
  )
  await service.settled()
})
afterAll(async () => {
  await service.stop()
})

describe('payments', () => {
  it('are found by their amount, whatever the currency', async () => {
    expect(await references('amount=4250')).toEqual(['900000000201', 'P1'])
    expect(await references('amount=4250&provider=be2bill')).toEqual(['P1'])
    expect(await references('amount=4251')).toEqual([])
  })

  it('are found by their reference, and by that of a step that belongs to them', async () => {
    expect(await references('reference=P1')).toEqual(['P1'])
    expect(await references('reference=R1')).toEqual(['P1'])
    expect(await references('reference=R1&provider=hipay')).toEqual([])
    expect(await references('reference=unknown')).toEqual([])
  })

  it.each(['12.50', '-1', '', '1e3', '99999999999999999'])(
    'are not looked for by %j, which is no amount',
    async (amount) => {
      const answer = await service.api(`/v1/transactions?amount=${amount}`)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        code: 'invalid_request',
        detail: expect.stringContaining('amount') as string,
      })
    },
  )
})
