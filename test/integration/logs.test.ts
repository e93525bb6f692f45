import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { be2bill } from '../../src/providers/be2bill/index.ts'
import { hipay } from '../../src/providers/hipay/index.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Stands in every body, query, header and path below, and must stand in no line of any level. */
const MARK = 'm4rkedvalue'

let service: TestService

beforeAll(async () => {
  service = await startTestService({ settings: { LOG_LEVEL: 'trace', BODY_LIMIT_BYTES: '4096' } })
})
afterAll(async () => {
  await service.stop()
})

const headers = {
  'user-agent': MARK,
  'x-request-id': `${MARK} is not an id`,
  'x-marked': MARK,
  cookie: `${MARK}=${MARK}`,
  referer: `https://example.com/${MARK}`,
}

const send = async (method: string, path: string, init: RequestInit = {}): Promise<number> => {
  const answer = await fetch(service.url + path, {
    ...init,
    method,
    headers: { ...headers, ...(init.headers as object) },
  })
  const text = await answer.text()
  expect(text, `${method} ${path.replaceAll(MARK, '…')}`).not.toContain(MARK)
  return answer.status
}

const signedHipay = (fields: object, encoding: 'form' | 'xml' = 'form') => {
  const account = service.account('hipay', 'shop')
  return hipay.sign(hipayFields({ cdata1: MARK, custom_data: { k: MARK }, ...fields }), account, { encoding })
}

const post = async (
  path: string,
  { body, headers: own }: { body: Buffer; headers: object },
): Promise<number> =>
  send('POST', path, { body: new Uint8Array(body), headers: own as Record<string, string> })

describe('above debug', () => {
  /** What was logged meanwhile at info or above, without times. */
  async function linesOf(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
    await service.settled()
    const before = service.logs.length
    await work()
    await service.settled()
    return (
      service.logs
        .slice(before)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        // Once a minute, and just when a test looks.
        .filter(
          ({ level, msg }) => ['info', 'warn', 'error'].includes(String(level)) && msg !== 'maintenance done',
        )
    )
  }

  it('a notification is a line of its receipt and one of its processing, with the words to search for', async () => {
    const lines = await linesOf(async () => post('/notifications/hipay/shop', signedHipay({ status: '117' })))
    const about = { provider: 'hipay', account: 'shop', inboxId: expect.any(String) as string }
    expect(lines).toMatchObject([
      { ...about, msg: 'message stored', outcome: 'stored', requestId: expect.any(String) as string },
      {
        ...about,
        ...{ msg: 'message processed', state: 'processed', witness: 'notification', order: 'H-1' },
        reference: '900000000001',
        events: [{ type: 'capture_requested', code: '117' }],
        payment: { status: 'authorized' },
      },
    ])
    expect(lines[0]?.['inboxId']).toBe(lines[1]?.['inboxId'])
  })

  it('the line of a call names its key, and the code of its problem', async () => {
    const lines = await linesOf(async () => {
      await service.api('/v1/transactions?limit=1')
      await service.api('/v1/transactions/hipay/shop/unknown')
      await service.api('/v1/transactions?limit=0')
    })
    expect(lines).toMatchObject([
      { msg: 'request', status: 200, key: 'all' },
      { msg: 'request', status: 404, key: 'all', code: 'unknown_transaction' },
      { msg: 'request', status: 400, key: 'all', code: 'invalid_request' },
    ])
    expect(lines[0]).not.toHaveProperty('code')
  })

  it('one that is refused is one line, and any other request is one', async () => {
    const refused = { body: Buffer.from('a=1'), headers: {} }
    expect(await linesOf(async () => post('/notifications/hipay/shop', refused))).toMatchObject([
      { msg: 'message rejected', outcome: 'rejected', requestId: expect.any(String) as string },
    ])
    const lines = await linesOf(async () => send('GET', '/v1/transactions'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ msg: 'request', method: 'GET', route: '/v1/transactions', status: 401 })
    expect(Object.keys(lines[0]!)).toEqual(expect.arrayContaining(['ms', 'requestId']))
  })

  it('a health probe and a scrape are none', async () => {
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics'])
      expect(await linesOf(async () => send('GET', path)), path).toEqual([])
  })
})

