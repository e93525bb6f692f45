import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import helmet from 'helmet'

/** What a browser may make of an answer: nothing. No cache keeps a payment, no page frames or reads one, no script runs. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  ...helmetHeaders(),
  'cache-control': 'no-store',
}

export const securityHeaders = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(SECURITY_HEADERS)
      done()
    })
  },
  { name: 'security-headers' },
)

/** They are the same on every answer, so helmet composes them once. */
function helmetHeaders(): Record<string, string> {
  const NONE = ["'none'"]
  const headers: Record<string, string> = {}
  const recorder = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
    removeHeader: () => undefined,
  }
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: NONE, baseUri: NONE, formAction: NONE, frameAncestors: NONE },
    },
  })
  secure(undefined as never, recorder as never, (error) => {
    if (error !== undefined) throw error as Error
  })
  return headers
}
