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

/** A contender that is spoken to over HTTP: the product, reference B or the floor. */
export interface HttpContender {
  name: string
  start: (databaseUrl: string) => Promise<ServerProcess>
  /** Whether it keeps what it receives, so that there is something to check. */
  keeps: boolean
  /** Whether it processes what it receives, or only keeps it. */
  processes: boolean
  /** Whether it acknowledges before it has processed, so that messages can pile up. */
  piles: boolean
}

/** A database, and what was sent to the services on it so far. */
export interface Stage {
  server: BenchServer
  database: BenchDatabase
  sent: Sent[]
  /** When it became a stage. */
  since: Date
}

export const openStage = (server: BenchServer, database: BenchDatabase): Stage => ({
  server,
  database,
  sent: [],
  since: new Date(),
})

/** On a fresh database. `perSecond`: at fixed times; null: as fast as it answers, without letting a backlog grow. */
export async function runHttp(
  bench: Bench,
  server: BenchServer,
  contender: HttpContender,
  perSecond: number | null,
): Promise<Run> {
  const database = await server.createDatabase()
  try {
    const run = await runOn(bench, openStage(server, database), contender, perSecond)
    return { ...run, rows: await countRows(database) }
  } finally {
    await database.drop()
  }
}

/** The same on a database that stays. */
export async function runOn(
  bench: Bench,
  stage: Stage,
  contender: HttpContender,
  perSecond: number | null,
): Promise<Run> {
  const { database, since } = stage
  const { processes: processed } = contender
  const service = await contender.start(database.url)
  try {
    const { main, before, after } = await send(bench, stage, { contender, perSecond, service })
    const memory = peakMemory(service.pids)
    const messages = main.result.next - main.from
    const seconds = (after.at - main.result.startedAt) / 1_000
    const lag = processed ? await readLag(database, main.result.startedAt) : null
    const facts = { corpus: bench.corpus, believed: believed(bench.corpus, stage.sent), processed, since }
    const problems = contender.keeps ? await check(database, facts) : []
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
      rows: {},
      wal: (after.wal - before.wal) / messages,
      problems: [...problems, ...badAnswers(main)],
    }
  } finally {
    await service.stop()
  }
}

interface Sending {
  contender: HttpContender
  perSecond: number | null
  service: ServerProcess
}

/** Warm up at full speed, let everything be processed, then measure until everything is processed again. */
async function send(
  { corpus, options }: Bench,
  { server, database, sent }: Stage,
  { contender, perSecond, service }: Sending,
) {
  const order = {
    port: service.port,
    file: corpus.file,
    lengths: corpus.lengths,
    to: corpus.lengths.length,
    connections: options.connections,
  }
  const sendFor = async (seconds: number, pace: number | null): Promise<Sent> => {
    const from = sent.at(-1)?.result.next ?? 0
    const backlog = contender.piles && pace === null ? watchOf(corpus, database, options.backlog) : null
    const stretch = { from, result: await runLoad({ ...order, from, seconds, perSecond: pace, backlog }) }
    sent.push(stretch)
    if (contender.processes) await untilProcessed(database)
    return stretch
  }
  const pids = { services: service.pids, postmaster: server.pid }
  await sendFor(options.warmUpSeconds, null)
  const before = await look(database, pids)
  const main = await sendFor(options.seconds, perSecond)
  return { main, before, after: await look(database, pids) }
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
