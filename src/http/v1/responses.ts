import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Receiver } from '../../inbox/receive/receive.ts'
import { refuseUntenable } from '../../inbox/untenable.ts'
import { AppError } from '../../lib/errors.ts'
import type { Account, Provider, ResponseEnvelope } from '../../providers/provider.ts'
import type { Queries } from '../../queries/reading.ts'
import { lookIfThere } from '../../queries/waiting.ts'
import type { Services } from '../../services.ts'
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
} from './fields.ts'
import { orderSchema, toOrderJson } from './orders.ts'
import { toTransactionJson, transactionSchema } from './transactions.ts'

/** Providers nest three levels. Far beyond that, an object could be read but not be written as text again. */
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

export interface ResponseRoutesOptions extends Pick<Services, 'accounts' | 'clock'> {
  queries: Queries
  receiver: Receiver
}

/** The merchant's side of the inbox: the synchronous answer is a witness equal to the notification. */
export async function responseRoutes(app: FastifyInstance, options: ResponseRoutesOptions): Promise<void> {
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
      const { account, provider } = options.accounts.resolve(request.body.provider, request.body.account)
      refuseUntenable(request.body, { provider, now: options.clock.now() })
      const envelope = toEnvelope(request.body)
      const content = toContent(request.body)
      const idempotencyKey = request.headers['idempotency-key']
      const subject = subjectOf({ ...options, provider, account }, { envelope, content })
      refuseUnlessCorrelatable(subject, { envelope, idempotencyKey })
      const received = await options.receiver.receiveResponse({
        ...{ account, envelope, content, idempotencyKey },
        requestId: request.id,
      })
      const { wait } = request.query
      const isDone = wait > 0 && (await options.queries.processed(received.inboxId, wait))
      const about = isDone ? await readSubject(options.queries, account, subject) : undefined
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

/** What the answer is about: the transaction it names, else the one the call acted on, else the order. */
interface Subject {
  reference: string | null
  parentReference: string | null
  orderId: string | null
}

/** Read once before storing, only to tell the caller what is missing while they can still add it. */
function subjectOf(
  { provider, account, clock }: { provider: Provider; account: Account } & Pick<Services, 'clock'>,
  { envelope, content }: { envelope: ResponseEnvelope; content: Buffer },
): Subject {
  const translation = provider.translateResponse({ envelope, content, receivedAt: clock.now() }, account)
  const events = translation.readable ? translation.events : []
  return {
    reference: events.find((event) => event.reference !== null)?.reference ?? null,
    parentReference: envelope.parentReference ?? null,
    orderId: events.find((event) => event.orderId !== null)?.orderId ?? envelope.orderId ?? null,
  }
}

/**
 * An answer that nothing could ever tie to a payment, or that could not be told apart from a second attempt, would only
 * seem to be taken care of: it is refused (docs/transaction-lifecycle.md).
 */
function refuseUnlessCorrelatable(
  { reference, parentReference, orderId }: Subject,
  { envelope, idempotencyKey }: { envelope: ResponseEnvelope; idempotencyKey: string | undefined },
): void {
  if (reference !== null) return
  const { operationId, receivedAt } = envelope
  if (orderId === null && parentReference === null && operationId === undefined) {
    throw new AppError(
      'response_not_correlatable',
      'The answer names no transaction: add orderId, operationId or parentReference',
    )
  }
  if (idempotencyKey === undefined && receivedAt === undefined && operationId === undefined) {
    throw new AppError(
      'response_not_correlatable',
      'The answer names no transaction, so a second attempt would look like a repetition: add receivedAt, operationId or the header Idempotency-Key',
    )
  }
}

/** The first of them that is known. None may be: a call can act on a payment that no message has named yet. */
async function readSubject(
  queries: Queries,
  { provider, account }: Account,
  { reference, parentReference, orderId }: Subject,
) {
  for (const named of [reference, parentReference]) {
    const known =
      named === null
        ? undefined
        : await lookIfThere(async () => queries.transaction(provider, account, named))
    if (known) return toTransactionJson(known)
  }
  const order =
    orderId === null ? undefined : await lookIfThere(async () => queries.order(provider, account, orderId))
  return order && toOrderJson(order)
}
