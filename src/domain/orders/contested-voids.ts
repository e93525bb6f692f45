import type { OperationView } from '../operations/operation-view.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { excessOf } from './excess.ts'
import type { Excess, UnlinkedStep } from './excess.ts'

/** Voids of which no message states what they ended: an authorization, or captured money. */

/** `payments`: of how many the void may have been. */
export function contestedExcess(step: UnlinkedStep, payments: number): Excess {
  const { root, amount, firstReceivedAt: since } = step
  return excessOf({ field: `void:${root}`, amount, stated: [amount, payments], since }, [step])
}

/**
 * The voids of each payment that may have taken back unlinked captures instead of ending an authorization, with the
 * most that they can have taken back. Messages do not state how much of the unlinked captures is of which payment.
 */
export function contestedVoids(payments: readonly ReconciledTransaction[], captured: number): UnlinkedStep[] {
  return payments.flatMap((payment) => {
    const { folded, transaction } = payment
    const voids = folded.operations.filter(isNotifiedVoid)
    const receipts = voids.flatMap(({ sides }) =>
      sides.notification.map(({ fact }) => Date.parse(fact.receivedAt)),
    )
    const { authorizedTotal, captured: linked } = folded
    const granted =
      authorizedTotal === null || linked.total === null
        ? captured
        : Math.max(0, authorizedTotal - linked.total)
    const mostCaptured = Math.min(captured, granted)
    const ended = voids.reduce((sum, { amount }) => sum + (amount ?? granted), 0)
    const amount = Math.min(captured, Math.max(0, ended - granted + mostCaptured))
    if (voids.length === 0 || amount === 0) return []
    return [{ root: transaction.reference, amount, firstReceivedAt: Math.max(...receipts) }]
  })
}

export const isNotifiedVoid = ({ kind, notification }: OperationView): boolean =>
  kind === 'void' && notification.outcome === 'done'
