import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { SCHEMA_VERSION } from '../../domain/transaction-event.ts'
import type { Queries } from '../../queries/reading.ts'
import type { TransactionFilter } from '../../queries/stores.ts'
import {
  account,
  errorResponses,
  givenOrderId,
  givenReference,
  holdQuery,
  provider,
} from '../schemas/fields.ts'
import { eventSchema, orderSchema, transactionListQuery, transactionSchema } from '../schemas/transaction.ts'
import { toOrderJson, toTransactionJson } from '../transaction-json.ts'
import { typed } from '../typed.ts'

const transactionParams = z.object({ provider, account, reference: givenReference })
const config = { role: 'read' } as const
const tags = ['transactions']

/** What the service believes: transactions, their events, orders. */
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
  orderRoute(app, queries)
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
      const filter: TransactionFilter = { ...exact, from: toDate(from), to: toDate(to) }
      const page = await queries.transactions(filter, { limit, cursor: cursor ?? null })
      return { ...page, items: page.items.map(toTransactionJson) }
    },
  )
}

function orderRoute(app: FastifyInstance, queries: Queries): void {
  typed(app).get(
    '/v1/orders/:provider/:account/:orderId',
    {
      config,
      schema: {
        summary: 'What checkout asks: paid? how much? safe to retry?',
        tags: ['orders'],
        params: z.object({ provider, account, orderId: givenOrderId }),
        querystring: z.object(holdQuery),
        response: { 200: orderSchema, ...errorResponses },
      },
    },
    async ({ params: { provider: name, account: slug, orderId: id }, query }) =>
      toOrderJson(await queries.order(name, slug, id, { seconds: query.wait, until: query.until })),
  )
}

const toDate = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text)
