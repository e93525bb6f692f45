import type { Clock } from '../../lib/clock.ts'
import type { AccountDirectory } from '../../providers/provider.ts'
import type { DeadlineStore, Subject, UnitOptions } from './stores.ts'
import { blamesOne, oneByOneEnds, reconcileSubjects } from './reconcile-subjects.ts'

/**
 * The sweep: what the clock alone changes. Absences have no message that would bring them up, so whatever waits for a
 * time is judged again once it has come, through the same path as a message would.
 */
export interface Sweeper {
  /** Judge one batch of what is due; answers 0 when that was all. */
  runOnce: () => Promise<number>
}

export interface SweeperDeps {
  store: DeadlineStore
  accounts: AccountDirectory
  clock: Clock
  isDataError: (error: unknown) => boolean
  onSwept: (swept: Swept) => void
}

/** What a sweep tells logs and metrics, after its commits. */
export interface Swept {
  /** Transactions, orders and calls whose time had come and which were judged again. */
  judged: number
  /** Those that could not be: they get another turn, and no other subject waits for them. */
  failed: { subject: Subject; error: unknown }[]
}

/** As large as a processing batch: so many locks are held at once. */
const BATCH_MAX = 128
/** A subject that fails alone will hardly mend in seconds; it must not be the first of every sweep either. */
const RETRY_MS = 5 * 60_000
/** An account that was taken out of the configuration may come back. */
const ABSENT_ACCOUNT_MS = 60 * 60_000

export function createSweeper(deps: SweeperDeps): Sweeper {
  return {
    runOnce: async () => {
      const now = deps.clock.now()
      const due = await deps.store.due(now, BATCH_MAX)
      const configured = due.filter(({ provider, account }) => deps.accounts.find(provider, account))
      const absent = due.filter((subject) => !configured.includes(subject))
      const moved = absent.length === 0 ? 0 : await postpone(deps, absent, now, ABSENT_ACCOUNT_MS)
      if (configured.length > 0) deps.onSwept(await sweep(deps, configured, now))
      // A batch of which nothing could be moved would be the next one, too.
      return due.length < BATCH_MAX || moved + configured.length === 0 ? 0 : due.length
    },
  }
}

async function sweep(deps: SweeperDeps, subjects: readonly Subject[], now: Date): Promise<Swept> {
  try {
    await judge(deps, subjects, now)
    return { judged: subjects.length, failed: [] }
  } catch (error) {
    if (!blamesOne(deps, error)) throw error
    return sweepOneByOne(deps, subjects, now)
  }
}

async function judge(
  deps: SweeperDeps,
  subjects: readonly Subject[],
  now: Date,
  options?: UnitOptions,
): Promise<void> {
  await deps.store.inTransaction(async (unit) => {
    await unit.lock(subjects)
    await reconcileSubjects(deps, unit, subjects, now)
  }, options)
}

/** Each subject in a transaction of its own, so that what cannot be judged stands alone. */
async function sweepOneByOne(deps: SweeperDeps, subjects: readonly Subject[], now: Date): Promise<Swept> {
  const failed: Swept['failed'] = []
  const isOver = oneByOneEnds(deps.clock)
  let tried = 0
  for (const subject of subjects) {
    if (isOver()) break
    tried += 1
    try {
      await judge(deps, [subject], now, { impatient: true })
    } catch (error) {
      if (!blamesOne(deps, error)) throw error
      // Who holds a subject up would also hold up whatever we write about it.
      if (!deps.store.isHeldUp(error)) await postpone(deps, [subject], now, RETRY_MS)
      failed.push({ subject, error })
    }
  }
  return { judged: tried - failed.length, failed }
}

const postpone = async (
  deps: SweeperDeps,
  subjects: readonly Subject[],
  now: Date,
  ms: number,
): Promise<number> => deps.store.postpone(subjects, now, new Date(now.getTime() + ms))
