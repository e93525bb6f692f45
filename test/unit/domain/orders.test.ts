import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  discrepanciesOf,
  disputed,
  expected,
  notified,
  orderOf,
  settle,
} from '../../support/facts.ts'

const payment = (reference: string, amount: number | null, given = {}) =>
  beNotified('payment', '0000', { reference, amount, ...given })
const duplicateOf = (events: readonly StoredEvent[]) =>
  orderOf(events)
    .discrepancies.filter((found) => found.class === 'duplicate_payment')
    .map((found) => found.amountAtRisk)

describe('what an order has', () => {
  test('A-1 net is captured less refunded less charged back, over all its transactions', () => {
    const events = [
      payment('A1', 50),
      payment('A2', 30),
      beNotified('refund', '0000', { reference: 'A3', amount: 20 }),
      disputed('first_chargeback', '2026-05-01', { amount: 10 }),
    ]
    expect(orderOf(events)).toMatchObject({
      paidTotal: 80,
      refundedTotal: 20,
      netTotal: 50,
      currency: 'EUR',
      transactions: ['A1', 'A2', 'A3'],
    })
  })

  test('A-2 paid: something is left, and no less than was announced', () => {
    const announced = (amount: number | null, given = {}) => ({
      expectations: [expected({ amount, ...given })],
    })
    expect(orderOf([payment('A1', 50)]).paid).toBe(true)
    expect(orderOf([payment('A1', 50)], announced(50)).paid).toBe(true)
    expect(orderOf([payment('A1', 50)], announced(51)).paid).toBe(false)
    expect(orderOf([payment('A1', 50)], announced(null)).paid).toBe(true)
    expect(orderOf([notified('116', counters(50))]).paid).toBe(false)
    expect(orderOf([notified('117', counters(50, 50))]).paid).toBe(false)
    expect(orderOf([payment('A1', null)])).toMatchObject({
      paid: false,
      netTotal: null,
      reason: 'amount_unknown',
    })
    const rising = {
      expectations: [
        expected({ amount: 40 }),
        expected({ amount: 60, operationId: 'b' }),
        expected({ amount: 50, operationId: 'c' }),
      ],
    }
    expect(orderOf([payment('A1', 55)], rising).paid).toBe(false)
  })

  test('A-3 a test payment, or another merchant’s, counts for nothing until an operator says otherwise', () => {
    const stray = [payment('A1', 50, { test: true })]
    expect(orderOf(stray)).toMatchObject({
      netTotal: 0,
      paid: false,
      safeToRetry: false,
      reason: 'test_mode_mismatch',
    })
    const resolutions = [{ key: 'test_mode_mismatch|test|transaction:A1', outcome: null, at: '1' }]
    expect(orderOf(stray, { resolutions })).toMatchObject({ netTotal: 50, paid: true })
  })

  test('A-4 sums of different currencies are not known', () => {
    const events = [payment('A1', 50), payment('A2', 50, { currency: 'USD' })]
    expect(orderOf([payment('A1', 50, { currency: null }), payment('A2', 1)])).toMatchObject({
      netTotal: 51,
      currency: 'EUR',
    })
    expect(orderOf(events)).toMatchObject({ netTotal: null, currency: null, paid: false, safeToRetry: false })
    const other = { expectations: [expected({ amount: 50, currency: 'USD' })] }
    expect(orderOf([payment('A1', 50)], other).paid).toBe(false)
    expect(discrepanciesOf([payment('A1', 50)], other)).toEqual([['currency_mismatch', 50]])
    expect(settle([payment('A1', 50)], other).transactions[0]?.reconciliation).toBe('discrepant')
  })
})

describe('less than announced', () => {
  const announced = { expectations: [expected({ amount: 50, channel: 'hosted' })] }

  test('X-5 a payment granted for less than announced is told with the difference, and shows on the payer', () => {
    expect(discrepanciesOf([payment('A1', 40)], announced)).toEqual([['amount_mismatch', 10]])
    expect(
      settle([payment('A1', 40), notified('113', { reference: 'A2' })], announced).transactions.map(
        (one) => one.reconciliation,
      ),
    ).toEqual(['discrepant', 'notification_only'])
  })

  test('X-5 a capture in parts, a refund, or an unknown amount is not', () => {
    expect(discrepanciesOf([notified('118', counters(50, 20))], announced)).toEqual([])
    expect(
      discrepanciesOf(
        [payment('A1', 50), beNotified('refund', '0000', { reference: 'A2', amount: 20 })],
        announced,
      ),
    ).toEqual([])
    expect(discrepanciesOf([payment('A1', null)], announced)).toEqual([])
    expect(discrepanciesOf([notified('116', counters(40))], announced)).toEqual([])
  })
})

