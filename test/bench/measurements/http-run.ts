import { check } from '../check.ts'
import type { Bench } from '../bench.ts'
import type { BacklogWatch } from '../client/protocol.ts'
import { runLoad } from '../client/run-load.ts'
import { believed, type Sent } from '../messages/believed.ts'
import type { Corpus } from '../messages/corpus.ts'
import { stories, type Story } from '../messages/stories.ts'
import { referenceOf } from '../messages/template.ts'
import type { BenchDatabase, BenchServer } from '../parts/postgres.ts'
import type { ServerProcess } from '../parts/process.ts'
import { peakMemory } from '../parts/usage.ts'
import { untilProcessed } from '../reference/row-samples.ts'
import { percentilesMs, type Percentiles } from '../statistics.ts'
import { coresOf, countRows, look, type Run } from './run.ts'

/** A contender that is spoken to over HTTP: the product, or reference B. */
export interface HttpContender {
  name: string
  start: (databaseUrl: string) => Promise<ServerProcess>
  /** Whether it processes what it receives, or only keeps it. */
  processes: boolean
  /** Whether it acknowledges before it has processed, so that messages can pile up. */
  piles: boolean
}

/** `perSecond`: at fixed times; null: as fast as it answers, without letting a backlog grow. */
export async function runHttp(
  bench: Bench,
  server: BenchServer,
  contender: HttpContender,
  perSecond: number | null,
): Promise<Run> {
  const database = await server.createDatabase()
  try {
    return await measure(bench, { server, database, contender, perSecond })
  } finally {
    await database.drop()
  }
}

interface Plan {
  server: BenchServer
  database: BenchDatabase
  contender: HttpContender
  perSecond: number | null
}

async function measure(bench: Bench, plan: Plan): Promise<Run> {
  const { corpus } = bench
  const { database, contender } = plan
  const service = await contender.start(database.url)
  try {
    const { warmUp, main, before, after } = await send(bench, plan, service)
    const memory = peakMemory(service.pids)
    const messages = main.result.next - main.from
    const seconds = (after.at - main.result.startedAt) / 1_000
    const rows = await countRows(database)
    const lag = contender.processes ? await readLag(database, main.result.startedAt) : null
    const problems = await check(database, {
      corpus,
      believed: believed(corpus, [warmUp, main]),
      processed: contender.processes,
    })
    return {
      contender: contender.name,
      messages,
      seconds,
      perSecond: messages / seconds,
      acknowledge: percentilesMs(main.result.micros),
      lag,
      cores: coresOf({ before, after, clientMs: main.result.cpuMs }),
      memory,
      extra: {},
      rows,
      wal: (after.wal - before.wal) / messages,
      problems: [...problems, ...badAnswers(main)],
    }
  } finally {
    await service.stop()
  }
}

/** Warm up, let everything be processed, then measure until everything is processed again. */
async function send(bench: Bench, { server, database, contender, perSecond }: Plan, service: ServerProcess) {
  const { corpus, options } = bench
  const order = {
    port: service.port,
    file: corpus.file,
    lengths: corpus.lengths,
    to: corpus.lengths.length,
    connections: options.connections,
    perSecond,
    backlog: contender.piles && perSecond === null ? watchOf(corpus, database, options.backlog) : null,
  }
  const settle = async (): Promise<void> => (contender.processes ? untilProcessed(database) : undefined)
  const warmUp = { from: 0, result: await runLoad({ ...order, from: 0, seconds: options.warmUpSeconds }) }
  await settle()
  const pids = { services: service.pids, postmaster: server.pid }
  const before = await look(database, pids)
  const from = warmUp.result.next
  const main = { from, result: await runLoad({ ...order, from, seconds: options.seconds }) }
  await settle()
  return { warmUp, main, before, after: await look(database, pids) }
}

const WATCH_EVERY = 100

/** First messages of payments: their events are the first of their references. */
function watchOf(corpus: Corpus, { url }: BenchDatabase, limit: number): BacklogWatch {
  const indexes: number[] = []
  for (let index = 0; index < corpus.lengths.length; index += 1) {
    const isFirst = corpus.steps[index] === 0 && corpus.originals[index] === index
    if (isFirst && index - (indexes.at(-1) ?? -WATCH_EVERY) >= WATCH_EVERY) indexes.push(index)
  }
  const references = indexes.map((index) => {
    const payment = corpus.payments[index] ?? 0
    return referenceOf(payment, stories[corpus.storyOf[payment] ?? 0] as Story, false)
  })
  return { databaseUrl: url, limit, indexes: Uint32Array.from(indexes), references }
}

/**
 * Both ends are the commits themselves, as PostgreSQL stamped them, over all messages of the run. Null unless the server
 * keeps those times.
 */
async function readLag(database: BenchDatabase, since: number): Promise<Percentiles | null> {
  const [setting] = await database.query<{ on: boolean }>(
    `SELECT current_setting('track_commit_timestamp') = 'on' AS on`,
  )
  if (setting?.on !== true) return null
  const [row] = await database.query<{ lags: [number, number, number] }>(
    `SELECT percentile_disc(ARRAY[0.5, 0.99, 0.999]) WITHIN GROUP (ORDER BY extract(epoch FROM
       pg_xact_commit_timestamp(o.xmin) - pg_xact_commit_timestamp(m.xmin))::float8 * 1000) AS lags
     FROM inbox_messages m JOIN inbox_outcomes o ON o.inbox_id = m.id WHERE m.received_at >= $1`,
    [new Date(since)],
  )
  const [p50, p99, p999] = row?.lags ?? [NaN, NaN, NaN]
  return { p50, p99, p999 }
}

function badAnswers({ result }: Sent): string[] {
  const bad = result.statuses.filter((status) => status !== 200)
  return bad.length === 0 ? [] : [`${bad.length} messages were answered with ${[...new Set(bad)].join(', ')}`]
}
