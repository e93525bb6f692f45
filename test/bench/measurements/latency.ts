import { withServer, type Bench } from '../bench.ts'
import { median } from '../statistics.ts'
import { receiverAndWorker, wholeService } from './contenders.ts'
import { runHttp } from './http-run.ts'
import { inRounds, type Measured } from './side-by-side.ts'

/** With the times of all commits kept, so that processing lag is read from the commits themselves. */
const KEEP_COMMIT_TIMES = { track_commit_timestamp: 'on' }

/**
 * Acknowledgement and processing at half of what the service sustains: messages come at fixed times, and the time of one
 * counts from when it was due, whether or not the sender was free. One process, and receiving and processing apart.
 */
export async function measureLatency(bench: Bench, sustained: Measured | undefined): Promise<Measured> {
  return withServer({ ...KEEP_COMMIT_TIMES, ...bench.options.set }, async (server) => {
    const ours = wholeService(bench)
    const load =
      bench.options.load ??
      Math.round(
        (sustained === undefined
          ? (await runHttp(bench, server, ours, null)).perSecond
          : median(sustained.rounds.flatMap(([run]) => (run ? [run.perSecond] : [])))) / 2,
      )
    return {
      name: 'latency',
      what: `at half load: ${load} notifications per second`,
      rounds: await inRounds(bench, 'latency', [
        async () => runHttp(bench, server, ours, load),
        async () => runHttp(bench, server, receiverAndWorker(bench), load),
      ]),
    }
  })
}
