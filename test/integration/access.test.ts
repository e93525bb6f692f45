import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentedRoutes, withId, type DocumentedRoute } from '../support/openapi.ts'
import { expectProblem } from '../support/problem.ts'
import { startTestService, type TestService } from '../support/service.ts'

/** Who gets in where. The calls come from the OpenAPI document, so that a new one is tried without being named here. */

const ROLES = ['ingest', 'read', 'operate'] as const
type Role = (typeof ROLES)[number]
const KEYS = Object.fromEntries(ROLES.map((role) => [role, `${role}-${'k'.repeat(24)}`])) as Record<
  Role,
  string
>
const ALL = 'all-'.padEnd(30, 'k')
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE']
/** Methods that no route of ours takes, nor any router of APIs. */
const STRANGE = ['PROPFIND', 'SEARCH', 'PURGE']
/** The only documented calls without a key. */
const OPEN = ['/health', '/health/live', '/health/ready']

let service: TestService
let routes: DocumentedRoute[]
let guarded: DocumentedRoute[]

beforeAll(async () => {
  const named = ROLES.map((role) => `${role}:${role}:${KEYS[role]}`)
  service = await startTestService({
    idle: true,
    settings: { API_KEYS: [...named, `all:${ALL}`].join(','), TRUST_PROXY: '1' },
  })
  routes = await documentedRoutes(service.url)
  guarded = routes
    .filter(({ path }) => !OPEN.includes(path))
    .map((route) => ({ ...route, path: withId(route.path, 'x') }))
})
afterAll(async () => {
  await service.stop()
})

let callers = 0
/** Each call from an address of its own, so that the limit of strangers stays out of the way. */
const elsewhere = (): Record<string, string> => {
  callers += 1
  return { 'x-forwarded-for': `198.18.${Math.floor(callers / 250)}.${callers % 250}` }
}

const call = async (
  { method, path }: Pick<DocumentedRoute, 'method' | 'path'>,
  authorization?: string,
): Promise<Response> =>
  fetch(service.url + path, {
    method,
    headers: { ...elsewhere(), ...(authorization === undefined ? {} : { authorization }) },
  })

/** Methods that `fetch` refuses to send. */
async function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(service.url, { method, path, headers: { ...elsewhere(), ...headers } }, (answer) => {
      answer.resume()
      resolve(answer)
    })
      .on('error', reject)
      .end()
  })
}

/** Who may: what is written, what is read, what an operator decides. */
function rolesOf({ method, path }: DocumentedRoute): Role[] {
  if (/\/(resolve|replay|doctor|audit)$/.test(path)) return ['operate']
  // An operator who looks for a message need not read payments.
  if (/\/inbox\b/.test(path)) return ['read', 'operate']
  return [method === 'GET' ? 'read' : 'ingest']
}

describe('every documented call', () => {
  it('is found, and the document says which need a key and which role', () => {
    expect(guarded.length).toBeGreaterThanOrEqual(10)
    expect(new Set(guarded.flatMap(rolesOf))).toEqual(new Set(ROLES))
    expect(
      routes
        .filter(({ needsKey }) => !needsKey)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(OPEN)
    for (const route of guarded) {
      const named = rolesOf(route).map((role) => `\`${role}\``)
      expect(route.description, route.path).toContain(named.join(' or '))
    }
  })

  it('answers 401 without a known key, however it is sent', async () => {
    const attempts = [
      undefined,
      'Bearer',
      'Bearer ',
      `Bearer ${'w'.repeat(30)}`,
      `Bearer ${ALL}x`,
      `Bearer ${ALL.slice(0, -1)}`,
      `Bearer ${ALL.toUpperCase()}`,
      `Bearer ${ALL}, Bearer ${ALL}`,
      'Bearer all',
      `Basic ${ALL}`,
      ALL,
    ]
    for (const route of guarded) {
      for (const authorization of attempts) {
        const answer = await call(route, authorization)
        expect(answer.headers.get('www-authenticate'), `${route.method} ${route.path}`).toBe('Bearer')
        expect(await expectProblem(answer, 401, 'unauthorized')).not.toContain(ALL)
      }
      const inQuery = { ...route, path: `${route.path}?api_key=${ALL}&access_token=${ALL}` }
      await expectProblem(await call(inQuery), 401, 'unauthorized')
    }
  })

  it('takes the scheme in any case, as HTTP has it', async () => {
    const answer = await call({ method: 'GET', path: '/v1/transactions' }, `bEARER ${KEYS.read}`)
    expect(answer.status).toBe(200)
  })

  it('answers 403 to a key without the role it needs', async () => {
    for (const route of guarded) {
      for (const role of ROLES) {
        const answer = await call(route, `Bearer ${KEYS[role]}`)
        // With a body or an id that is none; what matters is that the call itself is what answers.
        if (rolesOf(route).includes(role))
          expect([200, 400, 404], `${route.method} ${route.path}`).toContain(answer.status)
        else expect(await expectProblem(answer, 403, 'forbidden')).not.toContain(KEYS[role])
      }
    }
  })

  it('answers 405 with Allow to any other method, key or not', async () => {
    for (const path of new Set(routes.map((route) => route.path))) {
      const known = routes.filter((route) => route.path === path).map(({ method }) => method)
      for (const method of METHODS.filter((one) => !known.includes(one))) {
        for (const headers of [{}, { authorization: `Bearer ${ALL}` }]) {
          const answer = await raw(method, withId(path, 'x'), headers)
          expect(answer.statusCode, `${method} ${path}`).toBe(405)
          expect(answer.headers.allow).toBe(known.toSorted().join(', '))
        }
      }
      for (const method of STRANGE) {
        expect((await raw(method, withId(path, 'x'), { authorization: `Bearer ${ALL}` })).statusCode).toBe(
          404,
        )
      }
    }
  })

  it('answers 400 naming a query parameter that it does not know', async () => {
    for (const { method, path } of guarded) {
      const answer = await call(
        { method, path: `${path}?stauts=captured&4111111111111111=1` },
        `Bearer ${ALL}`,
      )
      const text = await expectProblem(answer, 400, 'invalid_request')
      // A body that is missing is told first.
      if (method !== 'POST') expect(text, path).toContain('stauts')
      expect(text).not.toContain('4111')
    }
  })

  it('opens to no other origin, not even in a preflight', async () => {
    for (const { method, path } of routes) {
      const headers = { origin: 'https://evil.example', 'access-control-request-method': method }
      for (const asked of [method, 'OPTIONS']) {
        const answer = await raw(asked, withId(path, 'x'), headers)
        const allowed = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))
        expect(allowed, `${asked} ${path}`).toEqual([])
        expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin')
      }
    }
  })
})

