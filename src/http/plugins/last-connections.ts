import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Socket } from 'node:net'
import type { Clock } from '../../lib/clock.ts'

/** Time for the rest of a request once the server closes: Node then stops ending late requests by itself. */
const LATE_MS = 5_000

/**
 * A closing server waits for its connections. This plugin ends those that never sent anything (a proxy opens some ahead) at
 * once, those that stopped in the middle of a request after LATE_MS, and those whose answer is still to come with that answer.
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

/** Bytes that have arrived already are read in the next turns of the event loop. */
function endIfSilent(socket: Socket): void {
  setImmediate(() => {
    setImmediate(() => {
      if (socket.bytesRead === 0) socket.destroy()
    })
  })
}
