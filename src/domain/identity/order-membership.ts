import { compareText } from '../event/canonical-order.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** The order of a payment: as notified, else as the merchant states it; of several, the byte-least. */
export function orderIdOf(facts: readonly StoredEvent[]): string | null {
  return orderDecidingFact(facts)?.orderId ?? null
}

/** The fact that names the order; null: none does. */
export function orderDecidingFact(facts: readonly StoredEvent[]): StoredEvent | null {
  let notified: OrderFact | null = null
  let answered: OrderFact | null = null
  for (const fact of facts) {
    if (!namesOrder(fact)) continue
    if (fact.witness === 'response') answered = least(answered, fact)
    else notified = least(notified, fact)
  }
  return notified ?? answered
}

type OrderFact = StoredEvent & { orderId: string }

function namesOrder(fact: StoredEvent): fact is OrderFact {
  return fact.orderId !== null
}

function least(known: OrderFact | null, fact: OrderFact): OrderFact {
  return known !== null && compareText(known.orderId, fact.orderId) <= 0 ? known : fact
}
