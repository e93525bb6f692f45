import { withServer, type Bench } from '../bench.ts'
import { check } from '../check.ts'
import { runLoad } from '../client/run-load.ts'
import { believed, type Sent } from '../messages/believed.ts'
import type { BenchServer } from '../parts/postgres.ts'
import type { ServerProcess } from '../parts/process.ts'
import { currentMemory } from '../parts/usage.ts'
import { untilProcessed } from '../reference/row-samples.ts'
import { median } from '../statistics.ts'
import { wholeService } from './contenders.ts'
import { runHttp } from './http-run.ts'
import type { Measured, Table } from './side-by-side.ts'

/** Whether memory stays what it is over all messages, and over a database that is too slow for the traffic. */
export async function measureMemory(bench: Bench): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const { run, samples } = await longRun(bench, server)
    bench.tell(`memory  ${run.messages} notifications, ${Math.round(run.perSecond)}/s`)
    const pushedBack = await pushBack(bench, server)
    return {
      name: 'memory',
      what: `resident memory over ${run.messages} notifications, and in front of a slow database`,
      rounds: [[{ ...run, problems: [...run.problems, ...pushedBack.problems] }]],
      tables: [quarters(samples), pushedBack.table],
    }
  })
}

const SAMPLE_MS = 500

/** All messages there are, as fast as they are processed. */
async function longRun(bench: Bench, server: BenchServer) {
  const ours = wholeService(bench)
  const sampler = createSampler()
  const sampled = {
    ...ours,
    start: async (databaseUrl: string): Promise<ServerProcess> =>
      sampler.watch(await ours.start(databaseUrl)),
  }
  const untilAllIsSent = { ...bench, options: { ...bench.options, seconds: 86_400 } }
  const run = await runHttp(untilAllIsSent, server, sampled, null)
  return { run, samples: sampler.samples }
}

/** Looks at a server's memory until it is stopped. */
function createSampler() {
  const samples: number[] = []
  const watch = (server: ServerProcess): ServerProcess => {
    const timer = setInterval(() => samples.push(currentMemory(server.pids) ?? NaN), SAMPLE_MS)
    return {
      ...server,
      stop: async () => {
        clearInterval(timer)
        await server.stop()
      },
    }
  }
  return { samples, watch }
}

function quarters(samples: readonly number[]): Table {
  const length = Math.ceil(samples.length / 4)
  return {
    title: 'MiB by quarter of the run, the start-up included in the first',
    rows: [0, 1, 2, 3].map((quarter) => {
      const part = samples.slice(quarter * length, (quarter + 1) * length)
      return { quarter: quarter + 1, median: Math.round(median(part)), most: Math.round(Math.max(...part)) }
    }),
  }
}

/** A second for every statement that stores: the rate of a database in deep trouble. */
const SLOW_DOWN = `
CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
CREATE TRIGGER slow_down BEFORE INSERT ON receipts FOR EACH STATEMENT EXECUTE FUNCTION slow_down()`

/** More senders than the service lets wait, and far more messages than such a database takes. */
const FLOOD = { connections: 6_000, perSecond: 3_000, seconds: 15 }

async function pushBack(bench: Bench, server: BenchServer): Promise<{ table: Table; problems: string[] }> {
  const { corpus } = bench
  const database = await server.createDatabase()
  const since = new Date()
  const sampler = createSampler()
  const service = sampler.watch(await wholeService(bench).start(database.url))
  const messages = {
    port: service.port,
    file: corpus.file,
    lengths: corpus.lengths,
    to: corpus.lengths.length,
    backlog: null,
  }
  const sent: Sent[] = []
  const send = async (pace: {
    connections: number
    perSecond: number | null
    seconds: number
  }): Promise<Sent> => {
    const from = sent.at(-1)?.result.next ?? 0
    const stretch = { from, result: await runLoad({ ...messages, ...pace, from }) }
    sent.push(stretch)
    return stretch
  }
  try {
    const usual = {
      connections: bench.options.connections,
      perSecond: null,
      seconds: bench.options.warmUpSeconds,
    }
    await send(usual)
    const before = currentMemory(service.pids)
    await database.query(SLOW_DOWN)
    const flood = await send(FLOOD)
    await database.query('DROP TRIGGER slow_down ON receipts')
    const after = await send(usual)
    await untilProcessed(database)
    return {
      table: describeFlood(flood, { before, most: Math.max(...sampler.samples) }),
      problems: [
        ...wrongAnswers(flood, after),
        ...(await check(database, { corpus, believed: believed(corpus, sent), processed: true, since })),
      ],
    }
  } finally {
    await service.stop()
    await database.drop()
  }
}

const answered = ({ result }: Sent, status: number): number =>
  result.statuses.filter((one) => one === status).length

function describeFlood(flood: Sent, memory: { before: number | null; most: number }): Table {
  return {
    title: `${FLOOD.perSecond} notifications per second on ${FLOOD.connections} connections, a database that needs a second for each statement`,
    rows: [
      {
        sent: flood.result.statuses.length,
        acknowledged: answered(flood, 200),
        'refused with 503': answered(flood, 503),
        'cut off': answered(flood, 0),
        'without Retry-After': flood.result.retryAfterMissing,
        'MiB before': Math.round(memory.before ?? NaN),
        'MiB at most': Math.round(memory.most),
      },
    ],
  }
}

function wrongAnswers(flood: Sent, after: Sent): string[] {
  // A connection that has said nothing for ten seconds is closed, perhaps just when it is about to: the sender sends again.
  const other = flood.result.statuses.filter((status) => ![0, 200, 503].includes(status))
  const late = after.result.statuses.length - answered(after, 200)
  return [
    answered(flood, 503) === 0 && 'a flood was not pushed back',
    other.length > 0 &&
      `${other.length} messages of a flood were answered with ${[...new Set(other)].join(', ')}`,
    flood.result.retryAfterMissing > 0 &&
      `${flood.result.retryAfterMissing} answers of 503 had no Retry-After`,
    late > 0 && `${late} messages were not acknowledged after the database had recovered`,
  ].flatMap((problem) => (problem === false ? [] : [problem]))
}
