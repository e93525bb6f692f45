import { z } from 'zod'
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

export const responseHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('One for each call: the same again is a duplicate, used for another content it is a 409'),
})

export type ResponseBody = z.infer<typeof responseBody>

export const responseAccepted = z.object({
  inboxId: z.uuid(),
  duplicate: z.boolean().describe('This very forwarding was stored before'),
})
