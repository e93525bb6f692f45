import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Reports } from '../../queries/reports.ts'
import { errorResponses } from '../schemas/fields.ts'
import { discrepancyListQuery, listedDiscrepancySchema } from '../schemas/reconciliation.ts'
import { typed } from '../typed.ts'

/** Every contradiction and absence, with the money it puts at risk. */
export async function discrepancyRoutes(
  app: FastifyInstance,
  { reports }: { reports: Reports },
): Promise<void> {
  typed(app).get(
    '/v1/discrepancies',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Discrepancies of transactions, orders and calls, the latest opened first',
        tags: ['discrepancies'],
        querystring: discrepancyListQuery,
        response: {
          200: z.object({ items: z.array(listedDiscrepancySchema), nextCursor: z.string().nullable() }),
          ...errorResponses,
        },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) =>
      reports.discrepancies(filter, { limit, cursor: cursor ?? null }),
  )
}