describe('the log at its lowest level', () => {
  it('holds nothing of a body, a query, a header or a path, whatever happens to the request', async () => {
    const key = `${MARK}-${'k'.repeat(24)}`
    const shop = service.account('be2bill', 'shop')
    const paid = be2bill.sign(be2billFields({ MESSAGE: MARK, CLIENTEMAIL: `${MARK}@example.com` }), shop, {
      method: 'GET',
    })
    const unsigned = { body: Buffer.from(`status=118&transaction_reference=1&a=${MARK}`), headers: {} }
    const statuses = [
      await post('/notifications/hipay/shop', signedHipay({})),
      await post(`/notifications/hipay/shop?hash=${MARK}`, signedHipay({ status: '188' }, 'xml')),
      await post(
        '/notifications/hipay/shop',
        signedUnreadable(`<notification><a>${MARK}</b></notification>`),
      ),
      await post('/notifications/hipay/shop', signedUnreadable(`{"${MARK}": "${MARK}`)),
      await post('/notifications/hipay/shop', signedUnreadable(`<!DOCTYPE ${MARK} SYSTEM "${MARK}"><a/>`)),
      await send('GET', `/notifications/be2bill/shop?${paid.query}`),
      await send(
        'GET',
        `/notifications/be2bill/shop?HASH=${'0'.repeat(64)}&IDENTIFIER=${MARK}&EXECCODE=0000`,
      ),
      await post('/notifications/hipay/shop', unsigned),
      await post('/notifications/hipay/shop', { ...unsigned, headers: { 'x-allopass-signature': MARK } }),
      await post('/notifications/hipay/shop', { ...unsigned, headers: { 'content-encoding': MARK } }),
      await post('/notifications/hipay/shop', { body: Buffer.from(MARK.repeat(1_000)), headers: {} }),
      await post(`/notifications/hipay/${MARK}?${MARK}=${MARK}`, unsigned),
      await post(`/notifications/${MARK}/${MARK}?${MARK}=${MARK}`, unsigned),
      await send('PUT', `/notifications/be2bill/shop?${paid.query}`, { body: MARK }),
      await send('OPTIONS', `/notifications/be2bill/shop?${paid.query}`),
      await send('GET', `/${MARK}/%E0%A4%A?${MARK}`),
      await send('GET', `/v1/orders/hipay/shop/${MARK}?${MARK}=${MARK}`),
      await send('GET', `/v1/transactions?cursor=${MARK}`, { headers: { authorization: `Bearer ${key}` } }),
    ]
    expect(statuses).toEqual([
      200, 200, 200, 200, 200, 200, 401, 401, 401, 415, 413, 404, 404, 405, 405, 400, 401, 401,
    ])
    await forwardMarked()
    await breakOff(
      `POST /notifications/hipay/shop HTTP/1.1\r\nHost: ${MARK}\r\nContent-Length: 99\r\n\r\n${MARK}`,
    )
    await breakOff(`${MARK} nonsense\r\n\r\n`)
    await breakOff(`GET /${MARK} HTTP/1.1\r\n${MARK}: ${MARK.repeat(3_000)}\r\n\r\n`)
    await service.settled()
    expect(service.logs.filter((line) => line.includes(MARK))).toEqual([])
    expect(service.logs.length).toBeGreaterThan(statuses.length)
  })

  it('holds nothing of them when the database refuses a row that quotes them', async () => {
    await service.sql.query(
      `ALTER TABLE inbox_messages ADD CONSTRAINT marked CHECK (position('REFUSED'::bytea IN content) = 0);
       ALTER TABLE transaction_events ADD CONSTRAINT marked CHECK (order_id NOT LIKE 'POISON%')`,
    )
    expect(await post('/notifications/hipay/shop', signedHipay({ cdata2: 'REFUSED' }))).toBe(503)
    expect(await post('/notifications/hipay/shop', signedHipay({ order: { id: `POISON-${MARK}` } }))).toBe(
      200,
    )
    const failed = (line: string): boolean => line.includes('tried again')
    while (!service.logs.some(failed)) await service.sql.query('SELECT 1')
    expect(service.logs.filter((line) => line.includes(MARK))).toEqual([])
    expect(service.logs.filter((line) => line.includes('23514'))).not.toEqual([])
  })
})

function signedUnreadable(text: string): { body: Buffer; headers: Record<string, string> } {
  const account = service.account('hipay', 'shop')
  const body = Buffer.from(text)
  const signature = createHash('sha256').update(body).update(account.secrets[0]!.value).digest('hex')
  return { body, headers: { 'x-allopass-signature': signature } }
}

async function forwardMarked(): Promise<void> {
  const about = { provider: 'hipay', account: 'shop', orderId: 'O-1', operationId: MARK }
  for (const [body, status] of [
    [
      JSON.stringify({
        ...about,
        body: { transactionReference: '990000000001', status: '118', message: MARK },
      }),
      202,
    ],
    [JSON.stringify({ ...about, body: `{"half": "${MARK}` }), 202],
    [JSON.stringify({ ...about, error: 'timeout' }), 202],
    [JSON.stringify({ ...about, [MARK]: MARK }), 400],
    [`{"half": "${MARK}`, 400],
    [MARK, 400],
  ] as const) {
    const answer = await service.api('/v1/responses', {
      method: 'POST',
      body,
      headers: { ...headers, 'idempotency-key': `${MARK}${String(body.length)}` },
    })
    expect(answer.status, body.replaceAll(MARK, '…')).toBe(status)
  }
}

/** Say so much and hang up. */
async function breakOff(bytes: string): Promise<void> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  await new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve()
    })
    socket.on('error', () => undefined)
    socket.write(bytes, () => {
      socket.end()
    })
    socket.resume()
  })
}
