import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { OPERATIONS } from '../../domain/event/vocabulary.ts'
import type { Expectations } from '../../inbox/reconcile/expectations.ts'
import { typed } from '../typed.ts'
import {
  account,
  currency,
  errorResponses,
  minorUnits,
  operation,
  operationId,
  orderId,
  parentReference,
  problemSchema,
  provider,
  textOrNull,
  timestamp,
} from './common-schemas.ts'

/** The announcement of a payment or of a later step, before the provider is called. */
export const expectationBody = z.strictObject({
  provider,
  account,
  orderId,
  channel: z
    .enum(['direct', 'hosted'])
    .optional()
    .describe('direct: an API call, whose answer will be forwarded; hosted: a payment page'),
  operation: operation.optional().describe('payment (default), authorization, capture, refund, void, credit'),
  operationId: operationId.optional().describe("The merchant's own id; tells two attempts apart"),
  parentReference: parentReference.optional().describe('Reference that a later step will act on'),
  amount: minorUnits.optional().describe('Minor units; the order is paid when this much came'),
  currency: currency.optional().describe('ISO 4217'),
  requestedAt: timestamp
    .optional()
    .describe(
      'When the provider is called, by your own clock; needed where the announcement may come after the attempt',
    ),
})

const expectationSchema = z.object({
  id: z.uuid(),
  provider,
  account: z.string(),
  orderId: z.string(),
  channel: z.enum(['direct', 'hosted']).nullable(),
  operation: z.enum(OPERATIONS).nullable(),
  operationId: textOrNull.describe("The merchant's own id"),
  parentReference: textOrNull.describe('Reference that the step will act on'),
  amount: z.int().nullable().describe('Minor units'),
  currency: textOrNull.describe('ISO 4217'),
  createdAt: timestamp.describe('When it was first announced'),
  saidAt: timestamp.describe('When it was last announced'),
  requestedAt: timestamp.nullable().describe('As last announced; null: not said'),
})

const config = { role: 'ingest' } as const
const tags = ['expectations']

/** "We are about to ask for this payment": what makes a missing answer, or a missing payment, noticeable. */
export async function expectationRoutes(
  app: FastifyInstance,
  { expectations }: { expectations: Expectations },
): Promise<void> {
  acceptEmptyDelete(app)
  typed(app).post(
    '/v1/expectations',
    {
      config,
      schema: {
        summary:
          'Announce a payment or a later step before calling the provider; the same again answers the first',
        tags,
        body: expectationBody,
        response: {
          200: expectationSchema,
          201: expectationSchema,
          ...errorResponses,
          409: problemSchema,
          422: problemSchema,
        },
      },
    },
    async ({ body }, reply) => {
      const { expectation, first } = await expectations.register(body)
      return reply.code(first ? 201 : 200).send(expectation)
    },
  )
  typed(app).delete(
    '/v1/expectations/:id',
    {
      config,
      schema: {
        summary: 'Withdraw an announcement: the call will not be made',
        tags,
        params: z.object({ id: z.string() }),
        response: { 204: z.null(), ...errorResponses },
      },
    },
    async ({ params, caller }, reply) => {
      await expectations.withdraw(params.id, caller)
      return reply.code(204).send(null)
    },
  )
}

/** Many clients send a Content-Type without a body; a withdrawal has no body. */
function acceptEmptyDelete(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.method === 'DELETE') done(null, undefined)
    else void parse(request, body, done)
  })
}
