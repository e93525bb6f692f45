import type { Services } from '../../services.ts'

/**
 * Maintenance (`upkeep` in logs and metrics): work that no request waits for, such as deleting bodies that were kept long enough.
 * It is done in small pieces, so that no other transaction waits long for its locks. Replicas may do it at the same time.
 */
export interface Task {
  /** What it does: the label `chore` of logs and metrics. */
  name: string
  /** Deal with up to `limit` rows, each in one replica only; answers how many. */
  run: (now: Date, limit: number) => Promise<number>
}

export interface Maintenance {
  /** One piece of every task; answers how many of them have more to do. */
  runOnce: () => Promise<number>
}

/** The locks of so many rows are held at once, for some milliseconds. */
const PIECE = 500

export function createMaintenance(services: Services, tasks: readonly Task[]): Maintenance {
  return {
    runOnce: async () => {
      let unfinished = 0
      for (const task of tasks) if (await runPiece(services, task)) unfinished += 1
      return unfinished
    },
  }
}

/** Whether there is more of it to do. A task that failed gets its next turn; the other tasks are done all the same. */
async function runPiece({ clock, metrics, logger }: Services, { name: chore, run }: Task): Promise<boolean> {
  try {
    const rows = await run(clock.now(), PIECE)
    if (rows > 0) {
      metrics.maintenanceRows.inc({ chore }, rows)
      logger.info({ chore, rows }, 'upkeep done')
    }
    return rows === PIECE
  } catch (error) {
    metrics.maintenanceFailed.inc({ chore })
    logger.error({ chore, error }, 'upkeep failed; it gets its next turn')
    return false
  }
}
