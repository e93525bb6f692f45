import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signatureOf } from '../../../src/providers/hipay/signature.ts'
import { BODY_LIMIT, HOSTILE_BODIES } from '../../support/hostile-bodies.ts'
import { expectProblem } from '../../support/problem.ts'
import { startTestService, type TestService } from '../../support/service.ts'
import { hipayFields } from '../../support/wire.ts'

/** Bodies that want to be expensive, or to be obeyed, over HTTP into PostgreSQL. */

const MARK = 'canary-4d1f9c'

let service: TestService
let listener: Server
let directory: string
/** Requests of the service to an address that a message named. */
let calls = 0

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'attack-'))
  writeFileSync(join(directory, 'secret.txt'), MARK)
  listener = createServer((_request, answer) => {
    calls += 1
    answer.end(MARK)
  }).listen(0, '127.0.0.1')
  service = await startTestService({
    settings: { TRUST_PROXY: '1', BODY_LIMIT_BYTES: String(BODY_LIMIT * 2) },
  })
})
afterAll(async () => {
  await service.stop()
  listener.close()
  rmSync(directory, { recursive: true })
})

async function postSigned(body: Buffer): Promise<Response> {
  const [secret] = service.account('hipay', 'shop').secrets
  const headers = { 'x-allopass-signature': signatureOf(body, secret!) }
  return fetch(`${service.url}/notifications/hipay/shop`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  })
}

