import { z } from 'zod'
import { DISCREPANCY_CLASSES, RECONCILIATIONS } from '../../domain/transaction.ts'
import { account, flag, pageQuery, provider, timestamp } from './fields.ts'
import { discrepancySchema } from './transaction.ts'

/** What a period came to, and the list of discrepancies. */

const scope = { provider, account: z.string() }
const currency = z.string().nullable()
const count = z.int().nonnegative()
const sum = z
  .int()
  .nullable()
  .describe('Minor units of currency, over what is known; null: too large to be exact')

const gapSchema = z.object({
  both: count.describe('Transactions whose own reference both witnesses named'),
  notificationFirst: count,
  notificationFirstShare: z.number().nullable().describe('0 to 1; null: no transaction has both witnesses'),
  responseToNotificationMs: z
    .object({ p50: z.number(), p90: z.number(), p99: z.number() })
    .nullable()
    .describe(
      'From our receipt of the answer to our receipt of the notification, where the answer was first',
    ),
})

export const summaryQuery = z.object({
  from: timestamp.optional().describe('First seen, or opened, at or after; default: a day before to'),
  to: timestamp
    .optional()
    .describe('First seen, or opened, before; default: now. At most 92 days after from'),
})

export const summarySchema = z.object({
  from: timestamp,
  to: timestamp,
  transactions: z.array(
    z.object({
      ...scope,
      test: z.boolean().nullable(),
      currency,
      reconciliation: z.enum(RECONCILIATIONS),
      count,
      overdue: count,
      authorizedTotal: sum,
      capturedTotal: sum,
      refundedTotal: sum,
      chargedBackTotal: sum,
      unknownAmounts: count.describe('Transactions with a total that no message stated: not in the sums'),
    }),
  ),
  discrepancies: z.array(
    z.object({
      ...scope,
      class: z.enum(DISCREPANCY_CLASSES),
      currency,
      opened: count,
      open: count.describe('Of these, still open'),
      amountAtRisk: sum.describe('Of the open ones, minor units; null: too large to be exact'),
      unknownAmounts: count.describe('Open ones whose amount is not known'),
    }),
  ),
  witnesses: gapSchema.extend({ accounts: z.array(gapSchema.extend(scope)) }),
})

export const discrepancyListQuery = z.object({
  open: flag.optional(),
  class: z.enum(DISCREPANCY_CLASSES).optional(),
  provider: provider.optional(),
  account: account.optional(),
  ...pageQuery,
})

export const listedDiscrepancySchema = discrepancySchema.extend({
  ...scope,
  reference: z.string().nullable().describe('Root reference; null: it belongs to an order or a call'),
  orderId: z.string().nullable(),
  resolution: z.enum(['evidence', 'operator']).nullable().describe('null: open'),
})
