import rateLimit from '@fastify/rate-limit'
import { fastify, type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSettings } from '../../../../src/config/settings.ts'
import { apiKeys } from '../../../../src/http/plugins/api-keys.ts'
import { problems } from '../../../../src/http/plugins/problems.ts'
import { createRateWindowStore } from '../../../../src/http/plugins/rate-window-store.ts'

const ALL = 'a'.repeat(24)
const READ = 'r'.repeat(24)
const { API_KEYS: keys = [] } = loadSettings({ API_KEYS: `all:${ALL},reader:read:${READ}` })

describe('a route', () => {
  let app: FastifyInstance

  beforeAll(async () => {
    app = fastify()
    await app.register(rateLimit, { global: false })
    await app.register(problems)
    await app.register(apiKeys, { keys, callsPerSecond: 1_000 })
    app.get('/forgotten', async () => 'secret')
    app.get('/open', { config: { open: true } }, async () => 'open')
    app.get('/read', { config: { role: 'read' } }, async ({ caller }) => caller)
    await app.register(async (scope) => {
      scope.get('/inside', async () => 'secret')
    })
  })
  afterAll(async () => {
    await app.close()
  })

  const statusOf = async (url: string, key?: string): Promise<number> => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    return (await app.inject({ url, headers })).statusCode
  }

  it.each(['/forgotten', '/inside'])('that names no role is open to no key: %s', async (url) => {
    expect(await statusOf(url)).toBe(401)
    expect(await statusOf(url, READ)).toBe(403)
    expect(await statusOf(url, ALL)).toBe(403)
  })

  it('is open, or open to a role, when it says so', async () => {
    expect(await statusOf('/open')).toBe(200)
    expect(await statusOf('/read')).toBe(401)
    expect(await statusOf('/read', READ)).toBe(200)
  })

  it('learns the name of the key, and never the key', async () => {
    const answer = await app.inject({ url: '/read', headers: { authorization: `Bearer ${READ}` } })
    expect(answer.body).toBe('reader')
  })

  it('that is not there needs no key to be not there', async () => {
    expect(await statusOf('/nowhere')).toBe(404)
  })
})

it('callers of one name share the count of its calls, whichever of its keys they send', async () => {
  const [first, second, other] = ['1', '2', '3'].map((digit) => digit.repeat(24))
  const { API_KEYS: named = [] } = loadSettings({
    API_KEYS: `shop:read:${first},shop:read:${second},other:read:${other}`,
  })
  const app = fastify()
  // The second stands still, so that no count begins anew.
  await app.register(rateLimit, { global: false, store: createRateWindowStore(() => 0) })
  await app.register(problems)
  await app.register(apiKeys, { keys: named, callsPerSecond: 2 })
  app.get('/read', { config: { role: 'read' } }, async () => 'read')
  const statuses: number[] = []
  for (const key of [first, second, first, second, other]) {
    const answer = await app.inject({ url: '/read', headers: { authorization: `Bearer ${key}` } })
    statuses.push(answer.statusCode)
  }
  await app.close()
  expect(statuses).toEqual([200, 200, 429, 429, 200])
})
