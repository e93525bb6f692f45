import type { ReplacedId } from './lib/identifiers.ts'
import type { AccountScope } from './records.ts'

/** The ports that are about the installation itself: its key, and how it is. */

/** What ids are kept as. */
export interface IdentifierStore {
  /** The installation's key, 32 bytes: made with the database, the same for ever. */
  key(): Promise<Buffer>
  /** What is known of these ids. */
  originals(ids: readonly ShownId[]): Promise<(ShownId & ReplacedId)[]>
}

/** A replaced id of one account. */
export type ShownId = AccountScope & Pick<ReplacedId, 'shown'>

/** Gauges that only the database knows. */
export interface Telemetry {
  pending: number
  oldestPendingSeconds: number
  openDiscrepancies: { class: string; currency: string | null; count: number; amount: number }[]
  lastNotifications: { provider: string; account: string; at: Date }[]
}

/** Whether the database answers, and what it knows of the service's state. */
export interface HealthStore {
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** Names of this build's migrations that the database does not have. */
  missingMigrations(): Promise<string[]>
  telemetry(accounts: readonly AccountScope[]): Promise<Telemetry>
  /** Transactions by reconciliation: adds up the totals of every day. */
  reconciliations(): Promise<(AccountScope & { reconciliation: string; count: number })[]>
}
