import { z } from 'zod'
import { OPERATIONS } from '../../domain/transaction-event.ts'
import {
  account,
  currency,
  minorUnits,
  operation,
  operationId,
  orderId,
  provider,
  parentReference,
  timestamp,
} from './fields.ts'

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

const text = z.string().nullable()

export const expectationSchema = z.object({
  id: z.uuid(),
  provider,
  account: z.string(),
  orderId: z.string(),
  channel: z.enum(['direct', 'hosted']).nullable(),
  operation: z.enum(OPERATIONS).nullable(),
  operationId: text.describe("The merchant's own id"),
  parentReference: text.describe('Reference that the step will act on'),
  amount: z.int().nullable().describe('Minor units'),
  currency: text.describe('ISO 4217'),
  createdAt: timestamp.describe('When it was first announced'),
  saidAt: timestamp.describe('When it was last announced'),
  requestedAt: timestamp.nullable().describe('As last announced; null: not said'),
})
