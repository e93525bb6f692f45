import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SignOptions, WireFields } from '../../src/providers/provider.ts'
import { providerOf } from '../../src/providers/registry.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/**
 * Card data is overwritten once, after verification and before anything is written: nothing of it is in any table, in any
 * log line or in any answer, whichever way it came.
 */

/** Values that occur nowhere by chance. The number is a published test number of its network. */
const SECRET = {
  pan: '5555555555554444',
  cvv: 'QzCvv9',
  token: 'qztoken0123456789abcdef0123456789abcdef',
  cavv: 'QzCavvAAABBB',
  html: 'PGh0bWw+UXpTZXNzaW9u',
  iban: 'QzIban7612345',
}
const SECRETS = Object.values(SECRET)

let service: TestService
const answers: string[] = []

const sent = async (answer: Promise<Response>, status: number): Promise<void> => {
  const response = await answer
  answers.push(await response.text())
  expect(response.status).toBe(status)
}
const forward = (body: object | string): Promise<Response> =>
  service.api('/v1/responses', { method: 'POST', body: JSON.stringify(body) })

const hipayCard = (reference: string): WireFields =>
  hipayFields({
    transaction_reference: reference,
    payment_method: { brand: 'MASTERCARD', pan: SECRET.pan, token: SECRET.token, cvc: SECRET.cvv },
    three_d_secure: { eci: '5', authentication_token: SECRET.cavv },
    custom_data: { note: `my card is ${SECRET.pan}`, cvv: SECRET.cvv, iban: SECRET.iban },
    cdata1: JSON.stringify({ token: SECRET.token }),
  })
const be2billCard = (reference: string): WireFields =>
  be2billFields({
    TRANSACTIONID: reference,
    CARDCODE: SECRET.pan,
    CARDCVV: SECRET.cvv,
    HFTOKEN: SECRET.token,
    '3DSECURECAVV': SECRET.cavv,
    IBAN: SECRET.iban,
    EXTRADATA: `pan ${SECRET.pan}`,
  })

/** By the reference that the message ends up under. */
const MESSAGES: [string, string, WireFields, SignOptions?][] = [
  ['900000008001', 'hipay', hipayCard('900000008001')],
  ['900000008002', 'hipay', hipayCard('900000008002'), { encoding: 'xml' }],
  ['C-8003', 'be2bill', be2billCard('C-8003')],
  ['C-8004', 'be2bill', be2billCard('C-8004'), { method: 'GET' }],
]

beforeAll(async () => {
  service = await startTestService({ settings: { LOG_LEVEL: 'trace' } })
  for (const [, provider, fields, options] of MESSAGES) {
    await sent(service.notify(provider, 'shop', fields, options), 200)
  }
  const about = { account: 'shop', orderId: 'O-8', operation: 'payment', amount: 12390, currency: 'EUR' }
  const action = { OPERATIONTYPE: 'payment', EXECCODE: '0001', MESSAGE: 'm', REDIRECTHTML: SECRET.html }
  const protocol2 = { ...action, REDIRECTHTML: undefined, '3DSECUREHTML': SECRET.html, CARDCVV: SECRET.cvv }
  await sent(forward({ provider: 'be2bill', ...about, body: { ...action, TRANSACTIONID: 'C-8005' } }), 202)
  await sent(
    forward({
      provider: 'be2bill',
      ...about,
      body: JSON.stringify({ ...protocol2, TRANSACTIONID: 'C-8006' }),
    }),
    202,
  )
  const order = { status: '116', state: 'completed', transactionReference: '900000008007' }
  const paymentMethod = { pan: SECRET.pan, token: SECRET.token }
  await sent(forward({ provider: 'hipay', ...about, body: { ...order, paymentMethod } }), 202)
  const other = { ...service.account('hipay', 'shop'), secrets: service.account('hipay', 'sha512').secrets }
  await sent(forged(hipayCard('900000008008'), other), 401)
  await service.settled()
})
afterAll(async () => {
  await service.stop()
})

/** Signed with another secret, with the card in the query too. */
async function forged(fields: WireFields, account: ReturnType<TestService['account']>): Promise<Response> {
  const { headers, body } = providerOf('hipay')!.sign(fields, account)
  const url = `${service.url}/notifications/hipay/shop?pan=${SECRET.pan}&cvv=${SECRET.cvv}`
  return fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
}

/** Every row of every table as text; bytes are read as the text that they are. */
async function everythingStored(): Promise<string[]> {
  const { rows: tables } = await service.sql.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  )
  const rows = await Promise.all(
    tables.map(
      async ({ name }) => (await service.sql.query<Record<string, unknown>>(`SELECT * FROM ${name}`)).rows,
    ),
  )
  return rows.flat().map((row) =>
    Object.values(row)
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
      .join('\n'),
  )
}

