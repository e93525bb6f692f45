import { togetherElseAlone } from '../../lib/one-by-one.ts'
import type { Services } from '../../services.ts'
import type { Subject, UnitOptions } from './stores.ts'
import { isolationBy, reconcileSubjects } from './reconcile-subjects.ts'
import { reportSwept, type Swept } from './report.ts'

/**
 * The sweep: what the clock alone changes. Absences have no message that would bring them up, so whatever waits for a
 * time is judged again once it has come, through the same path as a message would.
 */
export interface Sweeper {
  /** Judge one batch of what is due; answers 0 when that was all. */
  runOnce: () => Promise<number>
}

type SweepServices = Services<'deadlines'>

/** As large as a processing batch: so many locks are held at once. */
const BATCH_MAX = 128
/** A subject that fails alone will hardly mend in seconds; it must not be the first of every sweep either. */
const RETRY_MS = 5 * 60_000
/** An account that was taken out of the configuration may come back. */
const ABSENT_ACCOUNT_MS = 60 * 60_000

export function createSweeper(services: SweepServices): Sweeper {
  return {
    runOnce: async () => {
      const now = services.clock.now()
      const due = await services.stores.deadlines.due(now, BATCH_MAX)
      const configured = due.filter(({ provider, account }) => services.accounts.find(provider, account))
      const absent = due.filter((subject) => !configured.includes(subject))
      const moved = absent.length === 0 ? 0 : await postpone(services, absent, now, ABSENT_ACCOUNT_MS)
      if (configured.length > 0) reportSwept(services, await sweep(services, configured, now))
      // A batch of which nothing could be moved would be the next one, too.
      return due.length < BATCH_MAX || moved + configured.length === 0 ? 0 : due.length
    },
  }
}

async function sweep(services: SweepServices, subjects: readonly Subject[], now: Date): Promise<Swept> {
  const { deadlines } = services.stores
  const failed: Swept['failed'] = []
  const tried = await togetherElseAlone(
    subjects,
    async (some, isAlone) => judge(services, some, now, { impatient: isAlone }),
    {
      ...isolationBy(services, deadlines),
      onFault: async (subject, error) => {
        // Who holds a subject up would also hold up whatever we write about it.
        if (!deadlines.isHeldUp(error)) await postpone(services, [subject], now, RETRY_MS)
        failed.push({ subject, error })
      },
    },
  )
  return { judged: tried - failed.length, failed }
}

async function judge(
  services: SweepServices,
  subjects: readonly Subject[],
  now: Date,
  options: UnitOptions,
): Promise<void> {
  await services.stores.deadlines.inTransaction(async (unit) => {
    await unit.lock(subjects)
    await reconcileSubjects(services, unit, subjects, now)
  }, options)
}

const postpone = async (
  services: SweepServices,
  subjects: readonly Subject[],
  now: Date,
  ms: number,
): Promise<number> => services.stores.deadlines.postpone(subjects, now, new Date(now.getTime() + ms))
