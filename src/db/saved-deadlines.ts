import type { PoolClient } from 'pg'
import type { ReconciledScope, Subject } from '../stores.ts'
import { columns } from './columns.ts'
import { SAVE_DEADLINES } from './sql/save-deadlines.ts'

interface DeadlineRow extends Subject {
  /** RFC 3339; null: the clock alone will not change it. */
  dueAt: string | null
}

/** When the clock alone may next change an order, or a call on a transaction that nobody knows. */
export async function saveDeadlines(client: PoolClient, results: readonly ReconciledScope[]): Promise<void> {
  const values = columns(
    results.flatMap(deadlinesOf),
    (row) => row.provider,
    (row) => row.account,
    (row) => row.kind,
    (row) => row.id,
    (row) => row.dueAt,
  )
  await client.query({ name: 'save_deadlines', text: SAVE_DEADLINES, values })
}

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
