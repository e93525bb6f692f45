import type { Clock } from '../lib/clock.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import type { AccountDirectory } from '../providers/account-directory.ts'
import type { Logger } from './logger.ts'
import type { GaugeSource } from './database-gauges.ts'
import { createSnapshotAges } from './snapshot-ages.ts'
import type { HealthStore } from './stores.ts'

/** Scrapers give up after ten seconds: a database that fell silent must not take the process's own figures with it. */
const GAUGES_MS = 4_000
/** The count of all payments grows with them; it may come too late by itself. */
const COUNT_MS = 3_000

/** Gauges that only the database knows, as of now; rejects when they do not come soon. */
export function gaugesOf({
  health,
  accounts,
  clock,
  logger,
}: {
  health: Pick<HealthStore, 'telemetry' | 'reconciliations'>
  accounts: AccountDirectory
  clock: Clock
  logger: Logger
}): () => Promise<GaugeSource> {
  // A late count is not cancelled. No second count starts before it ends.
  const count = oneAtATime(async () => health.reconciliations())
  // If it is late, only this gauge is left out.
  const transactions = async (): Promise<GaugeSource['transactions']> =>
    within(COUNT_MS, count(), clock).catch((error: unknown) => {
      logger.warn(
        { error },
        'payments could not be counted in time; the scrape goes without receiver_transactions',
      )
      return null
    })
  const oldestSnapshot = createSnapshotAges()
  const read = async (): Promise<GaugeSource> => {
    const { heldSnapshots, ...telemetry } = await health.telemetry(accounts.all())
    return {
      ...telemetry,
      oldestSnapshotAt: oldestSnapshot(heldSnapshots, clock.now()),
      transactions: await transactions(),
    }
  }
  return async () => within(GAUGES_MS, read(), clock)
}

async function within<T>(ms: number, work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      reject(new Error(`no answer within ${ms} ms`))
    })
    work.then(resolve, reject).finally(cancel)
  })
}
