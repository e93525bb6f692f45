import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  disputed,
  notified,
  orderOf,
  settle,
} from '../../support/facts.ts'
import { sale } from '../../support/be2bill-steps.ts'

/** One order that was paid twice. */

const duplicateOf = (events: readonly StoredEvent[]) =>
  orderOf(events)
    .discrepancies.filter((found) => found.class === 'duplicate_payment')
    .map((found) => found.amountAtRisk)

describe('duplicate payment', () => {
  test('X-6 two payments that stand side by side, all but the largest at risk', () => {
    expect(duplicateOf([sale('A1', 50), sale('A2', 30)])).toEqual([30])
    expect(
      duplicateOf([notified('116', counters(50)), notified('118', { reference: 'T2', ...counters(30, 30) })]),
    ).toEqual([30])
    expect(duplicateOf([sale('A1', 50), sale('A2', null)])).toEqual([null])
    const marked = settle([
      sale('A1', 50),
      sale('A2', 30),
      beNotified('payment', '4001', { reference: 'A3' }),
    ])
    expect(marked.transactions.map((one) => one.reconciliation)).toEqual([
      'discrepant',
      'discrepant',
      'notification_only',
    ])
  })

  test('X-6 it closes itself when refunds, voids or disputes leave one', () => {
    const refund = (reference: string, amount: number, parentReference: string | null) => [
      beNotified('refund', '0000', { reference, amount }),
      beAnswered('refund', '0000', { reference, parentReference, amount }),
    ]
    const two = [sale('A1', 50), sale('A2', 30)]
    expect(duplicateOf([...two, ...refund('A3', 30, 'A2')])).toEqual([])
    expect(duplicateOf([...two, ...refund('A3', 10, 'A2')])).toEqual([20])
    expect(duplicateOf([...two, ...refund('A3', 30, null)])).toEqual([])
    expect(duplicateOf([...two, ...refund('A3', 10, null)])).toEqual([20])
    expect(duplicateOf([...two, beNotified('void', '0000', { reference: 'A4', amount: 50 })])).toEqual([])
    // Which of the two it ended, nothing tells.
    expect(duplicateOf([...two, beNotified('void', '0000', { reference: 'A4', amount: 30 })])).toEqual([30])
    expect(duplicateOf([...two, beNotified('void', '0000', { reference: 'A4' })])).toEqual([30])
    expect(duplicateOf([...two, disputed('first_chargeback', '2026-05-01', { amount: 50 })])).toEqual([])
    expect(
      duplicateOf([
        notified('116', counters(50)),
        notified('115', counters(50)),
        notified('116', { reference: 'T2', ...counters(50) }),
      ]),
    ).toEqual([])
  })

  test('X-6 whichever is larger; what is refused, expired, only asked for or paid out is no part of it', () => {
    expect(duplicateOf([sale('A1', 30), sale('A2', 50)])).toEqual([30])
    expect(duplicateOf([sale('A1', 50), sale('A2', 50), sale('A3', 20)])).toEqual([70])
    const two = [sale('A1', 50), sale('A2', 30)]
    const step = (operation: string, code: string, amount: number) =>
      beNotified(operation, code, { reference: 'A3', amount })
    expect(duplicateOf([...two, step('refund', '0003', 30)])).toEqual([30])
    expect(duplicateOf([...two, step('refund', '4001', 30)])).toEqual([30])
    expect(duplicateOf([...two, step('credit', '0000', 30)])).toEqual([30])
    expect(duplicateOf([...two, step('capture', '0000', 30)])).toEqual([30])
    expect(duplicateOf([...two, step('refund', '0000', 99)])).toEqual([])
    const asked = notified('117', { reference: 'T2', ...counters(30, 30) })
    expect(duplicateOf([notified('118', counters(50, 50)), asked])).toEqual([30])
    const expired = [
      notified('116', { reference: 'T2', ...counters(30) }),
      notified('114', { reference: 'T2' }),
    ]
    expect(duplicateOf([notified('118', counters(50, 50)), ...expired])).toEqual([])
    const unknown = beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A2' })
    expect(duplicateOf([...two, unknown])).toEqual([null])
  })

  test('X-6 a payment that was refused after all is another contradiction, not a second payment', () => {
    const refused = [
      notified('118', { ...counters(50, 50), occurredAt: at(1) }),
      notified('113', { ...counters(0), occurredAt: at(2) }),
    ]
    expect(duplicateOf([...refused, notified('118', { reference: 'T2', ...counters(50, 50) })])).toEqual([])
  })

  test('X-6 what was given back twice, or disputed for an unknown amount', () => {
    const two = [sale('A1', 50), sale('A2', 30)]
    const back = beAnswered('refund', '0000', { reference: 'A4', parentReference: 'A3', amount: 30 })
    expect(duplicateOf([...two, sale('A3', 10), back])).toEqual([30])
    const sides = orderOf([...two, sale('A3', 10), { ...back, amount: 10 }]).discrepancies
    expect(sides).toMatchObject([{ notification: ['A1', 'A2'], amountAtRisk: 30 }])
    const unknown = disputed('first_chargeback', '2026-05-01', { amount: null })
    expect(duplicateOf([...two, unknown])).toEqual([null])
    const authorized = beNotified('authorization', '0000', { amount: 50 })
    expect(duplicateOf([authorized, unknown, sale('A2', 30)])).toEqual([])
  })

  test('X-6 a plan counts as one with the sum of its instalments', () => {
    const instalment = (reference: string, index: number, amount: number) =>
      sale(reference, amount, { schedule: { index, total: 2 } })
    const plan = [instalment('A1', 1, 10), instalment('A2', 2, 15)]
    expect(duplicateOf([...plan, sale('A3', 20)])).toEqual([20])
    expect(duplicateOf([...plan, sale('A3', 30)])).toEqual([25])
    const another = sale('A4', 7, { schedule: { index: 1, total: 3 } })
    expect(duplicateOf([...plan, another])).toEqual([7])
  })

  test('X-6 an authorization and its unlinked capture are one payment', () => {
    const events = [
      beNotified('authorization', '0000', { amount: 50 }),
      beNotified('capture', '0000', { reference: 'A2', amount: 50 }),
    ]
    expect(duplicateOf(events)).toEqual([])
  })

  test('X-7 instalments of one plan are one payment; the same instalment twice is two', () => {
    const instalment = (reference: string, index: number) =>
      sale(reference, 10, { schedule: { index, total: 3 } })
    const plan = [instalment('A1', 1), instalment('A2', 2), instalment('A3', 3)]
    expect(duplicateOf(plan)).toEqual([])
    expect(duplicateOf([...plan, instalment('A4', 2)])).toEqual([10])
    expect(duplicateOf([...plan, instalment('A4', 2), instalment('A5', 2)])).toEqual([20])
    expect(duplicateOf(['A1', 'A2', 'A3'].map((reference) => instalment(reference, 1)))).toEqual([20])
    const asked = beNotified('payment', '0003', { reference: 'A1' })
    expect(duplicateOf([asked, ...plan])).toEqual([])
    expect(duplicateOf([...plan, sale('A5', 5)])).toEqual([5])
    expect(duplicateOf([sale('A1', 5, { schedule: { index: 1, total: 1 } }), sale('A2', 5)])).toEqual([5])
  })
})
