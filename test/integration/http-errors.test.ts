import { request as httpRequest, type IncomingMessage } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { be2bill } from '../../src/providers/be2bill/index.ts'
import { hipay } from '../../src/providers/hipay/index.ts'
import { documentedRoutes, merchantRoutes } from '../support/openapi.ts'
import { expectProblem } from '../support/problem.ts'
import { exchange } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

const ALL = 'all-'.padEnd(30, 'k')
/** What must never come back. */
const MARK = '4111111111111111'

let service: TestService

beforeAll(async () => {
  service = await startTestService({
    idle: true,
    settings: {
      BODY_LIMIT_BYTES: '4096',
      TRUST_PROXY: '1',
      API_KEYS: `all:${ALL}`,
    },
  })
})
afterAll(async () => {
  await service.stop()
})

const call = async (path: string, init: RequestInit & { key?: string } = {}): Promise<Response> => {
  const { key, headers, ...rest } = init
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` }
  return fetch(service.url + path, { ...rest, headers: { ...authorization, ...(headers as object) } })
}

/** What `fetch` refuses to send. */
async function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(service.url, { method, path, headers }, (answer) => {
      answer.resume()
      resolve(answer)
    })
      .on('error', reject)
      .end()
  })
}

const signedHipay = (reference = '900000000001') =>
  hipay.sign(hipayFields({ transaction_reference: reference }), service.account('hipay', 'shop'))

const signedBe2bill = (reference: string, method: 'GET' | 'POST' = 'POST') =>
  be2bill.sign(be2billFields({ TRANSACTIONID: reference }), service.account('be2bill', 'shop'), { method })

describe('the notification routes', () => {
  it.each(['HEAD', 'GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
    'answer %s on HiPay’s with 405 and Allow',
    async (method) => {
      const answer = await raw(method, `/notifications/hipay/shop?status=${MARK}`)
      expect(answer.statusCode).toBe(405)
      expect(answer.headers.allow).toBe('POST')
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    },
  )

  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
    'answer %s on Be2bill’s and Dalenys’s with 405 and Allow, even when it is signed',
    async (method) => {
      const { query } = signedBe2bill('M-1', 'GET')
      for (const name of ['be2bill', 'dalenys']) {
        const answer = await raw(method, `/notifications/${name}/shop?${query}`)
        expect(answer.statusCode).toBe(405)
        expect(answer.headers.allow).toBe('GET, POST')
      }
      const { rows } = await service.sql.query('SELECT 1 FROM inbox_messages')
      expect(rows).toEqual([])
    },
  )

  it.each([
    ['a GET without parameters', 400, 'missing_parameters', '/notifications/be2bill/shop', {}],
    ['a GET with an empty query', 400, 'missing_parameters', '/notifications/dalenys/shop?', {}],
    ['an unknown provider', 404, 'not_found', `/notifications/paypal/${MARK}?a=${MARK}`, { method: 'POST' }],
    [
      'an unknown account',
      404,
      'unknown_account',
      `/notifications/hipay/${MARK}?a=${MARK}`,
      { method: 'POST' },
    ],
    [
      'an account of another provider',
      404,
      'unknown_account',
      '/notifications/hipay/shop-dalenys',
      { method: 'POST' },
    ],
    ['a deeper path', 404, 'not_found', `/notifications/hipay/shop/${MARK}`, { method: 'POST' }],
    [
      'a path that is not escaped well',
      400,
      'invalid_request',
      '/notifications/hipay/%E0%A4%A',
      { method: 'POST' },
    ],
    [
      'a path with half an escape',
      400,
      'invalid_request',
      `/notifications/hipay/%?${MARK}`,
      { method: 'POST' },
    ],
    [
      'no signature',
      401,
      'signature_invalid',
      '/notifications/hipay/shop',
      { method: 'POST', body: `a=${MARK}` },
    ],
    ['an empty body', 401, 'signature_invalid', '/notifications/hipay/shop', { method: 'POST' }],
  ] as const)(
    'answer %s with %i %s, and nothing of what was sent',
    async (...[, status, code, path, init]) => {
      const text = await expectProblem(await call(path, init), status, code)
      expect(text).not.toContain(MARK)
    },
  )

  it.each(['gzip', 'deflate', 'br', 'GZIP', 'identity, gzip'])(
    'refuse Content-Encoding %s',
    async (encoding) => {
      const { body, headers } = signedHipay()
      const sent = { ...headers, 'content-encoding': encoding }
      const answer = await call('/notifications/hipay/shop', {
        method: 'POST',
        headers: sent,
        body: new Uint8Array(gzipSync(body)),
      })
      await expectProblem(answer, 415, 'unsupported_content_encoding')
    },
  )

  it('take Content-Encoding identity', async () => {
    const { body, headers } = signedHipay('900000000002')
    const answer = await call('/notifications/hipay/shop', {
      method: 'POST',
      headers: { ...headers, 'content-encoding': 'identity' },
      body: new Uint8Array(body),
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'OK'])
  })

  it('refuse a body over the limit, whether its length is told or not', async () => {
    const big = `a=${MARK.repeat(400)}`
    const told = await call('/notifications/hipay/shop', { method: 'POST', body: big })
    expect(await expectProblem(told, 413, 'payload_too_large')).not.toContain(MARK)
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(big))
        controller.close()
      },
    })
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit
    await expectProblem(await call('/notifications/hipay/shop', init), 413, 'payload_too_large')
  })

  it('take a body of exactly the limit', async () => {
    const fields = hipayFields({ transaction_reference: '900000000003' })
    const account = service.account('hipay', 'shop')
    const short = hipay.sign({ ...fields, cdata1: '' }, account).body.length
    const { body, headers } = hipay.sign({ ...fields, cdata1: 'x'.repeat(4096 - short) }, account)
    expect(body).toHaveLength(4096)
    const init = { method: 'POST', headers, body: new Uint8Array(body) }
    expect((await call('/notifications/hipay/shop', init)).status).toBe(200)
  })

  it.each([
    ['none', undefined],
    ['a charset', 'application/x-www-form-urlencoded; charset=ISO-8859-1'],
    ['JSON', 'application/json'],
    ['a lie', 'multipart/form-data; boundary=x'],
    ['nonsense', 'not/a;;type=,,'],
    ['not even a slash', 'form'],
    ['an empty one', ''],
  ])('take a signed body with Content-Type %s', async (what, type) => {
    const { body, headers } = signedHipay(`9100000000${String(what.length).padStart(2, '0')}`)
    const { 'content-type': _type, ...others } = headers
    const sent = {
      ...others,
      'content-length': String(body.length),
      ...(type === undefined ? {} : { 'content-type': type }),
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest(`${service.url}/notifications/hipay/shop`, { method: 'POST', headers: sent }, resolve)
        .on('error', reject)
        .end(body)
    })
    answer.resume()
    expect(answer.statusCode).toBe(200)
  })

  it('take a POST whose set is in the query and whose body is empty, with and without a length', async () => {
    const { query } = signedBe2bill('Q-1', 'GET')
    const path = `/notifications/be2bill/shop?${query}`
    expect((await call(path, { method: 'POST' })).status).toBe(200)
    const chunked = await raw('POST', path, { 'transfer-encoding': 'chunked' })
    expect(chunked.statusCode).toBe(200)
    expect(
      await exchange(service.url, `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 200 /)
    const counted = async () =>
      service.sql.query(
        `SELECT deliveries FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
         WHERE convert_from(content, 'UTF8') LIKE '%TRANSACTIONID=Q-1&%'`,
      )
    await expect.poll(counted, { timeout: 5_000 }).toMatchObject({ rows: [{ deliveries: 3 }] })
  })

  it('slow down a sender whose messages fail verification, and no other', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const forge = async (address: string, turn: number): Promise<Response> =>
      call('/notifications/hipay/shop', {
        method: 'POST',
        headers: { ...from(address), 'x-allopass-signature': 'f'.repeat(64) },
        body: `status=118&transaction_reference=9200${String(turn)}`,
      })
    const statuses: number[] = []
    for (let turn = 0; turn < 122; turn += 1) statuses.push((await forge('203.0.113.7', turn)).status)
    expect(statuses.slice(0, 120).every((status) => status === 401)).toBe(true)
    const limited = await forge('203.0.113.7', 999)
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    await expectProblem(limited, 429, 'too_many_requests')
    expect((await forge('203.0.113.8', 1)).status).toBe(401)
    const { body, headers } = signedHipay('900000000005')
    const verified = {
      method: 'POST',
      headers: { ...headers, ...from('203.0.113.7') },
      body: new Uint8Array(body),
    }
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await call('/notifications/hipay/shop', verified)).status).toBe(200)
    }
    const { rows } = await service.sql.query(
      `SELECT count(*)::int FROM quarantined_messages WHERE convert_from(content, 'UTF8') LIKE '%9200999%'`,
    )
    expect(rows).toEqual([{ count: 0 }])
  })
})

