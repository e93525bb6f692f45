import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { runPgbench, type Pgbench } from '../parts/pgbench.ts'
import type { BenchServer } from '../parts/postgres.ts'
import { cpuTimes, machineTime } from '../parts/usage.ts'
import { pgbenchWork, type Scope } from '../reference/pgbench-script.ts'
import type { StepRows } from '../reference/row-samples.ts'
import { coresOf, countRows, walPosition, type Point, type Run } from './run.ts'

/** Reference A: what PostgreSQL does with one statement per notification when nothing else is in the way. */
export async function runReferenceA(
  bench: Bench,
  {
    server,
    pgbench,
    samples,
    scope,
  }: { server: BenchServer; pgbench: Pgbench; samples: readonly StepRows[]; scope: Scope },
): Promise<Run> {
  const { pgbenchClients: clients, seconds } = bench.options
  const database = await server.createDatabase()
  const look = async (): Promise<Point> => ({
    wal: await walPosition(database),
    at: Date.now(),
    cpu: cpuTimes({ services: [], postmaster: server.pid }),
    machineMs: machineTime(),
  })
  try {
    const before = await look()
    const work = pgbenchWork(samples, scope)
    const directory = join(bench.directory, `pgbench-${scope}`)
    const ran = await runPgbench(pgbench, database, work, { clients, seconds, directory })
    const after = await look()
    const [counted] = await database.query<{ deliveries: number }>(
      'SELECT sum(deliveries)::int AS deliveries FROM receipts',
    )
    const messages = counted?.deliveries ?? 0
    return {
      contender: 'A: pgbench',
      messages,
      seconds: ran.seconds,
      perSecond: messages / ran.seconds,
      acknowledge: null,
      lag: null,
      cores: coresOf({ before, after, clientMs: ran.cpuMs }),
      memory: null,
      rows: await countRows(database),
      wal: (after.wal - before.wal) / messages,
      problems: [],
    }
  } finally {
    await database.drop()
  }
}
