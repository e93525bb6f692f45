import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { WitnessGap } from '../../domain/reconciliation/period-summary.ts'
import { DISCREPANCY_CLASSES } from '../../domain/reconciliation/discrepancy-classes.ts'
import { RECONCILIATIONS } from '../../domain/reconciliation/transaction.ts'
import type { Reports } from '../../queries/reports.ts'
import { typed } from '../typed.ts'
import { errorResponses, provider, textOrNull, timestamp } from './common-schemas.ts'

const scope = { provider, account: z.string() }
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

const summaryQuery = z.object({
  from: timestamp.optional().describe('First seen, or opened, at or after; default: a day before to'),
  to: timestamp
    .optional()
    .describe('First seen, or opened, before; default: now. At most 92 days after from'),
})

const summarySchema = z.object({
  from: timestamp,
  to: timestamp,
  transactions: z.array(
    z.object({
      ...scope,
      test: z.boolean().nullable(),
      currency: textOrNull,
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
      currency: textOrNull,
      opened: count,
      open: count.describe('Of these, still open'),
      amountAtRisk: sum.describe('Of the open ones, minor units; null: too large to be exact'),
      unknownAmounts: count.describe('Open ones whose amount is not known'),
    }),
  ),
  witnesses: gapSchema.extend({ accounts: z.array(gapSchema.extend(scope)) }),
})

/** Counts, money and delays of the transactions of a period. */
export async function reconciliationRoutes(
  app: FastifyInstance,
  { reports }: { reports: Reports },
): Promise<void> {
  typed(app).get(
    '/v1/reconciliation/summary',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Counts and money of a period by account, reconciliation and discrepancy class',
        tags: ['reconciliation'],
        querystring: summaryQuery,
        response: { 200: summarySchema, ...errorResponses },
      },
    },
    async ({ query: { from, to } }) => {
      const summary = await reports.summary({
        ...(from === undefined ? {} : { from: new Date(from) }),
        ...(to === undefined ? {} : { to: new Date(to) }),
      })
      const { all, accounts } = summary.witnesses
      return {
        ...summary,
        from: summary.from.toISOString(),
        to: summary.to.toISOString(),
        witnesses: {
          ...toGap(all),
          accounts: accounts.map(({ provider, account, ...measured }) => ({
            provider,
            account,
            ...toGap(measured),
          })),
        },
      }
    },
  )
}

function toGap({ both, notificationFirst, gap }: WitnessGap) {
  const notificationFirstShare = both === 0 ? null : notificationFirst / both
  return { both, notificationFirst, notificationFirstShare, responseToNotificationMs: gap }
}
