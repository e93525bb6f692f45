import type { RootFacts } from '../identity/references.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { Transaction } from './transaction.ts'
import { ATTRIBUTE_FIELDS, EVENT_FIELDS } from '../event/transaction-event.ts'
import type { Attributes } from '../event/transaction-event.ts'

/** The attributes of a payment besides its money: the account, the means of payment, the mode. */
export type PaymentAttributes = Attributes &
  Pick<Transaction, 'provider' | 'account' | 'test' | 'merchantId' | 'currency'>

const SHOWN_FIELDS = ['test', 'merchantId', 'currency', ...ATTRIBUTE_FIELDS] as const
type ShownField = (typeof SHOWN_FIELDS)[number]

/** Each attribute as the last fact states it, the provider's notifications before the merchant's responses. */
export function attributesOf(facts: RootFacts): PaymentAttributes {
  const { provider, account } = facts[0]
  const attributes = SHOWN_FIELDS.map((name) => [
    name,
    decidingFact(facts, name)?.[name] ?? EVENT_FIELDS[name].blank,
  ])
  return {
    provider,
    account,
    ...(Object.fromEntries(attributes) as Omit<PaymentAttributes, 'provider' | 'account'>),
  }
}

export function currencyOf(facts: readonly StoredEvent[]): string | null {
  return decidingFact(facts, 'currency')?.currency ?? null
}

/** The fact that decides an attribute. */
export function decidingFact(facts: readonly StoredEvent[], name: ShownField): StoredEvent | undefined {
  const states = (fact: StoredEvent): boolean => isStated(fact[name])
  const notified = facts.findLast((fact) => fact.witness !== 'response' && states(fact))
  return notified ?? facts.findLast(states)
}

/** A record without entries states nothing, like null. */
export function isStated(value: StoredEvent[ShownField]): boolean {
  return value !== null && (typeof value !== 'object' || Object.keys(value).length > 0)
}
