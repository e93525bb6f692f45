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
    expect(orderOf([payment('A1', 50)], announced(null, { currency: 'USD' })).paid).toBe(false)
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
    const [first, second] = ['EUR', 'USD'].map((currency) =>
      expected({ amount: 50, currency, operationId: currency }),
    )
    expect(orderOf([payment('A1', 50)], { expectations: [first!, second!] }).paid).toBe(false)
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

describe('currencies of an order', () => {
  const refused = beNotified('payment', '4001', { reference: 'A0', currency: 'USD' })

  test('A-4 is that of the money that moved, else the first that a payment or an announcement states', () => {
    expect(orderOf([refused, payment('A1', 50)])).toMatchObject({ currency: 'EUR', netTotal: 50, paid: true })
    const refund = beNotified('refund', '0000', { reference: 'A2', amount: 5 })
    expect(orderOf([refused, refund]).currency).toBe('EUR')
    expect(orderOf([refused, beNotified('payment', '4001')]).currency).toBe('USD')
    expect(orderOf([{ ...refused, currency: null }, beNotified('payment', '4001')]).currency).toBe('EUR')
    const announced = { expectations: [expected(), expected({ currency: 'CHF', operationId: 'x' })] }
    expect(orderOf([], announced).currency).toBe('CHF')
    expect(orderOf([payment('A1', 50)], announced).currency).toBe('EUR')
    expect(orderOf([cutOff({ currency: null })]).currency).toBeNull()
  })

  test('A-4 money of two currencies is neither counted nor compared with what was announced', () => {
    const events = [
      payment('A1', 50),
      beNotified('refund', '0000', { reference: 'A2', amount: 5, currency: 'USD' }),
    ]
    const announced = { expectations: [expected({ amount: 500 })] }
    expect(orderOf(events, announced)).toMatchObject({
      currency: null,
      paidTotal: null,
      refundedTotal: null,
      discrepancies: [],
      reason: 'amount_unknown',
    })
  })

  test('A-4 an announcement without a currency, or of one that nobody paid in yet, is no contradiction', () => {
    const announced = (currency: string | null) => ({ expectations: [expected({ amount: 50, currency })] })
    expect(orderOf([payment('A1', 50)], announced(null)).paid).toBe(true)
    expect(orderOf([payment('A1', 50)], announced('EUR')).paid).toBe(true)
    expect(discrepanciesOf([payment('A1', 50, { currency: null })], announced('USD'))).toEqual([])
    expect(discrepanciesOf([beNotified('payment', '4001')], announced('USD'))).toEqual([])
  })

  test('A-1 a dispute or a refund of unknown amount makes what is left unknown', () => {
    const unknown = disputed('first_chargeback', '2026-05-01', { amount: null })
    expect(orderOf([payment('A1', 50), unknown])).toMatchObject({
      paidTotal: 50,
      netTotal: null,
      paid: false,
    })
    const refund = beNotified('refund', '0000', { reference: 'A2' })
    expect(orderOf([payment('A1', 50), refund])).toMatchObject({ refundedTotal: null, netTotal: null })
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

  test('X-5 what was granted is what was authorized, or captured where that is more', () => {
    const authorized = notified('118', counters(50, 20))
    expect(
      discrepanciesOf([authorized, notified('118', { reference: 'T2', ...counters(40, 40) })], announced),
    ).toEqual([['duplicate_payment', 20]])
    expect(discrepanciesOf([notified('118', { capturedTotal: 50 })], announced)).toEqual([])
    expect(discrepanciesOf([notified('118', { capturedTotal: 30 })], announced)).toEqual([
      ['amount_mismatch', 20],
    ])
    const key = 'amount_mismatch|expected|order:O1'
    const closed = { ...announced, resolutions: [{ key, outcome: null, at: '1' }] }
    expect(settle([payment('A1', 40)], closed).transactions[0]?.reconciliation).toBe('notification_only')
    expect(settle([payment('A1', 40)], closed).orders[0]?.discrepancies).toEqual([])
  })

  test('X-5 beside a plan, an announcement that one ordinary payment fits is that payment’s', () => {
    const part = (index: number) => ({ ...payment(`A${index}`, 25), schedule: { index, total: 2 } })
    const amounts = (...events: StoredEvent[]) =>
      discrepanciesOf(events, announced).filter(([found]) => found === 'amount_mismatch')
    expect(amounts(part(1), part(2), payment('A3', 50))).toEqual([])
    expect(amounts(part(1), part(2), payment('A3', 40))).toEqual([['amount_mismatch', 40]])
    expect(amounts(part(1), part(2))).toEqual([])
  })

  test('X-6 a duplicate that an operator has closed shows on no payment', () => {
    const resolutions = [{ key: 'duplicate_payment||order:O1', outcome: null, at: '1' }]
    const { transactions } = settle([payment('A1', 50), payment('A2', 30)], { resolutions })
    expect(transactions.map(({ reconciliation }) => reconciliation)).toEqual([
      'notification_only',
      'notification_only',
    ])
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
    expect(duplicateOf([payment('A1', 30), payment('A2', 50)])).toEqual([30])
    expect(duplicateOf([payment('A1', 50), payment('A2', 50), payment('A3', 20)])).toEqual([70])
    const two = [payment('A1', 50), payment('A2', 30)]
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
    const two = [payment('A1', 50), payment('A2', 30)]
    const back = beAnswered('refund', '0000', { reference: 'A4', parentReference: 'A3', amount: 30 })
    expect(duplicateOf([...two, payment('A3', 10), back])).toEqual([30])
    const sides = orderOf([...two, payment('A3', 10), { ...back, amount: 10 }]).discrepancies
    expect(sides).toMatchObject([{ notification: ['A1', 'A2'], amountAtRisk: 30 }])
    const unknown = disputed('first_chargeback', '2026-05-01', { amount: null })
    expect(duplicateOf([...two, unknown])).toEqual([null])
    const authorized = beNotified('authorization', '0000', { amount: 50 })
    expect(duplicateOf([authorized, unknown, payment('A2', 30)])).toEqual([])
  })

  test('X-6 a plan counts as one with the sum of its instalments', () => {
    const instalment = (reference: string, index: number, amount: number) =>
      payment(reference, amount, { schedule: { index, total: 2 } })
    const plan = [instalment('A1', 1, 10), instalment('A2', 2, 15)]
    expect(duplicateOf([...plan, payment('A3', 20)])).toEqual([20])
    expect(duplicateOf([...plan, payment('A3', 30)])).toEqual([25])
    const another = payment('A4', 7, { schedule: { index: 1, total: 3 } })
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
      payment(reference, 10, { schedule: { index, total: 3 } })
    const plan = [instalment('A1', 1), instalment('A2', 2), instalment('A3', 3)]
    expect(duplicateOf(plan)).toEqual([])
    expect(duplicateOf([...plan, instalment('A4', 2)])).toEqual([10])
    expect(duplicateOf([...plan, instalment('A4', 2), instalment('A5', 2)])).toEqual([20])
    expect(duplicateOf(['A1', 'A2', 'A3'].map((reference) => instalment(reference, 1)))).toEqual([20])
    const asked = beNotified('payment', '0003', { reference: 'A1' })
    expect(duplicateOf([asked, ...plan])).toEqual([])
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

  test('A-7 of several doubts the first is named, whatever else the payments came to', () => {
    const stray = (code: string, given = {}) => notified(code, { ...counters(50, 20), test: true, ...given })
    expect(reasonOf([stray('118')])).toBe('test_mode_mismatch')
    expect(reasonOf([stray('118', { capturedTotal: 50 })])).toBe('test_mode_mismatch')
    expect(reasonOf([stray('118'), stray('126', { refundedTotal: 5 })])).toBe('test_mode_mismatch')
    expect(reasonOf([stray('118'), stray('126', { refundedTotal: 20 })])).toBe('test_mode_mismatch')
    const policy = { merchantIds: ['7'] }
    expect(reasonOf([stray('118', { merchantId: '8' })], { policy })).toBe('test_mode_mismatch')
    const foreign = payment('A1', 50, { merchantId: '8' })
    expect(orderOf([foreign], { policy })).toMatchObject({ netTotal: 0, reason: 'merchant_mismatch' })
  })

  test('A-7 not while a payment stands that its messages file under another order too', () => {
    const reasonsOf = (...args: Parameters<typeof settle>) =>
      settle(...args).orders.map(({ orderId, reason }) => `${orderId} ${reason}`)
    const under = (orderId: string, code: string, given = {}) => notified(code, { orderId, ...given })
    const paid = [under('O1', '116', counters(50)), under('O2', '118', counters(50, 50))]
    expect(reasonsOf(paid)).toEqual(['O1 money_held', 'O2 order_mismatch'])
    const refused = under('O2', '113', { reference: 'T2' })
    expect(reasonsOf([...paid, refused])).toEqual(['O1 money_held', 'O2 order_mismatch'])
    expect(reasonsOf([under('O1', '101'), under('O2', '113')])).toEqual([
      'O1 nothing_stands',
      'O2 nothing_stands',
    ])
    const called = settle([...paid, cutOff({ orderId: 'O2' })]).orders
    expect(called.map(({ orderId, requests }) => [orderId, requests.length])).toEqual([
      ['O1', 0],
      ['O2', 1],
    ])
    const resolutions = [{ key: 'order_mismatch|orderId|transaction:T1', outcome: null, at: 'now' }]
    expect(reasonsOf([...paid, refused], { resolutions })).toEqual(['O1 money_held', 'O2 nothing_stands'])
  })

  test('A-7 not while a call of the order is open on a payment of another one', () => {
    const call = cutOff({ parentReference: 'T1', orderId: 'O2', operation: 'refund' })
    const challenge = { ...call, operation: 'authorization' } as const
    const { orders } = settle([notified('113'), call])
    expect(orders.map(({ reason }) => reason)).toEqual(['request_of_unknown_outcome', 'order_mismatch'])
    expect(settle([notified('112'), challenge]).orders.map(({ reason }) => reason)).toEqual([
      'transaction_held_for_review',
      'order_mismatch',
    ])
    const foreign = notified('113', { test: true })
    expect(settle([foreign, call]).orders.map(({ reason }) => reason)).toEqual([
      'test_mode_mismatch',
      'order_mismatch',
    ])
  })

  test('A-7 other discrepancies are no reason not to retry', () => {
    const closed = [notified('113', { currency: 'USD' }), notified('113', { invalidAmounts: ['amount'] })]
    expect(discrepanciesOf(closed)).toHaveLength(2)
    expect(reasonOf(closed)).toBe('nothing_stands')
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
    expect(orderOf([notified('116', counters(50)), notified('114', counters(50))]).safeToRetry).toBe(true)
    expect(orderOf([beNotified('payment', '5002')]).safeToRetry).toBe(true)
    expect(
      orderOf([payment('A1', 50), beNotified('refund', '0000', { reference: 'A2', amount: 50 })]).safeToRetry,
    ).toBe(true)
  })
})
