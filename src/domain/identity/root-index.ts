import { axisOf } from '../event/meaning.ts'
import type { Axis } from '../event/meaning.ts'
import type { RootFacts } from './references.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Finds known transactions by what a call states of them, so that no call is compared with all transactions. */

/** A fact that states an operation id, and its transaction with all its facts. */
export interface NamedFact {
  root: string
  facts: RootFacts
  fact: StoredEvent
}

export type NamedFacts = ReadonlyMap<string, readonly NamedFact[]>

/** Facts by operation id, in the order of the roots. */
export function namedFacts(roots: ReadonlyMap<string, RootFacts>): NamedFacts {
  const named = new Map<string, NamedFact[]>()
  for (const [root, facts] of roots)
    for (const fact of facts)
      if (fact.operationId !== null) push(named, fact.operationId, { root, facts, fact })
  return named
}

/** Notified steps that no request has been assigned to, by `keyOf`, then by root in the order of the roots. */
export type UnaskedSteps = ReadonlyMap<string, Map<string, StoredEvent[]>>

export function unaskedSteps(
  roots: ReadonlyMap<string, RootFacts>,
  orderOf: ReadonlyMap<string, string>,
): UnaskedSteps {
  const steps = new Map<string, Map<string, StoredEvent[]>>()
  for (const [root, facts] of roots) {
    const orderId = orderOf.get(root)
    if (orderId === undefined) continue
    for (const fact of facts) {
      if (fact.witness === 'response') continue
      const key = stepKey(axisOf(fact), orderId)
      const byRoot = steps.get(key) ?? new Map<string, StoredEvent[]>()
      push(byRoot, root, fact)
      steps.set(key, byRoot)
    }
  }
  return steps
}

export const stepKey = (axis: Axis, orderId: string): string => `${axis}:${orderId}`

export function push<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [item])
  else known.push(item)
}
