import { describe, expect, it } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { paid, second, told, toldOfA1 } from '../../support/deciding.ts'
import type { History } from '../../support/deciding.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  customerOf,
  DAY,
  expected,
  notified,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** Which message decides discrepancies, reconciliation and traits. */

describe('discrepancies', () => {
  const found = (history: History, given: Circumstances = {}, reference = 'T1') =>
    Object.entries(told(history, given, reference)).flatMap(([field, by]) =>
      field.startsWith('discrepancies') ? [by] : [],
    )
  const capture = second('118', 1, counters(50, 50))

  it('rest on what they cannot do without, by the rule of their class', () => {
    const stray = (given: Partial<StoredEvent>) => ({ capture, stray: second('120', 2, given) })
    expect(found(stray({ currency: 'USD' }))).toEqual(['X-1: capture stray'])
    expect(found(stray({ orderId: 'O2' }))).toEqual(['X-1: capture stray'])
    expect(found(stray({ test: true }))).toEqual(['X-1: capture stray'])
    expect(found(stray({ merchantId: '8' }), { policy: { merchantIds: ['7'] } })).toEqual([
      'X-1: capture stray',
    ])
    expect(found(stray({ invalidAmounts: ['amount'] }))).toEqual(['X-2: stray'])
  })

  it('of money that cannot have moved rest on the sums', () => {
    expect(found({ capture: second('118', 1, counters(40, 50)) })).toEqual(['M-12: capture'])
    const refused = second('113', 2, counters(0))
    expect(found({ capture, refused })).toEqual(['M-12: capture refused'])
    const answer = answered('116', { ...counters(50), occurredAt: at(0) })
    expect(found({ answer, refused })).toEqual(['W-6: answer refused'])
    const more = beAnswered('payment', '0000', { amount: 100 })
    expect(found({ more, paid }, {}, 'A1')).toEqual(['J-10: more paid'])
  })

  it('of silence rest on the message whose counterpart is missing', () => {
    const late = { after: DAY }
    const missing = second('118', 1, { ...counters(50, 25), operationId: 'c2', amount: 5 })
    expect(found({ missing }, late)).toEqual(['D-4: missing', 'M-6: missing'])
    expect(found({ answer: answered('116', counters(50)) }, late)).toEqual(['D-1: answer'])
    const required = { policy: { expectations: 'required' } as const, ...late }
    expect(found({ capture }, required)).toEqual(['X-3: capture'])
  })
})

describe('reconciliation', () => {
  it('rests on the worst operation', () => {
    const capture = second('118', 1, counters(50, 50))
    const refund = second('126', 2, { ...counters(50, 50, 7), operationId: 'r1' })
    expect(told({ capture, refund }).reconciliation).toBe('W-5: refund | capture W-5')
    const answer = answered('118', counters(50, 50))
    const granted = second('116', 0, counters(50))
    expect(told({ answer, granted, capture }).reconciliation).toBe('W-5: answer capture | granted W-5')
  })

  it('of a payment that its order contradicts rests on the payment itself', () => {
    const asked = beNotified('payment', '0003')
    const doubled = { asked, paid, other: beNotified('payment', '0000', { reference: 'A2', amount: 30 }) }
    expect(toldOfA1(doubled).reconciliation).toBe('X-6: paid | asked X-6')
    const less = { expectations: [expected({ amount: 100 })] }
    expect(toldOfA1({ asked, paid }, less).reconciliation).toBe('X-5: paid | asked X-5')
    const both = { expectations: [expected({ amount: 60 })] }
    expect(toldOfA1(doubled, both).reconciliation).toBe('X-6: paid | asked X-6')
    expect(toldOfA1({ asked, paid }).reconciliation).toBe('W-5: paid | asked W-5')
  })
})

describe('traits', () => {
  it('are those of the last notification that states each, else of the last answer', () => {
    const stated = {
      test: false,
      paymentMethod: {
        product: 'visa',
        brand: null,
        maskedPan: null,
        expiryMonth: null,
        expiryYear: null,
        issuer: null,
        country: null,
        cardHolder: null,
      },
      fraud: { score: 1, result: null, review: null },
      customer: customerOf('1'),
      custom: { a: '1' },
    }
    const quiet = { test: null, currency: null }
    const history = {
      answer: answered('116', { occurredAt: at(9), ...stated, currency: 'EUR' }),
      first: second('116', 1, { ...quiet, customer: customerOf('2') }),
      last: second('118', 2, { ...quiet, customer: customerOf('3') }),
    }
    expect(told(history)).toMatchObject({
      currency: 'F-11: answer',
      test: 'F-11: answer',
      paymentMethod: 'F-11: answer',
      threeDSecure: 'F-11: ',
      fraud: 'F-11: answer',
      customer: 'F-11: last | answer F-11, first F-11',
      custom: 'F-11: answer',
    })
  })

  it('name the order by the least notified id, else by the least answered one', () => {
    const named = (orderId: string | null, given = notified) => given('116', { orderId })
    const history = {
      answer: named('O0', answered),
      first: named('O9'),
      second: named('O8'),
      bare: named(null),
    }
    expect(told(history).orderId).toBe('I-6: second | answer I-6, first I-6')
    expect(told({ answer: named('O0', answered) }).orderId).toBe('I-6: answer')
    expect(told({ early: second('116', 1), late: second('118', 2) }).orderId).toBe('I-6: early | late I-6')
    expect(told({ bare: named(null) }).orderId).toBe('I-6: ')
  })
})
