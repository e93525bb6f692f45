import type { Services } from '../../services.ts'
import type { ChoreStore, TurnStores } from './stores.ts'

/**
 * Maintenance: work that no request waits for, such as deleting bodies that were kept long enough. It is done in small pieces, so
 * that no other transaction waits long for its locks. Of all replicas one does the next piece: the one that holds the task's row of
 * the table `chores`. The piece and what the row says of it are one commit, so a replica that is killed leaves neither.
 */
export interface Task {
  /** What it does: the label `task` of logs and metrics, and the name of its row. */
  name: string
  /** `day`: once a day (UTC), by one replica. `minute`: once a minute by each replica, since it depends on that replica's settings. */
  every: 'minute' | 'day'
  /** Deal with up to `limit` rows; answers how many. Fewer than `limit`: the run has ended. */
  run: (stores: TurnStores, now: Date, limit: number) => Promise<number>
}

export interface Maintenance {
  /** One piece of every task that is due; answers how many of them have more to do. */
  runOnce: () => Promise<number>
}

/** The locks of so many rows are held at once, for some milliseconds. */
const PIECE = 500
export const INTERVAL_MS = { minute: 60_000, day: 86_400_000 }

export function createMaintenance(
  services: Services<{ chores: ChoreStore }>,
  tasks: readonly Task[],
): Maintenance {
  return {
    runOnce: async () => {
      await services.stores.chores.register(
        tasks.map(({ name }) => name),
        services.clock.now(),
      )
      let unfinished = 0
      for (const task of tasks) if (await runPiece(services, task)) unfinished += 1
      return unfinished
    },
  }
}

/** Whether there is more of it to do. A task that failed is put off; the other tasks are done all the same. */
async function runPiece(services: Services<{ chores: ChoreStore }>, task: Task): Promise<boolean> {
  const { clock, metrics, logger, stores } = services
  const { name } = task
  const now = clock.now()
  try {
    const rows = await stores.chores.takeTurn(
      { name, now, next: nextRun(task, now), limit: PIECE },
      async (turn) => task.run(turn, now, PIECE),
    )
    if (rows === null) return false
    if (rows > 0) {
      metrics.maintenanceRows.inc({ task: name }, rows)
      logger.info({ task: name, rows }, 'maintenance done')
    }
    return rows >= PIECE
  } catch (error) {
    metrics.maintenanceFailed.inc({ task: name })
    logger.error({ task: name, error }, 'maintenance failed; it is tried again')
    await putOff(services, name, error)
    return false
  }
}

/** What happens once a day happens as the day begins, so that a snapshot tells how the day before ended. */
const nextRun = ({ every }: Task, now: Date): Date =>
  every === 'day' ? new Date((Math.floor(+now / INTERVAL_MS.day) + 1) * INTERVAL_MS.day) : now

/** If this fails too, the database is unreachable; the row is unchanged, so the task is still due. */
async function putOff(
  { stores, clock, logger }: Services<{ chores: ChoreStore }>,
  name: string,
  error: unknown,
): Promise<void> {
  await stores.chores.putOff(name, clock.now(), nameOf(error)).catch((failure: unknown) => {
    logger.warn({ task: name, error: failure }, 'a failed task could not be put off')
  })
}

/** Messages of database errors carry values of rows: the row keeps name and SQLSTATE. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'NonError'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `${error.name} ${code}` : error.name
}
