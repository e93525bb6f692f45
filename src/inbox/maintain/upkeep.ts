import type { Services } from '../../services.ts'

/**
 * Upkeep: what no request waits for and only age brings about, such as deleting what was kept long enough. In small pieces, so
 * that it holds up nothing, and safe beside replicas that do the same.
 */
export interface Chore {
  /** What it does, in the words of logs and metrics. */
  name: string
  /** Deal with up to `limit` rows, each in one replica only; answers how many. */
  run: (now: Date, limit: number) => Promise<number>
}

export interface Upkeep {
  /** One piece of every chore; answers how many of them have more to do. */
  runOnce: () => Promise<number>
}

/** The locks of so many rows are held at once, for some milliseconds. */
const PIECE = 500

export function createUpkeep(services: Services<never>, chores: readonly Chore[]): Upkeep {
  return {
    runOnce: async () => {
      let unfinished = 0
      for (const chore of chores) if (await runPiece(services, chore)) unfinished += 1
      return unfinished
    },
  }
}

/** Whether there is more of it to do. One that failed gets its next turn, and the other chores are done all the same. */
async function runPiece(
  { clock, metrics, logger }: Services<never>,
  { name: chore, run }: Chore,
): Promise<boolean> {
  try {
    const rows = await run(clock.now(), PIECE)
    if (rows > 0) {
      metrics.upkeep.inc({ chore }, rows)
      logger.info({ chore, rows }, 'upkeep done')
    }
    return rows === PIECE
  } catch (error) {
    metrics.upkeepFailed.inc({ chore })
    logger.error({ chore, error }, 'upkeep failed; it gets its next turn')
    return false
  }
}
