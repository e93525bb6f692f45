import { withServer, type Bench } from '../bench.ts'
import { perMessage } from '../report.ts'
import { floor, receiverOnly, wholeService } from './contenders.ts'
import { emptyQueue, fillQueue } from './emptying.ts'
import { runHttp } from './http-run.ts'
import { runLeanReference } from './pgbench-run.ts'
import type { Run } from './run.ts'
import { inRounds, type Measured, type Ratio } from './side-by-side.ts'

/** The service beside the floor (Node's share of the work) and the lean reference (PostgreSQL's), at full speed. */
export async function measureRatios(bench: Bench): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const { pgbench } = bench
    const filled = await fillQueue(bench, server, WAITING)
    const rounds = await inRounds(bench, 'ratios', [
      async () => runHttp(bench, server, floor, null),
      async () => named('receipt', runHttp(bench, server, receiverOnly(bench), null)),
      async () => named('processing', emptyQueue(bench, { server, filled, count: 1 })),
      async () => named('both', runHttp(bench, server, wholeService(bench), null)),
      ...(pgbench ? [async () => runLeanReference(bench, { server, pgbench }, null)] : []),
    ])
    const what = 'notifications per second, each side alone, both in one process, and the references'
    return { name: 'ratios', what, rounds, ratios: rates(rounds) }
  })
}

/** As many as one worker empties in about half a minute. */
const WAITING = 30_000

async function named(contender: string, run: Promise<Run>): Promise<Run> {
  return { ...(await run), contender }
}

function rates(rounds: readonly Run[][]): Ratio[] {
  const of = (one: (run: Run) => number | null, contender: string, other: string) =>
    rounds.map((round) => {
      const [left, right] = [contender, other].map((name) => round.find((run) => run.contender === name))
      const [value, beside] = [left, right].map((run) => (run ? one(run) : null))
      return value == null || beside == null ? null : value / beside
    })
  const cpu = (run: Run): number | null => perMessage(run, run.cores.service)
  const rate = (run: Run): number => run.perSecond
  const memory = rounds.map((round) => round.find(({ contender }) => contender === 'both')?.memory ?? null)
  return [
    { what: "Node's CPU per receipt × the floor's", aim: '≤ 2.0', values: of(cpu, 'receipt', 'floor') },
    {
      what: "Node's CPU per message processed × the floor's",
      aim: '≤ 3.5',
      values: of(cpu, 'processing', 'floor'),
    },
    { what: "Node's CPU for both × the floor's", aim: '', values: of(cpu, 'both', 'floor') },
    {
      what: 'received per second × the lean reference',
      aim: '≥ 1.2',
      values: of(rate, 'receipt', 'lean reference'),
    },
    {
      what: 'reconciled per second × the lean reference',
      aim: '≥ 0.55',
      values: of(rate, 'both', 'lean reference'),
    },
    { what: 'peak memory of one process, MiB', aim: '≤ 320', values: memory },
  ]
}