describe('every answer', () => {
  it.each([
    ['a refusal', '/v1/transactions', undefined],
    ['a list', '/v1/transactions', `Bearer ${ALL}`],
    ['nothing there', '/nowhere', undefined],
    ['a notification refused', '/notifications/be2bill/shop?A=1', undefined],
    ['health', '/health', undefined],
    ['metrics', '/metrics', undefined],
    ['the document', '/openapi.json', undefined],
    ['its pages', '/docs/', undefined],
  ])('carries the security headers, and nothing of the software: %s', async (_what, path, authorization) => {
    const { headers } = await call({ method: 'GET', path }, authorization)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age=') as string,
    })
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null])
  })

  it.each([
    ['a refusal', '/v1/transactions', undefined],
    ['a list', '/v1/transactions', `Bearer ${ALL}`],
    ['health', '/health', undefined],
  ])('stays in no cache: %s', async (_what, path, authorization) => {
    const { headers } = await call({ method: 'GET', path }, authorization)
    expect(headers.get('cache-control')).toBe('no-store')
  })
})

describe('the pages of the document', () => {
  it('load nothing from elsewhere, and send their address to no validator', async () => {
    const page = await call({ method: 'GET', path: '/docs/' })
    expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|validator|\*/)
    expect(await page.text()).not.toMatch(/(src|href)="(https?:)?\/\//)
    const script = await call({ method: 'GET', path: '/docs/static/swagger-initializer.js' })
    expect(await script.text()).toContain('"validatorUrl":null')
  })
})

describe('a limit', () => {
  /** Answers to many calls at once, until one of them is refused as too many. */
  async function untilRefused(headers: Record<string, string>, url: string): Promise<Response> {
    for (let round = 0; round < 100; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async () => fetch(`${url}/v1/transactions`, { headers })),
      )
      const refused = answers.find(({ status }) => status === 429)
      if (refused) return refused
    }
    throw new Error('2,000 calls and none of them too many')
  }

  it('of calls holds for each key alone, and passes', async () => {
    const keys = `one:read:${'1'.repeat(24)},other:read:${'2'.repeat(24)}`
    const limited = await startTestService({
      idle: true,
      database: service.database,
      settings: { API_KEYS: keys, API_CALLS_PER_SECOND: '1' },
    })
    try {
      const one = { authorization: `Bearer ${'1'.repeat(24)}` }
      const refused = await untilRefused(one, limited.url)
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(await expectProblem(refused, 429, 'too_many_requests')).toContain('The key one ')
      const other = await fetch(`${limited.url}/v1/transactions`, {
        headers: { authorization: `Bearer ${'2'.repeat(24)}` },
      })
      expect(other.status).toBe(200)
      await expect
        .poll(async () => (await fetch(`${limited.url}/v1/transactions`, { headers: one })).status, {
          timeout: 20_000,
        })
        .toBe(200)
    } finally {
      await limited.stop()
    }
  })

  it('of strangers holds for their address alone, and for no known key', async () => {
    const there = { 'x-forwarded-for': '203.0.113.9' }
    const refused = await untilRefused({ ...there, authorization: `Bearer ${'w'.repeat(30)}` }, service.url)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await expectProblem(refused, 429, 'too_many_requests')
    const without = await fetch(`${service.url}/v1/transactions`, { headers: there })
    await expectProblem(without, 429, 'too_many_requests')
    const known = { ...there, authorization: `Bearer ${KEYS.read}` }
    expect((await fetch(`${service.url}/v1/transactions`, { headers: known })).status).toBe(200)
    const fromElsewhere = await fetch(`${service.url}/v1/transactions`, {
      headers: { 'x-forwarded-for': '203.0.113.10' },
    })
    await expectProblem(fromElsewhere, 401, 'unauthorized')
  })

  it('of strangers counts an IPv6 network as one address', async () => {
    const from = (host: number) => ({ 'x-forwarded-for': `2001:db8:1:2::${host.toString(16)}` })
    await untilRefused(from(1), service.url)
    const neighbour = await fetch(`${service.url}/v1/transactions`, { headers: from(2) })
    await expectProblem(neighbour, 429, 'too_many_requests')
  })
})
