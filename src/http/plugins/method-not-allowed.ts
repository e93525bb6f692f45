import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

/**
 * A known path asked with another method answers 405 with Allow, HEAD included. Collects the routes registered after it;
 * `closeMethods` must be called once all of them are there, and the answers pass the hooks of the app that it is called on.
 */
export const methodNotAllowed = fp(
  async (app: FastifyInstance) => {
    const allowed = new Map<string, Set<string>>()
    app.addHook('onRoute', (route) => {
      const methods = allowed.get(route.url) ?? new Set<string>()
      for (const method of [route.method].flat()) methods.add(method.toUpperCase())
      allowed.set(route.url, methods)
    })
    app.decorate('closeMethods', function (this: FastifyInstance) {
      for (const [url, methods] of [...allowed]) closeRoute(this, url, methods)
    })
  },
  { name: 'method-not-allowed' },
)

function closeRoute(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const allow = [...methods].sort().join(', ')
  const others = app.supportedMethods.filter((method) => !methods.has(method))
  if (others.length === 0 || url.includes('*')) return
  app.route({
    method: others,
    url,
    config: { open: true, refusesMethods: true },
    schema: { hide: true },
    onRequest: async () => {
      throw new AppError('method_not_allowed', `Use ${allow}`, { headers: { allow } })
    },
    handler: async () => undefined,
  })
}

declare module 'fastify' {
  interface FastifyInstance {
    closeMethods(): void
  }
}
