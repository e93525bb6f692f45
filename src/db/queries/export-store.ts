import type { Pool } from 'pg'
import type { ExportedDiscrepancy, ExportedPayment, ExportScope, ExportStore } from '../../queries/stores.ts'
import { EXPORT_DISCREPANCIES, EXPORT_PAYMENTS } from './export.sql.ts'

/** Each page is a statement of its own: a reader that is slow holds no snapshot open. */
export function createExportStore(pool: Pool): ExportStore {
  return {
    payments: async (scope, last, limit) => {
      const { firstSeenAt, reference, account, provider } = last ?? firstPayment(scope)
      const values = [...valuesOf(scope), firstSeenAt, reference, account, provider, limit]
      return (await pool.query<ExportedPayment>(EXPORT_PAYMENTS, values)).rows
    },
    discrepancies: async (scope, last, limit) => {
      const { openedAt, id } = last ?? { openedAt: scope.from.toISOString(), id: BEFORE_ALL }
      const values = [...valuesOf(scope), openedAt, id, limit]
      return (await pool.query<ExportedDiscrepancy>(EXPORT_DISCREPANCIES, values)).rows
    },
  }
}

const valuesOf = ({ provider, account, to }: ExportScope): unknown[] => [provider, account, to]

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/** Before every payment of the period. */
const firstPayment = ({ from }: ExportScope) => ({
  ...{ firstSeenAt: from.toISOString(), reference: '', account: '', provider: '' },
})
