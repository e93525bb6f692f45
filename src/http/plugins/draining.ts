import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

/**
 * While shutting down, what was accepted is finished and what comes new is sent elsewhere: 503, and the connection is
 * closed so that the next request of a kept-alive one goes to another instance. Health and metrics keep answering.
 */
export const draining = fp(
  async (app: FastifyInstance, { isDraining }: { isDraining: () => boolean }) => {
    app.addHook('onRequest', (request, reply, done) => {
      if (!isDraining() || request.routeOptions.config.quiet === true) {
        done()
        return
      }
      reply.header('connection', 'close')
      done(new AppError('draining', 'This instance is shutting down; send the request again'))
    })
  },
  { name: 'draining' },
)
