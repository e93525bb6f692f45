import type { RootFacts } from './identity.ts'
import type { StoredEvent, Transaction } from './transaction.ts'
import { ATTRIBUTE_FIELDS, EVENT_FIELDS } from './transaction-event.ts'
import type { Attributes } from './transaction-event.ts'

/** What a payment looks like beside its money: whose, by which means, in which mode. */
export type Portrait = Attributes &
  Pick<Transaction, 'provider' | 'account' | 'test' | 'merchantId' | 'currency'>

const TRAIT_FIELDS = ['test', 'merchantId', 'currency', ...ATTRIBUTE_FIELDS] as const
type Trait = (typeof TRAIT_FIELDS)[number]

/** Each trait by the last fact that states it, the provider's own notifications before the merchant's forwardings. */
export function portraitOf(facts: RootFacts): Portrait {
  const { provider, account } = facts[0]
  const traits = TRAIT_FIELDS.map((name) => [name, tellerOf(facts, name)?.[name] ?? EVENT_FIELDS[name].blank])
  return { provider, account, ...(Object.fromEntries(traits) as Omit<Portrait, 'provider' | 'account'>) }
}

export function currencyOf(facts: readonly StoredEvent[]): string | null {
  return tellerOf(facts, 'currency')?.currency ?? null
}

/** The fact by which a trait is told. */
export function tellerOf(facts: readonly StoredEvent[], name: Trait): StoredEvent | undefined {
  const states = (fact: StoredEvent): boolean => isStated(fact[name])
  const notified = facts.findLast((fact) => fact.witness !== 'response' && states(fact))
  return notified ?? facts.findLast(states)
}

/** A record without entries says no more than null does. */
export function isStated(value: StoredEvent[Trait]): boolean {
  return value !== null && (typeof value !== 'object' || Object.keys(value).length > 0)
}
