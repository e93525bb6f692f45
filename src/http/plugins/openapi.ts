import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { rolesOf } from './api-keys.ts'
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
      transform: describeRoute,
    })
    const config = { quiet: true, open: true } as const
    app.get('/openapi.json', { config, schema: { hide: true } }, async () => app.swagger())
    await app.register(readableAtDocs)
  },
  { name: 'openapi' },
)

const describeRoute: typeof jsonSchemaTransform = (route) => {
  const described = jsonSchemaTransform(route)
  const { description } = described.schema
  const access = accessOf(route.route.config)
  const words = [description, access.description].filter((text) => text !== undefined).join('\n\n')
  return {
    ...described,
    schema: { ...described.schema, ...access, ...(words !== '' && { description: words }) },
  }
}

/** Who may call a route, in the document's words. */
function accessOf(config: FastifyContextConfig = {}): { security?: []; description?: string } {
  if (config.open === true) return { security: [] }
  const roles = rolesOf(config.role ?? []).map((role) => `\`${role}\``)
  return { description: `Needs an API key with the role ${roles.join(' or ') || '`none has`'}.` }
}

/** The pages load nothing from elsewhere: by default they would show this document's address to a public validator. */
async function readableAtDocs(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, open: true }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null },
    staticCSP: {
      'default-src': "'none'",
      'connect-src': "'self'",
      'img-src': ["'self'", 'data:'],
      'script-src': "'self'",
      'style-src': ["'self'", "'unsafe-inline'"],
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    },
  })
}