describe('duplicate payment', () => {
  test('X-6 two payments that stand side by side, all but the largest at risk', () => {
    expect(duplicateOf([payment('A1', 50), payment('A2', 30)])).toEqual([30])
    expect(
      duplicateOf([notified('116', counters(50)), notified('118', { reference: 'T2', ...counters(30, 30) })]),
    ).toEqual([30])
    expect(duplicateOf([payment('A1', 50), payment('A2', null)])).toEqual([null])
    const marked = settle([
      payment('A1', 50),
      payment('A2', 30),
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
    const two = [payment('A1', 50), payment('A2', 30)]
    expect(duplicateOf([...two, ...refund('A3', 30, 'A2')])).toEqual([])
    expect(duplicateOf([...two, ...refund('A3', 10, 'A2')])).toEqual([20])
    expect(duplicateOf([...two, ...refund('A3', 30, null)])).toEqual([])
    expect(duplicateOf([...two, ...refund('A3', 10, null)])).toEqual([20])
    expect(duplicateOf([...two, beNotified('void', '0000', { reference: 'A4', amount: 30 })])).toEqual([])
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

  test('X-6 an authorization and its unlinked capture are one payment', () => {
    const events = [
      beNotified('authorization', '0000', { amount: 50 }),
      beNotified('capture', '0000', { reference: 'A2', amount: 50 }),
    ]
    expect(duplicateOf(events)).toEqual([])
  })

  test('X-7 instalments of one plan are one payment; the same instalment twice is two', () => {
    const instalment = (reference: string, index: number) =>
      payment(reference, 10, { schedule: { index, total: 3 } })
    const plan = [instalment('A1', 1), instalment('A2', 2), instalment('A3', 3)]
    expect(duplicateOf(plan)).toEqual([])
    expect(duplicateOf([...plan, instalment('A4', 2)])).toEqual([10])
    expect(duplicateOf([...plan, payment('A5', 5)])).toEqual([5])
    expect(duplicateOf([payment('A1', 5, { schedule: { index: 1, total: 1 } }), payment('A2', 5)])).toEqual([
      5,
    ])
  })
})

describe('safe to retry', () => {
  const reasonOf = (...args: Parameters<typeof orderOf>) => orderOf(...args).reason

  test('A-5 not while money is held, or might be', () => {
    expect(reasonOf([payment('A1', 50)])).toBe('money_held')
    expect(reasonOf([payment('A1', null)])).toBe('amount_unknown')
  })

  test('A-6 not while a transaction may yet become money', () => {
    const codes: [string, string][] = [
      ['116', 'authorized'],
      ['112', 'held_for_review'],
      ['200', 'pending'],
      ['144', 'action_required'],
      ['103', 'unrecognized'],
    ]
    for (const [code, status] of codes)
      expect(reasonOf([notified(code, counters(0))]), code).toBe(`transaction_${status}`)
    expect(reasonOf([notified('101', { type: 'created' })])).toBe('transaction_created')
    expect(reasonOf([notified('118', counters(50, 50)), notified('181', counters(50, 50))])).toBe(
      'transaction_charged_back',
    )
  })

  test('A-7 not while the witnesses contradict each other about it', () => {
    const contradicted = [
      answered('116', { ...counters(50), occurredAt: at(1) }),
      notified('113', { ...counters(0), occurredAt: at(2) }),
    ]
    expect(reasonOf(contradicted)).toBe('outcome_mismatch')
    expect(reasonOf([notified('113', { merchantId: '8' })], { policy: { merchantIds: ['7'] } })).toBe(
      'merchant_mismatch',
    )
    expect(reasonOf([notified('113', { test: true })])).toBe('test_mode_mismatch')
  })

  test('A-8 not while a call of ours is open, or was just announced', () => {
    expect(reasonOf([cutOff()])).toBe('request_of_unknown_outcome')
    expect(reasonOf([beAnswered('payment', '0000', { reference: null })])).toBe('request_of_unknown_outcome')
    expect(reasonOf([beAnswered('payment', '0001', { reference: null })])).toBe('request_in_flight')
    expect(reasonOf([], { expectations: [expected()] })).toBe('request_in_flight')
  })

  test('A-9 else it is: nothing stands', () => {
    for (const code of ['113', '163', '178', '109']) {
      expect(orderOf([answered('163'), notified(code)]), code).toMatchObject({
        safeToRetry: true,
        reason: 'nothing_stands',
      })
    }
    expect(orderOf([notified('116', counters(50)), notified('115', counters(50))]).safeToRetry).toBe(true)
    expect(
      orderOf([payment('A1', 50), beNotified('refund', '0000', { reference: 'A2', amount: 50 })]).safeToRetry,
    ).toBe(true)
  })
})
