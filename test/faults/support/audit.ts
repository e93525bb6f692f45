import type { Pool } from 'pg'
import {
  discrepancyText,
  expectedOf,
  transactionText,
  type Expected,
  type KeptMessage,
  type Projection,
} from './reference.ts'
import type { Entry, Simulator } from './simulator.ts'
import { until } from './until.ts'

/** The books of both sides laid side by side: what the sender was told against what the database holds. */
export interface Audit {
  /** Messages in the sender's ledger. */
  messages: number
  deliveries: number
  events: number
  transactions: number
  /** Acknowledged and not there. */
  lost: string[]
  /** There more than once, or sent by nobody. */
  doubled: string[]
  /** Not as the reference says, or not finished. */
  differing: string[]
}

/** What identifies a row to its sender. */
interface KeptId extends Pick<KeptMessage, 'id' | 'provider' | 'witness'> {
  digest: string
}

interface KeptRow extends KeptMessage, KeptId {
  /** Times the receipt counted; null: no receipt. */
  deliveries: number | null
  state: string | null
}

const KEPT_IDS = `SELECT id, provider, witness, encode(content_digest, 'hex') AS digest FROM inbox_messages`

const DELIVERIES = `
SELECT m.id, m.provider, m.witness, encode(m.content_digest, 'hex') AS digest, r.deliveries
FROM inbox_messages m JOIN receipts r ON r.inbox_id = m.id`

const KEPT = `
SELECT m.id, m.provider, m.witness, encode(m.content_digest, 'hex') AS digest, m.content, m.envelope,
       m.received_at AS "receivedAt", r.deliveries, o.state
FROM inbox_messages m LEFT JOIN receipts r ON r.inbox_id = m.id LEFT JOIN inbox_outcomes o ON o.inbox_id = m.id`

const TRANSACTIONS = `
SELECT provider, reference, absorbed, order_id AS "orderId", status, reconciliation, overdue, final, test,
       merchant_id AS "merchantId", currency, authorized_total::float8 AS "authorizedTotal",
       captured_total::float8 AS "capturedTotal", refunded_total::float8 AS "refundedTotal",
       charged_back_total::float8 AS "chargedBackTotal", operations
FROM transactions`

const OPEN = `
SELECT provider, key, class, field, reference, order_id AS "orderId", response, notification,
       amount_at_risk::float8 AS "amountAtRisk", currency
FROM discrepancies WHERE resolved_at IS NULL`

const EVENTS = `SELECT encode(event_key, 'hex') AS key FROM transaction_events WHERE superseded_at IS NULL`

/** Ids of acknowledged messages that the database does not hold; to be asked at any moment it answers. */
export async function lostSoFar(sql: Pool, ledger: Simulator['ledger']): Promise<string[]> {
  const acknowledged = [...ledger.values()].filter((entry) => entry.acknowledged > 0)
  const rows = byIdentity(await read<KeptId>(sql, KEPT_IDS))
  return acknowledged.flatMap((entry) => (rowsOf(entry, rows).length === 0 ? [entry.parcel.identity] : []))
}

/** Messages that were stored more often than the sender got any answer: what was accepted and then cut off. */
export async function cutOff(sql: Pool, ledger: Simulator['ledger']): Promise<string[]> {
  const rows = byIdentity(await read<KeptId & { deliveries: number }>(sql, DELIVERIES))
  const entries = [...ledger.values()]
  const answered = ({ acknowledged, unavailable }: Entry): number => acknowledged + unavailable
  const stored = (of: readonly { deliveries: number }[]): number =>
    of.reduce((sum, { deliveries }) => sum + deliveries, 0)
  const cut = entries.filter((entry) => stored(rowsOf(entry, rows)) > answered(entry))
  const unknown = stored([...rows.values()].flat()) - entries.reduce((sum, entry) => sum + answered(entry), 0)
  return [...cut.map(({ parcel }) => parcel.identity), ...(unknown > 0 ? [`${unknown} in all`] : [])]
}

/**
 * Wait until nothing is pending and no deadline is due, then compare everything. All of the ledger must be acknowledged.
 * `shiftMs`: how far the services' clock is from the true time.
 */
