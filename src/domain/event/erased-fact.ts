import type { TransactionEvent } from './transaction-event.ts'

/**
 * A fact, as it is written, without what it states of a person. What decides money, status and belonging stays, and so does the
 * keyed digest of the e-mail address. `custom` and `extra` may hold anything that the merchant or the provider put there.
 */
export function erasedFact(fact: Partial<TransactionEvent>): Partial<TransactionEvent> {
  const { customer, paymentMethod, custom: _custom, extra: _extra, ...rest } = fact
  return { ...rest, ...kept({ customer }, ['emailHash']), ...kept({ paymentMethod }, METHOD) }
}

const METHOD = ['product', 'brand', 'issuer', 'country']

/** These parts of the one member; no member if it states none of them. */
function kept(member: Readonly<Record<string, object | null | undefined>>, names: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(member).flatMap(([name, parts]) => {
      const stated = Object.entries(parts ?? {}).filter(([part]) => names.includes(part))
      return stated.length === 0 ? [] : [[name, Object.fromEntries(stated)]]
    }),
  )
}
