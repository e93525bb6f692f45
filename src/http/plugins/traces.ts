import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Services } from '../../services.ts'

type TracesOptions = Pick<Services, 'tracer' | 'accounts'>

/**
 * A span for each sampled request, and its traceId on the request's log lines. Without an endpoint no hook runs. A caller
 * without a known key, providers included, has no say: it could have every request sampled, put its spans into traces of
 * others, and write digits of its choice where an id stands.
 */
export const traces = fp(
  async (app: FastifyInstance, { tracer, accounts }: TracesOptions) => {
    if (!tracer.isOn) return
    app.addHook('onRequest', (request, _reply, done) => {
      // Health probes and scrapes come every few seconds.
      if (request.routeOptions.config.quiet !== true) {
        const { traceparent } = request.headers
        const isBelieved = typeof traceparent === 'string' && hasKnownKey(request)
        const span = tracer.startRequest(isBelieved ? traceparent : undefined)
        if (span !== undefined) {
          request.span = span
          request.log = request.log.child({ traceId: span.traceId })
        }
      }
      done()
    })
    app.addHook('onResponse', (request, { statusCode: status }, done) => {
      const { span, method, routeOptions } = request
      span?.end({ method, route: routeOptions.url ?? 'none', status, account: accountOf(request, accounts) })
      done()
    })
  },
  { name: 'traces' },
)

/** The hook of plugins/api-keys has run, where there is one. */
const hasKnownKey = ({ caller }: Partial<Pick<FastifyRequest, 'caller'>>): boolean =>
  caller !== undefined && caller !== ''

/** That of the path or of the body, if it is configured: else any text may stand there. */
function accountOf(
  { params, body, routeOptions }: FastifyRequest,
  accounts: Services['accounts'],
): ReturnType<typeof accounts.find> {
  const { provider } = routeOptions.config
  for (const named of [params, body]) {
    const about = { provider, ...pick(named) }
    if (typeof about.provider === 'string' && typeof about.account === 'string')
      return accounts.find(about.provider, about.account)
  }
  return undefined
}

const pick = (named: unknown): { provider?: unknown; account?: unknown } => {
  if (typeof named !== 'object' || named === null) return {}
  const { provider, account } = named as Record<string, unknown>
  return provider === undefined ? { account } : { provider, account }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The word for the provider in a path that has it as no parameter. */
    provider?: string
  }
  interface FastifyRequest {
    /** Of a sampled request. */
    span?: NonNullable<ReturnType<Services['tracer']['startRequest']>>
  }
}
