import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hipay } from '../../../src/providers/hipay/index.ts'
import { exchange, openRaw } from '../../support/raw-connection.ts'
import { startTestService, type TestService } from '../../support/service.ts'
import { hipayFields } from '../../support/wire.ts'

/** Requests that no client sends by accident: two readers of one of them could find different ends in it. */

const PATH = '/notifications/hipay/shop'
const LIVE = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'
/** A request that would follow if what is before it ended where its sender says. */
const SMUGGLED = `POST ${PATH}?smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`

let service: TestService

beforeAll(async () => {
  service = await startTestService({ idle: true })
})
afterAll(async () => {
  await service.stop()
})

const post = (headers: string, body = ''): string =>
  `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`

const answersIn = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status)

const signed = (reference: string) =>
  hipay.sign(hipayFields({ transaction_reference: reference }), service.account('hipay', 'shop'))

/** The same as text on the wire. */
function onTheWire(reference: string, more = ''): string {
  const { headers, body } = signed(reference)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return post(
    [...lines, `Content-Length: ${body.length}`, ...(more === '' ? [] : [more])].join('\r\n'),
    body.toString('latin1'),
  )
}

async function stored(reference: string): Promise<number> {
  const { rows } = await service.sql.query<{ stored: number }>(
    `SELECT count(*)::int AS stored FROM inbox_messages WHERE position($1::bytea IN content) > 0`,
    [Buffer.from(reference)],
  )
  return rows[0]?.stored ?? -1
}

describe('a request whose end is in doubt is refused, and the connection with it', () => {
  it.each([
    ['a length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`)],
    ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n${SMUGGLED}`)],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 5', SMUGGLED)],
    ['two equal lengths', post('Content-Length: 3\r\nContent-Length: 3', `a=b${SMUGGLED}`)],
    ['a list of lengths', post('Content-Length: 0, 5', SMUGGLED)],
    ['a length with a sign', post('Content-Length: +0', SMUGGLED)],
    ['a length below nothing', post('Content-Length: -1', SMUGGLED)],
    ['a length in hexadecimal', post('Content-Length: 0x0', SMUGGLED)],
    ['a blank before the colon of the length', post('Content-Length : 0', SMUGGLED)],
    ['a blank before the colon of the chunks', post('Transfer-Encoding : chunked', `0\r\n\r\n${SMUGGLED}`)],
    ['a vertical tab before the word', post('Transfer-Encoding: \x0bchunked', `0\r\n\r\n${SMUGGLED}`)],
    ['a word that ends like it', post('Transfer-Encoding: xchunked', `0\r\n\r\n${SMUGGLED}`)],
    ['no transfer encoding, said aloud', post('Transfer-Encoding: identity', SMUGGLED)],
    ['chunks that are not last', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${SMUGGLED}`)],
    [
      'chunks twice',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
    ],
    ['a header on two lines', post('X-A: b\r\n Content-Length: 5\r\nContent-Length: 0', SMUGGLED)],
    ['a transfer encoding on two lines', post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${SMUGGLED}`)],
    ['line feeds alone', `POST ${PATH} HTTP/1.1\nHost: x\nContent-Length: 0\n\n${SMUGGLED}`],
    ['one line feed alone', `POST ${PATH} HTTP/1.1\r\nHost: x\nContent-Length: 0\r\n\r\n${SMUGGLED}`],
    ['a carriage return alone', post('X-A: b\rContent-Length: 5\r\nContent-Length: 0', SMUGGLED)],
    ['NUL in a header', post('X-A: b\0c\r\nContent-Length: 0', SMUGGLED)],
    ['a chunk of no size', post('Transfer-Encoding: chunked', `x\r\n\r\n${SMUGGLED}`)],
    ['a chunk in C’s hexadecimal', post('Transfer-Encoding: chunked', `0x0\r\n\r\n${SMUGGLED}`)],
    [
      'a chunk larger than numbers',
      post('Transfer-Encoding: chunked', `fffffffffffffffff\r\na=b\r\n0\r\n\r\n`),
    ],
    [
      'a chunk that ends in a line feed alone',
      post('Transfer-Encoding: chunked', `3\r\na=b\n0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'an extension that ends in a line feed alone',
      post('Transfer-Encoding: chunked', `3;x\na=b\r\n0\r\n\r\n${SMUGGLED}`),
    ],
    ['another version', `GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n${LIVE}`],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no host', `GET /health/live HTTP/1.1\r\n\r\n${LIVE}`],
    ['headers of 20 KB', post(`X-A: ${'a'.repeat(20_000)}\r\nContent-Length: 0`, SMUGGLED)],
    ['2,500 headers', post(`${'X-A: b\r\n'.repeat(2_500)}Content-Length: 0`, SMUGGLED)],
    ['a path of 20 KB', `GET /health/live?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n${LIVE}`],
  ])('%s', async (_what, bytes) => {
    expect(answersIn(await exchange(service.url, bytes))).toEqual(['400'])
  })

  it('a body longer than it may be', async () => {
    const announced = post('Content-Length: 999999999', 'a=b')
    const sent = post('Content-Length: 300000', 'a'.repeat(300_000)) + LIVE
    const trickled = post(
      'Transfer-Encoding: chunked',
      `${'10000\r\n'.concat('a'.repeat(65_536), '\r\n').repeat(5)}0\r\n\r\n${LIVE}`,
    )
    for (const bytes of [announced, sent, trickled])
      expect(answersIn(await exchange(service.url, bytes))).toEqual(['413'])
  })

  it('and nothing of it has been stored', async () => {
    const { rows } = await service.sql.query(
      'SELECT (SELECT count(*)::int FROM inbox_messages) + (SELECT count(*)::int FROM quarantined_messages) AS kept',
    )
    expect(rows).toEqual([{ kept: 0 }])
  })
})

