import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Socket } from 'node:net'
import type { Clock } from '../../lib/clock.ts'

/** What of a request is still missing gets so long once the server closes; Node stops looking for late ones then. */
const LATE_MS = 5_000

/**
 * Closing a server waits for its connections, and neither ends those that never sent anything (a proxy opens some ahead) nor
 * those that stopped in the middle of a request, nor those whose last answer is still to come. Here the first end at once,
 * the second when their time is over, and the last with that answer.
 */
export const lastConnections = fp(
  async (app: FastifyInstance, { clock }: { clock: Clock }) => {
    const connections = new Set<Socket>()
    /** Those whose request has come and is being answered. */
    const answering = new WeakSet<Socket>()
    let closing = false
    app.server.on('connection', (socket: Socket) => {
      connections.add(socket)
      socket.once('close', () => connections.delete(socket))
      if (closing) endIfSilent(socket)
    })
    app.addHook('preHandler', ({ raw }, _reply, done) => {
      answering.add(raw.socket)
      done()
    })
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (closing) reply.header('connection', 'close')
      done(null, payload)
    })
    app.addHook('onResponse', ({ raw }, _reply, done) => {
      answering.delete(raw.socket)
      done()
    })
    app.addHook('preClose', (done) => {
      closing = true
      for (const socket of connections) endIfSilent(socket)
      const cancel = clock.after(LATE_MS, () => {
        for (const socket of connections) if (!answering.has(socket)) socket.destroy()
      })
      app.server.once('close', cancel)
      done()
    })
  },
  { name: 'last-connections' },
)

/** What has arrived already is read in the next turns of the event loop. */
function endIfSilent(socket: Socket): void {
  setImmediate(() => {
    setImmediate(() => {
      if (socket.bytesRead === 0) socket.destroy()
    })
  })
}
