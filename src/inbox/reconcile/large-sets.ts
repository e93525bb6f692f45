import { LRUCache } from 'lru-cache'
import type { ReconciledScope, ReconciliationKey } from './stores.ts'

/**
 * Sets of messages so large that judging one takes a good part of a second: an order id that a shop gives to all its payments. A
 * message that names one is set apart and judged in a turn of its own, so that no message of another set waits for it. A
 * memory and no rule: what is not known to be large is judged with the others, once, and known from then on.
 */
export interface LargeSets {
  /** Whether one of the keys names a large set. */
  has(keys: readonly ReconciliationKey[]): boolean
  /** Remember those of the sets that are large. */
  learn(results: readonly ReconciledScope[]): void
}

/** Events of a set. A thousand are judged in some forty milliseconds. */
const LARGE_FROM = 1_000
/** A large set is known by what a tenth of such a number names: its order, its payment. */
const NAMED_SHARE = 10
/** A process meets few of them. */
const KEYS_MAX = 10_000

export function createLargeSets(largeFrom = LARGE_FROM): LargeSets {
  const known = new LRUCache<string, true>({ max: KEYS_MAX })
  return {
    has: (keys) => known.size > 0 && keys.some((key) => known.get(textOf(key)) === true),
    learn: (results) => {
      for (const { scope } of results)
        if (scope.events.length >= largeFrom)
          for (const key of namesOf(scope, largeFrom / NAMED_SHARE)) known.set(key, true)
    },
  }
}

function namesOf({ provider, account, events }: ReconciledScope['scope'], often: number): string[] {
  const counts = new Map<string, number>()
  const count = (kind: ReconciliationKey['kind'], id: string | null): void => {
    if (id === null) return
    const key = textOf({ provider, account, kind, id })
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (const { orderId, reference, parentReference } of events) {
    count('order', orderId)
    for (const id of new Set([reference, parentReference])) count('reference', id)
  }
  return [...counts].flatMap(([key, named]) => (named >= often ? [key] : []))
}

const textOf = ({ provider, account, kind, id }: ReconciliationKey): string =>
  JSON.stringify([provider, account, kind, id])
