import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import type { Services } from '../services.ts'
import type { HealthStore } from '../telemetry/stores.ts'
import { typed } from './typed.ts'

export interface HealthRoutesOptions extends Pick<Services<{ health: HealthStore }>, 'stores'> {
  /** Every figure of the process, as Prometheus reads them. */
  exposeMetrics: () => Promise<{ contentType: string; text: string }>
  /** True once shutting down: the load balancer must stop sending. */
  isDraining: () => boolean
  version: string
}

const checkSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  latencyMs: z.number(),
  detail: z.string().nullable(),
})
const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  version: z.string(),
  checks: z.array(checkSchema),
})
type Check = z.infer<typeof checkSchema>

const config = { quiet: true, open: true } as const

/** Probes, without a key: they say nothing of any payment. Figures tell what a shop sells: they need one where keys are asked for. */
export async function healthRoutes(app: FastifyInstance, options: HealthRoutesOptions): Promise<void> {
  // Every caller may ask: many at once must not take the database's connections.
  const askDatabase = oneAtATime(async () => checkDatabase(options.stores.health))
  for (const url of ['/health', '/health/ready']) {
    typed(app).get(
      url,
      {
        config,
        schema: {
          summary: 'Whether this instance can do its work',
          tags: ['health'],
          response: { 200: healthSchema, 503: healthSchema },
        },
      },
      async (_request, reply) => {
        const checks = [...(await askDatabase()), await checkAccepting(options.isDraining)]
        const ok = checks.every((check) => check.ok)
        const status = ok ? ('ok' as const) : ('unavailable' as const)
        return reply.code(ok ? 200 : 503).send({ status, version: options.version, checks })
      },
    )
  }
  app.get(
    '/health/live',
    { config, schema: { summary: 'The process answers', tags: ['health'] } },
    async () => ({
      status: 'ok',
      version: options.version,
    }),
  )
  app.get(
    '/metrics',
    { config: { quiet: true, role: 'read' }, schema: { hide: true } },
    async (_request, reply) => {
      const { contentType, text } = await options.exposeMetrics()
      return reply.type(contentType).send(text)
    },
  )
}

const checkDatabase = async (health: HealthStore): Promise<Check[]> =>
  Promise.all([
    runCheck('database', async () => {
      await health.ping()
      return null
    }),
    runCheck('migrations', async () => {
      const missing = await health.missingMigrations()
      return missing.length === 0 ? null : `missing: ${missing.join(', ')}`
    }),
  ])

const checkAccepting = async (isDraining: () => boolean): Promise<Check> =>
  runCheck('accepting', async () => (isDraining() ? 'shutting down' : null))

/** `probe` answers what is wrong, or null; a failure is named without the database's own words. */
async function runCheck(name: string, probe: () => Promise<string | null>): Promise<Check> {
  const startedAt = performance.now()
  const detail = await probe().catch(() => 'does not answer')
  return {
    name,
    ok: detail === null,
    latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
    detail,
  }
}
