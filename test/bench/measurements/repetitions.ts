import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { withServer, type Bench } from '../bench.ts'
import { runLoad } from '../client/run-load.ts'
import type { LoadResult } from '../client/protocol.ts'
import { besideInRounds, besideRatio, burdened, p99Of, type Burden } from './beside.ts'
import { wholeService } from './contenders.ts'
import { runHttp } from './http-run.ts'
import type { Measured } from './side-by-side.ts'

const HONEST = 200
const REPEATED = { perSecond: 3_000, connections: 64 }
const LONGER = 2

/** One valid message, sent again and again, beside honest traffic: what a shopper can do who kept a redirect's URL. */
export async function measureRepetitions(all: Bench): Promise<Measured> {
  const bench = { ...all, options: { ...all.options, seconds: all.options.seconds * LONGER } }
  return withServer(bench.options.set, async (server) => {
    const ours = wholeService(bench)
    const taken: number[] = []
    const beside = burdened(ours, `beside ${REPEATED.perSecond}/s of one message`, repeat(bench, taken))
    const rounds = await besideInRounds(bench, 'repetitions', {
      alone: async () => runHttp(bench, server, ours, HONEST),
      beside: async () => runHttp(bench, server, beside, HONEST),
    })
    return {
      name: 'repetitions',
      what: `${HONEST} honest notifications per second beside one that is sent again and again`,
      rounds,
      ratios: [
        besideRatio(rounds, {
          what: `honest p99 beside ${REPEATED.perSecond} repetitions a second × alone`,
          aim: '≤ 1.2',
          read: p99Of,
        }),
        { what: 'repetitions acknowledged per second', aim: `${REPEATED.perSecond}`, values: taken },
      ],
    }
  })
}

/** Sends the first message of the corpus until the run is over. */
function repeat({ corpus, directory, options }: Bench, taken: number[]): Burden {
  const seconds = options.warmUpSeconds + options.seconds + 2
  const count = Math.ceil(seconds * REPEATED.perSecond)
  const length = corpus.lengths[0] ?? 0
  const file = join(directory, 'repeated.bin')
  writeRepeated({ from: corpus.file, to: file, length, count })
  return async (service) => {
    const order = {
      port: service.port,
      file,
      lengths: new Uint32Array(count).fill(length),
      from: 0,
      to: count,
      backlog: null,
    }
    const sending = runLoad({ ...order, ...REPEATED, seconds })
    return {
      end: async () => {
        taken.push(acknowledgedPerSecond(await sending))
      },
    }
  }
}

function writeRepeated({
  from,
  to,
  length,
  count,
}: {
  from: string
  to: string
  length: number
  count: number
}): void {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'w')]
  const request = Buffer.alloc(length)
  readSync(source, request, 0, length, 0)
  for (let index = 0; index < count; index += 1) writeSync(target, request)
  closeSync(source)
  closeSync(target)
}

const acknowledgedPerSecond = ({ statuses, startedAt, endedAt }: LoadResult): number =>
  (statuses.filter((status) => status === 200).length * 1_000) / (endedAt - startedAt)