describe('one connection', () => {
  it('answers requests that do not wait for one another, each once and in order', async () => {
    const bytes =
      onTheWire('910000000001') +
      post('Content-Length: 3', 'a=b') +
      onTheWire('910000000002') +
      onTheWire('910000000001', 'Connection: close')
    expect(answersIn(await exchange(service.url, bytes))).toEqual(['200', '401', '200', '200'])
    expect([await stored('910000000001'), await stored('910000000002')]).toEqual([1, 1])
  })

  it('reads a request inside a body as the body', async () => {
    const inner = onTheWire('910000000003')
    const bytes = post(`Content-Length: ${inner.length}\r\nConnection: close`, inner)
    expect(answersIn(await exchange(service.url, bytes))).toEqual(['401'])
    const asked = `GET /notifications/be2bill/shop?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\nConnection: close\r\n\r\n${inner}`
    expect(answersIn(await exchange(service.url, asked))).toEqual(['401'])
    expect(await stored('910000000003')).toBe(0)
  })

  it('takes a signed body in chunks with extensions, and no signature behind it', async () => {
    const { headers, body } = signed('910000000004')
    const chunks = body.toString('latin1').replaceAll(/[^]/g, '1;name="value"\r\n$&\r\n')
    const { 'x-allopass-signature': signature = '', ...others } = headers
    const lines = Object.entries(others).map(([name, value]) => `${name}: ${value}`)
    const begin = [...lines, 'Transfer-Encoding: chunked', 'Connection: close'].join('\r\n')
    const behind = post(begin, `${chunks}0\r\nX-Allopass-Signature: ${signature}\r\n\r\n`)
    expect(answersIn(await exchange(service.url, behind))).toEqual(['401'])
    const before = post(`X-Allopass-Signature: ${signature}\r\n${begin}`, `${chunks}0\r\n\r\n`)
    expect(answersIn(await exchange(service.url, before))).toEqual(['200'])
    expect(await stored('910000000004')).toBe(1)
  })

  it('does not become another protocol', async () => {
    const upgrade = 'Connection: Upgrade, close\r\nUpgrade: h2c'
    const bytes = `GET /health/live HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`
    expect(answersIn(await exchange(service.url, bytes))).toEqual(['200'])
    expect(await exchange(service.url, 'CONNECT example.test:443 HTTP/1.1\r\nHost: x\r\n\r\n')).not.toMatch(
      / 200/,
    )
  })
})

describe('a caller who takes for ever', { timeout: 45_000 }, () => {
  it('is cut off, whatever it is slow with, while others are served', async () => {
    const slow = [
      '',
      'POST ',
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-A: `,
      post('Content-Length: 1000', 'status='),
      post('Transfer-Encoding: chunked', '1\r\na\r\n1000\r\n'),
    ].map((beginning) => {
      const connection = openRaw(service.url)
      connection.write(beginning)
      return connection
    })
    // A byte now and then, so that none of them is ever quite silent; but the first says nothing at all.
    const trickle = setInterval(() => {
      for (const connection of slow.slice(1)) connection.write('a')
    }, 500)
    const { headers, body } = signed('910000000005')
    const answer = await fetch(service.url + PATH, { method: 'POST', headers, body: new Uint8Array(body) })
    expect(await answer.text()).toBe('OK')
    await Promise.all(slow.map(({ closed }) => closed))
    clearInterval(trickle)
    const told = [['400'], ['400'], ['400'], ['400']]
    expect(slow.map(({ received }) => answersIn(received()))).toEqual([[], ...told])
  })
})
