import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Explanation, ExplainedValue } from '../../src/domain/explain/explain.ts'
import { expectProblem } from '../support/problem.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** `…/explain` over HTTP: the ids it names are those of stored events and messages, the values those of the transaction. */

let service: TestService

beforeAll(async () => {
  service = await startTestService()
  const order = { id: 'E-1' }
  const money = { authorized_amount: '50.00', captured_amount: '0.00', refunded_amount: '0.00' }
  await post('/v1/responses', {
    provider: 'hipay',
    account: 'shop',
    orderId: 'E-1',
    httpStatus: 200,
    body: {
      state: 'completed',
      status: '118',
      transactionReference: '900000000001',
      authorizedAmount: '50.00',
      capturedAmount: '50.00',
      refundedAmount: '0.00',
      currency: 'EUR',
      decimals: '2',
      test: 'true',
      order,
    },
  })
  const base = { transaction_reference: '900000000001', order, ...money }
  await service.notify('hipay', 'shop', hipayFields({ ...base, status: '116' }))
  await service.notify(
    'hipay',
    'shop',
    hipayFields({
      ...base,
      status: '118',
      captured_amount: '50.00',
      date_updated: '2026-04-01T10:00:05+0000',
    }),
  )
  await service.notify(
    'be2bill',
    'shop',
    be2billFields({
      OPERATIONTYPE: 'authorization',
      TRANSACTIONID: 'A1',
      ORDERID: 'B-1',
      EXECCODE: '0000',
      AMOUNT: '4500',
    }),
  )
  await post('/v1/responses', {
    provider: 'be2bill',
    account: 'shop',
    operation: 'capture',
    parentReference: 'A1',
    amount: 4000,
    currency: 'EUR',
    httpStatus: 200,
    body: { OPERATIONTYPE: 'capture', EXECCODE: '0000', TRANSACTIONID: 'A2', MESSAGE: 'ok' },
  })
  await service.settled()
})
afterAll(() => service.stop())

async function post(path: string, body: object): Promise<void> {
  const answer = await service.api(path, { method: 'POST', body: JSON.stringify(body) })
  expect(answer.status, await answer.text()).toBe(path === '/v1/responses' ? 202 : 201)
}

async function explained(path: string): Promise<Explanation> {
  const answer = await service.api(`/v1/transactions/${path}/explain`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Explanation
}

const json = async (path: string) =>
  (await (await service.api(path)).json()) as Record<string, unknown> & { items: Record<string, unknown>[] }

const fieldOf = ({ fields }: Explanation, name: string): ExplainedValue =>
  fields.find(({ field }) => field === name)!

/** `operations[0].amount` of a transaction's JSON. */
function valueAt(transaction: unknown, field: string): unknown {
  return field
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], transaction)
}

describe('GET …/explain', () => {
  it.each(['hipay/shop/900000000001', 'be2bill/shop/A1'])(
    'says of %s what the transaction says',
    async (path) => {
      const transaction = await json(`/v1/transactions/${path}`)
      const { fields } = await explained(path)
      const plain = fields.filter(({ field }) => !/outcome$|^discrepancies/.test(field))
      for (const { field, value } of plain) expect(value, field).toEqual(valueAt(transaction, field))
      expect(plain.length).toBeGreaterThan(15)
    },
  )

  it('names events and inbox messages that are stored', async () => {
    const path = 'hipay/shop/900000000001'
    const { items } = await json(`/v1/transactions/${path}/events`)
    const inboxOf = new Map(items.map(({ id, inboxId }) => [id, inboxId]))
    const { rows } = await service.sql.query<{ id: string }>('SELECT id FROM inbox_messages')
    const stored = new Set(rows.map(({ id }) => id))
    const sources = (await explained(path)).fields.flatMap(({ decidedBy, outranked }) => [
      ...decidedBy,
      ...outranked,
    ])
    expect(sources.length).toBeGreaterThan(20)
    for (const source of sources) {
      if (source.kind !== 'event') throw new Error('only messages have decided here')
      expect(inboxOf.get(source.eventId)).toBe(source.inboxId)
      expect(stored).toContain(source.inboxId)
    }
  })

  it('lets the notified capture decide, by the rule of counters, over the answer', async () => {
    const { decidedBy, outranked, rule, value } = fieldOf(
      await explained('hipay/shop/900000000001'),
      'capturedTotal',
    )
    expect([value, rule.id]).toEqual([5000, 'M-2'])
    expect(decidedBy).toMatchObject([{ witness: 'notification', providerCode: '118' }])
    expect(outranked.map((source) => `${source.witness} ${String(source.providerCode)}`).sort()).toEqual([
      'notification 116',
      'response 118',
    ])
  })

  it('answers an absorbed reference with its root', async () => {
    const explanation = await explained('be2bill/shop/A2')
    expect(explanation.reference).toBe('A1')
    expect(fieldOf(explanation, 'capturedTotal')).toMatchObject({
      value: 4000,
      decidedBy: [{ witness: 'response' }],
    })
  })

  it('either word of one adapter reaches the account', async () => {
    expect((await explained('dalenys/shop/A1')).provider).toBe('be2bill')
  })

  it('names the announcement where nothing else was said', async () => {
    await post('/v1/expectations', {
      provider: 'be2bill',
      account: 'shop',
      orderId: 'B-1',
      operation: 'refund',
      parentReference: 'A1',
      amount: 700,
      currency: 'EUR',
    })
    const explanation = await explained('be2bill/shop/A1')
    const announced = explanation.fields.filter(
      ({ rule, field }) => rule.id === 'R-10' && field.endsWith('.amount'),
    )
    expect(announced).toMatchObject([{ value: 700, decidedBy: [{ kind: 'expectation' }] }])
  })

  it.each([
    ['hipay/shop/unheard-of', 'unknown_transaction'],
    ['hipay/elsewhere/900000000001', 'unknown_account'],
  ])('404 for %s', async (path, code) => {
    const answer = await service.api(`/v1/transactions/${path}/explain`)
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, code])
  })

  it.each([
    ['a key of another role', 403, 'forbidden', 'ingest'],
    ['an unknown key', 401, 'unauthorized', 'nothing-of-this-service'],
  ] as const)('is refused to %s', async (_whose, status, code, key) => {
    const secret = key === 'ingest' ? `writer-${service.apiKey}` : key
    const headers = { authorization: `Bearer ${secret}` }
    const answer = await service.api('/v1/transactions/be2bill/shop/A1/explain', { headers })
    await expectProblem(answer, status, code)
  })
})
