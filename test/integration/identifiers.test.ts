import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identifiers } from '../../src/card-data/identifiers.ts'
import type { SignOptions, WireFields } from '../../src/providers/provider.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { identifiersOf } from '../support/identifiers.ts'
import { ACCOUNTS, startTestService, type TestService, stopWith } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Two ids never become one, over HTTP: what may be a card number is replaced, and every way of naming it leads to it. */

const clock = createHandClock()
let service: TestService
let identifiers: Identifiers

beforeAll(async () => {
  service = await startTestService({ clock })
  identifiers = await identifiersOf(service.sql)
})
afterAll(async () => {
  await stopWith(clock, service)
})

const post = async (path: string, body: unknown): Promise<Response> =>
  service.api(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

async function get(path: string): Promise<Record<string, unknown>> {
  const response = await service.api(path)
  return { httpStatus: response.status, ...((await response.json()) as object) }
}

const order = async (provider: string, id: string) =>
  get(`/v1/orders/${provider}/shop/${encodeURIComponent(id)}`)
const kept = (id: string): string => identifiers.replace(id)

async function notify(provider: string, fields: WireFields, options: SignOptions = {}): Promise<void> {
  expect((await service.notify(provider, 'shop', fields, options)).status).toBe(200)
}

describe('an order whose number may be a card number', () => {
  it('is not paid by the payment of another one', async () => {
    await notify(
      'hipay',
      hipayFields({ transaction_reference: '900000000101', order: { id: '5123450005678' } }),
    )
    const announced = { provider: 'hipay', account: 'shop', orderId: '5123450185678', channel: 'direct' }
    expect((await post('/v1/expectations', announced)).status).toBe(201)
    await service.settled()
    expect(await order('hipay', '5123450005678')).toMatchObject({
      paid: true,
      orderId: kept('5123450005678'),
    })
    expect(await order('hipay', '5123450185678')).toMatchObject({
      paid: false,
      orderId: kept('5123450185678'),
      transactions: [],
    })
  })

  it('is the one that a forwarded bare number names', async () => {
    const body = '{"status":116,"transactionReference":900000000102,"order":{"id":5123450185686}}'
    const forwarded = `{"provider":"hipay","account":"shop","amount":5000,"currency":"EUR","body":${body}}`
    expect((await post('/v1/responses', forwarded)).status).toBe(202)
    await service.settled()
    expect(await order('hipay', '5123450185686')).toMatchObject({
      transactions: [{ reference: '900000000102' }],
    })
    expect((await order('hipay', '5123450005686'))['httpStatus']).toBe(404)
  })

  it('keeps all digits of a number that a float does not hold', async () => {
    const ids = ['90071992547409931', '90071992547409932', '512345678901234567890123456789']
    for (const [index, id] of ids.entries()) {
      const body = `{"status":"116","transactionReference":"90000000011${index}","order":{"id":${id}},"authorizedAmount":5.00}`
      const forwarded = `{"provider":"hipay","account":"shop","body":${body}}`
      expect((await post('/v1/responses', forwarded)).status).toBe(202)
    }
    await service.settled()
    for (const [index, id] of ids.entries())
      expect(await order('hipay', id)).toMatchObject({ transactions: [{ reference: `90000000011${index}` }] })
    const { rows } = await service.sql.query<{ text: string }>(
      `SELECT convert_from(content, 'UTF8') AS text FROM inbox_messages WHERE convert_from(content, 'UTF8') LIKE '%900000000112%'`,
    )
    expect(rows[0]?.text).toContain(`"order":{"id":${ids[2]!}},"authorizedAmount":5.00`)
  })

  it('is one order, whichever way it is written', async () => {
    const id = '4123450157777'
    const payment = (reference: string) => hipayFields({ transaction_reference: reference, order: { id } })
    await notify('hipay', payment('900000000121'))
    await notify('hipay', payment('900000000122'), { encoding: 'xml' })
    const json = { status: '118', transactionReference: '900000000123', order: { id } }
    for (const body of [json, JSON.stringify({ ...json, transactionReference: '900000000124' })])
      expect((await post('/v1/responses', { provider: 'hipay', account: 'shop', body })).status).toBe(202)
    await service.settled()
    const { transactions } = await order('hipay', id)
    expect((transactions as { reference: string }[]).map(({ reference }) => reference).toSorted()).toEqual(
      ['1', '2', '3', '4'].map((last) => `90000000012${last}`),
    )
  })

  it('is one order by either method', async () => {
    const id = '4123450157777'
    await notify('be2bill', be2billFields({ TRANSACTIONID: 'I-1', ORDERID: id }))
    await notify('be2bill', be2billFields({ TRANSACTIONID: 'I-2', ORDERID: id }), { method: 'GET' })
    await service.settled()
    expect((await order('be2bill', id))['transactions']).toHaveLength(2)
  })

  it('is found by what was given and by what is shown', async () => {
    const id = '5123450005678'
    for (const given of [id, kept(id)]) {
      expect(await order('hipay', given)).toMatchObject({ httpStatus: 200, orderId: kept(id) })
      const listed = await get(
        `/v1/transactions?provider=hipay&account=shop&orderId=${encodeURIComponent(given)}`,
      )
      expect(listed).toMatchObject({ items: [{ reference: '900000000101' }] })
    }
  })

  it('may itself look like what is shown', async () => {
    const id = kept('5123450005678')
    const named = hipayFields({ transaction_reference: '900000000131', order: { id } })
    await notify('hipay', named)
    await service.settled()
    expect(kept(id)).not.toBe(id)
    expect(await order('hipay', kept(id))).toMatchObject({ transactions: [{ reference: '900000000131' }] })
    expect(await order('hipay', '5123450005678')).toMatchObject({
      transactions: [{ reference: '900000000101' }],
    })
  })
})

describe('a payment whose number may be a card number', () => {
  it('is not another one', async () => {
    const capture = (id: string, amount: string) =>
      be2billFields({ TRANSACTIONID: id, ORDERID: 'I-3', OPERATIONTYPE: 'capture', AMOUNT: amount })
    await notify('be2bill', capture('4123450077777', '1000'))
    await notify('be2bill', capture('4123450157777', '2000'))
    await service.settled()
    for (const [id, total] of [
      ['4123450077777', 1000],
      ['4123450157777', 2000],
    ] as const) {
      for (const given of [id, kept(id)]) {
        const path = `/v1/transactions/be2bill/shop/${encodeURIComponent(given)}`
        expect(await get(path)).toMatchObject({
          reference: kept(id),
          capturedTotal: total,
          discrepancies: [],
        })
        expect(await get(`${path}/events`)).toMatchObject({ items: [{ reference: kept(id), amount: total }] })
        expect(await get(`${path}/explain`)).toMatchObject({ reference: kept(id) })
      }
    }
  })

  it('wakes who waits for it, by either of its names', async () => {
    const id = '4123450157785'
    const path = (given: string) =>
      `/v1/transactions/be2bill/shop/${encodeURIComponent(given)}?wait=10&until=final`
    const waiting = Promise.all([id, kept(id)].map(async (given) => get(path(given))))
    await clock.waiting(10_000, 2)
    await notify('be2bill', be2billFields({ TRANSACTIONID: id, ORDERID: 'I-4' }))
    const body = {
      OPERATIONTYPE: 'payment',
      EXECCODE: '0000',
      TRANSACTIONID: id,
      AMOUNT: '12390',
      CURRENCY: 'EUR',
    }
    const about = { provider: 'be2bill', account: 'shop', orderId: 'I-4', operation: 'payment' }
    expect((await post('/v1/responses', { ...about, amount: 12390, currency: 'EUR', body })).status).toBe(202)
    for (const answer of await waiting) expect(answer).toMatchObject({ reference: kept(id) })
  })

  it('longer than keys hold is not cut', async () => {
    const ids = ['a', 'b'].map((last) => `${'L'.repeat(300)}${last}`)
    for (const id of ids) await notify('be2bill', be2billFields({ TRANSACTIONID: id, ORDERID: 'I-5' }))
    await service.settled()
    expect((await order('be2bill', 'I-5'))['transactions']).toHaveLength(2)
    for (const id of ids)
      expect(await get(`/v1/transactions/be2bill/shop/${kept(id)}`)).toMatchObject({ reference: kept(id) })
  })
})

describe('the key of the installation', () => {
  it('is not for people who look at the database', async () => {
    const { rows } = await service.sql.query<Record<string, boolean>>(
      `SELECT has_table_privilege('ops_reader', 'installation_keys', 'SELECT') AS key,
              has_table_privilege('ops_reader', 'original_identifiers', 'SELECT') AS originals`,
    )
    expect(rows).toEqual([{ key: false, originals: false }])
  })
})

describe('an account whose ids are numbers', () => {
  const id = '5123450005678'
  const accountsWith = (numericIds: boolean) =>
    ACCOUNTS.map((one) => (one.account === 'shop' ? { ...one, numericIds } : one))

  it('is shown them while it says so, and keeps the same', async () => {
    const numeric = await startTestService({ accounts: accountsWith(true) })
    const shown = (await identifiersOf(numeric.sql)).replace(id)
    const ask = async (from: TestService, path: string): Promise<unknown> => (await from.api(path)).json()
    const body = JSON.stringify({ provider: 'hipay', account: 'shop', orderId: id, operationId: id })
    const announced = await numeric.api('/v1/expectations', { method: 'POST', body })
    expect(await announced.json()).toMatchObject({ orderId: id, operationId: id })
    const card = '4111111111111111'
    const fields = hipayFields({ order: { id, customer_id: `x-${card}` }, custom_data: { note: card } })
    await numeric.notify('hipay', 'shop', fields)
    await numeric.settled()
    for (const given of [id, shown])
      expect(await ask(numeric, `/v1/orders/hipay/shop/${encodeURIComponent(given)}`)).toMatchObject({
        orderId: id,
      })
    const path = '/v1/transactions/hipay/shop/900000000001'
    expect(await ask(numeric, path)).toMatchObject({
      orderId: id,
      custom: { 'custom_data[note]': '411111******1111' },
    })
    expect(await ask(numeric, `${path}/events`)).toMatchObject({ items: [{ orderId: id }] })
    expect(JSON.stringify(await ask(numeric, `${path}/explain`))).toContain(`"${id}"`)
    expect(JSON.stringify(await ask(numeric, '/v1/transactions'))).not.toContain(shown)
    const { rows } = await numeric.sql.query('SELECT shown, original FROM original_identifiers')
    expect(rows).toEqual([{ shown, original: id }])
    const stored = await numeric.sql.query(
      `SELECT order_id FROM transactions WHERE convert_from((SELECT content FROM inbox_messages LIMIT 1), 'UTF8') NOT LIKE '%${id}%'`,
    )
    expect(stored.rows).toEqual([{ order_id: shown }])
    numeric.service.replaceAccounts([service.account('hipay', 'shop')])
    expect(await ask(numeric, path)).toMatchObject({ orderId: shown })
    await numeric.stop()
  })

  it('has nothing kept of them while it does not', async () => {
    const { rows } = await service.sql.query('SELECT FROM original_identifiers')
    expect(rows).toEqual([])
  })
})
