import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { z } from 'zod'

/**
 * A query parameter that a call does not know is refused: a mistyped filter would otherwise answer more than was asked
 * for, and look right. Holds for every route registered after it, those without parameters included.
 */
export const strictQueries = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRoute', (route) => {
      const declared = route.schema?.querystring ?? z.object({})
      if (declared instanceof z.ZodObject) route.schema = { ...route.schema, querystring: declared.strict() }
    })
  },
  { name: 'strict-queries' },
)
