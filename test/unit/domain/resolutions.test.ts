import { describe, expect, test } from 'vitest'
import type { Resolution, StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  HOUR,
  notified,
  openIn,
  RECEIVED_AT,
  sale,
  settle,
  transactionOf,
} from '../../support/facts.ts'

/** What an operator states, and for how long it holds. */

describe('an operator’s word', () => {
  const contradiction = [
    beAnswered('payment', '4001', { amount: 50 }),
    beNotified('payment', '0000', { amount: 50 }),
  ]
  const resolve = (key: string, outcome: 'not_processed' | null = null, time = '2026-04-02') => ({
    key,
    outcome,
    at: time,
  })

  test('Q-1 closes what it speaks about, and the operation no longer reads discrepant', () => {
    const [key = ''] = transactionOf(contradiction).discrepancies.map((found) => found.key)
    const resolved = transactionOf(contradiction, { resolutions: [resolve(key)] })
    expect(resolved).toMatchObject({ discrepancies: [], reconciliation: 'matched', status: 'captured' })
    expect(transactionOf(contradiction, { resolutions: [resolve('other')] }).reconciliation).toBe(
      'discrepant',
    )
  })

  test('Q-2 not processed undoes an answer without a notification, never a notification', () => {
    const answer = beAnswered('payment', '0000', { amount: 50 })
    const [silence] = transactionOf([answer], { after: HOUR }).discrepancies
    const resolutions = [resolve(silence?.key ?? '', 'not_processed')]
    const undone = transactionOf([answer], { after: HOUR, resolutions })
    expect(undone).toMatchObject({
      status: 'failed',
      capturedTotal: 0,
      overdue: false,
      final: true,
      discrepancies: [],
    })
    expect(settle([answer], { resolutions }).orders[0]?.safeToRetry).toBe(true)
    const notifiedLate = [answer, beNotified('payment', '0000', { amount: 50 })]
    expect(transactionOf(notifiedLate, { resolutions })).toMatchObject({
      status: 'captured',
      capturedTotal: 50,
    })
    const noted = transactionOf([answer], { after: HOUR, resolutions: [resolve(silence?.key ?? '')] })
    expect(noted).toMatchObject({ status: 'captured', overdue: false, discrepancies: [] })
  })

  test('Q-2 not processed undoes answers that contradict each other', () => {
    const answers = [beAnswered('payment', '0000', { amount: 50 }), beAnswered('payment', '4001')]
    const [contradiction] = transactionOf(answers).discrepancies
    expect(contradiction).toMatchObject({ class: 'outcome_mismatch', amountAtRisk: 50 })
    const resolutions = [resolve(contradiction?.key ?? '', 'not_processed')]
    expect(transactionOf(answers, { resolutions })).toMatchObject({
      status: 'failed',
      capturedTotal: 0,
      discrepancies: [],
    })
    const noted = transactionOf(answers, { resolutions: [resolve(contradiction?.key ?? '')] })
    expect(noted).toMatchObject({ status: 'captured', capturedTotal: 50, discrepancies: [] })
  })

  test('Q-3 not processed closes a call of unknown outcome; a bare note only its discrepancy', () => {
    const call = cutOff({ amount: 50 })
    const key = settle([call], { after: HOUR }).orders[0]?.discrepancies[0]?.key ?? ''
    const orderAfter = (outcome: 'not_processed' | null) =>
      settle([call], { after: HOUR, resolutions: [resolve(key, outcome)] }).orders[0]
    expect(orderAfter('not_processed')).toMatchObject({
      safeToRetry: true,
      discrepancies: [],
      requests: [{ outcome: 'not_processed' }],
    })
    expect(orderAfter(null)).toMatchObject({
      safeToRetry: false,
      discrepancies: [],
      requests: [{ outcome: 'unknown' }],
    })
    const step = cutOff({ operation: 'refund', parentReference: 'T1' })
    const stepKey = transactionOf([...sale, step], { after: HOUR }).discrepancies[0]?.key ?? ''
    const requests = settle([...sale, step], { resolutions: [resolve(stepKey, 'not_processed')] }).orders[0]
      ?.requests
    expect(requests).toMatchObject([{ outcome: 'not_processed' }])
  })

  test('Q-3 of two equal calls each has a key of its own', () => {
    const calls = [cutOff({ amount: 50 }), cutOff({ amount: 50 })]
    const keys = settle(calls, { after: HOUR }).orders[0]?.discrepancies.map((found) => found.key)
    expect(new Set(keys).size).toBe(2)
  })

  test('Q-4 the last statement counts; of two at one moment, the one with an outcome', () => {
    const answer = beAnswered('payment', '0000', { amount: 50 })
    const key = transactionOf([answer], { after: HOUR }).discrepancies[0]?.key ?? ''
    const statusAfter = (...resolutions: ReturnType<typeof resolve>[]) =>
      transactionOf([answer], { resolutions }).status
    expect(statusAfter(resolve(key, 'not_processed', '1'), resolve(key, null, '2'))).toBe('captured')
    expect(statusAfter(resolve(key, null, '2'), resolve(key, 'not_processed', '1'))).toBe('captured')
    expect(statusAfter(resolve(key, null, '1'), resolve(key, 'not_processed', '1'))).toBe('failed')
    expect(statusAfter(resolve(key, 'not_processed', '1'), resolve(key, null, '1'))).toBe('failed')
  })

  /** Closed as it is shown of these events. */
  const closing = (
    events: readonly StoredEvent[],
    found: string,
    outcome: Resolution['outcome'] = null,
  ): Resolution => {
    const shown = openIn(settle(events, { after: 60 * DAY })).find(({ key }) => key.startsWith(found))!
    return { key: shown.key, covers: shown.covers, outcome, at: RECEIVED_AT }
  }
  const openAfter = (
    events: readonly StoredEvent[],
    ...resolutions: Resolution[]
  ): [string, number | null][] => discrepanciesOf(events, { after: HOUR, resolutions })
  const pay = (reference: string, amount: number): StoredEvent =>
    beNotified('payment', '0000', { reference, amount })

  test('Q-5 another payment, or more money, opens a closed duplicate again', () => {
    const two = [pay('A1', 100), pay('A2', 5)]
    const closed = closing(two, 'duplicate_payment')
    expect(openAfter(two, closed)).toEqual([])
    expect(openAfter([...two, pay('A3', 990_000)], closed)).toEqual([['duplicate_payment', 105]])
    expect(openAfter([...two, pay('A3', 1)], closed)).toEqual([['duplicate_payment', 6]])
    expect(openAfter([pay('A1', 100), pay('A2', 6)], closed)).toEqual([['duplicate_payment', 6]])
    const given = [...two, ...refundOf('A9', 'A2', 3)]
    expect(openAfter(given, closed)).toEqual([])
    expect(openAfter([pay('A1', 100), pay('A2', 5)], closing(given, 'duplicate_payment'))).toHaveLength(1)
  })

  const refundOf = (reference: string, parentReference: string, amount: number): StoredEvent[] => [
    beNotified('refund', '0000', { reference, amount }),
    beAnswered('refund', '0000', { reference, parentReference, amount }),
  ]

  test('Q-5 risk that falls and rises to what was shown stays closed', () => {
    const two = [pay('A1', 100), pay('A2', 50)]
    const closed = closing(two, 'duplicate_payment')
    expect(openAfter([...two, ...refundOf('A3', 'A2', 20)], closed)).toEqual([])
    expect(openAfter(two, closed)).toEqual([])
  })

  test('Q-5 separate payments are meant, later ones too', () => {
    const two = [pay('A1', 100), pay('A2', 5)]
    const meant = closing(two, 'duplicate_payment', 'separate_payments')
    expect(openAfter([...two, pay('A3', 990_000)], meant)).toEqual([])
  })

  test('Q-5 another amount, another id or another outcome is not what was closed', () => {
    const over = (captured: number) => [notified('118', counters(100, captured))]
    const closed = closing(over(101), 'amount_mismatch')
    expect(openAfter(over(101), closed)).toEqual([])
    expect(openAfter(over(9_000), closed)).toEqual([['amount_mismatch', 8_900]])
    const named = (...orders: string[]) =>
      orders.map((orderId) => notified('118', { ...counters(50, 50), orderId }))
    const misfiled = closing(named('O2', 'O3'), 'order_mismatch')
    expect(openAfter(named('O2', 'O3'), misfiled)).toEqual([])
    const moved = settle(named('O1', 'O2', 'O3'), { after: HOUR, resolutions: [misfiled] })
    expect(moved.transactions[0]?.discrepancies).toMatchObject([{ class: 'order_mismatch' }])
    expect(moved.orders.map(({ orderId }) => orderId)).toEqual(['O1', 'O2', 'O3'])
    const silent = closing([beAnswered('payment', '5004', { amount: 50 })], 'missing_notification')
    expect(openAfter([beAnswered('payment', '5004', { amount: 50 })], silent)).toEqual([])
    expect(openAfter([beAnswered('payment', '0000', { amount: 50 })], silent)).toEqual([
      ['missing_notification', 50],
    ])
  })

  test('Q-5 the outcome counts, not the code by which it was said', () => {
    const opposed = [
      answered('113', counters(0)),
      notified('118', { ...counters(50, 50), occurredAt: at(5) }),
    ]
    const closed = closing(opposed, 'outcome_mismatch')
    const late = notified('116', { ...counters(50), occurredAt: at(1) })
    expect(openAfter([...opposed, late], closed)).toEqual([])
    expect(openAfter([late, opposed[0]!], closed).map(([found]) => found)).toEqual([])
  })

  test('Q-5 null covers null alone, and any covering statement counts', () => {
    const unknown = [pay('A1', 100), beNotified('payment', '0000', { reference: 'A2' })]
    const closed = closing(unknown, 'duplicate_payment')
    expect(closed.covers.amountAtRisk).toBe(null)
    expect(openAfter(unknown, closed)).toEqual([])
    expect(openAfter([pay('A1', 100), pay('A2', 5)], closed)).toHaveLength(1)
    const known = closing([pay('A1', 100), pay('A2', 5)], 'duplicate_payment')
    expect(openAfter([pay('A1', 100), pay('A2', 5)], known, closed)).toEqual([])
    expect(openAfter(unknown, known)).toHaveLength(1)
  })
})
