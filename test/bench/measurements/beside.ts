import type { Bench } from '../bench.ts'
import type { ServerProcess } from '../parts/process.ts'
import type { HttpContender } from './http-run.ts'
import type { Run } from './run.ts'
import { inRounds, type Ratio } from './side-by-side.ts'

/** The service under the same honest traffic, alone and beside a burden. */

/** Begins with the service, before any traffic, and ends before the service does. */
export type Burden = (service: ServerProcess, databaseUrl: string) => Promise<{ end: () => Promise<void> }>

export function burdened(contender: HttpContender, name: string, burden: Burden): HttpContender {
  return {
    ...contender,
    name,
    // The burden's own messages are none of the senders'.
    keeps: false,
    start: async (databaseUrl) => {
      const service = await contender.start(databaseUrl)
      const { end } = await burden(service, databaseUrl).catch(async (error: unknown) => {
        await service.stop()
        throw error
      })
      return {
        ...service,
        stop: async () => {
          await end()
          await service.stop()
        },
      }
    },
  }
}

/** Alone first, then beside the burden, in every round. */
export const besideInRounds = async (
  bench: Bench,
  name: string,
  runs: { alone: () => Promise<Run>; beside: () => Promise<Run> },
): Promise<Run[][]> => inRounds(bench, name, [runs.alone, runs.beside])

/** Of a figure beside the burden to the same one alone, round by round. */
export function besideRatio(
  rounds: readonly Run[][],
  { what, aim, read }: Pick<Ratio, 'what' | 'aim'> & { read: (run: Run) => number | null },
): Ratio {
  const values = rounds.map(([alone, beside]) => {
    const [before, after] = [alone, beside].map((run) => (run ? read(run) : null))
    return before == null || after == null ? null : after / before
  })
  return { what, aim, values }
}

export const p99Of = (run: Run): number | null => run.acknowledge?.p99 ?? null
