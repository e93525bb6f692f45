import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  discrepanciesOf,
  maintained,
  notified,
  transactionOf,
} from '../../support/facts.ts'
import { stepsOf } from '../../support/views.ts'

/** Which answer speaks of which step. */

describe('which answer speaks of which step', () => {
  const told = (counter: number, given = {}) => notified('118', { ...counters(90, counter), ...given })
  const asked = (counter: number, given = {}) => maintained('118', { ...counters(90, counter), ...given })
  const captures = (...events: StoredEvent[]) => stepsOf(events).filter((step) => step.startsWith('capture'))
  const [matched, alone, toldOnly, due] = [
    'capture matched',
    'capture awaiting_notification',
    'capture notification_only',
    'capture awaiting_response',
  ]

  test('J-1 the operation id decides, whatever the counters say', () => {
    expect(captures(asked(20, { operationId: 'c1' }), told(25, { operationId: 'c1' }))).toEqual([matched])
    expect(captures(asked(20, { operationId: 'c1' }), told(20, { operationId: 'c2' }))).toEqual([due, alone])
  })

  test('J-2 else the counter reached', () => {
    expect(captures(asked(20), told(20))).toEqual([matched])
    expect(captures(asked(20, { operationId: 'c1' }), told(20))).toEqual([matched])
    expect(captures(asked(20), told(20, { operationId: 'c1' }))).toEqual([matched])
    expect(captures(asked(20), told(25))).toEqual([toldOnly, alone])
    const request = notified('117', counters(90, 20))
    expect(captures(request, told(20, { operationId: 'c1' }))).toEqual([due])
  })

  test('J-3 else an amount that only one step has; else the answer stands alone', () => {
    expect(captures(asked(20, { amount: 5 }), told(25, { amount: 5 }))).toEqual([matched])
    expect(captures(asked(20, { amount: 5 }), told(25, { amount: 5 }), told(30, { amount: 5 }))).toEqual([
      toldOnly,
      toldOnly,
      alone,
    ])
    const [bare, lone] = [
      maintained('118', { amount: 5 }),
      maintained('118', { amount: 6, operationId: 'c9' }),
    ]
    expect(captures(bare, told(25, { amount: 5 }))).toEqual([matched])
    expect(captures(maintained('118'), notified('118'))).toEqual([matched])
    expect(captures(bare, lone, told(25, { amount: 7 }))).toEqual([toldOnly, alone, alone])
    const twice = [asked(30, { amount: 5 }), asked(30, { amount: 5, currency: null })]
    expect(captures(...twice)).toEqual([alone])
  })

  test('J-4 the answer to a sale settles the first capture, by counter or as the only unnamed one', () => {
    const order = answered('118', { ...counters(90, 90), occurredAt: at(1) })
    expect(captures(order, told(90))).toEqual([matched])
    expect(captures(order, told(70, { operationId: 'c2' }))).toEqual([due, alone])
    const less = told(70, { occurredAt: at(1) })
    expect(transactionOf([order, less])).toMatchObject({ capturedTotal: 70, reconciliation: 'discrepant' })
    expect(discrepanciesOf([order, less])).toEqual([['amount_mismatch', 20]])
    expect(captures(order, told(70), told(80))).toEqual([toldOnly, toldOnly, alone])
    expect(discrepanciesOf([{ ...order, capturedTotal: null }, notified('118')])).toEqual([])
    expect(discrepanciesOf([order, notified('118')])).toEqual([])
  })

  test('J-5 an unnamed request is answered by the unnamed settlement at its counter, or the refusal that falls back', () => {
    const request = (counter: number, second: number) =>
      notified('117', { ...counters(90, counter), occurredAt: at(second) })
    const outcome = (code: string, counter: number, second: number) =>
      notified(code, { ...counters(90, counter), occurredAt: at(second) })
    expect(captures(request(25, 2), outcome('118', 25, 3))).toEqual([toldOnly])
    // One settlement settles one request, whichever it was; the other is still open.
    expect(captures(request(20, 1), request(25, 2), outcome('118', 25, 3))).toEqual([alone, toldOnly])
    const both = [outcome('118', 25, 3), outcome('118', 25, 4)]
    expect(captures(request(20, 1), request(25, 2), ...both)).toEqual([toldOnly, toldOnly])
    expect(captures(notified('117', counters(90, 20)), notified('118', counters(90, 25)))).toEqual([
      alone,
      toldOnly,
    ])
    expect(captures(request(20, 1), outcome('173', 0, 3))).toEqual([toldOnly])
    expect(captures(request(20, 4), outcome('118', 25, 3))).toEqual([toldOnly, alone])
    expect(captures(request(30, 1), outcome('118', 25, 3))).toEqual([alone, toldOnly])
    expect(captures(request(20, 1), notified('118', { occurredAt: at(2) }))).toEqual([alone, toldOnly])
    expect(captures(notified('117'), outcome('118', 25, 3))).toEqual([alone, toldOnly])
  })

  test('J-6 a refusal never undoes what was settled before it without naming it', () => {
    const settled = notified('118', { ...counters(90, 60), occurredAt: at(1) })
    const refusal = { ...counters(90, 60), occurredAt: at(9) }
    expect(transactionOf([settled, notified('173', refusal)])).toMatchObject({
      capturedTotal: 60,
      discrepancies: [],
    })
    expect(discrepanciesOf([settled, maintained('173', refusal)])).toEqual([])
    const named = { ...settled, operationId: 'c1' }
    expect(captures(named, notified('173', refusal))).toEqual([due, toldOnly])
    expect(transactionOf([named, notified('173', { ...refusal, operationId: 'c1' })]).capturedTotal).toBe(0)
  })

  test('J-7 one void per transaction, answered by 115 or 143', () => {
    const request = maintained('175', { ...counters(90), operationId: 'v1' })
    expect(stepsOf([notified('116'), request, notified('115', counters(90))])).toContain('void matched')
    expect(
      stepsOf([
        notified('116'),
        notified('175', counters(90)),
        notified('143', { ...counters(90), operationId: 'v1' }),
      ]),
    ).toContain('void awaiting_response')
  })

  test('J-8 answers to a review or a 3-D Secure step speak of the authorization', () => {
    const events = [
      answered('112'),
      notified('112'),
      maintained('116', { operation: 'authorization' }),
      notified('116'),
    ]
    expect(stepsOf(events)).toEqual(['authorization matched'])
  })

  test('J-9 a step with an id of its own is answered by that id', () => {
    const events = [
      beNotified('payment', '0000', { amount: 50 }),
      beNotified('refund', '0000', { reference: 'A2', amount: 5 }),
      beAnswered('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 5, operationId: 'r1' }),
      beAnswered('refund', '0000', { reference: 'A3', parentReference: 'A1', amount: 5 }),
      beAnswered('credit', '0000', { reference: 'A4', parentReference: 'A1', amount: 5 }),
    ]
    expect(stepsOf(events)).toEqual([
      'sale notification_only',
      'refund matched',
      'refund awaiting_notification',
      'credit awaiting_notification',
    ])
    expect(transactionOf(events).operations[1]).toMatchObject({
      reference: 'A2',
      operationId: 'r1',
      amount: 5,
    })
  })

  test('J-10 amounts are compared between successes of the same step only', () => {
    const pair = (asking: number | null, telling: number | null, codes = ['0000', '0000']) => [
      beAnswered('payment', codes[0]!, { amount: asking }),
      beNotified('payment', codes[1]!, { amount: telling }),
    ]
    expect(discrepanciesOf(pair(60, 50))).toEqual([['amount_mismatch', 10]])
    expect(transactionOf(pair(60, 50)).discrepancies).toMatchObject([
      { response: ['60'], notification: ['50'] },
    ])
    for (const events of [
      pair(null, 50),
      pair(60, null),
      pair(60, 50, ['5002', '0000']),
      pair(60, 0, ['4001', '4001']),
    ]) {
      expect(discrepanciesOf(events)).toEqual([])
    }
    expect(discrepanciesOf([...pair(50, 50), beNotified('payment', '0000', { amount: 70 })])).toEqual([
      ['amount_mismatch', 20],
    ])
    const moved = [
      notified('116', { ...counters(50), occurredAt: at(1) }),
      notified('118', { ...counters(40, 40), occurredAt: at(2) }),
    ]
    expect(discrepanciesOf(moved)).toEqual([])
  })
})
