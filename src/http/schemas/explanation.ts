import { z } from 'zod'
import { EVENT_TYPES, WITNESSES } from '../../domain/transaction-event.ts'
import { provider, timestamp } from './fields.ts'

/** Why each field of a transaction is what it is. */

const ruleSchema = z
  .object({ id: z.string(), name: z.string() })
  .describe('A rule of docs/transaction-lifecycle.md')

const eventSourceSchema = z.object({
  kind: z.literal('event'),
  eventId: z.uuid(),
  inboxId: z.uuid(),
  witness: z.enum(WITNESSES),
  type: z.enum(EVENT_TYPES),
  providerCode: z.string().nullable(),
  occurredAt: timestamp.nullable(),
  receivedAt: timestamp,
})

const sourceSchema = z.discriminatedUnion('kind', [
  eventSourceSchema,
  z.object({ kind: z.literal('expectation'), id: z.string() }),
  z.object({ kind: z.literal('resolution'), key: z.string(), at: timestamp }),
])

export const explanationSchema = z.object({
  provider,
  account: z.string(),
  reference: z.string(),
  tried: z
    .boolean()
    .describe(
      'Leaving the outranked messages out was tried; false above 300 messages, where the rules alone speak',
    ),
  fields: z.array(
    z.object({
      field: z.string().describe('status, operations[0].amount, discrepancies[0] … of the transaction'),
      value: z.unknown(),
      rule: ruleSchema,
      decidedBy: z.array(sourceSchema).describe('Empty: no source said anything about it'),
      outranked: z
        .array(eventSourceSchema.extend({ rule: ruleSchema }))
        .describe('Said about the field, but it is the same without all of them'),
    }),
  ),
})
