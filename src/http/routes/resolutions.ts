import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Resolutions } from '../../inbox/reconcile/resolve.ts'
import { errorResponses, problemSchema } from '../schemas/fields.ts'
import { listedDiscrepancySchema } from '../schemas/reconciliation.ts'
import { resolutionBody } from '../schemas/resolution.ts'
import { typed } from '../typed.ts'

/** What an operator found out closes a discrepancy and stays as evidence. */
export async function resolutionRoutes(
  app: FastifyInstance,
  { resolutions }: { resolutions: Resolutions },
): Promise<void> {
  typed(app).post(
    '/v1/discrepancies/:id/resolve',
    {
      config: { role: 'operate' },
      schema: {
        summary: 'Close a discrepancy with what was found out',
        tags: ['discrepancies'],
        params: z.object({ id: z.string() }),
        body: resolutionBody,
        response: { 200: listedDiscrepancySchema, ...errorResponses, 409: problemSchema },
      },
    },
    async ({ params, body: { note, outcome, version }, caller }) =>
      resolutions.resolve(params.id, {
        word: { note, outcome: outcome ?? null, author: caller },
        version: version ?? null,
      }),
  )
}
