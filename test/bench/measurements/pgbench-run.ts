import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { runPgbench, type Pgbench } from '../parts/pgbench.ts'
import type { BenchDatabase, BenchServer } from '../parts/postgres.ts'
import { leanWork } from '../reference/lean-statement.ts'
import { pgbenchWork, type PgbenchWork, type Scope } from '../reference/pgbench-script.ts'
import type { StepRows } from '../reference/row-samples.ts'
import { percentilesMs } from '../statistics.ts'
import { coresOf, countRows, look, type Run } from './run.ts'

/** What PostgreSQL does with statements when nothing else is in the way. */
interface PgbenchContender {
  name: string
  work: PgbenchWork
  /** Notifications in each script. */
  perScript: (database: BenchDatabase, scripts: number) => Promise<number> | number
  /** Scripts per second; null: as many as there can be. */
  perSecond: number | null
}

export interface PgbenchPlace {
  server: BenchServer
  pgbench: Pgbench
}

/** Reference A: one statement per notification that writes the product's rows. */
export async function runReferenceA(bench: Bench, reference: ReferenceA): Promise<Run> {
  const { samples, scope } = reference
  const work = pgbenchWork(samples, scope)
  return runContender(bench, reference, {
    name: 'A: pgbench',
    work,
    perScript: messagesPerScript,
    perSecond: null,
  })
}

export interface ReferenceA extends PgbenchPlace {
  samples: readonly StepRows[]
  scope: Scope
}

/** The lean reference, as fast as it goes or at a rate. */
export const runLeanReference = async (
  bench: Bench,
  place: PgbenchPlace,
  perSecond: number | null,
): Promise<Run> =>
  runContender(bench, place, { name: 'lean reference', work: leanWork(), perScript: () => 1, perSecond })

async function runContender(
  bench: Bench,
  { server, pgbench }: PgbenchPlace,
  { name, work, perScript, perSecond }: PgbenchContender,
): Promise<Run> {
  const { pgbenchClients: clients, warmUpSeconds, seconds } = bench.options
  const database = await server.createDatabase()
  try {
    await database.query(work.setUp)
    const directory = mkdtempSync(join(bench.directory, 'pgbench-'))
    const settings = { clients, warmUpSeconds, seconds, directory, perSecond }
    const running = runPgbench(pgbench, database, work, settings)
    const pids = { services: [], postmaster: server.pid }
    await Promise.race([running, pause(warmUpSeconds * 1_000)])
    const before = await look(database, pids)
    const ran = await running
    const after = await look(database, pids)
    const rate = ran.scriptsPerSecond * (await perScript(database, ran.scripts))
    const elapsed = (after.at - before.at) / 1_000
    const messages = Math.round(rate * elapsed)
    const clientMs = ran.cores === null ? null : ran.cores * elapsed * 1_000
    return {
      contender: name,
      messages,
      seconds: elapsed,
      perSecond: rate,
      acknowledge: ran.micros === null ? null : percentilesMs(ran.micros),
      lag: null,
      cores: { ...coresOf({ before, after, clientMs }), service: null },
      memory: null,
      extra: {},
      rows: await countRows(database),
      wal: (after.wal - before.wal) / messages,
      problems: [],
    }
  } finally {
    await database.drop()
  }
}

async function messagesPerScript(database: BenchDatabase, scripts: number): Promise<number> {
  const [counted] = await database.query<{ deliveries: number }>(
    'SELECT sum(deliveries)::int AS deliveries FROM receipts',
  )
  return (counted?.deliveries ?? 0) / scripts
}
