import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AccountScope } from '../../domain/records.ts'
import type { Receiver } from '../../inbox/receive/receive.ts'
import type { ResponseLinks } from '../../inbox/receive/correlation.ts'
import type { ResponseEnvelope } from '../../providers/provider.ts'
import type { Queries } from '../../queries/reading.ts'
import { ifExists } from '../../queries/waiting.ts'
import { typed } from '../typed.ts'
import { keepNumbersOfBody } from './exact-bodies.ts'
import {
  account,
  currency,
  errorResponses,
  holdQuery,
  minorUnits,
  operation,
  operationId,
  orderId,
  parentReference,
  problemSchema,
  provider,
  timestamp,
} from './common-schemas.ts'
import { orderSchema, toOrderJson } from './orders.ts'
import { toTransactionJson, transactionSchema } from './transactions.ts'

/** Providers nest three levels. A far deeper object can be read, but not be written as text again. */
const DEPTH_MAX = 64

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1)))

/** The forwarding of a synchronous answer: what the merchant asked for, and what came back, verbatim. */
export const responseBody = z
  .strictObject({
    provider,
    account,
    orderId: orderId.optional(),
    operation: operation.optional().describe('payment, authorization, capture, refund, void, …'),
    operationId: operationId.optional().describe("The merchant's own id of this operation"),
    parentReference: parentReference.optional().describe('Reference that the call acted on'),
    amount: minorUnits.optional().describe('Minor units that the call asked for'),
    currency: currency.optional().describe('ISO 4217'),
    httpStatus: z
      .int()
      .min(100)
      .max(599)
      .optional()
      .describe('Of the answer; a 4xx without an error code of the provider leaves the outcome unknown'),
    requestedAt: timestamp.optional().describe('When the provider was called, by your own clock'),
    receivedAt: timestamp
      .optional()
      .describe(
        'When its answer came, or you stopped waiting for one; with requestedAt it tells which attempt answers the call',
      ),
    body: z
      .union([z.string(), z.record(z.string(), z.unknown())])
      .refine(
        (body) => !isDeeper(body, DEPTH_MAX),
        'is nested too deeply; send it as text, as it was received',
      )
      .optional()
      .describe('The answer, verbatim; a look-up too, which answers no call'),
    error: z.enum(['timeout', 'network']).optional().describe('Instead of body, when no answer came'),
  })
  .refine((envelope) => (envelope.body === undefined) !== (envelope.error === undefined), {
    error: 'send the provider’s answer as body, or error when none came',
    path: ['body'],
  })

const responseHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('One for each call: the same again is a duplicate, used for another content it is a 409'),
})

type ResponseBody = z.infer<typeof responseBody>

const responseAccepted = z.object({
  inboxId: z.uuid(),
  duplicate: z.boolean().describe('This very forwarding was stored before'),
})

/** The merchant's side of the inbox: the synchronous answer is a witness equal to the notification. */
export async function responseRoutes(
  app: FastifyInstance,
  { queries, receiver }: { queries: Queries; receiver: Receiver },
): Promise<void> {
  // A form spares a shell script the escaping: curl --data-urlencode body@answer.json.
  await app.register(formbody)
  keepNumbersOfBody(app)
  typed(app).post(
    '/v1/responses',
    {
      config: { role: 'ingest' },
      preValidation: async (request) => {
        readFormNumbers(request)
      },
      schema: {
        summary: 'Forward the provider’s synchronous answer',
        tags: ['responses'],
        headers: responseHeaders,
        querystring: z.object({ wait: holdQuery.wait }),
        body: responseBody,
        response: {
          200: z.union([transactionSchema, orderSchema]),
          202: responseAccepted,
          ...errorResponses,
          409: problemSchema,
          422: problemSchema,
        },
      },
    },
    async (request, reply) => {
      const { body, query, headers } = request
      const { provider, account } = body
      const { received, links } = await receiver.receiveResponse({
        ...{ provider, account, envelope: toEnvelope(body), content: toContent(body) },
        idempotencyKey: headers['idempotency-key'],
        requestId: request.id,
        trace: request.span?.traceparent,
      })
      const isDone = query.wait > 0 && (await queries.processed(received.inboxId, query.wait))
      const about = isDone ? await readSubject(queries, { provider, account }, links) : undefined
      return about === undefined ? reply.code(202).send(received) : reply.code(200).send(about)
    },
  )
}

/** A form has only text; the two numbers of the envelope are read back, everything else stays as sent. */
function readFormNumbers(request: FastifyRequest): void {
  if (!/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')) return
  const form = request.body as Record<string, unknown>
  for (const name of ['amount', 'httpStatus']) {
    const text = form[name]
    if (typeof text === 'string' && /^\d{1,15}$/.test(text)) form[name] = Number(text)
  }
}

function toEnvelope(body: ResponseBody): ResponseEnvelope {
  const { provider: _provider, account: _account, body: _body, ...envelope } = body
  return envelope
}

/** Text goes in byte for byte; an object was JSON and becomes JSON again. */
function toContent({ body }: ResponseBody): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8')
}

/** The first of them that is known; none, when the call acts on a payment that no message has named yet. */
async function readSubject(
  queries: Queries,
  { provider, account }: AccountScope,
  { reference, parentReference, orderId }: ResponseLinks,
) {
  for (const named of [reference, parentReference]) {
    const known =
      named === null ? undefined : await ifExists(async () => queries.transaction(provider, account, named))
    if (known) return toTransactionJson(known)
  }
  const order =
    orderId === null ? undefined : await ifExists(async () => queries.order(provider, account, orderId))
  return order && toOrderJson(order)
}
