import { sampleProduct, withServer, type Bench } from '../bench.ts'
import { obviousService, receiverOnly, wholeService } from './contenders.ts'
import { runHttp } from './http-run.ts'
import { runReferenceA } from './pgbench-run.ts'
import type { Run } from './run.ts'

/** A measurement's runs, round by round: what stands in one round was measured within a minute or two. */
export interface Measured {
  name: string
  what: string
  rounds: Run[][]
  /** Of PostgreSQL, as they were in force. */
  settings: Record<string, string>
  /** Figures that are no rates. */
  tables?: Table[]
}

export interface Table {
  title: string
  rows: Record<string, string | number | null>[]
}

/** Receipt alone: nobody processes, so nothing but verifying, storing and acknowledging costs anything. */
export const measureAccept = async (bench: Bench): Promise<Measured> =>
  sideBySide(bench, 'accept', 'receipts per second (ROLE=receiver, nobody processes)')

/** From the first message sent to the last one reconciled. */
export const measurePipeline = async (bench: Bench): Promise<Measured> =>
  sideBySide(bench, 'pipeline', 'notifications reconciled per second (ROLE=all, bounded backlog)')

async function sideBySide(bench: Bench, scope: 'accept' | 'pipeline', what: string): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const { pgbench } = bench
    const samples = pgbench ? await sampleProduct(bench, server) : []
    const ours = scope === 'accept' ? receiverOnly(bench) : wholeService(bench)
    const contenders: (() => Promise<Run>)[] = [
      async () => runHttp(bench, server, ours, null),
      ...(pgbench ? [async () => runReferenceA(bench, { server, pgbench, samples, scope })] : []),
      async () => runHttp(bench, server, obviousService(scope), null),
    ]
    return { name: scope, what, rounds: await inRounds(bench, scope, contenders) }
  })
}

/** One after the other, again and again: what disturbs the machine disturbs all of them alike. */
export async function inRounds(
  { options, tell }: Bench,
  name: string,
  contenders: readonly (() => Promise<Run>)[],
): Promise<Run[][]> {
  const rounds: Run[][] = []
  for (let round = 1; round <= options.rounds; round += 1) {
    const runs: Run[] = []
    for (const contender of contenders) {
      const run = await contender()
      tell(`${name} ${round}/${options.rounds}  ${run.contender}: ${Math.round(run.perSecond)}/s`)
      for (const problem of run.problems) tell(`  WRONG: ${problem}`)
      runs.push(run)
    }
    rounds.push(runs)
  }
  return rounds
}
