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

/** How each trait is read off one fact; null: the fact does not state it. */
export const TRAITS = {
  test: (fact: StoredEvent) => fact.test,
  merchantId: (fact: StoredEvent) => fact.merchantId,
  currency: (fact: StoredEvent) => fact.currency,
  paymentMethod: (fact: StoredEvent) => fact.paymentMethod,
  threeDSecure: (fact: StoredEvent) => fact.threeDSecure,
  fraud: (fact: StoredEvent) => fact.fraud,
  customer: (fact: StoredEvent) => fact.customer,
  custom: (fact: StoredEvent) => (Object.keys(fact.custom).length > 0 ? fact.custom : null),
} as const

/** Each trait by the last fact that states it, the provider's own notifications before the merchant's forwardings. */
export function portraitOf(facts: RootFacts): Portrait {
  const trait = <Value>(read: (fact: StoredEvent) => Value | null): Value | null => lastStated(facts, read)
  const { provider, account } = facts[0]
  return {
    provider,
    account,
    test: trait(TRAITS.test),
    merchantId: trait(TRAITS.merchantId),
    currency: trait(TRAITS.currency),
    paymentMethod: trait(TRAITS.paymentMethod),
    threeDSecure: trait(TRAITS.threeDSecure),
    fraud: trait(TRAITS.fraud),
    customer: trait(TRAITS.customer),
    custom: trait(TRAITS.custom) ?? {},
  }
}

export function currencyOf(facts: readonly StoredEvent[]): string | null {
  return lastStated(facts, TRAITS.currency)
}

function lastStated<Value>(
  facts: readonly StoredEvent[],
  read: (fact: StoredEvent) => Value | null,
): Value | null {
  const teller = tellerOf(facts, read)
  return teller === undefined ? null : read(teller)
}

/** The fact by which a trait is told. */
export function tellerOf(
  facts: readonly StoredEvent[],
  read: (fact: StoredEvent) => unknown,
): StoredEvent | undefined {
  const states = (fact: StoredEvent): boolean => read(fact) !== null
  const notified = facts.findLast((fact) => fact.witness !== 'response' && states(fact))
  return notified ?? facts.findLast(states)
}
