import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ExplainedValue } from '../../domain/explain/explain.ts'
import { EVENT_TYPES, WITNESSES } from '../../domain/event/vocabulary.ts'
import type { Reports } from '../../queries/reports.ts'
import { typed } from '../typed.ts'
import { account, errorResponses, givenReference, provider, textOrNull, timestamp } from './common-schemas.ts'

const ruleSchema = z
  .object({ id: z.string(), name: z.string() })
  .describe('A rule of docs/transaction-lifecycle.md')

const eventSourceSchema = z.object({
  kind: z.literal('event'),
  eventId: z.uuid(),
  inboxId: z.uuid(),
  witness: z.enum(WITNESSES),
  type: z.enum(EVENT_TYPES),
  providerCode: textOrNull,
  occurredAt: timestamp.nullable(),
  receivedAt: timestamp,
})

const sourceSchema = z.discriminatedUnion('kind', [
  eventSourceSchema,
  z.object({ kind: z.literal('expectation'), id: z.string() }),
  z.object({ kind: z.literal('resolution'), key: z.string(), at: timestamp }),
])

const explanationSchema = z.object({
  provider,
  account: z.string(),
  reference: z.string(),
  tried: z
    .boolean()
    .describe(
      'Leaving the outranked messages out was tried; false above 300 messages, where the rules alone speak',
    ),
  fields: z.array(
    z.object({
      field: z.string().describe('status, operations[0].amount, discrepancies[0] … of the transaction'),
      value: z.unknown(),
      rule: ruleSchema,
      decidedBy: z.array(sourceSchema).describe('Empty: no source said anything about it'),
      outranked: z
        .array(eventSourceSchema.extend({ rule: ruleSchema }))
        .describe('Said about the field, but it is the same without all of them'),
    }),
  ),
})

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

/** A witness's statement in the form that the transaction's JSON has: its event type is called `status`. */
function toJson(explained: ExplainedValue): ExplainedValue {
  const { field, value } = explained
  if (!STATEMENT.test(field) || typeof value !== 'object' || value === null) return explained
  const { type: status, inboxId: _inboxId, ...said } = value as Record<string, unknown>
  return { ...explained, value: { status, ...said } }
}
