import type { FastifyInstance } from 'fastify'
import type { Reports } from '../../queries/reports.ts'
import type { WitnessGap } from '../../domain/period-summary.ts'
import { errorResponses } from '../schemas/fields.ts'
import { summaryQuery, summarySchema } from '../schemas/reconciliation.ts'
import { typed } from '../typed.ts'

/** What a period came to, in counts, money and time. */
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
