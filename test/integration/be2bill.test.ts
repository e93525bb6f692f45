import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { be2bill } from '../../src/providers/be2bill/index.ts'
import type { WireFields } from '../../src/providers/provider.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** Be2bill and Dalenys over HTTP: where the set travels, under which word, and what an odd amount leads to. */

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(async () => {
  await service.stop()
})

const setOf = (fields: WireFields, account = 'shop', provider = 'be2bill'): string =>
  be2bill.sign(be2billFields(fields), service.account(provider, account)).body.toString()

async function post(path: string, body: string): Promise<[status: number, text: string]> {
  const response = await fetch(`${service.url}/notifications/${path}`, { method: 'POST', body })
  return [response.status, await response.text()]
}

async function get(path: string): Promise<[status: number, text: string]> {
  const response = await fetch(`${service.url}/notifications/${path}`)
  return [response.status, await response.text()]
}

const transaction = async (path: string): Promise<unknown> => {
  await service.settled()
  return (await service.api(`/v1/transactions/${path}`)).json()
}

const deliveries = async (reference: string): Promise<number[]> => {
  const { rows } = await service.sql.query<{ deliveries: number }>(
    `SELECT r.deliveries FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
     WHERE convert_from(content, 'UTF8') LIKE '%' || $1 || '&%'`,
    [reference],
  )
  return rows.map((row) => row.deliveries)
}

describe('the set', () => {
  it('in the body is not disturbed by whatever the query holds, another set included', async () => {
    const body = setOf({ TRANSACTIONID: 'W-1' })
    const other = setOf({ TRANSACTIONID: 'W-other', AMOUNT: '1' })
    for (const query of ['tenant=fr', 'AMOUNT=1', '%', 'a[=1&a=2', other]) {
      expect(await post(`be2bill/shop?${query}`, body)).toEqual([200, 'OK'])
    }
    expect(await transaction('be2bill/shop/W-1')).toMatchObject({ capturedTotal: 12390 })
    expect((await service.api('/v1/transactions/be2bill/shop/W-other')).status).toBe(404)
    await expect.poll(async () => deliveries('W-1'), { timeout: 5_000 }).toEqual([5])
  })

  it('is one message by POST, by GET and by POST with an empty body', async () => {
    const set = setOf({ TRANSACTIONID: 'W-2' })
    expect(await post('be2bill/shop', set)).toEqual([200, 'OK'])
    expect(await get(`be2bill/shop?${set}`)).toEqual([200, 'OK'])
    expect(await post(`be2bill/shop?${set}`, '')).toEqual([200, 'OK'])
    await expect.poll(async () => deliveries('W-2'), { timeout: 5_000 }).toEqual([3])
  })

  it.each([
    ['with a name repeated', '&AMOUNT=1'],
    ['with a name repeated as an array', '&AMOUNT[0]=1'],
    ['with an ill-formed name', '&A%3DB=1'],
    ['with a parameter of the merchant that is not configured', '&tenant=fr'],
  ])('in the query %s is refused', async (_what, more) => {
    const [status, text] = await get(`be2bill/shop?${setOf({ TRANSACTIONID: 'W-3' })}${more}`)
    expect([status, JSON.parse(text)]).toMatchObject([401, { code: 'signature_invalid' }])
    expect((await service.api('/v1/transactions/be2bill/shop/W-3')).status).toBe(404)
  })

  it('split over body and query is never put together', async () => {
    const set = setOf({ TRANSACTIONID: 'W-4' })
    const at = set.indexOf('&AMOUNT=')
    expect((await post(`be2bill/shop?${set.slice(at + 1)}`, set.slice(0, at)))[0]).toBe(401)
    expect((await post(`be2bill/shop?${set.slice(0, at)}`, set.slice(at + 1)))[0]).toBe(401)
  })

  it('as JSON of the Notifier API is no signed notification', async () => {
    const json = JSON.stringify({ id: 'A1', execCode: '0000', amount: 12390, account: { id: 'Demo Shop' } })
    expect((await post('be2bill/shop', json))[0]).toBe(401)
  })
})

it('either word leads to the same account, which keeps the name of the accounts file', async () => {
  const sets = {
    be2bill: setOf({ TRANSACTIONID: 'W-5' }),
    dalenys: setOf({ TRANSACTIONID: 'W-6', IDENTIFIER: 'Dalenys Shop' }, 'shop-dalenys', 'dalenys'),
  }
  expect(await post('dalenys/shop', sets.be2bill)).toEqual([200, 'OK'])
  expect(await get(`be2bill/shop-dalenys?${sets.dalenys}`)).toEqual([200, 'OK'])
  expect(await transaction('dalenys/shop/W-5')).toMatchObject({ provider: 'be2bill', reference: 'W-5' })
  expect(await transaction('be2bill/shop-dalenys/W-6')).toMatchObject({ provider: 'dalenys' })
})

it.each(['123.90', '-1', '1e3', ' 12390', '12 390', '99999999999999999999'])(
  'an AMOUNT of %j is stored, never guessed, and a discrepancy',
  async (AMOUNT) => {
    const reference = `W-amount-${Buffer.from(AMOUNT).toString('hex')}`
    expect(
      await post('be2bill/shop', setOf({ TRANSACTIONID: reference, ORDERID: reference, AMOUNT })),
    ).toEqual([200, 'OK'])
    expect(await transaction(`be2bill/shop/${reference}`)).toMatchObject({
      status: 'captured',
      reconciliation: 'discrepant',
      capturedTotal: null,
      discrepancies: [{ class: 'invalid_amount', field: `${reference}:AMOUNT` }],
    })
  },
)
