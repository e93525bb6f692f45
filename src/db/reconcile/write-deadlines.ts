import type { Deadline, ReconciledScope, ReconciliationKey } from '../../inbox/reconcile/stores.ts'
import type { LastStatement } from '../pool.ts'
import { columns } from '../unnest-parameters.ts'
import { SAVE_DEADLINES } from './save-deadlines.sql.ts'

interface DeadlineRow extends ReconciliationKey {
  /** RFC 3339; null: the clock alone will not change it. */
  dueAt: string | null
}

/**
 * When the clock alone may next change an order, or a call on an unknown transaction. Writes what differs from what
 * is saved: nearly always nothing.
 */
export function deadlineStatements(
  results: readonly ReconciledScope[],
  saved: readonly Deadline[],
): LastStatement[] {
  const before = new Map(saved.map((deadline) => [subjectText(deadline), deadline.dueAt]))
  const changed = results
    .flatMap(deadlinesOf)
    .filter((row) => row.dueAt !== (before.get(subjectText(row)) ?? null))
  if (changed.length === 0) return []
  const values = columns(
    changed,
    (row) => row.provider,
    (row) => row.account,
    (row) => row.kind,
    (row) => row.id,
    (row) => row.dueAt,
  )
  return [{ name: 'save_deadlines', text: SAVE_DEADLINES, values }]
}

const subjectText = ({ provider, account, kind, id }: ReconciliationKey): string =>
  `${provider}:${account.length}:${account}:${kind}:${id}`

/** One row for everything that is locked: what has no time any more must lose its row. */
function deadlinesOf({ scope, reconciled }: ReconciledScope): DeadlineRow[] {
  const { provider, account, references, orderIds } = scope
  const orders = new Map(reconciled.orders.map((order) => [order.orderId, order.nextDeadlineAt]))
  const orphans = new Map(reconciled.orphanDeadlines.map((call) => [call.reference, call.nextDeadlineAt]))
  return [
    ...orderIds.map((id) => ({ kind: 'order' as const, id, dueAt: orders.get(id) ?? null })),
    ...references.map((id) => ({ kind: 'reference' as const, id, dueAt: orphans.get(id) ?? null })),
  ].map((row) => ({ provider, account, ...row }))
}
