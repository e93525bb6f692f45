import type { Pool } from 'pg'
import {
  discrepancyText,
  transactionText,
  type KeptAnnouncement,
  type KeptMessage,
  type Projection,
} from './reference.ts'
import type { Entry } from '../../support/sender.ts'
import { ANNOUNCED_BY_PROBE } from './probe.ts'

/** What the database holds, read past the service. */
export interface Kept {
  messages: MessageRow[]
  announcements: AnnouncementRow[]
  eventKeys: string[]
  transactions: Projection
  open: Projection
}

/** What identifies a row to its sender. */
export interface KeptId {
  id: string
  provider: string
  kind: Entry['parcel']['kind']
  /** SHA-256 of the content; empty for an announcement. */
  digest: string
}

export interface MessageRow extends KeptMessage, Omit<KeptId, 'kind'> {
  /** Times the receipt counted; null: no receipt. */
  deliveries: number | null
  state: string | null
}

type AnnouncementRow = KeptAnnouncement & KeptId

const MESSAGE_ID = `m.id, m.provider, m.witness AS kind, encode(m.content_digest, 'hex') AS digest`

const ANNOUNCED = `FROM expectations WHERE withdrawn_at IS NULL AND order_id <> '${ANNOUNCED_BY_PROBE}'`

const MESSAGES = `
SELECT ${MESSAGE_ID}, m.content, m.envelope, m.received_at AS "receivedAt", r.deliveries, o.state
FROM inbox_messages m LEFT JOIN receipts r ON r.inbox_id = m.id LEFT JOIN inbox_outcomes o ON o.inbox_id = m.id`

const ANNOUNCEMENTS = `
SELECT id, provider, 'announcement' AS kind, '' AS digest, account, order_id AS "orderId", channel, operation,
       operation_id AS "operationId", parent_reference AS "parentReference", amount::float8, currency,
       created_at AS "receivedAt", said_at AS "saidAt", requested_at AS "requestedAt"
${ANNOUNCED}`

const TRANSACTIONS = `
SELECT provider, reference, absorbed, order_id AS "orderId", status, reconciliation, overdue, final, test,
       merchant_id AS "merchantId", currency, authorized_total::float8 AS "authorizedTotal",
       captured_total::float8 AS "capturedTotal", refunded_total::float8 AS "refundedTotal",
       charged_back_total::float8 AS "chargedBackTotal", operations
FROM transactions`

const OPEN = `
SELECT provider, key, class, field, reference, order_id AS "orderId", response, notification,
       amount_at_risk::float8 AS "amountAtRisk", currency
FROM discrepancies WHERE resolved_at IS NULL AND order_id IS DISTINCT FROM '${ANNOUNCED_BY_PROBE}'`

const EVENTS = `SELECT encode(event_key, 'hex') AS key FROM transaction_events`

export async function readKept(sql: Pool): Promise<Kept> {
  const events = await read<{ key: string }>(sql, EVENTS)
  return {
    messages: await read<MessageRow>(sql, MESSAGES),
    announcements: await read<AnnouncementRow>(sql, ANNOUNCEMENTS),
    eventKeys: events.map(({ key }) => key),
    transactions: await readProjection(sql, TRANSACTIONS, 'reference', transactionText),
    open: await readProjection(sql, OPEN, 'key', discrepancyText),
  }
}

export const readIds = async (sql: Pool): Promise<KeptId[]> =>
  read(
    sql,
    `SELECT ${MESSAGE_ID} FROM inbox_messages m UNION ALL SELECT id, provider, 'announcement', '' ${ANNOUNCED}`,
  )

/** How often each message was received. */
export const readDeliveries = async (sql: Pool): Promise<(KeptId & { deliveries: number })[]> =>
  read(sql, `SELECT ${MESSAGE_ID}, r.deliveries FROM inbox_messages m JOIN receipts r ON r.inbox_id = m.id`)

/** Whether nothing is pending and nothing becomes due up to then. */
export async function isSettled(sql: Pool, upTo: Date): Promise<boolean> {
  const { rows } = await sql.query<{ waiting: string }>(
    `SELECT (SELECT count(*) FROM inbox_queue)
       + (SELECT count(*) FROM transactions WHERE next_deadline_at <= $1)
       + (SELECT count(*) FROM deadlines WHERE due_at <= $1) AS waiting`,
    [upTo],
  )
  return rows[0]?.waiting === '0'
}

/** Rows by what a sender can know of them: the id they were answered with, or account and digest. */
export type Rows<Row extends KeptId> = ReadonlyMap<string, readonly Row[]>

export const byIdentity = <Row extends KeptId>(rows: readonly Row[]): Rows<Row> =>
  Map.groupBy(rows, ({ id, provider, kind, digest }) =>
    kind === 'notification' ? `${provider}:${digest}` : id,
  )

export const rowsOf = <Row extends KeptId>({ parcel, ids }: Entry, rows: Rows<Row>): readonly Row[] =>
  parcel.kind === 'notification'
    ? (rows.get(parcel.identity) ?? [])
    : [...ids].flatMap((id) => rows.get(id) ?? [])

const read = async <Row extends object>(sql: Pool, text: string): Promise<Row[]> =>
  (await sql.query<Row>(text)).rows

async function readProjection(
  sql: Pool,
  text: string,
  id: string,
  textOf: (row: object) => string,
): Promise<Projection> {
  const rows = await read<Record<string, unknown>>(sql, text)
  return new Map(rows.map((row) => [`${String(row['provider'])} ${String(row[id])}`, textOf(row)]))
}
