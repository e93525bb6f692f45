import type { ReplacedId } from './lib/identifiers.ts'
import type { Account } from './providers/provider.ts'

/** The part of the persistence contract that is about the installation itself: its key, and how it is. */

type OfAccount = Pick<Account, 'provider' | 'account'>

/** What ids are kept as. */
export interface IdentifierStore {
  /** The installation's key, 32 bytes: made with the database, the same for ever. */
  key(): Promise<Buffer>
  /** What is known of these ids. */
  originals(ids: readonly ShownId[]): Promise<(ShownId & ReplacedId)[]>
}

/** A replaced id of one account. */
export type ShownId = OfAccount & Pick<ReplacedId, 'shown'>

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
  telemetry(accounts: readonly OfAccount[]): Promise<Telemetry>
  /** Transactions by reconciliation: adds up the totals of every day. */
  reconciliations(): Promise<(OfAccount & { reconciliation: string; count: number })[]>
}
