import type { Pool } from 'pg'
import type { DeadlineStore, Subject } from '../../inbox/reconcile/stores.ts'
import { columns } from '../columns.ts'
import { isHeldUp } from '../pool.ts'
import { withReconciliation, type OnReopened } from './reconciliation-unit.ts'
import { DUE_SUBJECTS, POSTPONE_SUBJECTS } from './due-subjects.sql.ts'

export function createDeadlineStore(pool: Pool, onReopened: OnReopened): DeadlineStore {
  return {
    due: async (now, limit) => {
      const { rows } = await pool.query<Subject>({
        name: 'due_subjects',
        text: DUE_SUBJECTS,
        values: [now, limit],
      })
      return rows
    },
    inTransaction: async (work, options) => withReconciliation({ pool, onReopened }, work, options),
    isHeldUp,
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
