import type { StoredEvent, Transaction } from './transaction.ts'

/** What a payment looks like beside its money: whose, by which means, in which mode. */
export type Portrait = Pick<
  Transaction,
  | 'provider'
  | 'account'
  | 'test'
  | 'merchantId'
  | 'currency'
  | 'paymentMethod'
  | 'threeDSecure'
  | 'fraud'
  | 'customer'
  | 'custom'
>

/** Each trait by the last fact that states it, the provider's own notifications before the merchant's forwardings. */
export function portraitOf(facts: readonly StoredEvent[]): Portrait {
  const trait = <Value>(read: (fact: StoredEvent) => Value | null): Value | null => lastStated(facts, read)
  const [first] = facts
  if (first === undefined) throw new RangeError('a transaction has at least one fact')
  return {
    provider: first.provider,
    account: first.account,
    test: trait((fact) => fact.test),
    merchantId: trait((fact) => fact.merchantId),
    currency: trait((fact) => fact.currency),
    paymentMethod: trait((fact) => fact.paymentMethod),
    threeDSecure: trait((fact) => fact.threeDSecure),
    fraud: trait((fact) => fact.fraud),
    customer: trait((fact) => fact.customer),
    custom: trait((fact) => (Object.keys(fact.custom).length > 0 ? fact.custom : null)) ?? {},
  }
}

function lastStated<Value>(
  facts: readonly StoredEvent[],
  read: (fact: StoredEvent) => Value | null,
): Value | null {
  let forwarded: Value | null = null
  for (let index = facts.length - 1; index >= 0; index -= 1) {
    const fact = facts[index]
    const value = fact === undefined ? null : read(fact)
    if (value === null) continue
    if (fact?.witness !== 'response') return value
    forwarded ??= value
  }
  return forwarded
}
