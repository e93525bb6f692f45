import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { post } from './support/http.ts'
import {
  be2billDelivery,
  be2billFields,
  hipayDelivery,
  hipayFields,
  type Delivery,
} from './support/provider.ts'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import {
  cleanUp,
  inventedBy,
  startService,
  type AccountEntry,
  type RunningService,
} from './support/service.ts'

/** What comes in badly at every edge, and what exactly goes out. */

const KEY = { ingest: 'i'.repeat(32), read: 'r'.repeat(32), all: 'a'.repeat(32) }

let service: RunningService
let hipay: AccountEntry
let be2bill: AccountEntry

beforeAll(async () => {
  const directory = await directoryWithDatabase()
  service = await startService(directory, {
    API_KEYS: `shop:ingest:${KEY.ingest},dashboard:read:${KEY.read},all:${KEY.all}`,
    BODY_LIMIT_BYTES: '4096',
  })
  const { accounts } = inventedBy(directory)
  hipay = accounts.find(({ provider }) => provider === 'hipay')!
  be2bill = accounts.find(({ provider }) => provider === 'be2bill')!
})
afterAll(cleanUp)

/** The whole contract of an error: type, members, and one id in body and header. */
async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text()
  expect({ status: response.status, text }).toMatchObject({ status })
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
  const problem = JSON.parse(text) as Record<string, unknown>
  expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type'])
  expect(problem).toMatchObject({ status, code })
  expect(problem['requestId']).toBe(response.headers.get('x-request-id'))
}

