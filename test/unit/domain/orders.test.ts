import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
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
import { sale } from '../../support/be2bill-steps.ts'

/** What an order has taken, in which currency, and what was announced. */

describe('what an order has', () => {
  test('A-1 net is captured less refunded less charged back, over all its transactions', () => {
    const events = [
      sale('A1', 50),
      sale('A2', 30),
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
    expect(orderOf([sale('A1', 50)]).paid).toBe(true)
    expect(orderOf([sale('A1', 50)], announced(50)).paid).toBe(true)
    expect(orderOf([sale('A1', 50)], announced(51)).paid).toBe(false)
    expect(orderOf([sale('A1', 50)], announced(null)).paid).toBe(true)
    expect(orderOf([sale('A1', 50)], announced(null, { currency: 'USD' })).paid).toBe(false)
    expect(orderOf([notified('116', counters(50))]).paid).toBe(false)
    expect(orderOf([notified('117', counters(50, 50))]).paid).toBe(false)
    expect(orderOf([sale('A1', null)])).toMatchObject({
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
    expect(orderOf([sale('A1', 55)], rising).paid).toBe(false)
    const [first, second] = ['EUR', 'USD'].map((currency) =>
      expected({ amount: 50, currency, operationId: currency }),
    )
    expect(orderOf([sale('A1', 50)], { expectations: [first!, second!] }).paid).toBe(false)
  })

  test('A-3 a test payment, or another merchant’s, counts for nothing until an operator says otherwise', () => {
    const stray = [sale('A1', 50, { test: true })]
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
    const events = [sale('A1', 50), sale('A2', 50, { currency: 'USD' })]
    expect(orderOf([sale('A1', 50, { currency: null }), sale('A2', 1)])).toMatchObject({
      netTotal: 51,
      currency: 'EUR',
    })
    expect(orderOf(events)).toMatchObject({ netTotal: null, currency: null, paid: false, safeToRetry: false })
    const other = { expectations: [expected({ amount: 50, currency: 'USD' })] }
    expect(orderOf([sale('A1', 50)], other).paid).toBe(false)
    expect(discrepanciesOf([sale('A1', 50)], other)).toEqual([['currency_mismatch', 50]])
    expect(settle([sale('A1', 50)], other).transactions[0]?.reconciliation).toBe('discrepant')
  })
})

describe('currencies of an order', () => {
  const refused = beNotified('payment', '4001', { reference: 'A0', currency: 'USD' })

  test('A-4 is that of the money that moved, else the first that a payment or an announcement states', () => {
    expect(orderOf([refused, sale('A1', 50)])).toMatchObject({ currency: 'EUR', netTotal: 50, paid: true })
    const refund = beNotified('refund', '0000', { reference: 'A2', amount: 5 })
    expect(orderOf([refused, refund]).currency).toBe('EUR')
    expect(orderOf([refused, beNotified('payment', '4001')]).currency).toBe('USD')
    expect(orderOf([{ ...refused, currency: null }, beNotified('payment', '4001')]).currency).toBe('EUR')
    const announced = { expectations: [expected(), expected({ currency: 'CHF', operationId: 'x' })] }
    expect(orderOf([], announced).currency).toBe('CHF')
    expect(orderOf([sale('A1', 50)], announced).currency).toBe('EUR')
    expect(orderOf([cutOff({ currency: null })]).currency).toBeNull()
  })

  test('A-4 money of two currencies is neither counted nor compared with what was announced', () => {
    const events = [
      sale('A1', 50),
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

  test('A-4 an announcement without a currency, or of one without a payment yet, is no contradiction', () => {
    const announced = (currency: string | null) => ({ expectations: [expected({ amount: 50, currency })] })
    expect(orderOf([sale('A1', 50)], announced(null)).paid).toBe(true)
    expect(orderOf([sale('A1', 50)], announced('EUR')).paid).toBe(true)
    expect(discrepanciesOf([sale('A1', 50, { currency: null })], announced('USD'))).toEqual([])
    expect(discrepanciesOf([beNotified('payment', '4001')], announced('USD'))).toEqual([])
  })

  test('A-1 a dispute or a refund of unknown amount makes what is left unknown', () => {
    const unknown = disputed('first_chargeback', '2026-05-01', { amount: null })
    expect(orderOf([sale('A1', 50), unknown])).toMatchObject({
      paidTotal: 50,
      netTotal: null,
      paid: false,
    })
    const refund = beNotified('refund', '0000', { reference: 'A2' })
    expect(orderOf([sale('A1', 50), refund])).toMatchObject({ refundedTotal: null, netTotal: null })
  })
})

describe('less than announced', () => {
  const announced = { expectations: [expected({ amount: 50, channel: 'hosted' })] }

  test('X-5 a payment granted for less than announced is told with the difference, and shows on the payer', () => {
    expect(discrepanciesOf([sale('A1', 40)], announced)).toEqual([['amount_mismatch', 10]])
    expect(
      settle([sale('A1', 40), notified('113', { reference: 'A2' })], announced).transactions.map(
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
    expect(settle([sale('A1', 40)], closed).transactions[0]?.reconciliation).toBe('notification_only')
    expect(settle([sale('A1', 40)], closed).orders[0]?.discrepancies).toEqual([])
  })

  test('X-5 beside a plan, an announcement that one ordinary payment fits is that payment’s', () => {
    const part = (index: number) => ({ ...sale(`A${index}`, 25), schedule: { index, total: 2 } })
    const amounts = (...events: StoredEvent[]) =>
      discrepanciesOf(events, announced).filter(([found]) => found === 'amount_mismatch')
    expect(amounts(part(1), part(2), sale('A3', 50))).toEqual([])
    expect(amounts(part(1), part(2), sale('A3', 40))).toEqual([['amount_mismatch', 40]])
    expect(amounts(part(1), part(2))).toEqual([])
  })

  test('X-6 a duplicate that an operator has closed shows on no payment', () => {
    const resolutions = [{ key: 'duplicate_payment||order:O1', outcome: null, at: '1' }]
    const { transactions } = settle([sale('A1', 50), sale('A2', 30)], { resolutions })
    expect(transactions.map(({ reconciliation }) => reconciliation)).toEqual([
      'notification_only',
      'notification_only',
    ])
  })

  test('X-5 a capture in parts, a refund, or an unknown amount is not', () => {
    expect(discrepanciesOf([notified('118', counters(50, 20))], announced)).toEqual([])
    expect(
      discrepanciesOf(
        [sale('A1', 50), beNotified('refund', '0000', { reference: 'A2', amount: 20 })],
        announced,
      ),
    ).toEqual([])
    expect(discrepanciesOf([sale('A1', null)], announced)).toEqual([])
    expect(discrepanciesOf([notified('116', counters(40))], announced)).toEqual([])
  })
})
