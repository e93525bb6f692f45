import type { Bench } from '../bench.ts'
import { check } from '../check.ts'
import { runLoad } from '../client/run-load.ts'
import { believed, type Sent } from '../messages/believed.ts'
import type { BenchDatabase, BenchServer } from '../parts/postgres.ts'
import { startService } from '../parts/service.ts'
import { peakMemory } from '../parts/usage.ts'
import { untilProcessed } from '../reference/row-samples.ts'
import { coresOf, countRows, look, type Run } from './run.ts'

/** Workers without a receiver: a queue that was filled before, emptied as fast as it goes. */
export interface FilledQueue {
  database: BenchDatabase
  since: Date
  sent: Sent
}

/** A queue of messages that are due in an hour, so that all workers can be waited for. */
export async function fillQueue(
  { corpus, options, accountsFile }: Bench,
  server: BenchServer,
  waiting: number,
): Promise<FilledQueue> {
  const database = await server.createDatabase()
  const since = new Date()
  const receiver = await startService({ databaseUrl: database.url, role: 'receiver', accountsFile })
  const result = await runLoad({
    port: receiver.port,
    file: corpus.file,
    lengths: corpus.lengths,
    from: 0,
    to: Math.min(waiting, corpus.lengths.length),
    connections: options.connections,
    seconds: 600,
    perSecond: null,
    backlog: null,
  })
  await receiver.stop()
  await database.query(`UPDATE inbox_queue SET due_at = now() + interval '1 hour'`)
  await database.query('VACUUM ANALYZE')
  return { database, since, sent: { from: 0, result } }
}

export async function emptyQueue(
  bench: Bench,
  { server, filled, count }: { server: BenchServer; filled: FilledQueue; count: number },
): Promise<Run> {
  const { accountsFile, corpus } = bench
  const database = await server.createDatabase(filled.database)
  const start = async () => startService({ databaseUrl: database.url, role: 'worker', accountsFile })
  const workers = await Promise.all(Array.from({ length: count }, start))
  const services = workers.flatMap(({ pids }) => pids)
  try {
    const pids = { services, postmaster: server.pid }
    const before = await look(database, pids)
    await database.query('UPDATE inbox_queue SET due_at = now()')
    await untilProcessed(database, 900)
    const after = await look(database, pids)
    const [times] = await database.query<{ first: Date; messages: number }>(
      'SELECT min(processed_at) AS first, count(*)::int AS messages FROM inbox_outcomes',
    )
    const messages = times?.messages ?? 0
    const seconds = (after.at - (times?.first.getTime() ?? 0)) / 1_000
    return {
      contender: count === 1 ? '1 worker' : `${count} workers`,
      messages,
      seconds,
      perSecond: messages / seconds,
      acknowledge: null,
      lag: null,
      cores: coresOf({ before, after, clientMs: 0 }),
      memory: peakMemory(services),
      extra: await readConflicts(database),
      rows: await countRows(database),
      wal: (after.wal - before.wal) / messages,
      problems: await check(database, {
        corpus,
        believed: believed(corpus, [filled.sent]),
        processed: true,
        since: filled.since,
      }),
    }
  } finally {
    for (const worker of workers) await worker.stop()
    await database.drop()
  }
}

/** PostgreSQL hands its counters in when a connection ends or falls idle; what the last second brought may be missing. */
async function readConflicts(database: BenchDatabase): Promise<Record<string, number>> {
  const [row] = await database.query<{ deadlocks: number; rollbacks: number }>(
    `SELECT deadlocks::int, xact_rollback::int AS rollbacks FROM pg_stat_database WHERE datname = current_database()`,
  )
  return { deadlocks: row?.deadlocks ?? 0, rollbacks: row?.rollbacks ?? 0 }
}
