import { describe, expect, test } from 'vitest'
import { fallbackKey } from '../../../src/domain/identity/references.ts'
import {
  answered,
  beAnswered,
  beNotified,
  captured,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  hostedPage,
  maintained,
  MINUTE,
  notified,
  orderOf,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import { reconciliations } from '../../support/views.ts'

/** Calls that name no payment, and who answers them. */

describe('calls without a reference', () => {
  test('R-1 a cut-off call is answered by one transaction of its order, the byte-least first', () => {
    const events = [cutOff(), captured('T1'), notified('113', { reference: 'T2' })]
    expect(reconciliations(events)).toEqual(['matched', 'notification_only'])
    expect(orderOf([cutOff(), cutOff(), captured('T1')]).requests).toMatchObject([{ outcome: 'unknown' }])
  })

  test('R-1 a transaction that has an answer of its own takes no other', () => {
    const events = [answered('118', counters(5000, 5000)), captured('T1'), cutOff()]
    expect(orderOf(events).requests).toHaveLength(1)
  })

  test('R-1 an answer to a later call is no answer to the payment', () => {
    const refund = notified('126', counters(5000, 5000, 500))
    const events = [captured('T1'), refund, maintained('126', counters(5000, 5000, 500)), cutOff()]
    expect(orderOf(events).requests).toEqual([])
    expect(reconciliations(events)).toEqual(['matched'])
  })

  test('R-1 a payment that is only known from an answer takes no call', () => {
    expect(orderOf([cutOff(), answered('118', counters(5000, 5000))]).requests).toHaveLength(1)
    expect(orderOf([cutOff(), notified('103')]).requests).toHaveLength(1)
    expect(orderOf([cutOff(), notified('117', counters(5000, 5000))]).requests).toEqual([])
  })

  test('R-1 neither a later instalment nor a step answers a payment call', () => {
    const instalment = beNotified('payment', '0000', { schedule: { index: 2, total: 3 } })
    const refund = beNotified('refund', '0000', { reference: 'A2' })
    expect(orderOf([cutOff(), instalment, refund]).requests).toHaveLength(1)
    expect(orderOf([cutOff(), notified('115', counters(5000))]).requests).toEqual([])
  })

  test('R-2 a payment page is shared by every attempt of its order', () => {
    const events = [hostedPage(), notified('113'), captured('T2')]
    expect(reconciliations(events, { policy: { responses: 'expected' } })).toEqual(['matched', 'matched'])
    expect(orderOf([hostedPage(), notified('101')]).requests).toMatchObject([
      { channel: 'hosted', outcome: 'in_flight' },
    ])
  })

  test('R-2 an attempt that has its own answer was not made on the page, which may still be paid on', () => {
    const events = [hostedPage(), answered('118', counters(5000, 5000)), captured('T1')]
    expect(orderOf(events).requests).toMatchObject([{ channel: 'hosted', outcome: 'in_flight' }])
    expect(transactionOf(events).operations[0]?.response).toMatchObject({ providerCode: '118' })
    expect(orderOf(events.slice(0, 2)).requests).toHaveLength(1)
  })

  test('R-3 a refusal without a reference belongs to a refused attempt', () => {
    const refused = beAnswered('payment', '4001', { reference: null })
    const success = beNotified('payment', '0000', { amount: 5000 })
    expect(discrepanciesOf([refused, success], { after: DAY })).toEqual([])
    expect(orderOf([refused, success]).requests).toMatchObject([{ outcome: 'not_processed' }])
    expect(reconciliations([refused, beNotified('payment', '4001')])).toEqual(['matched'])
    const tried = [beNotified('payment', '0001'), beNotified('payment', '4001')]
    expect(reconciliations([refused, ...tried])).toEqual(['matched'])
    const keeping = beNotified('refund', '4001', { reference: 'A2', parentReference: 'A1' })
    expect(orderOf([refused, success, keeping]).requests).toHaveLength(1)
    const both = [refused, success, beNotified('payment', '4001', { reference: 'A2' })]
    expect(reconciliations(both)).toEqual(['notification_only', 'matched'])
  })

  test('R-1 R-12 a call is answered by a payment of its amount, currency and order', () => {
    const success = beAnswered('payment', '0000', { reference: null, amount: 5000, currency: 'USD' })
    const told = beNotified('payment', '0000', { amount: 5000 })
    // a payment in another currency, or over another amount, is another call's.
    expect(orderOf([success, told]).requests).toMatchObject([{ outcome: 'unknown' }])
    expect(orderOf([{ ...success, currency: 'EUR', amount: 4000 }, told]).requests).toHaveLength(1)
    expect(discrepanciesOf([{ ...success, currency: 'EUR' }, told], { after: DAY })).toEqual([])
    const named = { ...success, currency: 'EUR', orderId: 'O2', operationId: 'o1' }
    expect(settle([named, told]).orders.map(({ requests }) => requests.length)).toEqual([0, 1])
  })

  test('R-4 a call that was not processed belongs to no payment', () => {
    const refused = beAnswered('payment', '1002', { reference: null })
    expect(reconciliations([refused, beNotified('payment', '0000')])).toEqual(['notification_only'])
    expect(orderOf([refused], { after: DAY })).toMatchObject({ safeToRetry: true, discrepancies: [] })
    expect(orderOf([beAnswered('stopntimes', '0000', { reference: null })]).requests).toEqual([])
    for (const over of [cutOff({ type: 'expired' }), beNotified('payment', '5002', { reference: null })]) {
      expect(orderOf([over], { after: DAY })).toMatchObject({
        requests: [{ outcome: 'not_processed' }],
        discrepancies: [],
      })
    }
  })

  test('R-5 a payment of the wrong mode or merchant answers no call of ours, unless an operator says so', () => {
    const stray = captured('T1', { test: true })
    expect(orderOf([cutOff(), stray]).requests).toHaveLength(1)
    const resolutions = [{ key: 'test_mode_mismatch|test|transaction:T1', outcome: null, at: 'now' }]
    expect(orderOf([cutOff(), stray], { resolutions }).requests).toEqual([])
  })

  test('R-7 a call that names nothing we know waits, and is told when it is overdue', () => {
    const lost = cutOff({ orderId: null, parentReference: 'T9', operation: 'refund', amount: 700 })
    const early = settle([lost])
    expect(early).toMatchObject({ orphanDiscrepancies: [], nextDeadlineAt: '2026-04-01T12:15:00.000Z' })
    expect(discrepanciesOf([lost], { after: 15 * MINUTE })).toEqual([['missing_notification', 700]])
  })

  test('R-7 a call that names its operation alone waits under that id', () => {
    const named = { parentReference: null, operation: 'refund', operationId: 'op-1', amount: 700 } as const
    const lost = cutOff({ ...named, orderId: null })
    const late = settle([lost], { after: 15 * MINUTE })
    expect(late.orphanDiscrepancies).toMatchObject([{ reference: 'operation:op-1', orderId: null }])
    expect(settle([lost]).orphanDeadlines).toMatchObject([{ reference: 'operation:op-1' }])
    expect(settle([cutOff({ ...named, orderId: 'A-1' })]).orphanDeadlines).toEqual([])
    const unnamed = { reference: null, parentReference: null, orderId: null, operationId: null }
    const under = (given: Partial<typeof lost>) => fallbackKey({ ...unnamed, ...given })
    expect(under({})).toBeNull()
    expect(under({ operationId: 'op-1' })).toBe('operation:op-1')
    expect(under({ operationId: 'op-1', parentReference: 'T9' })).toBe('T9')
    expect(under({ operationId: 'op-1', orderId: 'A-1' })).toBeNull()
    expect(under({ operationId: 'op-1', reference: 'T1' })).toBeNull()
  })

  test('R-8 a notification that names no transaction is money that belongs to no known payment', () => {
    const nameless = beNotified('payment', '0000', { reference: null, amount: 5000 })
    expect(orderOf([nameless])).toMatchObject({ paid: false, safeToRetry: false })
    expect(orderOf([nameless, beNotified('payment', '4001')]).reason).toBe('request_of_unknown_outcome')
    const refunds = [beNotified('refund', '0000', { reference: null }), beNotified('refund', '0000')]
    expect(orderOf(refunds).requests).toMatchObject([{ operation: 'refund', outcome: 'unknown' }])
    expect(transactionOf(refunds).operations).toMatchObject([{ reconciliation: 'notification_only' }])
  })

  test('R-8 one whose code is known to move nothing is no money', () => {
    const nameless = notified('103', { reference: null })
    expect(nameless.type).toBe('noted')
    expect(orderOf([nameless])).toMatchObject({ requests: [], safeToRetry: true })
    expect(orderOf([{ ...nameless, type: 'created' }])).toMatchObject({ safeToRetry: false })
  })
})
