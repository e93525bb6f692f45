import type { StoredEvent } from '../event/evidence.ts'
import { fallbackKey } from './references.ts'

/** What a message or an announcement names. */
export type Naming = Pick<StoredEvent, 'orderId' | 'parentReference'> &
  Partial<Pick<StoredEvent, 'reference' | 'operationId'>>

/** Transactions (by reference) and orders that have to be seen together. */
export interface Ties {
  references: string[]
  orderIds: string[]
}

/**
 * What belongs together is decided here alone: a message ties the transaction that it names, the one that it acts on (or its
 * fallback key) and its order. The statements that look for tied rows follow these ties through the columns `reference`,
 * `parent_reference` and `order_id`.
 */
export function tiesOf({ reference = null, parentReference, orderId, operationId = null }: Naming): Ties {
  const parent = fallbackKey({ reference, parentReference, orderId, operationId })
  return {
    references: [reference, parent].filter((id) => id !== null),
    orderIds: orderId === null ? [] : [orderId],
  }
}

/** Disjoint sets of names. Joining and finding take nearly constant time each. */
export class DisjointSets {
  readonly #above = new Map<string, string>()

  /** Put all the names into one set; no names: nothing changes. */
  join(names: readonly string[]): void {
    const [first, ...others] = names
    if (first === undefined) return
    const top = this.#top(first)
    this.#above.set(top, top)
    for (const other of others) this.#above.set(this.#top(other), top)
  }

  /** The set of the first of these names that is in one, by the name of a member; no names: the empty name. */
  find(names: readonly string[]): string {
    return this.#top(names.find((name) => this.#above.has(name)) ?? names[0] ?? '')
  }

  #top(name: string): string {
    let current = name
    for (;;) {
      const above = this.#parentOf(current)
      if (above === current) return current
      // Each name on the path moves one step higher, so that no path becomes long.
      const higher = this.#parentOf(above)
      this.#above.set(current, higher)
      current = higher
    }
  }

  #parentOf(name: string): string {
    return this.#above.get(name) ?? name
  }
}
