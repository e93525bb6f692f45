import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Services } from '../../services.ts'

/** Classes of answers that every route may give. */
const CLASSES = ['2xx', '4xx', '5xx']
/** Where no route is, path and method are the caller's invention. */
const NO_ROUTE = { method: 'any', route: 'none' }

/** Counts and times the requests of every route that is registered after it, by the route's pattern. */
export const requestFigures = fp(
  async (app: FastifyInstance, { metrics: { requests, requestDuration } }: Pick<Services, 'metrics'>) => {
    for (const status of CLASSES) requests.inc({ ...NO_ROUTE, status }, 0)
    app.addHook('onRoute', ({ method: methods, url: route, config }) => {
      // The one that answers 405 to every other method of the path.
      if (config?.refusesMethods === true) return
      for (const method of [methods].flat())
        for (const status of CLASSES) requests.inc({ method, route, status }, 0)
    })
    app.addHook('onResponse', (request, reply, done) => {
      const { url, config } = request.routeOptions
      const isKnown = url !== undefined && config.refusesMethods !== true
      const labels = isKnown ? { method: request.method, route: url } : NO_ROUTE
      requests.inc({ ...labels, status: `${Math.floor(reply.statusCode / 100)}xx` })
      if (isKnown) requestDuration.observe(labels, reply.elapsedTime / 1_000)
      done()
    })
  },
  { name: 'request-figures' },
)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** This route only says that its path knows other methods. */
    refusesMethods?: true
  }
}