const call = (path: string, init: RequestInit & { key?: string } = {}): Promise<Response> => {
  const { key, headers, ...rest } = init
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` }
  return fetch(service.url + path, {
    ...rest,
    headers: { ...(headers as Record<string, string>), ...authorization },
  })
}

const signed = (reference = '900000000001'): Delivery =>
  hipayDelivery(hipay, hipayFields(reference, '116', 'SO-1'))

describe('a notification that cannot be taken', () => {
  it.each(['/notifications/hipay/nobody', '/notifications/be2bill/nobody', '/notifications/dalenys/nobody'])(
    '404 for an account that is not configured: %s',
    async (path) => {
      await expectProblem(await call(path, { method: 'POST', body: 'a=1' }), 404, 'unknown_account')
    },
  )

  it('404 for a provider that is not known', async () => {
    await expectProblem(
      await call('/notifications/paypal/shop', { method: 'POST', body: 'a=1' }),
      404,
      'not_found',
    )
  })

  it('400 for a GET without parameters', async () => {
    await expectProblem(await call('/notifications/be2bill/shop-be2bill'), 400, 'missing_parameters')
  })

  it('413 for a body over the limit, signed or not', async () => {
    const fields = { ...hipayFields('900000000001', '116', 'SO-1'), cdata1: 'x'.repeat(5_000) }
    await expectProblem(await post(service.url, hipayDelivery(hipay, fields)), 413, 'payload_too_large')
  })

  it('415 for a compressed body', async () => {
    const { path, headers, body } = signed()
    const compressed = { ...headers, 'content-encoding': 'gzip' }
    const response = await call(path, { method: 'POST', headers: compressed, body: gzipSync(body) })
    await expectProblem(response, 415, 'unsupported_content_encoding')
  })

  it.each([
    ['/notifications/hipay/shop-hipay', 'GET', 'POST'],
    ['/notifications/hipay/shop-hipay', 'PUT', 'POST'],
    ['/notifications/hipay/shop-hipay', 'DELETE', 'POST'],
    ['/notifications/be2bill/shop-be2bill', 'PATCH', 'GET, POST'],
    ['/notifications/dalenys/shop-dalenys', 'OPTIONS', 'GET, POST'],
    ['/v1/responses', 'GET', 'POST'],
    ['/v1/transactions', 'DELETE', 'GET'],
  ])('405 with Allow: %s by %s', async (path, method, allow) => {
    const response = await call(path, { method, key: KEY.all })
    await expectProblem(response, 405, 'method_not_allowed')
    expect(response.headers.get('allow')).toBe(allow)
  })

  it.each([
    ['/notifications/hipay/shop-hipay', 'POST'],
    ['/notifications/be2bill/shop-be2bill?TRANSACTIONID=A1', 'GET, POST'],
    ['/v1/transactions', 'GET'],
  ])('405 with Allow for HEAD too: %s', async (path, allow) => {
    const response = await call(path, { method: 'HEAD', key: KEY.all })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
  })

  it('401 for a signature of another account', async () => {
    const other = { ...hipay, secrets: be2bill.secrets }
    const delivery = hipayDelivery(other, hipayFields('900000000009', '118', 'SO-9'))
    await expectProblem(await post(service.url, delivery), 401, 'signature_invalid')
  })

  it('401 for a Be2bill set in which a name is repeated', async () => {
    const delivery = be2billDelivery(be2bill, be2billFields('A1', 'O1'))
    const response = await post(service.url, { ...delivery, body: `${delivery.body}&AMOUNT=1` })
    await expectProblem(response, 401, 'signature_invalid')
  })
})

describe('a notification that can', () => {
  it.each([
    ['no content type', undefined],
    ['a content type that is not true', 'application/json'],
    ['an ill-formed one', 'x;;=/'],
    ['a charset', 'application/x-www-form-urlencoded; charset=ISO-8859-1'],
  ])('is acknowledged with %s', async (_what, contentType) => {
    const { path, headers, body } = signed()
    const { 'content-type': _own, ...others } = headers
    const sent = contentType === undefined ? others : { ...others, 'content-type': contentType }
    expect(await rawPost(path, sent, body)).toEqual({ status: 200, body: 'OK' })
  })

  it('is acknowledged by GET, under either name, with the set in the query', async () => {
    const { body } = be2billDelivery(be2bill, be2billFields('A-get', 'O-get'))
    for (const name of ['be2bill', 'dalenys']) {
      const response = await call(`/notifications/${name}/shop-be2bill?${body}`)
      expect([response.status, await response.text()]).toEqual([200, 'OK'])
    }
  })

  it('is not disturbed by a query parameter named hash', async () => {
    const { path, ...delivery } = signed()
    const response = await post(service.url, { ...delivery, path: `${path}?hash=0123` })
    expect(response.status).toBe(200)
  })

  it('is acknowledged when its body cannot be read but is truly signed', async () => {
    const delivery = hipayDelivery(hipay, { nothing: 'that HiPay documents' })
    expect((await post(service.url, delivery)).status).toBe(200)
  })
})

/** fetch always adds a content type. */
function rawPost(path: string, headers: Record<string, string>, body: string) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const outgoing = httpRequest(service.url + path, { method: 'POST', headers }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode, body: text })
      })
    })
    outgoing.on('error', reject).end(body)
  })
}

describe('the merchant API', () => {
  const envelope = { provider: 'hipay', account: 'shop-hipay', orderId: 'SO-1', body: '{}' }
  const postJson = (body: string, key?: string, headers: Record<string, string> = {}) =>
    call('/v1/responses', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      ...(key === undefined ? {} : { key }),
    })

  it.each([
    ['no key', {}],
    ['an unknown key', { key: 'u'.repeat(32) }],
    ['another scheme', { headers: { authorization: `Basic ${KEY.all}` } }],
    ['two keys', { headers: { authorization: `Bearer ${KEY.all}, Bearer ${KEY.read}` } }],
  ])('401 with a challenge for %s', async (_what, init) => {
    const response = await call('/v1/transactions', init)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    await expectProblem(response, 401, 'unauthorized')
  })

  it('403 for a key without the role, in both directions', async () => {
    await expectProblem(await call('/v1/transactions', { key: KEY.ingest }), 403, 'forbidden')
    await expectProblem(await postJson(JSON.stringify(envelope), KEY.read), 403, 'forbidden')
    expect((await call('/v1/transactions', { key: KEY.read })).status).toBe(200)
  })

  it('asks for the key before it looks at the body', async () => {
    await expectProblem(await postJson('{ not json'), 401, 'unauthorized')
  })

  it.each([
    ['a body that is not JSON', '{ not json', 400, 'invalid_json'],
    ['no body', '', 400, 'invalid_json'],
    ['a missing provider', JSON.stringify({ ...envelope, provider: undefined }), 400, 'invalid_request'],
    ['an unknown field', JSON.stringify({ ...envelope, ammount: 5 }), 400, 'invalid_request'],
    ['an amount that is no integer', JSON.stringify({ ...envelope, amount: 50.5 }), 400, 'invalid_request'],
    [
      'an account that is not configured',
      JSON.stringify({ ...envelope, account: 'nobody' }),
      404,
      'unknown_account',
    ],
    [
      'an answer that names nothing',
      JSON.stringify({ ...envelope, orderId: undefined }),
      422,
      'response_not_correlatable',
    ],
    [
      'a body over the limit',
      JSON.stringify({ ...envelope, body: 'x'.repeat(5_000) }),
      413,
      'payload_too_large',
    ],
  ])('refuses %s', async (_what, body, status, code) => {
    await expectProblem(await postJson(body, KEY.ingest), status, code)
  })

  it('415 for a content type that it does not read', async () => {
    const response = await postJson('<xml/>', KEY.ingest, { 'content-type': 'text/xml' })
    await expectProblem(response, 415, 'unsupported_media_type')
  })

  it.each([
    ['/v1/transactions/hipay/shop-hipay/900000999999', 404, 'unknown_transaction'],
    ['/v1/transactions/hipay/shop-hipay/900000999999/events', 404, 'unknown_transaction'],
    ['/v1/transactions/hipay/nobody/900000999999', 404, 'unknown_account'],
    ['/v1/transactions/paypal/shop/1', 404, 'unknown_account'],
    ['/v1/orders/hipay/shop-hipay/none', 404, 'unknown_order'],
    ['/v1/transactions?limit=201', 400, 'invalid_request'],
    ['/v1/transactions?status=paid', 400, 'invalid_request'],
    ['/v1/nothing', 404, 'not_found'],
    ['/v1/transactions/hipay/shop-hipay/%zz', 400, 'invalid_request'],
  ])('answers %s with %i', async (path, status, code) => {
    await expectProblem(await call(path, { key: KEY.read }), status, code)
  })

  it('repeats nothing of a query, wherever the error comes from', async () => {
    for (const path of ['/nowhere?card=4111111111111111', '/v1/transactions?status=4111111111111111']) {
      const response = await call(path, { key: KEY.read })
      expect(await response.text()).not.toContain('4111111111111111')
    }
    expect(service.output()).not.toContain('4111111111111111')
  })
})

describe('x-request-id', () => {
  const idFor = async (sent: string): Promise<string | null> =>
    (await call('/v1/nothing', { key: KEY.all, headers: { 'x-request-id': sent } })).headers.get(
      'x-request-id',
    )

  it('is taken from the client when it is plain words', async () => {
    expect(await idFor('shop-42.a_B')).toBe('shop-42.a_B')
    expect(await idFor('x'.repeat(64))).toBe('x'.repeat(64))
  })

  it.each([
    'with blank',
    'quote"',
    'x'.repeat(65),
    'ünï'.normalize('NFC').replace(/[^\x20-\xff]/g, '?'),
    '{}',
  ])('is invented instead of %j', async (sent) => {
    expect(await idFor(sent)).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('stands in the log line of its request, and on successes', async () => {
    const response = await call('/v1/transactions', {
      key: KEY.read,
      headers: { 'x-request-id': 'find-me-1' },
    })
    expect(response.headers.get('x-request-id')).toBe('find-me-1')
    await expect.poll(() => service.output()).toContain('find-me-1')
  })
})