async function outcomes(): Promise<Record<string, number>> {
  const { rows } = await service.sql.query<{ state: string; count: number }>(
    'SELECT state, count(*)::int FROM inbox_outcomes GROUP BY state',
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** An ordinary payment goes through as if nothing had been. */
async function expectService(reference: string): Promise<void> {
  const answer = await service.notify('hipay', 'shop', hipayFields({ transaction_reference: reference }))
  expect(await answer.text()).toBe('OK')
  await service.settled()
  const read = await service.api(`/v1/transactions/hipay/shop/${reference}`)
  expect(await read.json()).toMatchObject({ status: 'captured' })
}

describe('a message that is truly signed', () => {
  it('opens no file and calls no address, and is parked', async () => {
    const elsewhere = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/x.dtd`
    const file = `file://${join(directory, 'secret.txt')}`
    const paid = '<transaction_reference>920000000001</transaction_reference><status>118</status>'
    const bodies = [file, elsewhere].flatMap((target) => [
      `<!DOCTYPE n [<!ENTITY x SYSTEM "${target}">]><n>${paid}<message>&x;</message></n>`,
      `<!DOCTYPE n [<!ENTITY % x SYSTEM "${target}"> %x;]><n>${paid}</n>`,
      `<!DOCTYPE n SYSTEM "${target}"><n>${paid}</n>`,
      `<?xml-stylesheet href="${target}"?><n>${paid}</n>`,
    ])
    for (const body of bodies) expect(await (await postSigned(Buffer.from(body))).text()).toBe('OK')
    await service.settled()
    expect(await outcomes()).toEqual({ parked: bodies.length })
    expect(calls).toBe(0)
    const { rows } = await service.sql.query(
      'SELECT count(*)::int AS kept FROM inbox_outcomes WHERE inbox_outcomes::text LIKE $1',
      [`%${MARK}%`],
    )
    expect(rows).toEqual([{ kept: 0 }])
    await expectService('920000000002')
  })

  it('is acknowledged and done with, whatever it costs to read', { timeout: 120_000 }, async () => {
    const before = Object.values(await outcomes()).reduce((sum, count) => sum + count, 0)
    const bodies = Object.values(HOSTILE_BODIES).map((bodyOf) => Buffer.from(bodyOf(BODY_LIMIT), 'latin1'))
    const answers = await Promise.all(bodies.map(postSigned))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    await service.settled()
    const { pending: _none, ...done } = await outcomes()
    expect(Object.values(done).reduce((sum, count) => sum + count, 0)).toBe(before + bodies.length)
    await expectService('920000000003')
  })
})

describe('a message without a signature', () => {
  it.each(['hipay', 'be2bill'])(
    'is refused by %s, whatever it costs to look at',
    { timeout: 120_000 },
    async (provider) => {
      for (const [index, bodyOf] of Object.values(HOSTILE_BODIES).entries()) {
        const answer = await fetch(`${service.url}/notifications/${provider}/shop`, {
          method: 'POST',
          // From somewhere else each time, so that no rate is exceeded.
          headers: { 'x-forwarded-for': `198.51.100.${index}` },
          body: new Uint8Array(Buffer.from(bodyOf(BODY_LIMIT), 'latin1')),
        })
        await expectProblem(answer, 401, 'signature_invalid')
      }
      await expectService(provider === 'hipay' ? '920000000004' : '920000000005')
    },
  )
})

describe('the merchant API', () => {
  const about = '"provider":"hipay","account":"shop","orderId":"O-1","operationId":"op-1"'
  const answered = (body: string): string => `{${about},"body":${body}}`
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  const keys = (count: number): string =>
    `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`

  it.each<[string, string | Buffer, number, string]>([
    ['an object of 65 levels', answered(deep(65)), 400, 'invalid_request'],
    ['an object of 40,000 levels', answered(deep(40_000)), 400, 'invalid_request'],
    ['lists of 100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'invalid_request'],
    ['lists that never end', '['.repeat(200_000), 400, 'invalid_json'],
    ['30,000 names that it does not know', keys(30_000), 400, 'invalid_request'],
    ['a prototype', answered('{"__proto__":{"status":"118"}}'), 400, 'invalid_json'],
    ['a prototype of a constructor', answered('{"constructor":{"prototype":{"a":1}}}'), 400, 'invalid_json'],
    ['a number beyond numbers', `{${about},"error":"timeout","amount":1e400}`, 400, 'invalid_request'],
    [
      'a number between numbers',
      `{${about},"error":"timeout","amount":9007199254740993}`,
      400,
      'invalid_request',
    ],
    ['UTF-16', Buffer.from(answered('""'), 'utf16le'), 400, 'invalid_json'],
    ['comments', `/**/${answered('""')}`, 400, 'invalid_json'],
    ['two values', `${answered('""')}{}`, 400, 'invalid_json'],
    ['NUL in an order id', `{${about.replace('O-1', 'O\\u0000')},"error":"timeout"}`, 400, 'invalid_request'],
    ['half a character', `{${about.replace('O-1', '\\ud800')},"error":"timeout"}`, 400, 'invalid_request'],
    ['more than it takes', answered(JSON.stringify('x'.repeat(BODY_LIMIT * 2))), 413, 'payload_too_large'],
  ])('refuses %s', async (_what, body, status, code) => {
    const init = { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body) }
    await expectProblem(await service.api('/v1/responses', init), status, code)
  })

  it('refuses compressed bodies, which could grow to anything', async () => {
    const body = new Uint8Array(gzipSync(Buffer.alloc(50_000_000)))
    for (const path of ['/v1/responses', '/v1/expectations', '/notifications/hipay/shop']) {
      const answer = await service.api(path, {
        method: 'POST',
        headers: { 'content-encoding': 'gzip' },
        body,
      })
      await expectProblem(answer, 415, 'unsupported_content_encoding')
    }
  })

  it.each([
    ['50,000 names', Array.from({ length: 50_000 }, (_, index) => `k${index}=1`).join('&')],
    ['prototypes', '__proto__=1&constructor=2&__proto__[a]=3'],
    ['names twice', 'provider=hipay&provider=be2bill&account=shop&orderId=O&body=x'],
    ['deep brackets', `a${'[b]'.repeat(60_000)}=1`],
  ])('refuses a form with %s', async (_what, body) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    await expectProblem(
      await service.api('/v1/responses', { method: 'POST', headers, body }),
      400,
      'invalid_request',
    )
  })

  it.each([
    ['of 64 levels as an object', deep(64)],
    ['of 20,000 levels as text', JSON.stringify(deep(20_000))],
    ['of 20,000 names', keys(20_000)],
    [
      'that is billions of laughs',
      JSON.stringify('<!DOCTYPE n [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><n>&b;</n>'),
    ],
    ['with bytes that are no text', JSON.stringify('\u0000\ufffe<\u202e')],
  ])('takes an answer %s, and goes on', async (what, body) => {
    for (const provider of ['hipay', 'be2bill']) {
      const forwarded = answered(body).replace('hipay', provider)
      const headers = { 'idempotency-key': `${provider} ${what}` }
      const answer = await service.api('/v1/responses', { method: 'POST', headers, body: forwarded })
      expect({ status: answer.status, text: await answer.text() }).toMatchObject({ status: 202 })
    }
    await service.settled()
  })

  it.each([
    ['a cursor of nothing', '/v1/transactions?cursor=', 'A'.repeat(4_000)],
    ['a deep cursor', '/v1/transactions?cursor=', Buffer.from(deep(400)).toString('base64url')],
    [
      'a cursor with a prototype',
      '/v1/transactions?cursor=',
      Buffer.from('{"__proto__":1}').toString('base64url'),
    ],
    ['a limit in floats', '/v1/transactions?limit=', '1e9'],
    ['a limit below nothing', '/v1/transactions?limit=', '-1'],
    ['a class called like a property', '/v1/discrepancies?class=', 'constructor'],
    ['a time that never was', '/v1/transactions?from=', '0000-00-00T00:00:00Z'],
  ])('refuses %s', async (_what, path, value) => {
    await expectProblem(await service.api(path + encodeURIComponent(value)), 400, 'invalid_request')
  })

  it('still works', async () => {
    await expectService('920000000006')
  })
})
