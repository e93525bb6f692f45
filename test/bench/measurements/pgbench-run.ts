import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { runPgbench, type Pgbench } from '../parts/pgbench.ts'
import type { BenchDatabase, BenchServer } from '../parts/postgres.ts'
import { pgbenchWork, type Scope } from '../reference/pgbench-script.ts'
import type { StepRows } from '../reference/row-samples.ts'
import { coresOf, countRows, look, type Run } from './run.ts'

/** Reference A: what PostgreSQL does with one statement per notification when nothing else is in the way. */
export async function runReferenceA(bench: Bench, reference: ReferenceA): Promise<Run> {
  const { server, pgbench, samples, scope } = reference
  const { pgbenchClients: clients, warmUpSeconds, seconds } = bench.options
  const database = await server.createDatabase()
  try {
    const work = pgbenchWork(samples, scope)
    await database.query(work.setUp)
    const directory = join(bench.directory, `pgbench-${scope}`)
    const running = runPgbench(pgbench, database, work, { clients, warmUpSeconds, seconds, directory })
    const pids = { services: [], postmaster: server.pid }
    await Promise.race([running, pause(warmUpSeconds * 1_000)])
    const before = await look(database, pids)
    const ran = await running
    const after = await look(database, pids)
    const perSecond = ran.scriptsPerSecond * (await messagesPerScript(database, ran.scripts))
    const elapsed = (after.at - before.at) / 1_000
    const messages = Math.round(perSecond * elapsed)
    const clientMs = ran.cores === null ? null : ran.cores * elapsed * 1_000
    return {
      contender: 'A: pgbench',
      messages,
      seconds: elapsed,
      perSecond,
      acknowledge: null,
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

export interface ReferenceA {
  server: BenchServer
  pgbench: Pgbench
  samples: readonly StepRows[]
  scope: Scope
}

async function messagesPerScript(database: BenchDatabase, scripts: number): Promise<number> {
  const [counted] = await database.query<{ deliveries: number }>(
    'SELECT sum(deliveries)::int AS deliveries FROM receipts',
  )
  return (counted?.deliveries ?? 0) / scripts
}
