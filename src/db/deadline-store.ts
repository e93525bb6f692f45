import type { Pool } from 'pg'
import type { DeadlineStore } from '../inbox/stores/deadlines.ts'
import type { Subject } from '../inbox/stores/reconciliation.ts'
import { isHeldUp } from './pool.ts'
import { withReconciliation, type OnReopened } from './reconciliation-unit.ts'
import { DUE_SUBJECTS, POSTPONE_SUBJECT } from './sql/due-subjects.ts'

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
    postpone: async ({ provider, account, kind, id }, now, until) => {
      await pool.query(POSTPONE_SUBJECT, [provider, account, kind, id, now, until])
    },
  }
}
