import type { IsHeldUp, ReconciliationUnit, Subject, UnitOptions } from './reconciliation.ts'

/** What the clock alone may change. */
export interface DeadlineStore {
  /** Up to `limit` subjects whose time has come, the longest overdue first. */
  due(now: Date, limit: number): Promise<Subject[]>
  inTransaction<T>(work: (unit: ReconciliationUnit) => Promise<T>, options?: UnitOptions): Promise<T>
  /**
   * Another turn at `until` for the subjects that are still due; the next judgement that succeeds writes the true time. What
   * another transaction holds stays due. Answers how many times were moved.
   */
  postpone(subjects: readonly Subject[], now: Date, until: Date): Promise<number>
  isHeldUp: IsHeldUp
}
