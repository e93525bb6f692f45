import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

const NONE = ["'none'"]

/** What a browser may make of an answer: nothing. No cache keeps a payment, no page frames or reads one, no script runs. */
export const securityHeaders = fp(
  async (app: FastifyInstance) => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: NONE, baseUri: NONE, formAction: NONE, frameAncestors: NONE },
      },
    })
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
  },
  { name: 'security-headers' },
)