describe('x-request-id', () => {
  it.each(['a', 'A.b_c-9', 'x'.repeat(64)])('%s of a client is kept', async (id) => {
    const answer = await call('/nowhere', { headers: { 'x-request-id': id } })
    expect(answer.headers.get('x-request-id')).toBe(id)
    expect(await answer.json()).toMatchObject({ requestId: id })
  })

  it.each(['', 'a b', 'a/b', 'a"b', 'x'.repeat(65), 'é', 'a,b'])('%j is replaced', async (id) => {
    const answer = await call('/nowhere', { headers: { 'x-request-id': id } })
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is on every answer, acknowledgements and health included, and in the log', async () => {
    const { body, headers } = signedHipay('900000000006')
    const init = {
      method: 'POST',
      headers: { ...headers, 'x-request-id': 'trace-me' },
      body: new Uint8Array(body),
    }
    expect((await call('/notifications/hipay/shop', init)).headers.get('x-request-id')).toBe('trace-me')
    expect((await call('/health/live')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect((await call('/%')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(service.logs.some((line) => line.includes('trace-me'))).toBe(true)
  })
})

describe('the merchant API', () => {
  const STATUS: Readonly<Record<string, number>> = {
    invalid_request: 400,
    not_found: 404,
    unknown_account: 404,
    unknown_expectation: 404,
    unknown_message: 404,
    unknown_order: 404,
    unknown_replay: 404,
    unknown_transaction: 404,
  }

  it.each([
    ['%00', 'invalid_request', 'unknown_expectation'],
    ['%ED%A0%80', 'invalid_request', 'invalid_request'],
    ['%F0%9F%98%80', 'unknown_account', 'unknown_expectation'],
    ['..%2F..', 'unknown_account', 'unknown_expectation'],
    ['%2525', 'unknown_account', 'unknown_expectation'],
    ["'%3B--", 'unknown_account', 'unknown_expectation'],
    ['x'.repeat(255), 'invalid_request', 'unknown_expectation'],
    ['__proto__', 'unknown_account', 'unknown_expectation'],
  ])('blames the caller for the id %s wherever one may stand', async (id, read, withdrawn) => {
    const routes = merchantRoutes(await documentedRoutes(service.url), id)
    const taking = routes.filter(({ method, path }) => method !== 'GET' || path.includes(id))
    expect([routes.length, taking.length]).toEqual([18, 13])
    for (const { method, path } of taking) {
      const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}
      const missing = path.startsWith('/v1/inbox/replays/') ? 'unknown_replay' : 'unknown_message'
      const ofMessage = withdrawn === 'unknown_expectation' ? missing : withdrawn
      const isOfInbox = path.startsWith('/v1/inbox/') && path.includes(id)
      const code = isOfInbox ? ofMessage : ({ POST: 'invalid_request', DELETE: withdrawn }[method] ?? read)
      await expectProblem(await call(path, { method, key: ALL, ...body }), STATUS[code]!, code)
    }
  })

  const forward = async (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    call('/v1/responses', {
      method: 'POST',
      key: ALL,
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })
  const answer = (fields: object): string =>
    JSON.stringify({
      provider: 'hipay',
      account: 'shop',
      orderId: 'O',
      operationId: 'x',
      error: 'timeout',
      ...fields,
    })

  it.each([
    ['half a JSON', `{"provider":"${MARK}"`, 400, 'invalid_json'],
    ['no JSON', `no ${MARK}`, 400, 'invalid_json'],
    ['nothing', '', 400, 'invalid_json'],
    ['a list', '[]', 400, 'invalid_request'],
    ['a number', '5', 400, 'invalid_request'],
    ['no field at all', '{}', 400, 'invalid_request'],
    ['an unknown field', answer({ pan: MARK }), 400, 'invalid_request'],
    ['body and error', answer({ body: '{}' }), 400, 'invalid_request'],
    ['an amount with a fraction', answer({ amount: 10.5 }), 400, 'invalid_request'],
    ['a negative amount', answer({ amount: -1 }), 400, 'invalid_request'],
    ['an amount as text', answer({ amount: '1000' }), 400, 'invalid_request'],
    ['an amount beyond exact numbers', answer({ amount: 2 ** 53 }), 400, 'invalid_request'],
    ['a currency in small letters', answer({ currency: 'eur' }), 400, 'invalid_request'],
    ['a time without an offset', answer({ receivedAt: '2026-01-01T00:00:00' }), 400, 'invalid_request'],
    [
      'a time that PostgreSQL has not',
      answer({ receivedAt: '0000-01-01T00:00:00Z' }),
      400,
      'invalid_request',
    ],
    ['an order id of 256 characters', answer({ orderId: 'x'.repeat(256) }), 400, 'invalid_request'],
    ['an order id with a NUL', answer({ orderId: 'a\0b' }), 400, 'invalid_request'],
    ['an operation id with half a character', answer({ operationId: 'a\ud800' }), 400, 'invalid_request'],
    ['a parent reference with a NUL', answer({ parentReference: '\0' }), 400, 'invalid_request'],
    ['an operation with a NUL', answer({ operation: 'capture\0' }), 400, 'invalid_request'],
    ['a polluting key', `{"__proto__":{"provider":"hipay"}}`, 400, 'invalid_json'],
    ['an unknown account', answer({ account: 'nobody' }), 404, 'unknown_account'],
    ['an unknown provider', answer({ provider: 'paypal' }), 404, 'unknown_account'],
    [
      'nothing to tie it to',
      answer({ orderId: undefined, operationId: undefined }),
      422,
      'response_not_correlatable',
    ],
    ['too much', answer({ body: 'x'.repeat(5_000), error: undefined }), 413, 'payload_too_large'],
  ])('refuses an answer with %s', async (_what, body, status, code) => {
    const text = await expectProblem(await forward(body), status, code)
    expect(text).not.toContain(MARK)
  })

  it.each(['text/plain', 'application/xml', 'nonsense'])('refuses Content-Type %s', async (type) => {
    await expectProblem(await forward('{}', { 'content-type': type }), 415, 'unsupported_media_type')
  })

  it('stores nothing of what it refused', async () => {
    const { rows } = await service.sql.query(`SELECT 1 FROM inbox_messages WHERE witness = 'response'`)
    expect(rows).toEqual([])
  })

  it.each([
    ['/v1/transactions?limit=0', 'invalid_request'],
    ['/v1/transactions?limit=201', 'invalid_request'],
    ['/v1/transactions?limit=x', 'invalid_request'],
    ['/v1/transactions?status=paid', 'invalid_request'],
    ['/v1/transactions?reconciliation=fine', 'invalid_request'],
    ['/v1/transactions?overdue=yes', 'invalid_request'],
    ['/v1/transactions?from=yesterday', 'invalid_request'],
    ['/v1/transactions?from=0000-01-01T00:00:00Z', 'invalid_request'],
    ['/v1/transactions?account=%00', 'invalid_request'],
    ['/v1/transactions?orderId=%00', 'invalid_request'],
    ['/v1/transactions?status=captured&status=refunded', 'invalid_request'],
    ['/v1/transactions?cursor=x', 'invalid_request'],
    ['/v1/transactions/hipay/shop/%00', 'invalid_request'],
    ['/v1/transactions/hipay/shop/%00/events', 'invalid_request'],
    ['/v1/transactions/hipay/%00/x', 'invalid_request'],
    ['/v1/orders/hipay/shop/%00', 'invalid_request'],
    ['/v1/orders/hipay/shop/%E0%A4%A', 'invalid_request'],
    [`/v1/orders/hipay/shop/${'x'.repeat(276)}`, 'unknown_order'],
    [`/v1/orders/hipay/shop/${'x'.repeat(277)}`, 'invalid_request'],
    [`/v1/orders/hipay/shop/${'x'.repeat(2_000)}`, 'not_found'],
    ['/v1/orders/hipay/shop/nowhere', 'unknown_order'],
    ['/v1/orders/hipay/nobody/x', 'unknown_account'],
    ['/v1/transactions/paypal/shop/x', 'unknown_account'],
    ['/v1/transactions/hipay/shop/nowhere', 'unknown_transaction'],
    ['/v1/transactions/hipay/shop/nowhere/events', 'unknown_transaction'],
    ['/v1/nowhere', 'not_found'],
  ])('answers %s with %s', async (path, code) => {
    await expectProblem(await call(path, { key: ALL }), STATUS[code]!, code)
  })
})

describe('a failure of ours', () => {
  it('is a problem with a requestId: no stack, no SQL, and nothing of what was asked', async () => {
    await service.sql.query('ALTER TABLE transactions RENAME TO transactions_away')
    try {
      for (const path of [`/v1/transactions?orderId=${MARK}`, `/v1/transactions/hipay/shop/${MARK}`]) {
        const answer = await call(path, { key: ALL })
        const id = answer.headers.get('x-request-id')!
        const text = await expectProblem(answer, 500, 'internal_error')
        expect(text).not.toMatch(
          /\bat \S+ ?\(|node_modules|\.ts\b|SELECT|transactions_away|relation|prisma|42P01/i,
        )
        expect(text).not.toContain(MARK)
        const logged = service.logs.filter((line) => line.includes(id)).join()
        expect(logged).toContain('request failed')
        expect(logged).not.toContain(MARK)
      }
    } finally {
      await service.sql.query('ALTER TABLE transactions_away RENAME TO transactions')
    }
  })
})

describe('what is no request at all', () => {
  it.each([
    ['nonsense', `${MARK}\r\n\r\n`],
    ['a header without a name', `GET / HTTP/1.1\r\nHost: x\r\n: ${MARK}\r\n\r\n`],
    ['headers without an end', `GET / HTTP/1.1\r\nHost: x\r\nA: ${MARK.repeat(2_000)}\r\n\r\n`],
    [
      'two lengths',
      `POST /notifications/hipay/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    ],
  ])('%s is answered with a problem and nothing of it', async (_what, bytes) => {
    const text = await exchange(service.url, bytes)
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(text.toLowerCase()).toContain('content-type: application/problem+json')
    expect(text).not.toContain(MARK)
    const [, body = ''] = text.split('\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({ code: 'invalid_request' })
  })
})
