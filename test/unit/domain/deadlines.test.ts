import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  expected,
  expectsAnswers,
  hostedPage,
  HOUR,
  maintained,
  MINUTE,
  notified,
  sale,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

/** How long each side may be silent. */

describe('deadlines', () => {
  const given = (after: number, more: Circumstances = {}) => ({ ...more, after })
  const late = (events: readonly StoredEvent[], after: number, more: Circumstances = {}) => {
    const { overdue, nextDeadlineAt } = transactionOf(events, given(after, more))
    return { overdue, next: nextDeadlineAt, found: discrepanciesOf(events, given(after, more)) }
  }
  const moment = (after: number) => new Date(Date.parse('2026-04-01T12:00:00.000Z') + after).toISOString()

  test('D-1 a final, pending or unknown answer is followed by a notification within 15 minutes', () => {
    for (const code of ['0000', '4001', '0003', '5004', '5002']) {
      const events = [beAnswered('payment', code, { amount: 50 })]
      expect(late(events, 15 * MINUTE - 1), code).toEqual({
        overdue: false,
        next: moment(15 * MINUTE),
        found: [],
      })
      expect(late(events, 15 * MINUTE), code).toEqual({
        overdue: true,
        next: null,
        found: [['missing_notification', 50]],
      })
    }
    const asked = [...sale, maintained('124', { ...counters(50, 50, 5), amount: 5 })]
    expect(late(asked, HOUR).found).toEqual([['missing_notification', 5]])
    expect(late([...sale, notified('124', { ...counters(50, 50, 5), amount: 5 })], HOUR).found).toEqual([
      ['missing_notification', 5],
    ])
  })

  test('D-2 a customer may take a day; then it is overdue, and nothing more', () => {
    for (const events of [
      [answered('140')],
      [answered('144'), notified('144')],
      [beAnswered('payment', '0001')],
    ]) {
      expect(late(events, DAY - 1)).toEqual({ overdue: false, next: moment(DAY), found: [] })
      expect(late(events, DAY)).toEqual({ overdue: true, next: null, found: [] })
    }
    const page = (after: number) => settle([hostedPage()], { after }).orders[0]
    // What began in its last minute is told within the notification's deadline.
    const end = 7 * DAY + 15 * MINUTE + 10_000
    expect(page(end - 1)).toMatchObject({ safeToRetry: false, nextDeadlineAt: moment(end) })
    expect(page(end)).toMatchObject({ safeToRetry: true, requests: [], discrepancies: [] })
  })

  test('D-3 slow methods have fourteen days', () => {
    for (const code of ['112', '142', '172', '174', '200']) {
      expect(late([answered(code)], 14 * DAY - 1).next, code).toBe(moment(14 * DAY))
      expect(late([answered(code, counters(50))], 14 * DAY).found, code).toEqual([
        ['missing_notification', 50],
      ])
    }
    expect(late([answered('140'), notified('142')], 2 * DAY).overdue).toBe(false)
    const slowCall = cutOff({ type: 'pending', refinement: 'authorization_requested' })
    expect(settle([slowCall], given(DAY)).orders[0]?.discrepancies).toEqual([])
  })

  test('D-4 a due answer is missing after 15 minutes, at no risk', () => {
    const events = [notified('116', counters(50))]
    expect(late(events, 15 * MINUTE - 1, expectsAnswers)).toEqual({
      overdue: false,
      next: moment(15 * MINUTE),
      found: [],
    })
    expect(late(events, 15 * MINUTE, expectsAnswers)).toEqual({
      overdue: true,
      next: null,
      found: [['missing_response', 0]],
    })
  })

  test('D-5 the first receipt counts: a redelivery moves no deadline', () => {
    const events = [
      answered('118', counters(50, 50)),
      answered('118', { ...counters(50, 50), receivedAt: moment(10 * MINUTE) }),
    ]
    expect(late(events, 15 * MINUTE).overdue).toBe(true)
  })

  test('D-1 counts from the word that is awaited, not from an earlier one', () => {
    const page = beAnswered('payment', '0001')
    const open = beAnswered('payment', '5004', { receivedAt: moment(10 * MINUTE) })
    expect(late([page, open], 15 * MINUTE)).toMatchObject({ overdue: false, next: moment(25 * MINUTE) })
    const pending = beNotified('payment', '0003', { receivedAt: moment(2 * MINUTE) })
    expect(late([open, pending], 15 * MINUTE).next).toBe(moment(17 * MINUTE))
  })

  test('D-1 a success that a notified refusal refutes is still owed its notification', () => {
    const capture = beAnswered('capture', '0000', { reference: 'A2', parentReference: 'A1', amount: 5 })
    const refuted = [beNotified('payment', '4001'), capture]
    expect(late(refuted, 15 * MINUTE - 1)).toMatchObject({ overdue: false, next: moment(15 * MINUTE) })
    expect(late(refuted, 15 * MINUTE).found).toEqual([['missing_notification', 5]])
  })

  test('D-4 what was announced, asked for and told is owed no more', () => {
    const refund = { ...counters(50, 50, 5), amount: 5 }
    const events = [...sale, maintained('126', refund), notified('126', refund)]
    const expectations = [expected({ operation: 'refund', parentReference: 'T1' })]
    expect(late(events, DAY, { expectations })).toEqual({ overdue: false, next: null, found: [] })
  })

  test('D-4 counts from the first notification that says anything of the payment', () => {
    const noted = notified('101')
    const granted = notified('116', { ...counters(50), receivedAt: moment(10 * MINUTE) })
    expect(late([noted, granted], 15 * MINUTE, expectsAnswers)).toMatchObject({
      overdue: false,
      next: moment(25 * MINUTE),
    })
  })

  test('D-5 of two messages that say the same, the first counts', () => {
    const again = { amount: 50, receivedAt: moment(10 * MINUTE) }
    const events = [beAnswered('payment', '5004'), beAnswered('payment', '5004', again)]
    expect(late(events, 15 * MINUTE).overdue).toBe(true)
    const told = [notified('116', counters(50)), notified('118', { ...counters(50, 50), ...again })]
    expect(late(told, 15 * MINUTE, expectsAnswers).overdue).toBe(true)
  })

  test('D-6 one answer to a sale without a notification is one silence, not two', () => {
    expect(late([answered('118', { ...counters(50, 50), amount: 50 })], HOUR).found).toEqual([
      ['missing_notification', 50],
    ])
    const authorized = [answered('118', counters(50, 50)), notified('116', counters(50))]
    expect(late(authorized, HOUR).found).toEqual([['missing_notification', null]])
  })
})