export async function audit(sql: Pool, ledger: Simulator['ledger'], shiftMs = 0): Promise<Audit> {
  const clock = (): Date => new Date(Date.now() + shiftMs)
  await settled(sql, clock)
  const kept = await read<KeptRow>(sql, KEPT)
  const events = await read<{ key: string }>(sql, EVENTS)
  const transactions = await readProjection(sql, TRANSACTIONS, 'reference', transactionText)
  const open = await readProjection(sql, OPEN, 'key', discrepancyText)
  const entries = [...ledger.values()]
  const rows = byIdentity(kept)
  const histories = Map.groupBy(entries, ({ parcel }) => parcel.run)
  const expected = expectedOf(
    [...histories.values()].map((history) => history.flatMap((entry) => rowsOf(entry, rows).slice(0, 1))),
    clock(),
  )
  return {
    messages: entries.length,
    deliveries: entries.reduce((sum, { attempts }) => sum + attempts, 0),
    events: events.length,
    transactions: transactions.size,
    lost: entries.flatMap((entry) => (rowsOf(entry, rows).length === 0 ? [entry.parcel.identity] : [])),
    doubled: [...doubledIn(entries, rows), ...strangersIn(kept, entries, rows), ...repeated(events)],
    differing: [
      ...entries.flatMap((entry) => unlike(entry, rowsOf(entry, rows)[0])),
      ...eventDifferences(expected, events),
      ...differences('transaction', expected.transactions, transactions),
      ...differences('discrepancy', expected.open, open),
    ],
  }
}

/** Longer than any deadline of the accounts: what they wait for is over, and nothing becomes due between look and comparison. */
const DEADLINE_MS = 5_000

async function settled(sql: Pool, clock: () => Date): Promise<void> {
  const count = `SELECT (SELECT count(*) FROM inbox_queue)
    + (SELECT count(*) FROM transactions WHERE next_deadline_at <= $1)
    + (SELECT count(*) FROM deadlines WHERE due_at <= $1) AS waiting`
  const look = async (): Promise<boolean> => {
    const soon = new Date(clock().getTime() + DEADLINE_MS)
    const { rows } = await sql.query<{ waiting: string }>(count, [soon])
    return rows[0]?.waiting === '0'
  }
  // A database that is away for the moment says no.
  await until(async () => look().catch(() => false), { what: 'everything is processed and judged' })
}

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

/** Rows by what a sender can know of them: the message's id, or account and digest. */
type Rows<Row extends KeptId = KeptRow> = ReadonlyMap<string, readonly Row[]>

function byIdentity<Row extends KeptId>(kept: readonly Row[]): Rows<Row> {
  return Map.groupBy(kept, ({ id, provider, witness, digest }) =>
    witness === 'response' ? id : `${provider}:${digest}`,
  )
}

const rowsOf = <Row extends KeptId>({ parcel, inboxIds }: Entry, rows: Rows<Row>): readonly Row[] =>
  parcel.witness === 'response'
    ? [...inboxIds].flatMap((id) => rows.get(id) ?? [])
    : (rows.get(parcel.identity) ?? [])

const doubledIn = (entries: readonly Entry[], rows: Rows): string[] =>
  entries.flatMap((entry) => (rowsOf(entry, rows).length > 1 ? [entry.parcel.identity] : []))

function strangersIn(kept: readonly KeptRow[], entries: readonly Entry[], rows: Rows): string[] {
  const known = new Set(entries.flatMap((entry) => rowsOf(entry, rows).map(({ id }) => id)))
  return kept.flatMap(({ id }) => (known.has(id) ? [] : [`message ${id}`]))
}

function repeated(events: readonly { key: string }[]): string[] {
  const distinct = new Set(events.map(({ key }) => key))
  return distinct.size === events.length ? [] : [`${events.length - distinct.size} events`]
}

/** One message against its row: content, count of deliveries, outcome. */
function unlike({ parcel, acknowledged, attempts }: Entry, row: KeptRow | undefined): string[] {
  if (!row) return []
  const { digest, deliveries, state } = row
  const problems = [
    ...(digest === parcel.digest ? [] : ['other content']),
    ...(state === 'processed' || state === 'duplicate' ? [] : [`state ${String(state)}`]),
    ...(deliveries !== null && deliveries >= acknowledged && deliveries <= attempts
      ? []
      : [`${String(deliveries)} deliveries of ${acknowledged} to ${attempts}`]),
  ]
  return problems.map((problem) => `${parcel.identity}: ${problem}`)
}

function eventDifferences({ eventKeys }: Expected, events: readonly { key: string }[]): string[] {
  const there = new Set(events.map(({ key }) => key))
  return [
    ...[...eventKeys.difference(there)].map((key) => `event ${key} is missing`),
    ...[...there.difference(eventKeys)].map((key) => `event ${key} is drawn from nothing`),
  ]
}

function differences(what: string, expected: Projection, there: Projection): string[] {
  return [...new Set([...expected.keys(), ...there.keys()])].flatMap((id) =>
    expected.get(id) === there.get(id)
      ? []
      : [`${what} ${id}: expected ${String(expected.get(id))}, is ${String(there.get(id))}`],
  )
}
