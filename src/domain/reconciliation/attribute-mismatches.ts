import type { Observation } from './discrepancies.ts'
import { sideOf } from '../event/meaning.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Attributes that differ between the sides, or from the account's policy. */

type AttributeMismatch = Omit<Observation, 'amountAtRisk'>

export function mismatchedCurrencies(facts: readonly StoredEvent[]): AttributeMismatch[] {
  const sides = sidesOf(facts, (fact) => fact.currency)
  return sides.distinct > 1 ? [{ class: 'currency_mismatch', field: 'currency', ...sides.values }] : []
}

export function mismatchedOrders(facts: readonly StoredEvent[]): AttributeMismatch[] {
  const sides = sidesOf(facts, (fact) => fact.orderId)
  return sides.distinct > 1 ? [{ class: 'order_mismatch', field: 'orderId', ...sides.values }] : []
}

/** `merchantIds` empty: the account's policy states none. */
export function mismatchedMerchants(
  facts: readonly StoredEvent[],
  merchantIds: readonly string[],
): AttributeMismatch[] {
  if (merchantIds.length === 0) return []
  const known = new Set(merchantIds.map(padded))
  const foreign = sidesOf(facts, ({ merchantId }) =>
    merchantId === null || known.has(padded(merchantId)) ? null : merchantId,
  )
  return foreign.distinct > 0 ? [{ class: 'merchant_mismatch', field: 'merchantId', ...foreign.values }] : []
}

/** Some systems strip leading zeros from merchant numbers. */
function padded(merchantId: string): string {
  return merchantId.padStart(11, '0')
}

/** `test` null: the account's policy states none. */
export function mismatchedModes(facts: readonly StoredEvent[], test: boolean | null): AttributeMismatch[] {
  if (test === null) return []
  const wrong = sidesOf(facts, (fact) =>
    fact.test === null || fact.test === test ? null : String(fact.test),
  )
  return wrong.distinct > 0 ? [{ class: 'test_mode_mismatch', field: 'test', ...wrong.values }] : []
}

interface Sides {
  distinct: number
  values: Required<Pick<Observation, 'response' | 'notification' | 'parts'>>
}

function sidesOf(facts: readonly StoredEvent[], read: (fact: StoredEvent) => string | null): Sides {
  const bySide = { response: new Set<string>(), notification: new Set<string>() }
  for (const fact of facts) {
    const value = read(fact)
    if (value !== null) bySide[sideOf(fact)].add(value)
  }
  const response = [...bySide.response].sort()
  const notification = [...bySide.notification].sort()
  const values = [...new Set([...response, ...notification])]
  const parts = values.map((id) => ({ id, amount: null }))
  return { distinct: values.length, values: { response, notification, parts } }
}
