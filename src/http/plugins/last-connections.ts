import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Socket } from 'node:net'
import type { Clock } from '../../lib/clock.ts'

export interface LastConnectionsOptions {
  /** As long as a request may take to arrive: Node stops looking for late ones once the server closes. */
  requestTimeoutMs: number
  clock: Clock
}

/**
 * Closing a server waits for its connections, and neither ends those that never sent anything (a proxy opens some ahead) nor
 * those that stopped in the middle of a request. Here the former end at once, and the latter when their time is over.
 */
export const lastConnections = fp(
  async (app: FastifyInstance, { requestTimeoutMs, clock }: LastConnectionsOptions) => {
    const connections = new Set<Socket>()
    let closing = false
    app.server.on('connection', (socket: Socket) => {
      connections.add(socket)
      socket.once('close', () => connections.delete(socket))
      if (closing) endIfSilent(socket)
    })
    app.addHook('preClose', (done) => {
      closing = true
      for (const socket of connections) endIfSilent(socket)
      const cancel = clock.after(requestTimeoutMs, () => {
        for (const socket of connections) socket.destroy()
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
