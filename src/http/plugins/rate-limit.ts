import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../lib/errors.ts'

export type RateLimit = ReturnType<FastifyInstance['createRateLimit']>

/** Count one request against a limit. Over it: `too_many_requests` with the seconds until the count starts again. */
export async function countAgainst(limit: RateLimit, request: FastifyRequest, detail: string): Promise<void> {
  const state = await limit(request)
  if (state.isAllowed || !state.isExceeded) return
  throw new AppError('too_many_requests', detail, {
    headers: { 'retry-after': String(Math.max(1, state.ttlInSeconds)) },
  })
}