describe('card data', () => {
  it('is in no table', async () => {
    const stored = await everythingStored()
    // The messages themselves are there, with everything else that they said.
    for (const [reference] of MESSAGES) expect(stored.some((row) => row.includes(reference))).toBe(true)
    expect(stored.some((row) => row.includes('900000008008'))).toBe(true)
    for (const secret of SECRETS) expect(stored.filter((row) => row.includes(secret))).toEqual([])
  })

  it('is in no log line, not even at level trace', () => {
    expect(service.logs.length).toBeGreaterThan(5)
    for (const secret of SECRETS) expect(service.logs.filter((line) => line.includes(secret))).toEqual([])
  })

  it('is in no answer of the API', async () => {
    for (const [reference, provider] of [
      ...MESSAGES,
      ['900000008007', 'hipay'],
      ['C-8005', 'be2bill'],
    ] as const) {
      for (const path of ['', '/events']) {
        const response = await service.api(`/v1/transactions/${provider}/shop/${reference}${path}`)
        expect(response.status).toBe(200)
        answers.push(await response.text())
      }
    }
    for (const secret of SECRETS) expect(answers.filter((answer) => answer.includes(secret))).toEqual([])
  })

  it.each(MESSAGES)(
    'the message of %s says what was overwritten, and the event keeps the masked number',
    async (reference, provider) => {
      const { rows } = await service.sql.query<{ scrubbed: string[] }>(
        `SELECT scrubbed FROM inbox_messages WHERE position($1::bytea IN content) > 0`,
        [Buffer.from(reference)],
      )
      expect(rows).toHaveLength(1)
      const named = rows[0]!.scrubbed.map((name) => name.replace(/^.*\[(.+)\]$/, '$1'))
      const expected = {
        hipay: ['authentication_token', 'cvc', 'cvv', 'iban', 'note', 'pan', 'token'],
        be2bill: ['3DSECURECAVV', 'CARDCODE', 'CARDCVV', 'EXTRADATA', 'HFTOKEN', 'IBAN'],
      }
      expect(new Set(named)).toEqual(new Set(expected[provider as 'hipay' | 'be2bill']))
      const response = await service.api(`/v1/transactions/${provider}/shop/${reference}`)
      expect(await response.json()).toMatchObject({ paymentMethod: { maskedPan: '555555******4444' } })
    },
  )

  it('in what names an order is replaced the same way in every message, so that all of them mean one order', async () => {
    const orderId = SECRET.pan
    const about = { provider: 'be2bill', account: 'shop', orderId, amount: 12390, currency: 'EUR' }
    await sent(
      service.api('/v1/expectations', {
        method: 'POST',
        body: JSON.stringify({ ...about, operationId: orderId }),
      }),
      201,
    )
    await sent(
      service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'C-8109', ORDERID: orderId })),
      200,
    )
    const body = { OPERATIONTYPE: 'payment', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: 'C-8109' }
    await sent(forward({ ...about, operation: 'payment', operationId: orderId, body }), 202)
    await service.settled()
    const response = await service.api(`/v1/orders/be2bill/shop/${orderId}`)
    expect(await response.json()).toMatchObject({
      orderId: expect.stringMatching(/^555555\*{6}4444~[a-z2-7]{20}$/) as string,
      transactions: [{ reference: 'C-8109', reconciliation: 'matched' }],
      requests: [],
    })
    for (const secret of SECRETS) {
      expect((await everythingStored()).filter((row) => row.includes(secret))).toEqual([])
      expect(answers.filter((answer) => answer.includes(secret))).toEqual([])
    }
  })

  it('that a payment is named by is in no key', async () => {
    await sent(service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: SECRET.pan })), 200)
    const named = hipayFields({ transaction_reference: SECRET.pan })
    await sent(service.notify('hipay', 'shop', named), 200)
    await service.settled()
    const { rows } = await service.sql.query<{ key: Buffer }>(
      `SELECT key FROM receipts UNION ALL SELECT event_key FROM transaction_events`,
    )
    const names = rows.map(({ key }) => key.toString('latin1', 0, 12))
    expect(names.filter((name) => name === '555555******')).toHaveLength(4)
    expect(names.filter((name) => name.startsWith('5555555'))).toEqual([])
  })

  it("in an operator's note is masked", async () => {
    const forged = { TRANSACTIONID: 'C-8110', ORDERID: 'O-8110' }
    await sent(service.notify('be2bill', 'shop', be2billFields({ ...forged, AMOUNT: 'many' })), 200)
    await service.settled()
    const listed = await service.api('/v1/discrepancies?open=true&class=invalid_amount')
    const { items } = (await listed.json()) as { items: { id: string }[] }
    const note = `the customer read me ${SECRET.pan.replace(/(\d{4})(?=\d)/g, '$1 ')}`
    await sent(
      service.api(`/v1/discrepancies/${items[0]?.id}/resolve`, {
        method: 'POST',
        body: JSON.stringify({ note }),
      }),
      200,
    )
    const { rows } = await service.sql.query('SELECT note FROM resolutions')
    expect(rows).toEqual([{ note: 'the customer read me 5555 55** **** 4444' }])
  })

  it('of a 3-D Secure page is overwritten in the forwarded answer', async () => {
    const { rows } = await service.sql.query<{ text: string; scrubbed: string[] }>(
      `SELECT convert_from(content, 'UTF8') AS text, scrubbed FROM inbox_messages
       WHERE convert_from(content, 'UTF8') LIKE '%C-800%' AND witness = 'response' ORDER BY id`,
    )
    expect(rows.map(({ scrubbed }) => scrubbed)).toEqual([['REDIRECTHTML'], ['3DSECUREHTML', 'CARDCVV']])
    for (const { text } of rows) expect(text).toMatch(/HTML":"\*{20}"/)
  })
})
