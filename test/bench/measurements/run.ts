import type { Percentiles } from '../statistics.ts'
import { cpuTimes, machineTime, type CpuTimes } from '../parts/usage.ts'
import type { BenchDatabase } from '../parts/postgres.ts'
import { PASSING_TABLE, SAMPLED_TABLES } from '../reference/row-samples.ts'

/** One contender, once: what it did and what it cost. */
export interface Run {
  contender: string
  /** Notifications, redeliveries included, and the time from the first one to the end of the last one's work. */
  messages: number
  seconds: number
  perSecond: number
  /** Milliseconds to the acknowledgement; null where no message is acknowledged. */
  acknowledge: Percentiles | null
  /** Milliseconds from the commit of the receipt to that of its effects; null: not measured. */
  lag: Percentiles | null
  /** Cores in use on average; null where the system does not tell. `others`: who had no part in it. */
  cores: { service: number | null; postgres: number | null; client: number | null; others: number | null }
  /** Most memory that the service held, MiB. */
  memory: number | null
  /** What only this measurement asks for. */
  extra: Readonly<Record<string, number>>
  /** Rows in each table at the end, per distinct message. */
  rows: Record<string, number>
  /** Bytes of write-ahead log per notification. */
  wal: number
  /** What the end check found; anything makes the bench fail. */
  problems: string[]
}

export interface Spent {
  before: Point
  after: Point
  clientMs: number | null
}

/** Counters at one moment. */
export interface Point {
  at: number
  cpu: CpuTimes
  machineMs: number | null
  wal: number
}

export const look = async (
  database: BenchDatabase,
  pids: { services: readonly number[]; postmaster: number },
): Promise<Point> => ({
  wal: await walPosition(database),
  at: Date.now(),
  cpu: cpuTimes(pids),
  machineMs: machineTime(),
})

export function coresOf({ before, after, clientMs }: Spent): Run['cores'] {
  const wall = after.at - before.at
  const share = (ms: number | null): number | null => (ms === null ? null : ms / wall)
  const service = difference(after.cpu.service, before.cpu.service)
  const postgres = difference(after.cpu.postgres, before.cpu.postgres)
  const all = difference(after.machineMs, before.machineMs)
  const known = service !== null && postgres !== null && clientMs !== null && all !== null
  return {
    service: share(service),
    postgres: share(postgres),
    client: share(clientMs),
    others: share(known ? Math.max(0, all - service - postgres - clientMs) : null),
  }
}

const difference = (after: number | null, before: number | null): number | null =>
  after === null || before === null ? null : after - before

/** Rows per distinct message: the references must write what the product writes. */
export async function countRows(database: BenchDatabase): Promise<Record<string, number>> {
  const counts = [...SAMPLED_TABLES, PASSING_TABLE].map(
    (table) =>
      `(SELECT count(*) FROM ${table})::float8 / greatest((SELECT count(*) FROM receipts), 1) AS ${table}`,
  )
  const [row] = await database.query<Record<string, number>>(`SELECT ${counts.join(', ')}`)
  return row ?? {}
}

async function walPosition(database: BenchDatabase): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(`SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes`)
  return Number(row?.bytes)
}
