import type { ReconcileInput, Reconciled } from '../../src/domain/reconcile.ts'
import { reconcile } from '../../src/domain/reconcile.ts'
import type { AccountPolicy } from '../../src/domain/event/account-policy.ts'
import type { Expectation, Resolution, StoredEvent } from '../../src/domain/event/evidence.ts'
import type { Discrepancy } from '../../src/domain/reconciliation/transaction.ts'
import type { Arrival } from './told.ts'

/** The rules under test, or wrong ones in their place: planted faults prove that a check can fail. */
export type Rules = (input: ReconcileInput) => Reconciled

/** The service as the world sees it: it takes in messages and words, and says what it believes. */
export interface Service {
  take: (arrival: Arrival) => void
  close: (discrepancy: Discrepancy, outcome: Resolution['outcome'], at: number) => void
  believes: (now: number) => Reconciled
}

export function createService(policy: AccountPolicy, rules: Rules = reconcile): Service {
  const events: StoredEvent[] = []
  const expectations = new Map<string, Expectation>()
  const resolutions: Resolution[] = []
  let serial = 0
  return {
    take: ({ events: drawn, announced, withdrawn }) => {
      serial += 1
      const inboxId = `inbox-${String(serial).padStart(4, '0')}`
      for (const [index, event] of drawn.entries())
        events.push({ ...event, id: `${inboxId}-${index}`, inboxId })
      if (announced !== null) register(expectations, announced)
      if (withdrawn !== null)
        for (const [key, { id }] of expectations) if (id === withdrawn) expectations.delete(key)
    },
    close: ({ key, covers }, outcome, at) => {
      resolutions.push({ key, outcome, covers, at: new Date(at).toISOString() })
    },
    believes: (now) =>
      rules({ events, expectations: [...expectations.values()], resolutions, policy, now: new Date(now) }),
  }
}

/** What is announced again is one announcement, said anew. */
function register(expectations: Map<string, Expectation>, announced: Expectation): void {
  const { orderId, operation, operationId } = announced
  const key = [orderId, operation ?? '', operationId ?? ''].join('|')
  const known = expectations.get(key)
  const { saidAt, requestedAt } = announced
  expectations.set(key, known === undefined ? announced : { ...known, saidAt, requestedAt })
}
