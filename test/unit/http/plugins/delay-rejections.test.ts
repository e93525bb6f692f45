import { connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { delayRejections } from '../../../../src/http/plugins/delay-rejections.ts'
import { createHandClock, settle } from '../../../support/hand-clock.ts'

/** Answers whatever status its path asks for. */
function edge() {
  const clock = createHandClock()
  const app = fastify()
  delayRejections(app, { clock, now: () => clock.now().getTime() })
  app.get<{ Params: { status: string } }>('/:status', async (request, reply) =>
    reply.code(Number(request.params.status)).send({ text: 'text' }),
  )
  const answered: number[] = []
  const handled: string[] = []
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    handled.push(request.url)
    done(null, payload)
  })
  const ask = async (status: number): Promise<void> => {
    answered.push((await app.inject(`/${status}`)).statusCode)
  }
  const flood = (count: number, status: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, async () => ask(status)))
  return { app, clock, answered, handled, ask, flood }
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
    await clock.advance(4)
    expect(answered).toHaveLength(200)
    await clock.advance(1)
    expect(answered).toHaveLength(201)
    await clock.advance(994)
    expect(answered).toHaveLength(399)
    await clock.advance(1)
    await all
    expect(answered).toHaveLength(400)
  })

  it('hold no other request up', async () => {
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
    const { app, answered, flood } = edge()
    const all = flood(10_500, status)
    await settle()
    expect(answered).toHaveLength(500)
    await app.close()
    await all
  })

  it('come at once when the server closes', async () => {
    const { app, answered, flood } = edge()
    const all = flood(400, status)
    await settle()
    expect(answered).toHaveLength(200)
    await app.close()
    await all
    expect(answered).toHaveLength(400)
  })

  it('that are only known while the server closes do not begin to wait', async () => {
    const { app, answered, flood } = edge()
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
  })
})

describe('who does not wait', () => {
  const opened = async (app: ReturnType<typeof edge>['app']): Promise<() => Promise<Socket>> => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    return async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    }
  }
  const connections = async (app: ReturnType<typeof edge>['app']): Promise<number> =>
    new Promise((resolve, reject) => {
      app.server.getConnections((error, count) => {
        if (error) reject(error)
        else resolve(count)
      })
    })
  const REQUEST = 'GET /401 HTTP/1.1\r\nhost: edge\r\n\r\n'

  it('and sends on before the answer is cut off', async () => {
    const { app, handled, flood } = edge()
    const open = await opened(app)
    await flood(200, 401)
    const socket = await open()
    const closed = once(socket, 'close')
    socket.on('error', () => undefined).resume()
    socket.write(REQUEST)
    await expect.poll(() => handled.length).toBe(201)
    socket.write(REQUEST.repeat(50))
    await closed
    await app.close()
  })

  it('and hangs up leaves the line to those who do', async () => {
    const { app, clock, answered, handled, ask, flood } = edge()
    const open = await opened(app)
    await flood(200, 401)
    const sockets = await Promise.all(Array.from({ length: 50 }, open))
    for (const socket of sockets) socket.write(REQUEST)
    await expect.poll(() => handled.length).toBe(250)
    for (const socket of sockets) socket.destroy()
    await expect.poll(async () => connections(app)).toBe(0)
    const last = ask(401)
    await settle()
    expect(answered).toHaveLength(200)
    await clock.advance(5)
    await last
    expect(answered).toHaveLength(201)
    await app.close()
  })
})
