import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Change } from '../../inbox/replay/rehearse.ts'
import type { ReplayPlan, Replays } from '../../inbox/replay/replays.ts'
import type { Replay } from '../../inbox/replay/stores.ts'
import { typed } from '../typed.ts'
import { account, errorResponses, flag, problemSchema, provider, timestamp } from './common-schemas.ts'
import { planIdOf, readPlanId } from './plan-id.ts'

const planId = z
  .string()
  .max(4_096)
  .describe('Of the dry run that is to be applied; it holds the filter and what the messages were')

const filterSchema = z
  .strictObject({
    state: z.enum(['processed', 'duplicate', 'parked']).optional().describe('What came of the message'),
    reason: z
      .string()
      .regex(/^[a-z_]{1,64}$/, 'must be a code such as unreadable_message')
      .optional()
      .describe('Parked for this reason, a code of docs/failure-modes.md'),
    provider: provider.optional(),
    account: account.optional(),
    from: timestamp.optional().describe('Received at or after'),
    to: timestamp.optional().describe('Received before'),
    older: z.literal(true).optional().describe('Translated by an older build than this one, or by none'),
  })
  .refine(
    (filter) => Object.values(filter).some((value) => value !== undefined),
    'must name something: {"older": true}, for instance',
  )
  .describe('Which messages: those that pass all of it. What an operator gave up is replayed by its id alone')

/** `dryRun` first, then `planId`: a filter alone is never applied. */
export const replayBody = z
  .strictObject({
    filter: filterSchema.optional().describe('Left out with a planId: the plan holds it'),
    dryRun: z.boolean().default(false).describe('Say what would change, and change nothing'),
    planId: planId.optional(),
  })
  .refine(({ filter, dryRun, planId }) => (dryRun ? filter !== undefined : planId !== undefined), {
    error: 'send a filter with "dryRun": true, then apply the planId that it answers',
  })
  .meta({ examples: [{ filter: { older: true }, dryRun: true }] })

const stayingSchema = z
  .record(z.string(), z.int())
  .describe(
    'Messages that count as before, by the reason: content_purged (retention deleted the body), unreadable_now (the old translation stays), stated_together (a message that states the same event cannot be replayed), account_not_configured, unreadable_message, failed …',
  )

const stateSchema = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe('As saved, with the classes of its open discrepancies; null: there is none')

const changeSchema = z.object({
  kind: z.enum(['transaction', 'order']),
  provider,
  account: z.string(),
  reference: z.string().optional().describe('Of a transaction: its root reference'),
  orderId: z.string().optional().describe('Of an order'),
  before: stateSchema,
  after: stateSchema,
})

const planSchema = z.object({
  planId,
  messages: z.int().describe('How many messages it chooses'),
  tried: z
    .int()
    .describe('How many of them the dry run tried, the oldest first; it says nothing of the others'),
  staying: stayingSchema,
  changes: z.array(changeSchema).describe('Payments and orders that would be another than they are'),
})

const replaySchema = z.object({
  id: z.uuid(),
  actor: z.string().describe('Name of the API key, or cli: and the user of the operating system'),
  filter: z.record(z.string(), z.unknown()).describe('Which messages'),
  messages: z.int().describe('How many messages the plan chose'),
  replayed: z.int().describe('How many were translated again so far'),
  staying: stayingSchema,
  begunAt: timestamp,
  endedAt: timestamp.nullable().describe('null: it goes on'),
})

/** More would keep a caller waiting; the command line tries all of them. */
const TRIED_MAX = 500

const config = { role: 'operate' } as const
const tags = ['inbox']
const planned = { 200: planSchema, 202: replaySchema, ...errorResponses, 409: problemSchema }

/** Messages translated again, with the build of today. */
export async function replayRoutes(app: FastifyInstance, { replays }: { replays: Replays }): Promise<void> {
  replayOne(app, replays)
  replayFiltered(app, replays)
  showReplay(app, replays)
}

function replayOne(app: FastifyInstance, replays: Replays): void {
  typed(app).post(
    '/v1/inbox/:id/replay',
    {
      config,
      schema: {
        operationId: 'replayInboxMessage',
        summary: 'Translate one message again; what it states now supersedes what it stated',
        description:
          'With all messages that state the same event. `dryRun=true` is the same path rolled back and answers what would change.',
        tags,
        params: z.object({ id: z.string() }),
        querystring: z.object({ dryRun: flag.default(false) }),
        body: z.strictObject({ planId: planId.optional() }).nullish(),
        response: planned,
      },
    },
    async ({ params: { id }, query, body, caller }, reply) => {
      if (query.dryRun) return toPlanJson(await replays.plan({ id }, { tryMax: 1 }))
      const given = body?.planId
      return accepted(
        reply,
        given === undefined
          ? await replays.begin({ id }, caller)
          : await replays.apply(readPlanId(given), { actor: caller, filter: { id } }),
      )
    },
  )
}

function replayFiltered(app: FastifyInstance, replays: Replays): void {
  typed(app).post(
    '/v1/inbox/replay',
    {
      config,
      schema: {
        operationId: 'replayInbox',
        summary: 'Translate messages again: first as a dry run, then by its planId',
        description:
          'Applying is refused with 409 when something else came of one of the messages since. It goes on in the background; GET /v1/inbox/replays/{id} says how far it is.',
        tags,
        body: replayBody,
        response: planned,
      },
    },
    async ({ body: { filter, dryRun, planId: given = '' }, caller }, reply) =>
      dryRun
        ? toPlanJson(await replays.plan(filter ?? {}, { tryMax: TRIED_MAX }))
        : accepted(reply, await replays.apply(readPlanId(given), { actor: caller, filter })),
  )
}

function showReplay(app: FastifyInstance, replays: Replays): void {
  typed(app).get(
    '/v1/inbox/replays/:id',
    {
      config: { role: ['read', 'operate'] },
      schema: {
        operationId: 'getReplay',
        summary: 'How far a replay has come',
        tags,
        params: z.object({ id: z.string() }),
        response: { 200: replaySchema, ...errorResponses },
      },
    },
    async ({ params: { id } }) => toReplayJson(await replays.find(id)),
  )
}

function accepted(reply: FastifyReply, replay: Replay) {
  reply.code(202)
  return toReplayJson(replay)
}

const toReplayJson = ({ choice, ...replay }: Replay) => ({ ...replay, filter: { ...choice.filter } })

const toPlanJson = ({ plan, changes, ...rest }: ReplayPlan) => ({
  ...rest,
  planId: planIdOf(plan),
  changes: changes.map(toChangeJson),
})

const toChangeJson = ({ id, ...change }: Change) => ({
  ...change,
  ...(change.kind === 'transaction' ? { reference: id } : { orderId: id }),
})
