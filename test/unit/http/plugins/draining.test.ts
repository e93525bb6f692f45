import { fastify } from 'fastify'
import { expect, it } from 'vitest'
import { draining } from '../../../../src/http/plugins/draining.ts'
import { problems } from '../../../../src/http/plugins/problems.ts'

it('an instance that drains sends what is new elsewhere, and keeps answering for its health', async () => {
  const state = { isDraining: false }
  const app = fastify()
  await app.register(problems)
  await app.register(draining, { isDraining: () => state.isDraining })
  app.post('/taken', async () => 'OK')
  app.get('/health', { config: { quiet: true } }, async () => 'well')
  const taken = async () => app.inject({ method: 'POST', url: '/taken' })
  expect((await taken()).statusCode).toBe(200)
  state.isDraining = true
  const refused = await taken()
  expect(refused.json()).toMatchObject({ status: 503, code: 'draining' })
  expect(refused.headers).toMatchObject({ connection: 'close', 'retry-after': expect.any(String) as string })
  expect((await app.inject('/health')).statusCode).toBe(200)
  await app.close()
})
