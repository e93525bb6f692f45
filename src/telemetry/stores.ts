import type { AccountScope } from '../domain/records.ts'

/** Gauges that only the database knows. */
export interface Telemetry {
  pending: number
  /** When the oldest pending message was received; null: none is pending. */
  oldestPendingAt: Date | null
  openDiscrepancies: OpenDiscrepancies[]
  lastNotifications: (AccountScope & { at: Date })[]
  /** Since when the database knows the account. */
  configuredAccounts: (AccountScope & { since: Date })[]
  heldSnapshots: HeldSnapshot[]
  chores: Chore[]
}

/** `test`: true, false, or empty when neither the payment nor the accounts file says. */
export interface OpenDiscrepancies extends AccountScope {
  class: string
  test: string
  currency: string | null
  count: number
  /** Minor units, over those whose amount is known. */
  amount: number
}

/** `test`: true, false, or empty when the provider does not say. */
export interface CountedTransactions extends AccountScope {
  reconciliation: string
  test: string
  count: number
}

/** A task of maintenance; null: no run of it has ended yet. */
export interface Chore {
  name: string
  lastOkAt: Date | null
}

/** What keeps PostgreSQL from removing deleted rows. */
export interface HeldSnapshot {
  /** Equal at two readings: the same snapshot. */
  holder: string
  /** How long it is held; null: the database does not tell. */
  seconds: number | null
}

/** The database connections of this thread. */
export interface Connections {
  used: number
  idle: number
  max: number
  /** Calls that wait for one. */
  waiting: number
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
  reconciliations(): Promise<CountedTransactions[]>
  /** As they are now, without asking the database. */
  connections(): Connections
}
