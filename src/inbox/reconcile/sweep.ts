import { togetherElseAlone } from '../../lib/one-by-one.ts'
import type { Services } from '../../services.ts'
import type { ReconciliationKey, UnitOptions, DeadlineStore } from './stores.ts'
import { isolationBy, reconcileKeys } from './reconcile-keys.ts'
import { reportSwept, type Swept } from './report.ts'

/**
 * The sweep: what the clock alone changes. No message arrives to say that another one is missing, so every transaction and order
 * with a deadline is reconciled again once the deadline has passed, on the same path as for a message.
 */
export interface Sweeper {
  /** Reconcile one batch of what is due; answers 0 when that was all. */
  runOnce: () => Promise<number>
}

type SweepServices = Services<{ deadlines: DeadlineStore }>

/** As large as a processing batch: this many locks are held at the same time. */
const BATCH_MAX = 128
/** A key that fails alone will fail again seconds later, and must not be the first of every sweep. */
const RETRY_MS = 5 * 60_000
/** An account that was taken out of the configuration may come back. */
const ABSENT_ACCOUNT_MS = 60 * 60_000

export function createSweeper(services: SweepServices): Sweeper {
  return {
    runOnce: async () => {
      const now = services.clock.now()
      const due = await services.stores.deadlines.due(now, BATCH_MAX)
      const configured = due.filter(({ provider, account }) => services.accounts.find(provider, account))
      const absent = due.filter((key) => !configured.includes(key))
      const moved = absent.length === 0 ? 0 : await postpone(services, absent, now, ABSENT_ACCOUNT_MS)
      if (configured.length > 0) reportSwept(services, await sweep(services, configured, now))
      // If nothing could be moved, the next batch would be the same one.
      return due.length < BATCH_MAX || moved + configured.length === 0 ? 0 : due.length
    },
  }
}

async function sweep(services: SweepServices, keys: readonly ReconciliationKey[], now: Date): Promise<Swept> {
  const { deadlines } = services.stores
  const failed: Swept['failed'] = []
  const tried = await togetherElseAlone(
    keys,
    async (some, isAlone) => judge(services, some, now, { shortLockTimeout: isAlone }),
    {
      ...isolationBy(services, deadlines),
      onFault: async (key, error) => {
        // The transaction that holds the lock would also block what is written here.
        if (!deadlines.isLockTimeout(error)) await postpone(services, [key], now, RETRY_MS)
        failed.push({ subject: key, error })
      },
    },
  )
  return { judged: tried - failed.length, failed }
}

async function judge(
  services: SweepServices,
  keys: readonly ReconciliationKey[],
  now: Date,
  options: UnitOptions,
): Promise<void> {
  await services.stores.deadlines.inTransaction(
    async (unit) => reconcileKeys(services, unit, keys, now),
    options,
  )
}

const postpone = async (
  services: SweepServices,
  keys: readonly ReconciliationKey[],
  now: Date,
  ms: number,
): Promise<number> => services.stores.deadlines.postpone(keys, now, new Date(now.getTime() + ms))
