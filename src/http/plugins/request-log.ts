import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ErrorCode } from '../../lib/errors.ts'
import { toAppError } from './problems.ts'

/**
 * The request's id on the answer and one log line per request, with the name of its API key and the code of its problem: the
 * route's pattern instead of the URL, because a GET notification carries everything, card fields included, in its query.
 */
export const requestLog = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id)
      done()
    })
    app.addHook('onResponse', (request, reply, done) => {
      // Health probes and scrapes come every few seconds.
      const level = request.routeOptions.config.quiet === true ? 'debug' : 'info'
      writeLine(request, reply, { level, status: reply.statusCode, code: reply.problemCode })
      done()
    })
  },
  { name: 'request-log' },
)

/** Receipt writes a line for each message that it accepts or rejects, and limits those of a flood of rejections. */
const LOGGED_BY_RECEIPT = [401, 429]

/** For the routes whose answers receipt logs: one line per request that it did not see, or could not keep. */
export function logFailures(app: FastifyInstance): void {
  app.addHook('onError', (request, reply, error, done) => {
    const { status, code } = toAppError(error)
    if (!LOGGED_BY_RECEIPT.includes(status)) writeLine(request, reply, { level: 'info', status, code })
    done()
  })
}

function writeLine(
  { id, log, method, routeOptions, caller }: FastifyRequest,
  { elapsedTime }: FastifyReply,
  { level, status, code }: { level: 'info' | 'debug'; status: number; code: ErrorCode | undefined },
): void {
  const line = {
    requestId: id,
    method,
    route: routeOptions.url ?? 'none',
    status,
    ms: Math.round(elapsedTime),
    ...(caller !== '' && { key: caller }),
    ...(code !== undefined && { code }),
  }
  log[level](line, 'request')
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Log this route's requests at debug. */
    quiet?: boolean
  }
}
