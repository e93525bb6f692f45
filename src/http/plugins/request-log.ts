import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/**
 * The request's id on the answer and one log line per request: the route's pattern instead of the URL, because a GET
 * notification carries everything, card fields included, in its query.
 */
export const requestLog = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id)
      done()
    })
    app.addHook('onResponse', (request, reply, done) => {
      request.log[isLoggedElsewhere(request, reply) ? 'debug' : 'info'](lineOf(request, reply), 'request')
      done()
    })
  },
  { name: 'request-log' },
)

/** Statuses of which receipt writes the line; it limits the lines of a flood of rejections. */
const LOGGED_ELSEWHERE = [200, 401, 429]

/** Health probes and scrapes come every few seconds; a message that was received has its line from receipt. */
function isLoggedElsewhere(
  { routeOptions: { config } }: FastifyRequest,
  { statusCode }: FastifyReply,
): boolean {
  return (
    config.quiet === true ||
    (config.loggedElsewhere === true && LOGGED_ELSEWHERE.some((status) => status === statusCode))
  )
}

const lineOf = ({ method, routeOptions }: FastifyRequest, reply: FastifyReply): object => ({
  method,
  route: routeOptions.url ?? 'none',
  status: reply.statusCode,
  ms: Math.round(reply.elapsedTime),
})

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Log this route's requests at debug. */
    quiet?: boolean
    /** Log what this route accepts or rejects at debug: receipt writes a line that says more. */
    loggedElsewhere?: true
  }
}
