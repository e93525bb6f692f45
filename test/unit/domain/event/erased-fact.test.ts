import { describe, expect, it } from 'vitest'
import { erasedFact } from '../../../../src/domain/event/erased-fact.ts'
import { EVENT_FIELDS, type TransactionEvent } from '../../../../src/domain/event/transaction-event.ts'

/** What a fact loses when a person's data is erased. A new field of events has to be put on one side or the other here. */

const PERSONAL = [
  'customer.id',
  'customer.ipCountry',
  'customer.language',
  'customer.email',
  'customer.ipAddress',
  'customer.deviceId',
  'paymentMethod.cardHolder',
  'paymentMethod.maskedPan',
  'paymentMethod.expiryMonth',
  'paymentMethod.expiryYear',
  'custom.any',
  'extra.any',
]
const STAYING = 70

const whole = Object.fromEntries(
  Object.entries(EVENT_FIELDS).map(([name, { type }]) => {
    if (type.kind === 'record') return [name, { any: name }]
    if (type.kind !== 'parts') return [name, name]
    return [name, Object.fromEntries(Object.keys(type.parts).map((part) => [part, part]))]
  }),
) as Partial<TransactionEvent>

const namesOf = (fact: object): string[] =>
  Object.entries(fact).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).map((part) => `${name}.${part}`)
      : [name],
  )

describe('an erased fact', () => {
  it('has lost what states something of a person, and nothing else', () => {
    const kept = new Set(namesOf(erasedFact(whole)))
    const all = namesOf(whole)
    expect(all.filter((name) => !kept.has(name)).sort()).toEqual([...PERSONAL].sort())
    expect([...kept].filter((name) => !all.includes(name))).toEqual([])
    expect(kept.size).toBe(STAYING)
  })

  it('is erased no further, and one without a person stays as it is', () => {
    const erased = erasedFact(whole)
    expect(erasedFact(erased)).toEqual(erased)
    const bare = { provider: 'hipay', type: 'captured', amount: 100 } as Partial<TransactionEvent>
    expect(erasedFact(bare)).toEqual(bare)
    expect(erasedFact({ ...bare, customer: null, paymentMethod: null })).toEqual({
      ...bare,
    })
    expect(erasedFact({ ...bare, customer: { id: 'C' } } as unknown as Partial<TransactionEvent>)).toEqual(
      bare,
    )
  })
})
