import pg from 'pg'
import { withServer, type Bench } from '../bench.ts'
import { perMessage } from '../report.ts'
import { besideInRounds, besideRatio, burdened } from './beside.ts'
import { wholeService } from './contenders.ts'
import { runHttp } from './http-run.ts'
import type { Measured } from './side-by-side.ts'

const RATE = 400
/** Longer than other runs: what a snapshot costs grows with what was deleted since. `--seconds 24` is three minutes. */
const LONGER = 7.5

/** What a snapshot that is held open costs meanwhile. */
export async function measureHeldSnapshot(all: Bench): Promise<Measured> {
  const bench = { ...all, options: { ...all.options, rounds: 1, seconds: all.options.seconds * LONGER } }
  return withServer(bench.options.set, async (server) => {
    const ours = wholeService(bench)
    const beside = burdened(ours, 'beside a held snapshot', async (_service, databaseUrl) =>
      holdSnapshot(databaseUrl),
    )
    const rounds = await besideInRounds(bench, 'held-snapshot', {
      alone: async () => runHttp(bench, server, ours, RATE),
      beside: async () => runHttp(bench, server, beside, RATE),
    })
    const ratio = (what: string, aim: string, read: Parameters<typeof besideRatio>[1]['read']) =>
      besideRatio(rounds, {
        what: `${what} beside a snapshot held for ${bench.options.seconds} s × alone`,
        aim,
        read,
      })
    return {
      name: 'held-snapshot',
      what: `${RATE} notifications per second while a snapshot is held open`,
      rounds,
      ratios: [
        ratio("PostgreSQL's CPU per message", '≤ 1.1', (run) => perMessage(run, run.cores.postgres)),
        ratio('rate', '≥ 0.9', (run) => run.perSecond),
      ],
    }
  })
}

async function holdSnapshot(databaseUrl: string): Promise<{ end: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('SELECT FROM inbox_queue')
  return { end: async () => client.end() }
}
