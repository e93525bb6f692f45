import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ExplainedValue } from '../../domain/explain.ts'
import type { Reports } from '../../queries/reports.ts'
import { explanationSchema } from '../schemas/explanation.ts'
import { account, errorResponses, givenReference, provider } from '../schemas/fields.ts'
import { typed } from '../typed.ts'

/** Why a transaction is what it is. */
export async function explanationRoutes(
  app: FastifyInstance,
  { reports }: { reports: Reports },
): Promise<void> {
  typed(app).get(
    '/v1/transactions/:provider/:account/:reference/explain',
    {
      config: { role: 'read' },
      schema: {
        summary: 'For every field: the message that decided it, those outranked, and by which rule',
        tags: ['transactions'],
        params: z.object({ provider, account, reference: givenReference }),
        response: { 200: explanationSchema, ...errorResponses },
      },
    },
    async ({ params }) => {
      const explanation = await reports.explain(params.provider, params.account, params.reference)
      return { ...explanation, fields: explanation.fields.map(toJson) }
    },
  )
}

const STATEMENT = /\.(response|notification)$/

/** A witness's statement as the transaction's own JSON shows it: what that side said is its `status`. */
function toJson(explained: ExplainedValue): ExplainedValue {
  const { field, value } = explained
  if (!STATEMENT.test(field) || typeof value !== 'object' || value === null) return explained
  const { type: status, inboxId: _inboxId, ...said } = value as Record<string, unknown>
  return { ...explained, value: { status, ...said } }
}
