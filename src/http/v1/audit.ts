import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { AUDIT_ACTIONS } from '../../domain/audit.ts'
import type { AuditQueryStore } from '../../queries/stores.ts'
import { typed } from '../typed.ts'
import { errorResponses, instant, pageQuery, textOrNull, timestamp, word } from './common-schemas.ts'

const actor = word(255).describe('Name of the API key, or cli: and the user of the operating system')
const action = z
  .enum(AUDIT_ACTIONS)
  .describe(
    'show_body: a stored body was shown; replay_quarantine: a quarantined message was stored as verified; replay_messages: messages were translated again; give_up: the messages of an account that was taken out were given up; erase: data of a person was erased; rotate_keys: bodies were encrypted again',
  )

const auditEntrySchema = z.object({
  id: z.uuid().describe('Of the entry; later ones are greater'),
  at: timestamp.describe('When it was done'),
  actor,
  action,
  target: z
    .record(z.string(), z.string().nullable())
    .describe('What it was done to: ids of the message, discrepancy, announcement or key; never content'),
  count: z.int().nullable().describe('How many it was done to; null: it is not counted'),
  note: textOrNull.describe('What the actor said about it; null: nothing'),
})

export const auditListQuery = z.object({
  from: instant.optional().describe('Done at or after'),
  actor: actor.optional(),
  action: action.optional(),
  ...pageQuery,
})

const EXAMPLE = {
  items: [
    {
      id: '019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b',
      at: '2026-11-01T10:00:02.000Z',
      actor: 'oncall',
      action: 'show_body' as const,
      target: { inboxId: '019a0b1c-1111-7f40-8a5b-6c7d8e9f0a1b' },
      count: null,
      note: null,
    },
  ],
  nextCursor: null,
}

/** What people did. */
export async function auditRoutes(
  app: FastifyInstance,
  { stores }: { stores: { audit: AuditQueryStore } },
): Promise<void> {
  typed(app).get(
    '/v1/audit',
    {
      config: { role: 'operate' },
      schema: {
        operationId: 'listAudit',
        summary: 'What people did, the latest first',
        tags: ['audit'],
        querystring: auditListQuery,
        response: {
          200: z
            .object({ items: z.array(auditEntrySchema), nextCursor: z.string().nullable() })
            .meta({ examples: [EXAMPLE] }),
          ...errorResponses,
        },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const page = await stores.audit.listAudit(filter, limit, cursor ?? null)
      return { ...page, items: page.items.map((entry) => ({ ...entry, at: entry.at.toISOString() })) }
    },
  )
}
