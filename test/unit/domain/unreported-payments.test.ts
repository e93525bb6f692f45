import { describe, expect, test } from 'vitest'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  discrepanciesOf,
  disputed,
  expected,
  HOUR,
  maintained,
  notified,
  orderOf,
  settle,
  transactionOf,
} from '../../support/facts.ts'

/** Stories that the model of the world found: each was a wrong yes, or an alarm that nothing explained. */

const late = { after: DAY }
const linkedRefund = [
  beNotified('refund', '0000', { reference: 'A4', amount: 100 }),
  beAnswered('refund', '0000', { reference: 'A4', parentReference: 'A201', amount: 100 }),
]

describe('steps of a payment that is not told', () => {
  test('A-10 a linked refund gives back nothing of another payment', () => {
    const paid = beNotified('payment', '0000', { reference: 'A202', amount: 100 })
    expect(orderOf([...linkedRefund, paid], late)).toMatchObject({ safeToRetry: false, reason: 'unbalanced' })
  })

  test('A-10 a dispute that was won names its payment still: what is refunded of that gives back no other', () => {
    const won = [
      disputed('first_chargeback', '2026-04-02', { reference: 'A201', amount: 100 }),
      disputed('representment', '2026-04-03', { reference: 'A201', amount: 100 }),
    ]
    const paid = beNotified('payment', '0000', { reference: 'A202', amount: 100 })
    for (const refunded of [[], linkedRefund])
      for (const other of [[], [paid]])
        expect(orderOf([...won, ...refunded, ...other], late).safeToRetry).toBe(false)
  })

  test('A-11 a linked capture uses up no other authorization', () => {
    const capture = [
      beNotified('capture', '0000', { reference: 'A3', amount: 100 }),
      beAnswered('capture', '0000', { reference: 'A3', parentReference: 'A201', amount: 100 }),
    ]
    const other = beAnswered('authorization', '0000', { reference: 'A202', amount: 100 })
    expect(orderOf([...capture, ...linkedRefund, other], late).safeToRetry).toBe(false)
  })

  test('A-10 a step without a link may have given back a payment that only an answer says was refused', () => {
    const paid = beNotified('payment', '0000', { reference: 'A1', amount: 100 })
    const refusal = beAnswered('payment', '4001', { reference: 'A2', amount: 100 })
    const told = beNotified('payment', '4001', { reference: 'A2', amount: 100 })
    for (const kind of ['refund', 'void']) {
      const back = beNotified(kind, '0000', { reference: 'A3', amount: 100 })
      const link = beAnswered(kind, '0000', { reference: 'A3', parentReference: 'A1', amount: 100 })
      expect(orderOf([paid, refusal, back], late)).toMatchObject({ paid: false, reason: 'unbalanced' })
      expect(orderOf([paid, refusal, told, back], late).reason).toBe('nothing_stands')
      expect(orderOf([paid, refusal, back, link], late).reason).toBe('nothing_stands')
    }
    // A capture gives nothing back.
    const granted = beNotified('authorization', '0000', { reference: 'A1', amount: 100 })
    const capture = beNotified('capture', '0000', { reference: 'A4', amount: 100 })
    expect(orderOf([granted, refusal, capture], late)).toMatchObject({ paid: true, netTotal: 100 })
  })

  test('A-10 an answer that a refund was refused is the trace of a payment that only an answer refused', () => {
    const refusal = answered('113', counters(0))
    const step = maintained('165', { ...counters(100, 100), amount: 100 })
    expect(orderOf([refusal], late).reason).toBe('nothing_stands')
    expect(orderOf([refusal, step], late)).toMatchObject({ safeToRetry: false, reason: 'unbalanced' })
  })

  test('A-10 a refund of a payment whose outcome is not known leaves the order in doubt', () => {
    for (const code of ['5004', '0001']) {
      const events = [
        beAnswered('payment', code, { amount: 100 }),
        beNotified('refund', '0000', { reference: 'A2', amount: 100 }),
        beAnswered('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 100 }),
      ]
      expect(orderOf(events, late), code).toMatchObject({ safeToRetry: false, reason: 'unbalanced' })
    }
  })

  test('A-10 a void may end an authorization that the captures are not of', () => {
    const granted = beNotified('authorization', '0000', { reference: 'A1', amount: 100 })
    const captured = beNotified('capture', '0000', { reference: 'A12', amount: 100 })
    const ended = beNotified('void', '0000', { reference: 'A2', amount: 100 })
    const events = [granted, captured, ended]
    expect(orderOf(events, late)).toMatchObject({ paid: false, netTotal: null, safeToRetry: false })
    expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', 100]])
  })

  test('A-10 a void that was heard of before its payment sets no retry free', () => {
    const ended = beNotified('void', '0000', { reference: 'A2', amount: 100 })
    const heard = (ms: number) =>
      beNotified('authorization', '0000', {
        reference: 'A1',
        amount: 100,
        receivedAt: new Date(Date.parse(ended.receivedAt) + ms).toISOString(),
      })
    expect(orderOf([ended, heard(0)], late).reason).toBe('nothing_stands')
    expect(orderOf([ended, heard(1)], late)).toMatchObject({ reason: 'unbalanced', discrepancies: [] })
    expect(discrepanciesOf([ended, heard(HOUR)], { after: DAY })).toEqual([['amount_mismatch', 100]])
  })

  test('A-10 a refused step of no granted payment is the trace of one', () => {
    const capture = beNotified('capture', '4001', { reference: 'A11', amount: 100 })
    const declined = beNotified('authorization', '4001', { amount: 100 })
    for (const events of [[capture], [declined, capture]])
      expect(orderOf(events, late)).toMatchObject({ safeToRetry: false, reason: 'unbalanced' })
  })
})

describe('what a counter holds beyond the steps that were told', () => {
  const paid = notified('118', { ...counters(100, 100), occurredAt: at(1) })
  const part = { operationId: 'r2', amount: 50, occurredAt: at(3) }

  test('M-6 a refund that only the counter tells may be asked for only: it sets no retry free', () => {
    const refunded = [paid, notified('126', { ...counters(100, 100, 100), ...part })]
    expect(orderOf(refunded, late)).toMatchObject({ paid: false, netTotal: 0, reason: 'money_held' })
  })

  test('M-6 of a payment that is given back as a whole nothing is still asked for', () => {
    const refunded = [paid, notified('125', { ...counters(100, 100, 100), ...part })]
    expect(orderOf(refunded, late)).toMatchObject({ paid: false, netTotal: 0, reason: 'nothing_stands' })
  })
})

describe('words of the merchant alone', () => {
  test('A-8 a void that is under way by an answer alone forbids a retry, whatever an answer said of the payment', () => {
    const refused = answered('113', counters(0))
    const asked = maintained('175', counters(100))
    expect(orderOf([refused]).safeToRetry).toBe(true)
    expect(orderOf([refused, asked])).toMatchObject({ reason: 'request_of_unknown_outcome' })
  })

  test('A-8 a payment that is on its way stays so until the provider tells of its capture', () => {
    const events = [
      beAnswered('authorization', '0001', { reference: 'A1', amount: 100 }),
      beAnswered('capture', '0000', { reference: 'A2', parentReference: 'A1', amount: 100 }),
      beNotified('refund', '0000', { reference: 'A3', amount: 100 }),
    ]
    expect(orderOf(events)).toMatchObject({ reason: 'request_of_unknown_outcome' })
    const captured = beNotified('capture', '0000', { reference: 'A2', parentReference: 'A1', amount: 100 })
    expect(orderOf([...events, captured])).toMatchObject({ reason: 'nothing_stands' })
  })

  test('F-12 an answer makes no sale of a notified authorization', () => {
    const events = [
      beNotified('authorization', '0000', { amount: 100 }),
      beAnswered('payment', '0000', { amount: 100 }),
    ]
    expect(orderOf(events, late)).toMatchObject({ paid: false, paidTotal: 0, safeToRetry: false })
  })

  test('M-3 a refused refund that only an answer tells undoes no notified one', () => {
    const events = [
      notified('118', { ...counters(100, 100), occurredAt: at(1) }),
      notified('125', { ...counters(100, 100, 100), occurredAt: at(2) }),
      notified('165', {
        ...counters(100, 100, 0),
        occurredAt: at(3),
        witness: 'response',
        operation: 'refund',
      }),
    ]
    expect(orderOf(events, late)).toMatchObject({ paid: false, refundedTotal: 100 })
  })

  test('W-2 a void that only an answer links is no notification of its authorization', () => {
    const events = [
      beAnswered('authorization', '0000', { amount: 100 }),
      beNotified('void', '0000', { reference: 'A2', amount: 100 }),
      beAnswered('void', '0000', { reference: 'A2', parentReference: 'A1', amount: 100 }),
    ]
    expect(transactionOf(events).reconciliation).toBe('awaiting_notification')
    expect(discrepanciesOf(events, late)).toContainEqual(['missing_notification', 100])
  })
})

describe('counters', () => {
  test('M-7 a code that cannot be read makes the total unknown where it counts further', () => {
    const events = [
      notified('116', { ...counters(100, 0), occurredAt: at(1) }),
      notified('199', { ...counters(100, 100), occurredAt: at(2) }),
    ]
    expect(orderOf(events, late)).toMatchObject({ paid: false, safeToRetry: false, reason: 'amount_unknown' })
  })

  test('M-5 what is refunded as a whole has nothing left to ask for', () => {
    const events = [
      notified('118', { ...counters(100, 100), occurredAt: at(1) }),
      notified('124', { ...counters(100, 100, 50), occurredAt: at(2) }),
      notified('126', { ...counters(100, 100, 100), occurredAt: at(3), operationId: 'op2', amount: 50 }),
      notified('125', { ...counters(100, 100, 100), occurredAt: at(4) }),
    ]
    expect(orderOf(events, late)).toMatchObject({ paid: false, refundedTotal: 100 })
  })

  test('J-5 what names no step does not join one that ended otherwise at its counter', () => {
    const events = [
      notified('118', { ...counters(100, 100), occurredAt: at(1) }),
      notified('126', { ...counters(100, 100, 50), occurredAt: at(2) }),
      notified('165', { ...counters(100, 100, 50), occurredAt: at(3), operationId: 'op3', amount: 50 }),
    ]
    expect(orderOf(events, late)).toMatchObject({ refundedTotal: 50, netTotal: 50 })
  })
})

describe('announcements', () => {
  const requestedAt = at(60)
  const announced = expected({ provider: 'be2bill', amount: 100, requestedAt, createdAt: at(61) })

  test('R-9 an answer without times that came before the announcement answers nothing', () => {
    const refused = beAnswered('payment', '4001', { amount: 100, receivedAt: at(60) })
    const order = orderOf([refused], { expectations: [announced], policy: { responses: 'announced' } })
    expect(order).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
  })

  test('J-3 a cut-off call does not take the step that another answer names', () => {
    const call = {
      amount: 60,
      parentReference: null,
      reference: null,
      operationId: 'op3',
      type: 'failed' as const,
    }
    const events = [
      beNotified('payment', '0000', { amount: 120 }),
      beAnswered('refund', '0000', { ...call, orderId: 'O1' }),
      beNotified('refund', '0000', { reference: 'A12', amount: 60 }),
      beAnswered('refund', '0000', { reference: 'A12', parentReference: 'A1', amount: 60 }),
    ]
    expect(
      settle(events, late).transactions[0]?.operations.filter(({ operation }) => operation === 'refund'),
    ).toHaveLength(2)
  })
})
