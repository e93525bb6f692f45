import type { Bench } from '../bench.ts'
import { withServer } from '../bench.ts'
import type { LoadResult } from '../client/protocol.ts'
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

/** Verified traffic at a fixed rate, alone and beside a sender of forgeries that never rests. */
export async function measureForgeries(bench: Bench, sustained: Measured | undefined): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const ours = wholeService(bench)
    const load = bench.options.load ?? Math.round(LOAD * (await sustainedRate(bench, server, sustained)))
    const flood = createFlood(bench)
    return {
      name: 'forgeries',
      what: `verified traffic of ${load} notifications per second beside forgeries`,
      rounds: await inRounds(bench, 'forgeries', [
        async () => ({ ...(await runHttp(bench, server, ours, load)), contender: 'alone' }),
        async () => withForgeries(await runHttp(bench, server, flood.beside(ours), load), flood.last()),
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

/** Forgeries that are sent from the start of a service to its end. */
function createFlood({ options, corpus, directory }: Bench) {
  const file = forge(corpus, directory)
  const order = { file, lengths: corpus.lengths, from: 0, to: corpus.lengths.length, backlog: null }
  const seconds = options.warmUpSeconds + options.seconds + 2
  let last: Promise<LoadResult> | undefined
  return {
    beside: (contender: HttpContender): HttpContender => ({
      ...contender,
      start: async (databaseUrl) => {
        const service = await contender.start(databaseUrl)
        const { connections } = options
        last = runLoad({ ...order, port: service.port, connections, perSecond: null, seconds })
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
  const taken = statuses.length - refused
  return {
    ...run,
    contender: 'beside forgeries',
    extra: { forgeries: statuses.length, 'forgeries per second': (refused * 1_000) / (endedAt - startedAt) },
    problems: [...run.problems, ...(taken === 0 ? [] : [`${taken} forgeries were not refused`])],
  }
}
