import { reconcile } from '../../src/domain/reconcile.ts'
import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { Expectation, Resolution, StoredEvent } from '../../src/domain/event/evidence.ts'
import type { AccountDirectory } from '../../src/providers/account-directory.ts'
import { eventsOf, type Message } from './histories.ts'

/** The same evidence, taken in one thing after the other and judged at once by the pure domain: no database, no network. */
export interface ReferenceModel {
  /** Received for the first time at `at`, or again. */
  tell: (message: Message, index: number, at: Date) => void
  announce: (expectation: Expectation) => void
  withdraw: (id: string) => void
  resolve: (resolution: Resolution) => void
  believed: (now: Date) => Reconciled
}

export function createReferenceModel(
  accounts: AccountDirectory,
  { provider, account }: { provider: string; account: string },
): ReferenceModel {
  const events: StoredEvent[] = []
  const expectations = new Map<string, Expectation>()
  const withdrawn = new Set<string>()
  const resolutions: Resolution[] = []
  const { policy } = accounts.find(provider, account)!
  return {
    tell: (message, index, at) => {
      events.push(...eventsOf({ accounts }, message, index, at))
    },
    announce: (expectation) => {
      expectations.set(expectation.id, expectation)
    },
    withdraw: (id) => {
      withdrawn.add(id)
    },
    resolve: (resolution) => {
      resolutions.push(resolution)
    },
    believed: (now) =>
      reconcile({
        events,
        expectations: [...expectations.values()].filter(({ id }) => !withdrawn.has(id)),
        resolutions,
        policy,
        now,
      }),
  }
}
