import type { RootFacts } from './identity.ts'
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
export function portraitOf(facts: RootFacts): Portrait {
  const trait = <Value>(read: (fact: StoredEvent) => Value | null): Value | null => lastStated(facts, read)
  const { provider, account } = facts[0]
  return {
    provider,
    account,
    test: trait((fact) => fact.test),
    merchantId: trait((fact) => fact.merchantId),
    currency: currencyOf(facts),
    paymentMethod: trait((fact) => fact.paymentMethod),
    threeDSecure: trait((fact) => fact.threeDSecure),
    fraud: trait((fact) => fact.fraud),
    customer: trait((fact) => fact.customer),
    custom: trait((fact) => (Object.keys(fact.custom).length > 0 ? fact.custom : null)) ?? {},
  }
}

export function currencyOf(facts: readonly StoredEvent[]): string | null {
  return lastStated(facts, (fact) => fact.currency)
}

function lastStated<Value>(
  facts: readonly StoredEvent[],
  read: (fact: StoredEvent) => Value | null,
): Value | null {
  const states = (fact: StoredEvent): boolean => read(fact) !== null
  const notified = facts.findLast((fact) => fact.witness !== 'response' && states(fact))
  const stating = notified ?? facts.findLast(states)
  return stating === undefined ? null : read(stating)
}
