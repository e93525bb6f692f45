import type { HealthStore } from './telemetry/stores.ts'
import rateLimit from '@fastify/rate-limit'
import { fastify, LogController, type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ApiKey } from './config/settings.ts'
import { apiKeys } from './http/plugins/api-keys.ts'
import { answerClientError } from './http/plugins/client-errors.ts'
import { draining } from './http/plugins/draining.ts'
import { lastConnections } from './http/plugins/last-connections.ts'
import { methodNotAllowed } from './http/plugins/method-not-allowed.ts'
import { openapi } from './http/plugins/openapi.ts'
import { originalIds } from './http/plugins/original-ids.ts'
import { plainBodies } from './http/plugins/plain-bodies.ts'
import { answerNotFound, problems, sendProblem, toAppError } from './http/plugins/problems.ts'
import { requestFigures } from './http/plugins/request-figures.ts'
import { requestLog } from './http/plugins/request-log.ts'
import { securityHeaders } from './http/plugins/security-headers.ts'
import { strictQueries } from './http/plugins/strict-queries.ts'
import { traces } from './http/plugins/traces.ts'
import { createRateWindowStore } from './http/plugins/rate-window-store.ts'
import { auditRoutes } from './http/v1/audit.ts'
import { expectationRoutes } from './http/v1/expectations.ts'
import { doctorRoutes } from './http/v1/doctor.ts'
import { healthRoutes, type HealthRoutesOptions } from './http/health.ts'
import { discrepancyRoutes } from './http/v1/discrepancies.ts'
import { explanationRoutes } from './http/v1/explanations.ts'
import { inboxRoutes } from './http/v1/inbox.ts'
import { notificationRoutes } from './http/notifications.ts'
import { orderRoutes } from './http/v1/orders.ts'
import { reconciliationRoutes } from './http/v1/period-summary.ts'
import { replayRoutes } from './http/v1/replays.ts'
import { responseRoutes } from './http/v1/forwarded-responses.ts'
import { transactionRoutes } from './http/v1/transactions.ts'
import type { Expectations } from './inbox/reconcile/expectations.ts'
import type { MessageStore } from './inbox/maintain/stores.ts'
import type { Receiver } from './inbox/receive/receive.ts'
import type { Replays } from './inbox/replay/replays.ts'
import type { Resolutions } from './inbox/reconcile/resolve.ts'
import type { Provider } from './providers/provider.ts'
import type { Inbox } from './queries/inbox.ts'
import type { Originals } from './queries/originals.ts'
import type { Queries } from './queries/reading.ts'
import type { Reports } from './queries/reports.ts'
import type { AuditQueryStore } from './queries/stores.ts'
import type { Services } from './services.ts'

/** Everything the HTTP edge needs: the services, what it asks of inbox and queries, and its own settings. */
export interface AppParts
  extends
    Services<{ health: HealthStore; messages: MessageStore; audit: AuditQueryStore }>,
    Pick<HealthRoutesOptions, 'exposeMetrics'> {
  providers: readonly Provider[]
  receiver: Receiver
  expectations: Expectations
  resolutions: Resolutions
  replays: Replays
  queries: Queries
  reports: Reports
  inbox: Inbox
  originals: Originals
  apiKeys: readonly ApiKey[]
  /** Of one key; more are answered 429. */
  apiCallsPerSecond: number
  isDraining: () => boolean
  version: string
  bodyLimit: number
  trustProxy: TrustProxy
}

/** As Fastify takes it: yes or no, addresses, or a test of how many hops to believe. */
export type TrustProxy = boolean | string | ((address: string, hop: number) => boolean)

/** A client may name its request, so that its log and ours meet; anything else than plain words could forge log lines. */
const CLIENT_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/
/** Ids go up to 276 characters as they are shown, three bytes each when escaped. */
const PARAM_LENGTH_MAX = 1_024

/** The whole service on one port, or without its health routes when those are bound apart. */
export async function buildApp(parts: AppParts, { managedApart = false } = {}): Promise<FastifyInstance> {
  const app = await createEdge(parts)
  await app.register(notificationRoutes, parts)
  // A room of its own, so that a notification passes none of its hooks.
  await app.register(async (api) => {
    await addApiHooks(api)
    await api.register(apiKeys, { keys: parts.apiKeys, callsPerSecond: parts.apiCallsPerSecond })
    await api.register(traces, parts)
    await api.register(openapi, { version: parts.version })
    await registerRoutes(api, parts)
    if (!managedApart) await api.register(healthRoutes, parts)
    api.closeMethods()
  })
  return app
}

/** Health and metrics alone. `keyed`: for a port that others reach; without, for one that only the platform does. */
export async function buildManagementApp(
  parts: AppParts,
  { keyed }: { keyed: boolean },
): Promise<FastifyInstance> {
  const app = await createEdge(parts)
  await addApiHooks(app)
  if (keyed) await app.register(apiKeys, { keys: parts.apiKeys, callsPerSecond: parts.apiCallsPerSecond })
  await app.register(healthRoutes, parts)
  app.closeMethods()
  return app
}

async function createEdge(parts: AppParts): Promise<FastifyInstance> {
  const app = createServer(parts)
  // Fastify reads plain text too; no route here means it to.
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(lastConnections, { clock: parts.clock })
  const store = createRateWindowStore(() => performance.now())
  await app.register(rateLimit, { global: false, store })
  await app.register(requestFigures, parts)
  await app.register(problems)
  await app.register(methodNotAllowed)
  return app
}

async function addApiHooks(app: FastifyInstance): Promise<void> {
  await app.register(securityHeaders)
  await app.register(requestLog)
  answerNotFound(app)
}

function createServer(parts: AppParts): FastifyInstance {
  return fastify({
    loggerInstance: parts.logger,
    // One line per request is ours to write (plugins/request-log), with its id: Fastify's own carries the URL.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    exposeHeadRoutes: false,
    trustProxy: parts.trustProxy,
    bodyLimit: parts.bodyLimit,
    // Headers or a body that arrive slowly would hold their connection for ever. Node applies the longer of the two times to
    // the whole request; its default for headers is a minute. Node looks for late requests every 5 s.
    requestTimeout: 15_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
    // plugins/draining answers instead, in our own words.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    requestIdHeader: false,
    genReqId: (request) => {
      const wanted = request.headers['x-request-id']
      return typeof wanted === 'string' && CLIENT_REQUEST_ID.test(wanted) ? wanted : parts.newId()
    },
    clientErrorHandler: answerClientError(parts.newId),
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, toAppError(error))
    },
  }) as unknown as FastifyInstance
}

async function registerRoutes(app: FastifyInstance, parts: AppParts): Promise<void> {
  await app.register(draining, parts)
  await app.register(plainBodies)
  await app.register(async (merchant) => {
    await merchant.register(strictQueries)
    await merchant.register(originalIds, parts)
    await merchant.register(responseRoutes, parts)
    await merchant.register(expectationRoutes, parts)
    await merchant.register(transactionRoutes, parts)
    await merchant.register(orderRoutes, parts)
    await merchant.register(explanationRoutes, parts)
    await merchant.register(discrepancyRoutes, parts)
    await merchant.register(reconciliationRoutes, parts)
    await merchant.register(doctorRoutes, parts)
    await merchant.register(inboxRoutes, parts)
    await merchant.register(replayRoutes, parts)
    await merchant.register(auditRoutes, parts)
  })
}
