import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

/** `/openapi.json` (3.1) drawn from the routes' own schemas, readable at `/docs`. */
export const openapi = fp(
  async (app: FastifyInstance, { version }: { version: string }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Payment notification receiver',
          version,
          description:
            'Money is integer minor units. Times are RFC 3339 UTC. Errors are application/problem+json.',
          license: { name: 'MIT', identifier: 'MIT' },
        },
        components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
        security: [{ apiKey: [] }],
      },
      transform: jsonSchemaTransform,
    })
    app.get('/openapi.json', { config: { quiet: true }, schema: { hide: true } }, async () => app.swagger())
    await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  },
  { name: 'openapi' },
)
