import { compareText } from './canonical-order.ts'
import type { StoredEvent } from './transaction.ts'

/** The order a payment belongs to: the notifications' word, else the merchant's; of several, the byte-least. */
export function orderIdOf(facts: readonly StoredEvent[]): string | null {
  let notified: string | null = null
  let answered: string | null = null
  for (const { orderId, witness } of facts) {
    if (orderId === null) continue
    if (witness === 'response') answered = least(answered, orderId)
    else notified = least(notified, orderId)
  }
  return notified ?? answered
}

function least(known: string | null, orderId: string): string {
  return known !== null && compareText(known, orderId) < 0 ? known : orderId
}
