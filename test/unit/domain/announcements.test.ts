import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  beNotified,
  captured,
  counters,
  cutOff,
  DAY,
  expected,
  HOUR,
  notified,
  orderOf,
  RECEIVED_AT,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** What the merchant announces, and who answers it. */

/** A payment that began when it was received. */
const attempt = (code: string, given: Partial<StoredEvent> = {}): StoredEvent =>
  notified(code, { createdAt: RECEIVED_AT, ...given })

describe('announcements', () => {
  test('R-9 one attempt answers one announcement, oldest first; a page is announced for all attempts', () => {
    const two = { expectations: [expected(), expected({ operationId: 'second' })] }
    expect(orderOf([attempt('113')], two).requests).toMatchObject([
      { operationId: 'second', outcome: 'in_flight' },
    ])
    expect(orderOf([cutOff()], { expectations: [expected()] }).requests).toHaveLength(1)
    const page = { expectations: [expected({ channel: 'hosted' }), expected({ channel: 'hosted' })] }
    const paid = ['T1', 'T2'].map((reference) => attempt('118', { ...counters(50, 50), reference }))
    expect(orderOf(paid, page).requests).toEqual([])
    expect(orderOf(paid.slice(1), page).requests).toHaveLength(2)
    expect(orderOf([attempt('113')], page).requests).toHaveLength(2)
    expect(orderOf([], page)).toMatchObject({ reason: 'request_in_flight' })
  })

  test('R-9 neither a step nor a call for one is an attempt', () => {
    const announced = { expectations: [expected()] }
    const refund = beNotified('refund', '0000', { reference: 'A2' })
    expect(orderOf([refund], announced).requests).toMatchObject([{ outcome: 'in_flight' }])
    const call = cutOff({ operation: 'refund', parentReference: 'T9' })
    expect(orderOf([call], announced).requests).toHaveLength(2)
  })

  test('R-9 oldest is by the time of announcement, then by id, in whatever order they are read', () => {
    const named = (operationId: string, id: string, createdAt: string) =>
      expected({ operationId, id, createdAt })
    const [first, second, third] = [
      named('first', 'e9', '2026-04-01T11:59:58.000Z'),
      named('second', 'e1', '2026-04-01T11:59:59.000Z'),
      named('third', 'e2', '2026-04-01T11:59:59.000Z'),
    ]
    for (const expectations of [
      [first, second, third],
      [third, second, first],
      [second, third, first],
    ]) {
      const open = (...events: StoredEvent[]) =>
        orderOf(events, { expectations }).requests.map(({ operationId }) => operationId)
      expect(open(attempt('113'))).toEqual(['second', 'third'])
      expect(open(attempt('113'), attempt('113', { reference: 'T2' }))).toEqual(['third'])
    }
  })

  test('R-9 calls and announcements of one order are nothing to another', () => {
    const events = [captured('T1', { orderId: 'O2' }), captured('T2', { orderId: 'O1' })]
    const call = cutOff({ orderId: 'O3' })
    const expectations = [
      expected({ orderId: 'O3', amount: 9000 }),
      expected({ orderId: 'O3', amount: 9000, operationId: 'x' }),
      expected({ orderId: 'O3', operation: 'refund' }),
    ]
    const { orders, transactions } = settle([...events, call], { expectations })
    expect(orders.map(({ orderId, requests }) => [orderId, requests.length])).toEqual([
      ['O1', 0],
      ['O2', 0],
      ['O3', 3],
    ])
    expect(orders.map(({ discrepancies }) => discrepancies)).toEqual([[], [], []])
    expect(orders.map(({ paid: isPaid }) => isPaid)).toEqual([true, true, false])
    expect(transactions.map(({ reconciliation }) => reconciliation)).toEqual([
      'notification_only',
      'notification_only',
    ])
  })

  test('R-9 P-8 an announced call stays in flight: its deadline only opens a missing answer', () => {
    const alone = (after: number, given: Circumstances = {}) =>
      orderOf([], { expectations: [expected({ id: 'e1' })], after, ...given })
    expect(alone(HOUR - 1).discrepancies).toEqual([])
    for (const after of [HOUR, 400 * DAY]) {
      expect(alone(after)).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
      expect(alone(after).discrepancies).toMatchObject([{ class: 'missing_response', amountAtRisk: 0 }])
    }
    const resolutions = [{ key: 'missing_response||order:O1:expectation:e1', outcome: null, at: RECEIVED_AT }]
    expect(alone(HOUR, { resolutions })).toMatchObject({ safeToRetry: true, requests: [], discrepancies: [] })
    expect(alone(HOUR).reasonSources).toEqual([{ kind: 'expectation', id: 'e1' }])
  })

  test('R-9 P-8 only a page lapses, without a discrepancy, when its time at the provider is over', () => {
    const page = (after: number) => orderOf([], { expectations: [expected({ channel: 'hosted' })], after })
    expect(page(7 * DAY)).toMatchObject({ safeToRetry: false, discrepancies: [] })
    expect(page(8 * DAY)).toMatchObject({ safeToRetry: true, requests: [], discrepancies: [] })
  })

  test('R-10 an announced step stands on its transaction until it is told', () => {
    const announced = {
      expectations: [expected({ operation: 'refund', parentReference: 'T1', amount: 700 })],
    }
    const transaction = transactionOf([captured('T1')], announced)
    expect(transaction.reconciliation).toBe('expected')
    expect(transaction.operations.at(-1)).toMatchObject({ operation: 'refund', amount: 700, response: null })
    expect(transactionOf([captured('T1')], { ...announced, after: HOUR }).overdue).toBe(true)
    const voided = [notified('116'), notified('115', counters(5000))]
    expect(orderOf(voided, announced).reason).toBe('request_in_flight')
    const page = {
      expectations: [expected({ operation: 'refund', parentReference: 'T1', channel: 'hosted' })],
    }
    expect(transactionOf([captured('T1')], { ...page, after: DAY }).overdue).toBe(false)
  })

  test('R-10 P-8 an announced step is on its way until it is told, closed or, on a page, over', () => {
    const voided = [notified('116', counters(5000)), notified('115', counters(5000))]
    const announced = (channel: 'direct' | 'hosted') => ({
      expectations: [expected({ operation: 'refund', parentReference: 'T1', channel, id: 'e1' })],
    })
    const adviceOf = (...given: Parameters<typeof orderOf>) => orderOf(...given).reason
    expect(adviceOf(voided, { ...announced('direct'), after: 400 * DAY })).toBe('request_in_flight')
    expect(adviceOf(voided, { ...announced('hosted'), after: 7 * DAY - 1 })).toBe('request_in_flight')
    expect(adviceOf(voided, { ...announced('hosted'), after: 7 * DAY })).toBe('nothing_stands')
    const key = 'missing_response||transaction:T1:refund:expected:e1'
    const resolutions = [{ key, outcome: null, at: RECEIVED_AT }]
    expect(adviceOf(voided, { ...announced('direct'), resolutions, after: HOUR })).toBe('nothing_stands')
    const late = { ...announced('direct'), policy: { responses: 'expected' } as const, after: HOUR - 1 }
    expect(transactionOf(voided, late).overdue).toBe(true)
    expect(adviceOf(voided, late)).toBe('request_in_flight')
  })

  test('R-10 an announced step that was told is on its way no more', () => {
    const voided = [notified('116', counters(5000)), notified('115', counters(5000))]
    const expectations = [expected({ operation: 'void', parentReference: 'T1' })]
    expect(orderOf(voided, { expectations }).reason).toBe('nothing_stands')
  })

  test('R-10 an announced step whose transaction is unknown stands on its order', () => {
    const expectations = [expected({ operation: 'refund', parentReference: 'T9' })]
    expect(orderOf([], { expectations }).requests).toMatchObject([
      { operation: 'refund', outcome: 'in_flight' },
    ])
  })
})
