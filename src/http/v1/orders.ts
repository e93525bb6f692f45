import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { exactSum } from '../../lib/exact-sum.ts'
import { PAID_REASONS, RETRY_REASONS } from '../../domain/orders/order-answers.ts'
import type { OrderAnswer, Queries } from '../../queries/reading.ts'
import { typed } from '../typed.ts'
import { discrepancySchema } from './discrepancies.ts'
import {
  account,
  amountOrNull,
  errorResponses,
  givenOrderId,
  holdQuery,
  provider,
  textOrNull,
  timestamp,
} from './common-schemas.ts'
import { toTransactionJson, transactionSchema } from './transactions.ts'

const sources = z.array(
  z.object({
    kind: z.enum(['transaction', 'message', 'expectation', 'discrepancy']),
    id: z.string().describe('Reference, inbox id, id of the announcement or of the discrepancy'),
  }),
)

export const orderSchema = z.object({
  provider,
  account: z.string(),
  orderId: z.string(),
  transactions: z.array(transactionSchema),
  requests: z.array(
    z.object({
      operation: textOrNull,
      channel: z.enum(['direct', 'hosted']).nullable(),
      outcome: z
        .enum(['in_flight', 'unknown', 'not_processed'])
        .describe('in_flight: announced, or a page that may be paid on; unknown: it may have taken money'),
      since: timestamp.describe('When it was first told of'),
      operationId: textOrNull,
      inboxId: textOrNull.describe('The message that told of it; null: only announced'),
      expectationId: textOrNull.describe('The announcement; null: a call that was told'),
    }),
  ),
  currency: textOrNull,
  paidTotal: amountOrNull.describe('Captured, minor units; null: not known'),
  refundedTotal: amountOrNull,
  chargedBackTotal: amountOrNull,
  netTotal: amountOrNull.describe('Captured less refunded less charged back; null: not known'),
  announcedTotal: amountOrNull.describe('The largest announced amount; null: none was announced'),
  paid: z.boolean().describe('Net is known, above 0 and not below the largest announced amount'),
  paidReason: z.enum(PAID_REASONS).describe('Why it is paid, or why not'),
  paidSources: sources.describe('What paidReason rests on'),
  safeToRetry: z.boolean().describe('True only when nothing of the order can be or become money'),
  reason: z.enum(RETRY_REASONS).describe('The first rule that makes a retry unsafe, or why it is safe'),
  reasonSources: sources.describe('What makes a retry unsafe; empty when it is safe'),
  discrepancies: z.array(discrepancySchema),
})

export const toOrderJson = (order: OrderAnswer) => ({
  ...order,
  paidTotal: exactSum(order.paidTotal),
  refundedTotal: exactSum(order.refundedTotal),
  netTotal: exactSum(order.netTotal),
  transactions: order.transactions.map(toTransactionJson),
})

/** Whether an order is paid, and whether a retry is safe: what a merchant's checkout asks. */
export async function orderRoutes(app: FastifyInstance, { queries }: { queries: Queries }): Promise<void> {
  typed(app).get(
    '/v1/orders/:provider/:account/:orderId',
    {
      config: { role: 'read' },
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
