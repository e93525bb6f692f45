import type { Pool } from 'pg'
import type { DeadlineStore, Subject } from '../stores.ts'
import { columns } from './columns.ts'
import { withTransaction } from './pool.ts'
import { reconciliationUnit } from './reconciliation-unit.ts'
import { DUE_SUBJECTS, POSTPONE_SUBJECTS } from './sql/due-subjects.ts'

export function createDeadlineStore(pool: Pool): DeadlineStore {
  return {
    due: async (now, limit) => {
      const { rows } = await pool.query<Subject>({
        name: 'due_subjects',
        text: DUE_SUBJECTS,
        values: [now, limit],
      })
      return rows
    },
    inTransaction: async (work) => withTransaction(pool, (client) => work(reconciliationUnit(client))),
    postpone: async (subjects, now, until) => postpone(pool, subjects, now, until),
  }
}

async function postpone(pool: Pool, subjects: readonly Subject[], now: Date, until: Date): Promise<number> {
  const values = columns(
    subjects,
    (subject) => subject.provider,
    (subject) => subject.account,
    (subject) => subject.kind,
    (subject) => subject.id,
  )
  const { rows } = await pool.query<{ postponed: number }>(POSTPONE_SUBJECTS, [...values, now, until])
  return rows[0]?.postponed ?? 0
}
