import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { withoutCardNumbers } from '../../card-data/rules.ts'
import { RESOLUTION_OUTCOMES } from '../../domain/event/evidence.ts'
import { DISCREPANCY_CLASSES } from '../../domain/reconciliation/discrepancy-classes.ts'
import type { Resolutions } from '../../inbox/reconcile/resolve.ts'
import type { Reports } from '../../queries/reports.ts'
import type { DiscrepancyFilter } from '../../queries/stores.ts'
import { typed } from '../typed.ts'
import {
  account,
  amountOrNull,
  errorResponses,
  flag,
  pageQuery,
  problemSchema,
  provider,
  textOrNull,
  timestamp,
  type ListQuery,
} from './common-schemas.ts'

export const discrepancySchema = z.object({
  id: z.uuid(),
  class: z.enum(DISCREPANCY_CLASSES),
  field: textOrNull,
  response: z.array(z.string()),
  notification: z.array(z.string()),
  amountAtRisk: amountOrNull,
  currency: textOrNull,
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

const listedDiscrepancySchema = discrepancySchema.extend({
  provider,
  account: z.string(),
  reference: z.string().nullable().describe('Root reference; null: it belongs to an order or a call'),
  orderId: z.string().nullable(),
  resolution: z.enum(['evidence', 'operator']).nullable().describe('null: open'),
})

export const discrepancyListQuery = z.object({
  open: flag.optional(),
  class: z.enum(DISCREPANCY_CLASSES).optional(),
  provider: provider.optional(),
  account: account.optional(),
  ...pageQuery,
} satisfies ListQuery<DiscrepancyFilter>)

/** An operator's statement on a discrepancy. */
export const resolutionBody = z.strictObject({
  note: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .overwrite(withoutCardNumbers)
    .describe('What was found out; kept for good'),
  outcome: z
    .enum(RESOLUTION_OUTCOMES)
    .optional()
    .describe(
      'not_processed: the provider was asked, and nothing happened there; what no notification told is undone. separate_payments (of a duplicate_payment): each payment of the order is meant, later ones too',
    ),
  version: z
    .int()
    .positive()
    .optional()
    .describe(
      'Of the discrepancy as it was looked at: one that has changed since is answered 409. Left out, the statement covers what is open now; more money, another id or outcome opens it again',
    ),
})

/** Every contradiction and absence, with the money it puts at risk, and what operators found out about it. */
export async function discrepancyRoutes(
  app: FastifyInstance,
  { reports, resolutions }: { reports: Reports; resolutions: Resolutions },
): Promise<void> {
  listRoute(app, reports)
  resolveRoute(app, resolutions)
}

function listRoute(app: FastifyInstance, reports: Reports): void {
  typed(app).get(
    '/v1/discrepancies',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Discrepancies of transactions, orders and calls, the latest opened first',
        tags: ['discrepancies'],
        querystring: discrepancyListQuery,
        response: {
          200: z.object({ items: z.array(listedDiscrepancySchema), nextCursor: z.string().nullable() }),
          ...errorResponses,
        },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) =>
      reports.discrepancies(filter, { limit, cursor: cursor ?? null }),
  )
}

/** What an operator found out closes a discrepancy and stays as evidence. */
function resolveRoute(app: FastifyInstance, resolutions: Resolutions): void {
  typed(app).post(
    '/v1/discrepancies/:id/resolve',
    {
      config: { role: 'operate' },
      schema: {
        summary: 'Close a discrepancy with what was found out',
        tags: ['discrepancies'],
        params: z.object({ id: z.string() }),
        body: resolutionBody,
        response: { 200: listedDiscrepancySchema, ...errorResponses, 409: problemSchema },
      },
    },
    async ({ params, body: { note, outcome, version }, caller }) =>
      resolutions.resolve(params.id, {
        finding: { note, outcome: outcome ?? null, author: caller },
        version: version ?? null,
      }),
  )
}
