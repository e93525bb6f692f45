import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { WITNESSES } from '../../domain/event/vocabulary.ts'
import type { Inbox, ShownBody } from '../../queries/inbox.ts'
import { shownMessage } from '../../queries/shown-message.ts'
import { INBOX_STATES, type InboxMessageRecord } from '../../queries/stores.ts'
import type { Services } from '../../services.ts'
import { typed } from '../typed.ts'
import {
  account,
  errorResponses,
  givenReference,
  instant,
  pageQuery,
  provider,
  textOrNull,
  timestamp,
} from './common-schemas.ts'

const CODE = 'Why it is parked, a code of docs/failure-modes.md, or why it was not verified'

const inboxItemSchema = z.object({
  id: z.uuid().describe('Of the message; later ones are greater'),
  provider,
  account: z.string().describe('As in the accounts file'),
  witness: z
    .enum(WITNESSES)
    .describe('notification: the provider sent it; response: the merchant forwarded it'),
  state: z
    .enum(INBOX_STATES)
    .describe(
      'pending: waits to be processed; duplicate: stated nothing new; parked: stored and not translated; quarantined: not verified',
    ),
  code: textOrNull.describe(CODE),
  detail: textOrNull.describe('What is known of the cause'),
  secretId: textOrNull.describe(
    'Id of the secret that signed it; null: a forwarded answer, or no known secret did',
  ),
  deliveries: z.int().positive().describe('How often it came'),
  receivedAt: timestamp.describe('When it came first'),
  processedAt: timestamp
    .nullable()
    .describe('When it was translated or parked; null: not yet, or quarantined'),
  references: z
    .array(z.string())
    .describe('References that it stated anything new about, twenty at most; a duplicate has none'),
})

const inboxEventSchema = z.object({
  id: z.uuid(),
  type: z.string().describe('Past-tense fact: authorized, captured, refunded …'),
  reference: textOrNull.describe('As the message names it; null: a call without a reference'),
  transaction: textOrNull.describe('Root reference of the payment that it belongs to now'),
  orderId: textOrNull.describe("The merchant's order"),
  occurredAt: timestamp.nullable().describe("By the provider's clock; null: it states none"),
})

const inboxMessageSchema = inboxItemSchema.extend({
  outcome: z.string().describe('What became of it, in a sentence for people'),
  verification: z
    .enum(['signature', 'api_key', 'failed'])
    .describe('What proves its sender: a secret of the account, the API key that forwarded it, or nothing'),
  family: textOrNull.describe(
    'transaction, or another kind of message that the provider sends to the same URL',
  ),
  lastDeliveredAt: timestamp.describe('When it came last'),
  waiting: z
    .object({
      attempts: z.int().describe('Failed tries'),
      putOff: z.int().describe('How often it was put off for a lock, or for its account'),
      nextTryAt: timestamp,
    })
    .nullable()
    .describe('Of a pending message: its turns; null: it is not pending'),
  source: textOrNull.describe('Of a quarantined message: the address that sent it first'),
  scrubbed: z.array(z.string()).describe('Fields that were overwritten before it was stored'),
  envelope: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What the merchant said about a forwarded answer; null: a notification'),
  events: z.array(inboxEventSchema).describe('What it stated anew'),
  transactions: z.array(z.string()).describe('Root references of the payments that these belong to'),
  orders: z.array(z.string()).describe('Orders that these name'),
  body: textOrNull.describe(
    'The body without card data, personal data and secrets. A key with the role operate is shown it, and each look is in the audit log',
  ),
  bodyMissing: textOrNull.describe('Why there is no body; null: there is one'),
})

export const inboxListQuery = z.object({
  state: z.enum(INBOX_STATES).optional(),
  provider: provider.optional(),
  account: account.optional(),
  reference: givenReference
    .optional()
    .describe(
      'Messages that name this reference; of a notification that states nothing new, up to twelve characters of it',
    ),
  from: instant.optional().describe('Received at or after'),
  to: instant.optional().describe('Received before'),
  code: z
    .string()
    .regex(/^[a-z_]{1,64}$/, 'must be a code such as unreadable_message')
    .optional()
    .describe(CODE),
  ...pageQuery,
})

/** `read` may list and see messages; only `operate` may see a body. */
const config = { role: ['read', 'operate'] } as const
const tags = ['inbox']

/** What was received, and what became of it. */
export async function inboxRoutes(
  app: FastifyInstance,
  { inbox, metrics }: { inbox: Inbox } & Pick<Services, 'metrics'>,
): Promise<void> {
  typed(app).get(
    '/v1/inbox',
    {
      config,
      schema: {
        operationId: 'listInbox',
        summary: 'Messages, verified or not, the latest first',
        tags,
        querystring: inboxListQuery,
        response: {
          200: z.object({ items: z.array(inboxItemSchema), nextCursor: z.string().nullable() }),
          ...errorResponses,
        },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => inbox.list(filter, { limit, cursor: cursor ?? null }),
  )
  typed(app).get(
    '/v1/inbox/:id',
    {
      config,
      schema: {
        operationId: 'getInboxMessage',
        summary: 'One message: how it was verified, what became of it, and its redacted body',
        tags,
        params: z.object({ id: z.string() }),
        response: { 200: inboxMessageSchema, ...errorResponses },
      },
    },
    async ({ params: { id }, caller, callerRoles, log }) => {
      const message = await inbox.message(id)
      if (callerRoles?.includes('operate') !== true) return toMessageJson(message, HIDDEN)
      const body = await inbox.body(id, caller)
      if (body.missing === null) {
        metrics.bodiesShown.inc({})
        log.info({ inboxId: id, key: caller }, 'a stored body was shown')
      }
      return toMessageJson(message, body)
    },
  )
}

const HIDDEN: ShownBody = { text: null, missing: 'this API key does not have the role operate' }

const toMessageJson = (message: InboxMessageRecord, body: ShownBody) => ({
  ...shownMessage(message, body),
  envelope: message.envelope && { ...message.envelope },
})
