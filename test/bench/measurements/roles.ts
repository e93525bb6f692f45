import { withServer, type Bench } from '../bench.ts'
import { receiverAndWorker, wholeService } from './contenders.ts'
import { emptyQueue, fillQueue } from './emptying.ts'
import { runHttp } from './http-run.ts'
import { inRounds, type Measured } from './side-by-side.ts'

/** One process for everything beside one that receives and one that processes. */
export async function measureRoles(bench: Bench): Promise<Measured> {
  return withServer(bench.options.set, async (server) => ({
    name: 'roles',
    what: 'notifications reconciled per second, by one process and by two (bounded backlog)',
    rounds: await inRounds(bench, 'roles', [
      async () => runHttp(bench, server, wholeService(bench), null),
      async () => runHttp(bench, server, receiverAndWorker(bench), null),
    ]),
  }))
}

const WORKERS = [1, 2, 4]
/** How many messages wait in the queue that they empty, at most. */
const WAITING = 100_000

/** How fast several workers empty one queue, and whether they get in each other's way. */
export async function measureWorkers(bench: Bench): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const filled = await fillQueue(bench, server, WAITING)
    const contenders = WORKERS.map((count) => async () => emptyQueue(bench, { server, filled, count }))
    return {
      name: 'workers',
      what: `messages per second of a queue of ${filled.sent.result.next}, by number of workers`,
      rounds: await inRounds(bench, 'workers', contenders),
    }
  })
}
