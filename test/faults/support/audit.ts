import type { Pool } from 'pg'
import { miscounted } from '../../support/miscounted.ts'
import {
  byIdentity,
  isSettled,
  readDeliveries,
  readIds,
  readKept,
  rowsOf,
  type Kept,
  type KeptId,
  type MessageRow,
  type Rows,
} from './kept.ts'
import { expectedOf, type Expected, type History, type Projection } from './reference.ts'
import type { Entry, Sender } from '../../support/sender.ts'
import { until } from '../../support/until.ts'

/** The books of both sides laid side by side: what the sender was told against what the database holds. */
export interface Audit {
  /** Messages and announcements in the sender's ledger. */
  messages: number
  deliveries: number
  events: number
  transactions: number
  /** Acknowledged and not there. */
  lost: string[]
  /** Stored more than once, or never sent. */
  doubled: string[]
  /** Not as the reference says, or not finished. */
  differing: string[]
}

/** What was acknowledged and the database does not hold; to be asked at any moment it answers. */
export async function lostSoFar(sql: Pool, ledger: Sender['ledger']): Promise<string[]> {
  const acknowledged = [...ledger.values()].filter((entry) => entry.acknowledged > 0)
  return lostIn(acknowledged, byIdentity(await readIds(sql)))
}

/** Messages that were stored more often than the sender got any answer: what was accepted and then cut off. */
export async function cutOff(sql: Pool, ledger: Sender['ledger']): Promise<string[]> {
  const rows = byIdentity(await readDeliveries(sql))
  const entries = [...ledger.values()].filter(({ parcel }) => parcel.kind !== 'announcement')
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
export async function audit(sql: Pool, ledger: Sender['ledger'], shiftMs = 0): Promise<Audit> {
  const clock = (): Date => new Date(Date.now() + shiftMs)
  await settled(sql, clock)
  const kept = await readKept(sql)
  const entries = [...ledger.values()]
  const ids = byIdentity<KeptId>([...kept.messages, ...kept.announcements])
  const messages = byIdentity(kept.messages)
  const expected = expectedOf(historiesOf(entries, kept), clock())
  return {
    messages: entries.length,
    deliveries: entries.reduce((sum, { attempts }) => sum + attempts, 0),
    events: kept.eventKeys.length,
    transactions: kept.transactions.size,
    lost: lostIn(entries, ids),
    doubled: [...doubledIn(entries, ids), ...strangersIn(entries, ids), ...repeated(kept)],
    differing: [
      ...entries.flatMap((entry) => unlike(entry, rowsOf(entry, messages)[0])),
      ...eventDifferences(expected, kept),
      ...differences('transaction', expected.transactions, kept.transactions),
      ...differences('discrepancy', expected.open, kept.open),
      ...(await miscounted(sql)).map((day) => `miscounted: ${JSON.stringify(day)}`),
    ],
  }
}

/** Longer than any deadline of the accounts: what they wait for is over, and nothing becomes due between look and comparison. */
const DEADLINE_MS = 5_000

async function settled(sql: Pool, clock: () => Date): Promise<void> {
  const look = async (): Promise<boolean> => isSettled(sql, new Date(clock().getTime() + DEADLINE_MS))
  // A database that is away for the moment says no.
  await until(async () => look().catch(() => false), { what: 'everything is processed and judged' })
}

/** What the database holds of each run, found by the sender's book. */
function historiesOf(entries: readonly Entry[], kept: Kept): History[] {
  const messages = byIdentity(kept.messages)
  const announcements = byIdentity(kept.announcements)
  const runs = Map.groupBy(entries, ({ parcel }) => parcel.run)
  return [...runs.values()].map((run) => ({
    messages: run.flatMap((entry) => rowsOf(entry, messages).slice(0, 1)),
    announcements: run.flatMap((entry) => rowsOf(entry, announcements).slice(0, 1)),
  }))
}

const lostIn = (entries: readonly Entry[], rows: Rows<KeptId>): string[] =>
  entries.flatMap((entry) => (rowsOf(entry, rows).length === 0 ? [entry.parcel.identity] : []))

const doubledIn = (entries: readonly Entry[], rows: Rows<KeptId>): string[] =>
  entries.flatMap((entry) => (rowsOf(entry, rows).length > 1 ? [entry.parcel.identity] : []))

function strangersIn(entries: readonly Entry[], rows: Rows<KeptId>): string[] {
  const known = new Set(entries.flatMap((entry) => rowsOf(entry, rows).map(({ id }) => id)))
  return [...rows.values()].flat().flatMap(({ id, kind }) => (known.has(id) ? [] : [`${kind} ${id}`]))
}

function repeated({ eventKeys }: Kept): string[] {
  const more = eventKeys.length - new Set(eventKeys).size
  return more === 0 ? [] : [`${more} events`]
}

/** From the third on, deliveries are counted in bulk: a process that dies, and a statement that fails, lose a count. */
const COUNTED_AT_ONCE = 2

/** One message against its row: content, count of deliveries, outcome. */
function unlike({ parcel, acknowledged, attempts }: Entry, row: MessageRow | undefined): string[] {
  if (!row) return []
  const { digest, deliveries, state } = row
  const problems = [
    ...(digest === parcel.digest ? [] : ['other content']),
    ...(state === 'processed' || state === 'duplicate' ? [] : [`state ${String(state)}`]),
    ...(deliveries !== null && deliveries >= Math.min(acknowledged, COUNTED_AT_ONCE) && deliveries <= attempts
      ? []
      : [`${String(deliveries)} deliveries of ${acknowledged} to ${attempts}`]),
  ]
  return problems.map((problem) => `${parcel.identity}: ${problem}`)
}

function eventDifferences(expected: Expected, { eventKeys }: Kept): string[] {
  const there = new Set(eventKeys)
  return [
    ...[...expected.eventKeys.difference(there)].map((key) => `event ${key} is missing`),
    ...[...there.difference(expected.eventKeys)].map((key) => `event ${key} is drawn from nothing`),
  ]
}

function differences(what: string, expected: Projection, there: Projection): string[] {
  return [...new Set([...expected.keys(), ...there.keys()])].flatMap((id) =>
    expected.get(id) === there.get(id)
      ? []
      : [`${what} ${id}: expected ${String(expected.get(id))}, is ${String(there.get(id))}`],
  )
}
