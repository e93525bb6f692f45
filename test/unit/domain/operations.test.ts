import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  disputed,
  maintained,
  notified,
  transactionOf,
} from '../../support/facts.ts'

/** Which operations a transaction shows, and what stands on each. */

const operationsOf = (...events: StoredEvent[]) => transactionOf(events).operations
const stepsOf = (...events: StoredEvent[]) =>
  operationsOf(...events).map(({ operation, reconciliation }) => `${operation} ${reconciliation}`)

describe('the initial operation', () => {
  test('F-7 a notified void shows what it ended; an answered one only itself', () => {
    expect(stepsOf(notified('115', counters(50)))).toEqual([
      'authorization notification_only',
      'void notification_only',
    ])
    expect(stepsOf(maintained('115', counters(50)))).toEqual(['void awaiting_notification'])
    expect(stepsOf(notified('115'))).toEqual(['void notification_only'])
    for (const counter of [{ authorizedTotal: 50 }, { capturedTotal: 0 }, { refundedTotal: 0 }])
      expect(stepsOf(notified('115', counter))).toHaveLength(2)
    const expired = notified('114', { occurredAt: at(1) })
    const [first] = operationsOf(expired, notified('115', { ...counters(50), occurredAt: at(2) }))
    expect(first?.notification).toMatchObject({ providerCode: '114' })
  })

  test('F-6 shows the operation id of its own facts, not of a step that implies it', () => {
    expect(operationsOf(notified('118', { ...counters(50, 50), operationId: 'c1' }))).toMatchObject([
      { operation: 'authorization', operationId: null },
      { operation: 'capture', operationId: 'c1' },
    ])
    const facts = [
      notified('116', { occurredAt: at(1) }),
      notified('116', { occurredAt: at(2), operationId: 'a1' }),
    ]
    expect(operationsOf(...facts)[0]).toMatchObject({ operationId: 'a1' })
  })

  test('R-1 a claimed call stands on the payment’s own initial operation', () => {
    const paid = beNotified('payment', '0000', { amount: 50 })
    const call = cutOff({ operation: 'sale' })
    expect(operationsOf(call, paid)).toMatchObject([{ operation: 'sale', reconciliation: 'matched' }])
    const kept = beNotified('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 5 })
    expect(operationsOf(call, paid, kept)).toMatchObject([
      { reference: 'A1', reconciliation: 'matched', operation: 'sale' },
      { reference: 'A2', reconciliation: 'notification_only' },
    ])
  })
})

test('R-6 a call about the payment fails nothing where only an answer to a later step is known', () => {
  const answer = maintained('126', { ...counters(50, 50, 5), operationId: 'r1' })
  const call = cutOff({ parentReference: 'T1', operation: 'authorization' })
  expect(stepsOf(answer, call)).toContain('refund awaiting_notification')
})

describe('amounts', () => {
  const told = (amount: number | null, second: number, code = '118') =>
    notified(code, { ...counters(90, 90), operationId: 'c1', amount, occurredAt: at(second) })
  const asked = (amount: number, code = '118') =>
    maintained(code, { ...counters(90, 90), operationId: 'c1', amount })
  const captured = (...events: StoredEvent[]) =>
    operationsOf(...events).find(({ operation }) => operation === 'capture')?.amount

  test('M-8 an operation’s amount is the deciding statement’s', () => {
    expect(captured(told(60, 1), told(50, 2), asked(70))).toBe(50)
    const answers = [60, 70].map((amount) => beAnswered('payment', '0000', { amount }))
    expect(operationsOf(...answers)[0]?.amount).toBe(70)
  })

  test('M-8 where that states none, the last notification’s of the same outcome, else the answer’s', () => {
    expect(captured(told(50, 1), told(60, 2), told(null, 3), asked(70))).toBe(60)
    expect(captured(told(40, 1, '117'), told(null, 3), asked(70))).toBe(70)
  })

  test('M-8 else what was asked', () => {
    expect(captured(told(40, 1, '117'), told(null, 3))).toBe(40)
    expect(captured(told(null, 3), asked(70, '117'))).toBe(70)
    expect(captured(told(null, 3))).toBeNull()
  })
})

describe('the dispute', () => {
  test('W-8 is one operation that awaits no answer, whatever its stages, under the reference of the first', () => {
    const sale = notified('118', counters(50, 50))
    const dispute = notified('181', { ...counters(50, 50), operationReference: 'D1', operationId: 'd' })
    // It carries an operation id, and still is no call of the merchant's.
    expect(operationsOf(sale, dispute)[2]).toEqual({
      operation: 'chargeback',
      reference: 'D1',
      operationId: null,
      amount: null,
      reconciliation: 'notification_only',
      response: null,
      notification: {
        type: 'charged_back',
        providerCode: '181',
        amount: null,
        at: dispute.receivedAt,
        inboxId: dispute.inboxId,
      },
    })
    const stages = [
      disputed('first_chargeback', '2026-05-01', { amount: 50 }),
      disputed('representment', '2026-05-02', { amount: 50 }),
    ]
    expect(stepsOf(beNotified('payment', '0000', { amount: 50 }), ...stages)).toEqual([
      'sale notification_only',
      'chargeback notification_only',
    ])
    expect(transactionOf(stages).discrepancies).toEqual([])
    expect(stepsOf(disputed('retrieval_request', '2026-05-01'))).toEqual(['chargeback notification_only'])
  })
})
