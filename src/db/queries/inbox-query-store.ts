import type { Pool, PoolClient } from 'pg'
import type { KeyRing } from '../../lib/key-ring.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { ContentFault } from '../../inbox/messages.ts'
import type { BodyHome } from '../../inbox/maintain/stores.ts'
import { allInOrder } from '../../lib/all-in-order.ts'
import type {
  InboxFilter,
  InboxItem,
  InboxMessageRecord,
  InboxQueryStore,
  OpenedBody,
  Page,
} from '../../queries/stores.ts'
import { appendAudit } from '../audit.ts'
import { withSnapshot, withTransaction } from '../pool.ts'
import { openContent } from '../sealed-content.ts'
import { cutPage, decodeCursor, toUuid } from './cursor.ts'
import { BODY_OF_MESSAGE } from './inbox-items.sql.ts'
import { readItems, readMessage } from './inbox-items.ts'
import { pagesFor } from './inbox-pages.ts'

/** Verified messages and quarantined ones in one list, in the order of their ids: that of their receipt. */
export function createInboxQueryStore(pool: Pool, ring: KeyRing): InboxQueryStore {
  return {
    listMessages: async (filter, limit, cursor) =>
      withSnapshot(pool, async (client) => listMessages(client, filter, limit, cursor)),
    findMessage: async (id) => withSnapshot(pool, async (client) => findMessage(client, id)),
    lookAtBody: async (id, look) =>
      withTransaction(pool, async (client) => lookAtBody(client, ring, id, look)),
  }
}

/** Above every id that is made. */
const ABOVE_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

async function listMessages(
  client: PoolClient,
  filter: InboxFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<InboxItem>> {
  const below = cursor === null ? ABOVE_ALL : toUuid(decodeCursor(cursor, 2)[1] ?? '')
  const found = await allInOrder(
    pagesFor(filter, { below, limit: limit + 1 }).map(async ({ text, values }) =>
      client.query<{ id: string }>(text, values),
    ),
  )
  const ids = found
    .flatMap(({ rows }) => rows.map(({ id }) => id))
    .toSorted()
    .reverse()
  const items = await readItems(client, ids.slice(0, limit))
  const { nextCursor } = cutPage(ids, limit, (last) => [items.at(-1)?.receivedAt ?? '', last])
  return { items, nextCursor }
}

async function findMessage(client: PoolClient, id: string): Promise<InboxMessageRecord | null> {
  const [item] = await readItems(client, [id])
  return item === undefined ? null : readMessage(client, item)
}

interface BodyRow extends AccountScope {
  home: BodyHome
  content: Buffer | null
  dataKey: string | null
  digest: Buffer
}

/** What cannot be opened shows nothing, and leaves no entry. */
async function lookAtBody(
  client: PoolClient,
  ring: KeyRing,
  id: string,
  look: AuditEntry,
): Promise<OpenedBody | ContentFault | null> {
  const { rows } = await client.query<BodyRow>(BODY_OF_MESSAGE, [id])
  const [row] = rows
  if (row === undefined) return null
  const content = openContent(ring, row.home, id, row)
  if (!Buffer.isBuffer(content)) return content
  await appendAudit(client, look)
  return { content, digest: row.digest }
}
