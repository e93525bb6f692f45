import type { Bench } from '../bench.ts'
import { withServer } from '../bench.ts'
import type { LoadOrder, LoadResult } from '../client/protocol.ts'
import { runLoad } from '../client/run-load.ts'
import { forge } from '../messages/forged.ts'
import type { BenchServer } from '../parts/postgres.ts'
import { median } from '../statistics.ts'
import { wholeService } from './contenders.ts'
import { runHttp, type HttpContender } from './http-run.ts'
import type { Run } from './run.ts'
import { inRounds, type Measured } from './side-by-side.ts'

/** Of what is sustained: what a shop sends on a busy day, not what the machine can do. */
const LOAD = 0.25

/** What is compared with the flood need not last as long as that. */
const SECONDS_MAX = 60

/** Forgers whose next attempt waits for the last answer, and a crowd that waits for nothing. */
const FORGERS = { connections: 64, perSecond: null }
const FLOOD = { connections: 6_000, perSecond: 2_000 }

/** Verified traffic at a fixed rate, alone and beside forgeries. */
export async function measureForgeries(bench: Bench, sustained: Measured | undefined): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const ours = wholeService(bench)
    const load = bench.options.load ?? Math.round(LOAD * (await sustainedRate(bench, server, sustained)))
    const { options } = bench
    const short = { ...bench, options: { ...options, seconds: Math.min(options.seconds, SECONDS_MAX) } }
    const forged = forge(bench.corpus, bench.directory)
    const beside = async (some: Bench, pace: Pace): Promise<Run> => {
      const flood = createFlood(some, { forged, pace })
      return withForgeries(await runHttp(some, server, flood.beside(ours), load), flood.last())
    }
    return {
      name: 'forgeries',
      what: `verified traffic of ${load} notifications per second beside forgeries`,
      rounds: await inRounds(bench, 'forgeries', [
        async () => ({ ...(await runHttp(short, server, ours, load)), contender: 'alone' }),
        async () => ({ ...(await beside(short, FORGERS)), contender: 'beside 64 forgers that never rest' }),
        async () => ({ ...(await beside(bench, FLOOD)), contender: 'beside a flood on 6,000 connections' }),
      ]),
    }
  })
}

async function sustainedRate(
  bench: Bench,
  server: BenchServer,
  sustained: Measured | undefined,
): Promise<number> {
  return sustained === undefined
    ? (await runHttp(bench, server, wholeService(bench), null)).perSecond
    : median(sustained.rounds.flatMap(([run]) => (run ? [run.perSecond] : [])))
}

type Pace = Pick<LoadOrder, 'connections' | 'perSecond'>

/** Forgeries that are sent from the start of a service to its end. */
function createFlood({ options, corpus }: Bench, { forged, pace }: { forged: string; pace: Pace }) {
  const order = { file: forged, lengths: corpus.lengths, from: 0, to: corpus.lengths.length, backlog: null }
  const seconds = options.warmUpSeconds + options.seconds + 2
  let last: Promise<LoadResult> | undefined
  return {
    beside: (contender: HttpContender): HttpContender => ({
      ...contender,
      start: async (databaseUrl) => {
        const service = await contender.start(databaseUrl)
        last = runLoad({ ...order, ...pace, port: service.port, seconds })
        return {
          ...service,
          stop: async () => {
            await last
            await service.stop()
          },
        }
      },
    }),
    last: async (): Promise<LoadResult> => {
      if (!last) throw new Error('nothing was forged')
      return last
    },
  }
}

async function withForgeries(run: Run, flood: Promise<LoadResult>): Promise<Run> {
  const { statuses, startedAt, endedAt } = await flood
  const count = (wanted: number): number => statuses.filter((status) => status === wanted).length
  const refused = count(401) + count(429)
  // The server may close a connection on which nothing came for long, just when something comes.
  const taken = statuses.length - refused - count(0)
  return {
    ...run,
    extra: { forgeries: refused, 'forgeries per second': (refused * 1_000) / (endedAt - startedAt) },
    problems: [...run.problems, ...(taken === 0 ? [] : [`${taken} forgeries were not refused`])],
  }
}
