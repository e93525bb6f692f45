import type { Reconciled } from '../../domain/reconcile.ts'
import type { DiscrepancyClass } from '../../domain/transaction.ts'
import type { AccountScope, ReconciliationScope } from '../../records.ts'

/** Where a reconciliation starts: a transaction by any of its references, or an order. */
export interface Subject extends AccountScope {
  kind: 'reference' | 'order'
  id: string
}

/**
 * What one transaction can do to what is computed, in this order: lock, write, read, save. Everything that writes goes
 * through it: processing, announcements, operators' statements and the sweep.
 */
export interface ReconciliationUnit {
  /** Lock the transactions among the subjects, with all that links tie to them, in key order. Before anything is written. */
  lock(subjects: readonly Subject[]): Promise<void>
  /**
   * Everything tied to the subjects and to what is locked, one scope per connected set, read under the locks of all orders
   * concerned, taken in key order.
   */
  scopes(subjects: readonly Subject[]): Promise<ReconciliationScope[]>
  save(results: readonly ReconciledScope[], now: Date): Promise<void>
}

export interface ReconciledScope {
  scope: ReconciliationScope
  reconciled: Reconciled
}

/** A discrepancy that an operator had closed shows more than the statement covers, and stands as a row of its own. */
export interface ReopenedDiscrepancy extends AccountScope {
  id: string
  class: DiscrepancyClass
  /** The one that was closed. */
  formerId: string
}

export interface UnitOptions {
  /** Give up soon what another transaction has locked: others wait behind this unit. */
  impatient?: boolean
}

/** True when another transaction held what the unit needed, or it took too long: what touches other rows may succeed. */
export type IsHeldUp = (error: unknown) => boolean
