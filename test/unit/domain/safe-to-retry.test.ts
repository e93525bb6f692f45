import { describe, expect, test } from 'vitest'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  discrepanciesOf,
  expected,
  notified,
  orderOf,
  settle,
} from '../../support/facts.ts'
import { sale } from '../../support/be2bill-steps.ts'

/** Whether trying again is safe. */

describe('safe to retry', () => {
  const reasonOf = (...args: Parameters<typeof orderOf>) => orderOf(...args).reason

  test('A-5 not while money is held, or might be', () => {
    expect(reasonOf([sale('A1', 50)])).toBe('money_held')
    expect(reasonOf([sale('A1', null)])).toBe('amount_unknown')
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
    const foreign = sale('A1', 50, { merchantId: '8' })
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
      orderOf([sale('A1', 50), beNotified('refund', '0000', { reference: 'A2', amount: 50 })]).safeToRetry,
    ).toBe(true)
  })
})