describe('silences of a capture', () => {
  const authorized = answered('116', { ...counters(50), amount: 50 })

  test('D-6 a capture that a call of its own asked for is a silence of its own', () => {
    const captured = maintained('118', { ...counters(50, 20), operationId: 'c1', amount: 20 })
    expect(discrepanciesOf([authorized, captured], { after: HOUR })).toEqual([
      ['missing_notification', 20],
      ['missing_notification', 50],
    ])
    const order = answered('118', { ...counters(50, 50), amount: 50 })
    expect(discrepanciesOf([order, maintained('118', counters(50, 50))], { after: HOUR })).toHaveLength(2)
  })

  test('D-6 so is one that was notified, under whatever reference', () => {
    const expectations = [expected({ operation: 'capture', parentReference: 'T1' })]
    const requested = notified('117', { reference: 'T2' })
    expect(discrepanciesOf([authorized, requested], { after: HOUR, expectations })).toEqual([
      ['missing_notification', null],
      ['missing_notification', 50],
    ])
  })

  test('D-6 so is one whose payment is not known', () => {
    const call = answered('118', { reference: null, parentReference: 'T1' })
    expect(discrepanciesOf([maintained('126'), call], { after: HOUR })).toHaveLength(2)
  })

  test('D-6 so is one that was announced and never asked for', () => {
    const expectations = [expected({ operation: 'capture', parentReference: 'T1' })]
    expect(discrepanciesOf([authorized], { after: HOUR, expectations })).toEqual([
      ['missing_notification', 50],
      ['missing_response', 0],
    ])
  })
})
