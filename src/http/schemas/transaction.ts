import { z } from 'zod'
import { EVENT_TYPES, OPERATIONS } from '../../domain/transaction-event.ts'
import { PAID_REASONS, RETRY_REASONS } from '../../domain/order-answers.ts'
import { DISCREPANCY_CLASSES, RECONCILIATIONS, STATUSES } from '../../domain/transaction.ts'
import { attributeSchemas, publishedEventSchema } from './event.ts'
import { account, flag, givenOrderId, pageQuery, provider, timestamp } from './fields.ts'

/** What the read side answers; the shapes are src/domain/transaction.ts's, as JSON. */

const amount = z.int().nullable().describe('Minor units; null: never stated, or too large to be exact')
const text = z.string().nullable()

const statementSchema = z.object({
  status: z.enum(EVENT_TYPES).describe('What this side said, as an event type'),
  providerCode: text,
  amount,
  at: timestamp,
})

export const operationSchema = z.object({
  operation: z.enum(OPERATIONS),
  reference: text,
  operationId: text,
  amount,
  reconciliation: z.enum(RECONCILIATIONS),
  response: statementSchema.nullable(),
  notification: statementSchema.nullable(),
})

export const discrepancySchema = z.object({
  id: z.uuid(),
  class: z.enum(DISCREPANCY_CLASSES),
  field: text,
  response: z.array(z.string()),
  notification: z.array(z.string()),
  amountAtRisk: amount,
  currency: text,
  openedAt: timestamp,
  resolvedAt: timestamp.nullable(),
  version: z
    .int()
    .positive()
    .describe('Counts the changes of its figures; name it when you resolve what you have seen'),
  formerId: z
    .uuid()
    .nullable()
    .describe('An operator had closed it under this id, and more was shown since; null: that was not so'),
})

export const transactionSchema = z.object({
  provider,
  account: z.string(),
  reference: z.string(),
  orderId: text,
  status: z.enum(STATUSES),
  reconciliation: z.enum(RECONCILIATIONS),
  overdue: z.boolean(),
  test: z.boolean().nullable(),
  currency: text,
  authorizedTotal: amount,
  capturedTotal: amount,
  refundedTotal: amount,
  chargedBackTotal: amount,
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
  from: timestamp.optional().describe('First seen at or after'),
  to: timestamp.optional().describe('First seen before'),
  ...pageQuery,
})

/** An event that an earlier build stored may lack what this one knows: only its identity is sure to be there. */
export const eventSchema = publishedEventSchema
  .partial()
  .required({ id: true, inboxId: true, schemaVersion: true, witness: true, type: true, receivedAt: true })
  .loose()
  .describe('One normalized fact; the same as docs/transaction-event.schema.json')

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
      operation: text,
      channel: z.enum(['direct', 'hosted']).nullable(),
      outcome: z
        .enum(['in_flight', 'unknown', 'not_processed'])
        .describe('in_flight: announced, or a page that may be paid on; unknown: it may have taken money'),
      since: timestamp.describe('When it was first told of'),
      operationId: text,
      inboxId: text.describe('The message that told of it; null: only announced'),
      expectationId: text.describe('The announcement; null: a call that was told'),
    }),
  ),
  currency: text,
  paidTotal: amount.describe('Captured, minor units; null: not known'),
  refundedTotal: amount,
  chargedBackTotal: amount,
  netTotal: amount.describe('Captured less refunded less charged back; null: not known'),
  announcedTotal: amount.describe('The largest announced amount; null: none was announced'),
  paid: z.boolean().describe('Net is known, above 0 and not below the largest announced amount'),
  paidReason: z.enum(PAID_REASONS).describe('Why it is paid, or why not'),
  paidSources: sources.describe('What paidReason rests on'),
  safeToRetry: z.boolean().describe('True only when nothing of the order can be or become money'),
  reason: z.enum(RETRY_REASONS).describe('The first rule that makes a retry unsafe, or why it is safe'),
  reasonSources: sources.describe('What makes a retry unsafe; empty when it is safe'),
  discrepancies: z.array(discrepancySchema),
})
