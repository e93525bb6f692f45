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
  /** What the page about performance quotes: one value per round, and what it should be. */
  ratios?: Ratio[]
  /** What is wrong, beside the problems of the runs. */
  problems?: string[]
}

export interface Ratio {
  what: string
  aim: string
  values: (number | null)[]
}

export interface Table {
  title: string
  rows: Record<string, string | number | null>[]
}

/** Receipt alone: no worker runs, so nothing but verifying, storing and acknowledging costs anything. */
export const measureAccept = async (bench: Bench): Promise<Measured> =>
  sideBySide(bench, 'accept', 'receipts per second (ROLE=receiver, no worker)')

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
    const rounds = await inRounds(bench, scope, contenders)
    return { name: scope, what, rounds: rounds.map(withRowProblems) }
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

/** Rows per message may differ by this much: the random mix of a run. */
const ROWS_TOLERANCE = 0.02
/** In a short run most payments are at their first step, and there are more of them per message. */
const ENOUGH_MESSAGES = 200_000

/** A reference that writes fewer rows than the product is no reference. */
function withRowProblems(round: readonly Run[]): Run[] {
  const [first] = round
  return round.map((run) => {
    const tables = Object.keys(run.rows).filter(
      (table) => table !== 'transactions' || Math.min(run.messages, first?.messages ?? 0) >= ENOUGH_MESSAGES,
    )
    const different = tables.filter((table) => {
      const [ours = 0, theirs = 0] = [first?.rows[table], run.rows[table]]
      return Math.abs(ours - theirs) > ROWS_TOLERANCE * Math.max(ours, theirs)
    })
    const problems = different.map(
      (table) =>
        `${run.rows[table]?.toFixed(3) ?? '?'} rows per message in ${table}, the product has ${first?.rows[table]?.toFixed(3) ?? '?'}`,
    )
    return { ...run, problems: [...run.problems, ...problems] }
  })
}
