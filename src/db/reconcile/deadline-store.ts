import type { DeadlineStore, ReconciliationKey } from '../../inbox/reconcile/stores.ts'
import { columns } from '../unnest-parameters.ts'
import { isDataError, isLockTimeout } from '../pool.ts'
import { withReconciliation, type WritingDatabase } from './reconciliation-unit.ts'
import { DUE_SUBJECTS, POSTPONE_SUBJECTS } from './due-subjects.sql.ts'

export function createDeadlineStore(database: WritingDatabase): DeadlineStore {
  const { pool } = database
  return {
    due: async (now, limit) => {
      const { rows } = await pool.query<ReconciliationKey>({
        name: 'due_subjects',
        text: DUE_SUBJECTS,
        values: [now, limit],
      })
      return rows
    },
    inTransaction: async (work, options) => withReconciliation(database, work, options),
    isDataError,
    isLockTimeout: isLockTimeout,
    postpone: async (subjects, now, until) => {
      const values = columns(
        subjects,
        (subject) => subject.provider,
        (subject) => subject.account,
        (subject) => subject.kind,
        (subject) => subject.id,
      )
      const { rows } = await pool.query<{ moved: number }>(POSTPONE_SUBJECTS, [...values, now, until])
      return rows[0]?.moved ?? 0
    },
  }
}
