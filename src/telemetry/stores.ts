import type { AccountScope } from '../domain/records.ts'

/** Gauges that only the database knows. */
export interface Telemetry {
  pending: number
  oldestPendingSeconds: number
  openDiscrepancies: { class: string; currency: string | null; count: number; amount: number }[]
  lastNotifications: { provider: string; account: string; at: Date }[]
  heldSnapshots: HeldSnapshot[]
}

/** What keeps PostgreSQL from removing deleted rows. */
export interface HeldSnapshot {
  /** Equal at two readings: the same snapshot. */
  holder: string
  /** How long it is held; null: the database does not tell. */
  seconds: number | null
}

/** Whether the database answers, and what it knows of the service's state. */
export interface HealthStore {
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** Names of this build's migrations that the database does not have. */
  missingMigrations(): Promise<string[]>
  /** The time by the database's clock. */
  time(): Promise<Date>
  /** `RIGHT on table` for everything that this role would need to serve and may not do. */
  lackingRights(): Promise<string[]>
  telemetry(accounts: readonly AccountScope[]): Promise<Telemetry>
  /** Transactions by reconciliation: adds up the totals of every day. */
  reconciliations(): Promise<(AccountScope & { reconciliation: string; count: number })[]>
}
