import { z } from 'zod'
import {
  account,
  currency,
  minorUnits,
  operation,
  operationId,
  orderId,
  provider,
  reference,
  timestamp,
} from './fields.ts'

/** The forwarding of a synchronous answer: what the merchant asked for, and what came back, verbatim. */
export const responseBody = z
  .strictObject({
    provider,
    account,
    orderId: orderId.optional(),
    operation: operation.optional().describe('payment, authorization, capture, refund, void, …'),
    operationId: operationId.optional().describe("The merchant's own id of this operation"),
    parentReference: reference.optional().describe('Reference that the call acted on'),
    amount: minorUnits.optional(),
    currency: currency.optional(),
    httpStatus: z.int().min(100).max(599).optional(),
    receivedAt: timestamp.optional(),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    error: z.enum(['timeout', 'network']).optional().describe('Instead of body, when no answer came'),
  })
  .refine((envelope) => (envelope.body === undefined) !== (envelope.error === undefined), {
    error: 'send the provider’s answer as body, or error when none came',
    path: ['body'],
  })

export type ResponseBody = z.infer<typeof responseBody>

export const responseAccepted = z.object({
  inboxId: z.uuid(),
  duplicate: z.boolean().describe('This very forwarding was stored before'),
})
