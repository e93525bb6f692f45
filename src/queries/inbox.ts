import { validate as isUuid } from 'uuid'
import { redact } from '../card-data/redact.ts'
import { readableText } from '../lib/byte-text.ts'
import { sha256 } from '../lib/crypto.ts'
import { AppError } from '../lib/errors.ts'
import type { Services } from '../services.ts'
import { asStored } from './as-stored.ts'
import { firstFound } from './first-found.ts'
import type {
  InboxFilter,
  InboxItem,
  InboxMessageRecord,
  InboxQueryStore,
  OpenedBody,
  Page,
} from './stores.ts'

/** What was received, and what became of it. */
export interface Inbox {
  /** The latest first. */
  list(filter: InboxFilter, page: { limit: number; cursor: string | null }): Promise<Page<InboxItem>>
  /** Throws `unknown_message`. */
  message(id: string): Promise<InboxMessageRecord>
  /** The redacted body. That `actor` looked is in the audit log before it is answered. Throws `unknown_message`. */
  body(id: string, actor: string): Promise<ShownBody>
}

/** `missing`: why there is no text. */
export type ShownBody = { text: string; missing: null } | { text: null; missing: string }

type InboxServices = Pick<
  Services<{ inboxQueries: InboxQueryStore }>,
  'stores' | 'accounts' | 'identifiers' | 'clock' | 'newId'
>

export function createInbox(services: InboxServices): Inbox {
  return {
    list: async (filter, page) => list(services, filter, page),
    message: async (id) => known(isUuid(id) ? await services.stores.inboxQueries.findMessage(id) : null),
    body: async (id, actor) => lookAtBody(services, id, actor),
  }
}

async function list(
  { stores, accounts, identifiers }: InboxServices,
  filter: InboxFilter,
  { limit, cursor }: { limit: number; cursor: string | null },
): Promise<Page<InboxItem>> {
  const { reference, ...wanted } = asStored(accounts, filter)
  if (reference === undefined) return stores.inboxQueries.listMessages(wanted, limit, cursor)
  const found = await firstFound(identifiers.formsOf(reference), async (id) => {
    const page = await stores.inboxQueries.listMessages({ ...wanted, reference: id }, limit, cursor)
    return page.items.length > 0 ? page : null
  })
  return found ?? { items: [], nextCursor: null }
}

function known<Found>(found: Found | null): Found {
  if (found !== null) return found
  throw new AppError('unknown_message', 'id: use the id of a message that GET /v1/inbox lists')
}

async function lookAtBody(services: InboxServices, id: string, actor: string): Promise<ShownBody> {
  const { stores, clock, newId } = services
  const look = { id: newId(), at: clock.now(), actor, action: 'show_body', target: { inboxId: id } } as const
  const body = known(
    isUuid(id) ? await stores.inboxQueries.lookAtBody(id, { ...look, count: null, note: null }) : null,
  )
  if ('code' in body) return { text: null, missing: body.detail }
  return { text: shownText(services, body), missing: null }
}

function shownText({ identifiers }: InboxServices, { content, digest }: OpenedBody): string {
  return readableText(redact(content, { identifiers, asReceived: sha256(content).equals(digest) }))
}
