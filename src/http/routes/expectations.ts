import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Expectations } from '../../inbox/reconcile/expectations.ts'
import { expectationBody, expectationSchema } from '../schemas/expectation.ts'
import { errorResponses, problemSchema } from '../schemas/fields.ts'
import { typed } from '../typed.ts'

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
    async ({ params }, reply) => {
      await expectations.withdraw(params.id)
      return reply.code(204).send(null)
    },
  )
}

/** Many clients name the kind of body that they do not send; a withdrawal has none. */
function acceptEmptyDelete(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.method === 'DELETE') done(null, undefined)
    else void parse(request, body, done)
  })
}
