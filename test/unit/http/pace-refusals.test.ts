import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { paceRefusals } from '../../../src/http/pace-refusals.ts'
import { createHandClock, settle } from '../../support/hand-clock.ts'

/** Answers whatever status its path asks for. */
function edge() {
  const clock = createHandClock()
  const app = fastify()
  paceRefusals(app, { clock, now: () => 0 })
  app.get<{ Params: { status: string } }>('/:status', async (request, reply) =>
    reply.code(Number(request.params.status)).send('text'),
  )
  const answered: number[] = []
  const ask = async (status: number): Promise<void> => {
    answered.push((await app.inject(`/${status}`)).statusCode)
  }
  const flood = (count: number, status: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, async () => ask(status)))
  return { app, clock, answered, ask, flood }
}

describe.each([401, 429])('refusals with %i', (status) => {
  it('come at once as long as they are few', async () => {
    const { clock, flood } = edge()
    await flood(200, status)
    expect(clock.timers).toBe(0)
  })

  it('wait for their turn in a flood, each for as long as its place says', async () => {
    const { clock, answered, flood } = edge()
    const all = flood(400, status)
    await settle()
    expect(answered).toHaveLength(200)
    await clock.advance(9)
    expect(answered).toHaveLength(200)
    await clock.advance(1)
    expect(answered).toHaveLength(201)
    await clock.advance(1_989)
    expect(answered).toHaveLength(399)
    await clock.advance(1)
    await all
    expect(answered).toHaveLength(400)
  })

  it('hold nobody else up', async () => {
    const { app, answered, ask, flood } = edge()
    const all = flood(400, status)
    await settle()
    await ask(200)
    await ask(404)
    expect(answered.slice(200)).toEqual([200, 404])
    await app.close()
    await all
  })

  it('come at once where the line is full, so that it never grows', async () => {
    const { app, clock, answered, flood } = edge()
    const all = flood(10_500, status)
    await settle()
    expect(answered).toHaveLength(500)
    expect(clock.timers).toBe(10_000)
    await app.close()
    await all
  })

  it('come at once when the server closes', async () => {
    const { app, clock, answered, flood } = edge()
    const all = flood(400, status)
    await settle()
    expect(answered).toHaveLength(200)
    await app.close()
    await all
    expect(answered).toHaveLength(400)
    expect(clock.timers).toBe(0)
  })

  it('that are only known while the server closes do not begin to wait', async () => {
    const { app, clock, answered, flood } = edge()
    const verifying = Promise.withResolvers<undefined>()
    app.get('/slow', async (_request, reply) => {
      await verifying.promise
      return reply.code(status).send('text')
    })
    const late = app.inject('/slow')
    const all = flood(400, status)
    await settle()
    const closed = app.close()
    await settle()
    verifying.resolve(undefined)
    expect((await late).statusCode).toBe(status)
    await Promise.all([all, closed])
    expect(answered).toHaveLength(400)
    expect(clock.timers).toBe(0)
  })
})
