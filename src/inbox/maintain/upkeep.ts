import type { Clock } from '../../lib/clock.ts'

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

export interface UpkeepDeps {
  chores: readonly Chore[]
  clock: Clock
  onDone: (done: ChoreDone) => void
}

/** What upkeep tells logs and metrics. */
export interface ChoreDone {
  chore: string
  rows: number
  /** It failed; the other chores are done all the same, and it gets its next turn. */
  error?: unknown
}

/** The locks of so many rows are held at once, for some milliseconds. */
const PIECE = 500

export function createUpkeep(deps: UpkeepDeps): Upkeep {
  return {
    runOnce: async () => {
      let unfinished = 0
      for (const chore of deps.chores) if (await runPiece(deps, chore)) unfinished += 1
      return unfinished
    },
  }
}

/** Whether there is more of it to do. */
async function runPiece({ clock, onDone }: UpkeepDeps, { name, run }: Chore): Promise<boolean> {
  try {
    const rows = await run(clock.now(), PIECE)
    if (rows > 0) onDone({ chore: name, rows })
    return rows === PIECE
  } catch (error) {
    onDone({ chore: name, rows: 0, error })
    return false
  }
}
