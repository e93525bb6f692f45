import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beNotified,
  cutOff,
  counters,
  expected,
  HOUR,
  notified,
  RECEIVED_AT,
  transactionOf,
} from '../../support/facts.ts'

/** Which step an answer without an operation id belongs to, and which an announcement. */

const later = (ms: number): string => new Date(Date.parse(RECEIVED_AT) + ms).toISOString()

describe('an answer to a later call', () => {
  /** Operation id, answer and notification of each capture. */
  const captures = (...args: Parameters<typeof transactionOf>) =>
    transactionOf(...args)
      .operations.filter(({ operation }) => operation === 'capture')
      .map(({ operationId, response, notification }) => [
        operationId,
        response?.providerCode ?? null,
        notification?.providerCode ?? null,
      ])

  test('J-2 of two steps at one counter belongs to the one that was asked for at it', () => {
    const first = { operationId: 'c1', amount: 20 }
    const second = { operationId: 'c2', amount: 30 }
    const told = [
      notified('117', { ...counters(50, 20), ...first, occurredAt: at(1) }),
      notified('117', { ...counters(50, 50), ...second, occurredAt: at(2) }),
      notified('118', { ...counters(50, 50), ...first, occurredAt: at(3) }),
    ]
    const answer = answered('117', { ...counters(50, 50), occurredAt: at(2) })
    expect(captures([...told, answer])).toEqual([
      ['c1', null, '118'],
      ['c2', '117', '117'],
    ])
  })

  test('J-2 belongs to the step of its counter, whatever amount it states', () => {
    const told = notified('117', { ...counters(50, 20), amount: 20, occurredAt: at(1) })
    const answer = answered('117', { ...counters(50, 20), amount: 25, occurredAt: at(1) })
    expect(captures([told, answer])).toEqual([[null, '117', '117']])
  })

  test('J-2 that refuses belongs to the refused step, at the counter that it fell back to', () => {
    const told = [
      notified('118', { ...counters(50, 20), occurredAt: at(1) }),
      notified('117', { ...counters(50, 50), occurredAt: at(2) }),
      notified('173', { ...counters(50, 20), occurredAt: at(3) }),
    ]
    const answer = answered('173', { ...counters(50, 20), occurredAt: at(3) })
    expect(captures([...told, answer])).toEqual([
      [null, null, '118'],
      [null, '173', '173'],
    ])
  })

  test('J-2 that asks belongs to a step of which only the refusal was notified', () => {
    const told = notified('173', { ...counters(50, 20), occurredAt: at(3) })
    const answer = answered('117', { ...counters(50, 20), occurredAt: at(3) })
    expect(captures([told, answer])).toEqual([[null, '117', '173']])
  })
})

describe('an announced step', () => {
  const announced = (given = {}) =>
    expected({ operation: 'capture', parentReference: 'T1', operationId: 'c1', amount: 20, ...given })
  const states = (...args: Parameters<typeof transactionOf>) =>
    transactionOf(...args)
      .operations.filter(({ operation }) => operation === 'capture')
      .map(({ reconciliation }) => reconciliation)
  const answer = answered('117', { ...counters(50, 20), operationId: 'c1', amount: 20 })

  test('R-10 is the answered one of its name, unless it was announced again since', () => {
    expect(states([answer], { expectations: [announced()] })).toEqual(['awaiting_notification'])
    const again = announced({ saidAt: later(6 * HOUR) })
    expect(states([answer], { after: 7 * HOUR, expectations: [again] })).toEqual([
      'awaiting_notification',
      'expected',
    ])
    const before = announced({ createdAt: later(-6 * HOUR), saidAt: later(-5 * HOUR) })
    expect(states([answer], { expectations: [before] })).toEqual(['awaiting_notification'])
    const after = announced({ createdAt: later(6 * HOUR) })
    expect(states([answer], { after: 7 * HOUR, expectations: [after] })).toEqual(['awaiting_notification'])
  })

  test('R-10 is not the one that was answered before it was announced again, however late the answer is forwarded', () => {
    const again = announced({ createdAt: later(-6 * HOUR), saidAt: later(-2 * HOUR) })
    const early = { ...answer, answeredAt: later(-5 * HOUR) }
    expect(states([early], { expectations: [again] })).toEqual(['awaiting_notification', 'expected'])
    const since = { ...answer, answeredAt: later(-HOUR) }
    expect(states([early, since], { expectations: [again] })).toEqual(['awaiting_notification'])
  })

  test('R-10 is no refused step of no stated time, where not every answer is forwarded', () => {
    const refund = { reference: 'A2', parentReference: 'A1', amount: 20, occurredAt: null }
    const facts = [
      beNotified('payment', '0000', { amount: 50 }),
      beNotified('refund', '0000', { ...refund, type: 'refund_requested' }),
      beNotified('refund', '4001', refund),
    ]
    const expectations = [expected({ operation: 'refund', parentReference: 'A1', amount: 20 })]
    const refunds = (policy = {}) =>
      transactionOf(facts, { expectations, policy }).operations.filter(
        ({ operation }) => operation === 'refund',
      )
    expect(refunds()).toHaveLength(2)
    expect(refunds({ responses: 'expected' })).toHaveLength(1)
  })
})

describe('a call that was cut off', () => {
  const paid = beNotified('payment', '0000', { amount: 50 })
  const refund = (code: string, given = {}) =>
    beNotified('refund', code, { reference: 'A2', parentReference: 'A1', amount: 20, ...given })
  const call = cutOff({ provider: 'be2bill', operation: 'refund', parentReference: 'A1', amount: 20 })
  const refunds = (...steps: StoredEvent[]) =>
    transactionOf([paid, ...steps, call]).operations.filter(({ operation }) => operation === 'refund').length

  test('R-6 belongs to the step of its payment whose time and amount fit', () => {
    const untimed = { occurredAt: null }
    expect(refunds(refund('0000', { ...untimed, type: 'refund_requested' }), refund('0000', untimed))).toBe(1)
    expect(refunds(refund('4001', untimed))).toBe(2)
    expect(refunds(refund('4001', { operationAt: call.receivedAt }))).toBe(1)
    expect(refunds(refund('0000', { type: 'refund_requested' }), refund('0000', { amount: 30 }))).toBe(2)
  })
})
