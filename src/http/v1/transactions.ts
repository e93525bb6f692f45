import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SCHEMA_VERSION } from '../../domain/event/transaction-event.ts'
import { EVENT_TYPES, OPERATIONS } from '../../domain/event/vocabulary.ts'
import {
  RECONCILIATIONS,
  STATUSES,
  type OperationState,
  type WitnessStatement,
} from '../../domain/reconciliation/transaction.ts'
import type { Queries, TransactionSearch } from '../../queries/reading.ts'
import type { TransactionRecord } from '../../queries/stores.ts'
import { typed } from '../typed.ts'
import { discrepancySchema } from './discrepancies.ts'
import { attributeSchemas, publishedEventSchema } from './event.ts'
import {
  account,
  amountOrNull,
  amountQuery,
  errorResponses,
  flag,
  givenOrderId,
  givenReference,
  holdQuery,
  pageQuery,
  provider,
  textOrNull,
  timestamp,
  type ListQuery,
} from './common-schemas.ts'

/** The shapes are those of src/domain/reconciliation/transaction.ts, as JSON; what a schema does not list is left out by the serializer. */

const statementSchema = z.object({
  status: z.enum(EVENT_TYPES).describe('What this side said, as an event type'),
  providerCode: textOrNull,
  amount: amountOrNull,
  at: timestamp,
})

const operationSchema = z.object({
  operation: z.enum(OPERATIONS),
  reference: textOrNull,
  operationId: textOrNull,
  amount: amountOrNull,
  reconciliation: z.enum(RECONCILIATIONS),
  response: statementSchema.nullable(),
  notification: statementSchema.nullable(),
})

export const transactionSchema = z.object({
  provider,
  account: z.string(),
  reference: z.string(),
  orderId: textOrNull,
  status: z.enum(STATUSES),
  reconciliation: z.enum(RECONCILIATIONS),
  overdue: z.boolean(),
  test: z.boolean().nullable(),
  currency: textOrNull,
  authorizedTotal: amountOrNull,
  capturedTotal: amountOrNull,
  refundedTotal: amountOrNull,
  chargedBackTotal: amountOrNull,
  operations: z.array(operationSchema),
  discrepancies: z.array(discrepancySchema),
  ...attributeSchemas,
  firstSeenAt: timestamp,
  updatedAt: timestamp,
  version: z.int(),
})

export const transactionListQuery = z.object({
  status: z.enum(STATUSES).optional(),
  reconciliation: z.enum(RECONCILIATIONS).optional(),
  overdue: flag.optional(),
  provider: provider.optional(),
  account: account.optional(),
  orderId: givenOrderId.optional(),
  test: flag.optional(),
  linked: flag.optional().describe('false: later steps that nothing ties to their payment yet'),
  email: z
    .string()
    .max(320)
    .optional()
    .describe('Of the customer; only its keyed digest is compared, and nothing keeps it'),
  emailHash: z
    .string()
    .max(64)
    .optional()
    .describe('`customer.emailHash` of a transaction: others of the same address'),
  amount: amountQuery
    .optional()
    .describe('What was authorized, else captured, else given back; minor units, of any currency'),
  reference: givenReference
    .optional()
    .describe('Of the payment, or of a step that belongs to it; in any account'),
  from: timestamp.optional().describe('First seen at or after'),
  to: timestamp.optional().describe('First seen before'),
  ...pageQuery,
} satisfies ListQuery<TransactionSearch>)

/** An event that an earlier build stored may lack fields that this build knows; the required ones are always stored. */
const eventSchema = publishedEventSchema
  .partial()
  .required({ id: true, inboxId: true, schemaVersion: true, witness: true, type: true, receivedAt: true })
  .loose()
  .describe('One normalized fact; the same as docs/transaction-event.schema.json')

/** The JSON calls the event type of a witness statement `status`. */
export const toTransactionJson = (transaction: TransactionRecord) => ({
  ...transaction,
  operations: transaction.operations.map((operation: OperationState) => ({
    ...operation,
    response: toStatement(operation.response),
    notification: toStatement(operation.notification),
  })),
})

const toStatement = (statement: WitnessStatement | null) =>
  statement && {
    status: statement.type,
    providerCode: statement.providerCode,
    amount: statement.amount,
    at: statement.at,
  }

const transactionParams = z.object({ provider, account, reference: givenReference })
const config = { role: 'read' } as const
const tags = ['transactions']

/** Transactions as the service has reconciled them, and their events. */
export async function transactionRoutes(
  app: FastifyInstance,
  { queries }: { queries: Queries },
): Promise<void> {
  listRoute(app, queries)
  typed(app).get(
    '/v1/transactions/:provider/:account/:reference',
    {
      config,
      schema: {
        summary: 'One transaction; an absorbed reference answers its root',
        tags,
        params: transactionParams,
        querystring: z.object(holdQuery),
        response: { 200: transactionSchema, ...errorResponses },
      },
    },
    async ({ params: { provider: name, account: slug, reference: id }, query }) =>
      toTransactionJson(
        await queries.transaction(name, slug, id, { seconds: query.wait, until: query.until }),
      ),
  )
  typed(app).get(
    '/v1/transactions/:provider/:account/:reference/events',
    {
      config,
      schema: {
        summary: 'Its current normalized events in canonical order',
        tags,
        params: transactionParams,
        response: { 200: z.object({ items: z.array(eventSchema), nextCursor: z.null() }), ...errorResponses },
      },
    },
    async ({ params }) => {
      const events = await queries.events(params.provider, params.account, params.reference)
      return { items: events.map((event) => ({ ...event, schemaVersion: SCHEMA_VERSION })), nextCursor: null }
    },
  )
}

function listRoute(app: FastifyInstance, queries: Queries): void {
  typed(app).get(
    '/v1/transactions',
    {
      config,
      schema: {
        summary: 'Transactions, newest first',
        tags,
        querystring: transactionListQuery,
        response: {
          200: z.object({ items: z.array(transactionSchema), nextCursor: z.string().nullable() }),
          ...errorResponses,
        },
      },
    },
    async ({ query: { limit, cursor, from, to, ...exact } }) => {
      const filter: TransactionSearch = { ...exact, from: toDate(from), to: toDate(to) }
      const page = await queries.transactions(filter, { limit, cursor: cursor ?? null })
      return { ...page, items: page.items.map(toTransactionJson) }
    },
  )
}

const toDate = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text)
