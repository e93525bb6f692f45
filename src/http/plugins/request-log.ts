import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/**
 * The request's id on the answer and one log line per request: the route's pattern instead of the URL, because a GET
 * notification carries everything, card fields included, in its query.
 */
export const requestLog = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })
    app.addHook('onResponse', async (request, reply) => {
      const { method, routeOptions } = request
      const line = {
        method,
        route: routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      }
      // Health probes and scrapes come every few seconds and say nothing.
      request.log[routeOptions.config.quiet === true ? 'debug' : 'info'](line, 'request')
    })
  },
  { name: 'request-log' },
)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Log this route's requests at debug. */
    quiet?: boolean
  }
}
