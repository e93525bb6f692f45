import type { IsHeldUp, ReconciliationUnit, Subject, UnitOptions } from './reconciliation.ts'

/** What the clock alone may change. */
export interface DeadlineStore {
  /** Up to `limit` subjects whose time has come, the longest overdue first. */
  due(now: Date, limit: number): Promise<Subject[]>
  inTransaction<T>(work: (unit: ReconciliationUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /** Another turn at `until` for a subject that is still due; the next judgement that succeeds writes the true time. */
  postpone(subject: Subject, now: Date, until: Date): Promise<void>
  isHeldUp: IsHeldUp
}
