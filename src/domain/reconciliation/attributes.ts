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
  const candidates = decidingFirst(facts)
  const attributes: Record<string, unknown> = { provider, account }
  for (const name of SHOWN_FIELDS) {
    let shown: StoredEvent[ShownField] = EVENT_FIELDS[name].blank
    for (const fact of candidates) {
      if (!isStated(fact[name])) continue
      shown = fact[name]
      break
    }
    attributes[name] = shown
  }
  return attributes as unknown as PaymentAttributes
}

/** The provider's notifications before the merchant's responses, the last of each first. */
function decidingFirst(facts: readonly StoredEvent[]): StoredEvent[] {
  const notified: StoredEvent[] = []
  const answered: StoredEvent[] = []
  for (const fact of facts) (fact.witness === 'response' ? answered : notified).push(fact)
  notified.reverse()
  return answered.length === 0 ? notified : [...notified, ...answered.reverse()]
}

export function currencyOf(facts: readonly StoredEvent[]): string | null {
  return decidingFact(facts, 'currency')?.currency ?? null
}

/** The fact that decides an attribute. */
export function decidingFact(facts: readonly StoredEvent[], name: ShownField): StoredEvent | undefined {
  return decidingFirst(facts).find((fact) => isStated(fact[name]))
}

/** A record without entries states nothing, like null. */
export function isStated(value: StoredEvent[ShownField]): boolean {
  if (typeof value !== 'object' || value === null) return value !== null
  // A loop: Object.keys would list all members of every attribute of every fact.
  for (const _member in value) return true
  return false
}
