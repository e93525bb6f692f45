import { withServer, type Bench } from '../bench.ts'
import { wholeService } from './contenders.ts'
import { runHttp } from './http-run.ts'
import { runLeanReference } from './pgbench-run.ts'
import type { Run } from './run.ts'
import { inRounds, type Measured } from './side-by-side.ts'

const USUAL = 200
const BUSY = 400

/** Longer than a run at full speed: the slowest hundredth needs messages to be told from. */
const LONGER = 2

/** How long an acknowledgement takes at rates that a shop has, beside the lean reference's statement at the same rate. */
export async function measurePaced(all: Bench): Promise<Measured> {
  const bench = { ...all, options: { ...all.options, seconds: all.options.seconds * LONGER } }
  return withServer(bench.options.set, async (server) => {
    const { pgbench } = bench
    const ours = wholeService(bench)
    const rounds = await inRounds(bench, 'paced', [
      async () => ({ ...(await runHttp(bench, server, ours, USUAL)), contender: `service at ${USUAL}/s` }),
      ...(pgbench ? [async () => runLeanReference(bench, { server, pgbench }, USUAL)] : []),
      async () => ({ ...(await runHttp(bench, server, ours, BUSY)), contender: `service at ${BUSY}/s` }),
    ])
    const p99 = (round: readonly Run[], name: string): number | null =>
      round.find(({ contender }) => contender === name)?.acknowledge?.p99 ?? null
    return {
      name: 'paced',
      what: 'acknowledgement of messages that come at fixed times, each reconciled meanwhile',
      rounds,
      ratios: [
        {
          what: `p99 of the acknowledgement at ${USUAL}/s × the statement's`,
          aim: '≤ 2.5',
          values: rounds.map((round) =>
            quotient(p99(round, `service at ${USUAL}/s`), p99(round, 'lean reference')),
          ),
        },
        ...[USUAL, BUSY].map((rate) => ({
          what: `p99 of the acknowledgement at ${rate}/s, ms`,
          aim: rate === BUSY ? '≤ 20' : '',
          values: rounds.map((round) => p99(round, `service at ${rate}/s`)),
        })),
      ],
    }
  })
}

const quotient = (value: number | null, beside: number | null): number | null =>
  value === null || beside === null ? null : value / beside
