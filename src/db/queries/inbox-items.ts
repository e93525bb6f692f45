import type { PoolClient } from 'pg'
import type { InboxEvent, InboxItem, InboxMessageRecord } from '../../queries/stores.ts'
import {
  DELIVERIES,
  ENVELOPE_OF_MESSAGE,
  EVENTS_OF_MESSAGE,
  INBOX_ITEMS,
  QUARANTINED_ITEMS,
} from './inbox-items.sql.ts'

type MessageRow = Pick<
  InboxItem,
  | 'id'
  | 'provider'
  | 'account'
  | 'witness'
  | 'state'
  | 'code'
  | 'detail'
  | 'secretId'
  | 'family'
  | 'references'
> & {
  scrubbed: string[] | null
  receivedAt: Date
  processedAt: Date | null
  attempts: number | null
  putOff: number
  nextTryAt: Date
}

interface DeliveryRow {
  inbox_id: string
  deliveries: number
  last_delivered_at: Date
}

type QuarantinedRow = Pick<InboxItem, 'id' | 'provider' | 'account' | 'code' | 'deliveries' | 'source'> & {
  scrubbed: string[] | null
} & Record<'receivedAt' | 'lastDeliveredAt', Date>

/** What lists show of these messages, in this order. What is not there any more is left out. */
export async function readItems(client: PoolClient, ids: readonly string[]): Promise<InboxItem[]> {
  if (ids.length === 0) return []
  const messages = await client.query<MessageRow>(INBOX_ITEMS, [ids])
  const deliveries = await client.query<DeliveryRow>(DELIVERIES, [messages.rows.map(({ id }) => id)])
  const quarantined = await client.query<QuarantinedRow>(QUARANTINED_ITEMS, [ids])
  const delivered = new Map(deliveries.rows.map((row) => [row.inbox_id, row]))
  const items = new Map<string, InboxItem>([
    ...messages.rows.map((row) => [row.id, toItem(row, delivered.get(row.id))] as const),
    ...quarantined.rows.map((row) => [row.id, toQuarantinedItem(row)] as const),
  ])
  return ids.flatMap((id) => items.get(id) ?? [])
}

function toItem(
  { attempts, putOff, nextTryAt, receivedAt, processedAt, ...row }: MessageRow,
  delivered: DeliveryRow | undefined,
): InboxItem {
  return {
    ...row,
    scrubbed: row.scrubbed ?? [],
    deliveries: delivered?.deliveries ?? 1,
    lastDeliveredAt: (delivered?.last_delivered_at ?? receivedAt).toISOString(),
    receivedAt: receivedAt.toISOString(),
    processedAt: processedAt?.toISOString() ?? null,
    waiting: attempts === null ? null : { attempts, putOff, nextTryAt: nextTryAt.toISOString() },
    source: null,
  }
}

const toQuarantinedItem = ({ receivedAt, lastDeliveredAt, ...row }: QuarantinedRow): InboxItem => ({
  ...row,
  ...{ witness: 'notification', state: 'quarantined', detail: null, secretId: null, family: null },
  ...{ processedAt: null, references: [], waiting: null },
  scrubbed: row.scrubbed ?? [],
  receivedAt: receivedAt.toISOString(),
  lastDeliveredAt: lastDeliveredAt.toISOString(),
})

/** The message with what it stated anew. */
export async function readMessage(client: PoolClient, item: InboxItem): Promise<InboxMessageRecord> {
  const envelopes = await client.query<Pick<InboxMessageRecord, 'envelope'>>(ENVELOPE_OF_MESSAGE, [item.id])
  const events = await client.query<EventRow>(EVENTS_OF_MESSAGE, [item.id])
  return {
    ...item,
    envelope: envelopes.rows[0]?.envelope ?? null,
    events: events.rows.map(({ occurredAt, ...event }) => ({
      ...event,
      occurredAt: occurredAt?.toISOString() ?? null,
    })),
  }
}

type EventRow = Omit<InboxEvent, 'occurredAt'> & { occurredAt: Date | null }
