import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  discrepanciesOf,
  expected,
  HOUR,
  notified,
  sale,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** What differs between two messages of a transaction. */

describe('discrepancies of a transaction', () => {
  const classes = (events: readonly StoredEvent[], given: Circumstances = {}) =>
    discrepanciesOf(events, given)

  test('X-1 currencies, orders, merchants and modes that differ put the whole payment at risk', () => {
    expect(classes([...sale, notified('118', { ...counters(50, 50), currency: 'USD' })])).toContainEqual([
      'currency_mismatch',
      50,
    ])
    expect(
      classes([answered('116', { ...counters(50), orderId: 'O2' }), notified('116', counters(50))]),
    ).toEqual([['order_mismatch', 50]])
    const merchants = { policy: { merchantIds: ['00000000007'] } }
    expect(classes([...sale, notified('120', { merchantId: '7' })], merchants)).toEqual([])
    expect(classes([...sale, notified('120', { merchantId: '8' })], merchants)).toEqual([
      ['merchant_mismatch', 50],
    ])
    expect(classes([...sale, notified('120', { test: true })])).toEqual([['test_mode_mismatch', 50]])
    expect(classes([...sale, notified('120', { test: true })], { policy: { test: null } })).toEqual([])
  })

  test('X-2 an amount that does not fit exactly is told by its field', () => {
    const invalid = beNotified('payment', '0000', { invalidAmounts: ['AMOUNT'] })
    expect(transactionOf([invalid])).toMatchObject({
      capturedTotal: null,
      reconciliation: 'discrepant',
      discrepancies: [{ class: 'invalid_amount', field: 'A1:AMOUNT', amountAtRisk: null }],
    })
  })

  test('X-2 a call without a reference may carry one, too', () => {
    const call = cutOff({ operation: 'refund', parentReference: 'T1', invalidAmounts: ['AMOUNT'] })
    expect(classes([...sale, call])).toEqual([['invalid_amount', null]])
  })

  test('X-3 where payments must be announced, one that was not is told after an hour', () => {
    const required = (after: number, more: Circumstances = {}) => ({
      after,
      policy: { expectations: 'required' } as const,
      ...more,
    })
    expect(classes(sale, required(HOUR - 1))).toEqual([])
    expect(classes(sale, required(HOUR))).toEqual([['unexpected_payment', 50]])
    expect(classes(sale, required(HOUR, { expectations: [expected()] }))).toEqual([])
    expect(classes([notified('113')], required(HOUR))).toEqual([])
    const again = { ...sale[1]!, receivedAt: '2026-04-01T12:30:00.000Z', amount: 50 }
    expect(classes([...sale, again], required(HOUR))).toEqual([['unexpected_payment', 50]])
    expect(classes([beNotified('refund', '0000')], required(HOUR))).toEqual([])
  })

  test('X-4 the key is content: amounts and times do not make another discrepancy', () => {
    const keysOf = (amount: number) =>
      transactionOf([
        beAnswered('payment', '0000', { amount }),
        beNotified('payment', '0000', { amount: 50 }),
      ]).discrepancies.map(({ key }) => key)
    expect(keysOf(60)).toEqual(keysOf(70))
    expect(keysOf(50)).toEqual([])
  })
})
