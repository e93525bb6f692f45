import { describe, expect, test } from 'vitest'
import type { Resolution, StoredEvent } from '../../../src/domain/transaction.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  expected,
  hostedPage,
  HOUR,
  maintained,
  MINUTE,
  notified,
  openIn,
  RECEIVED_AT,
  settle,
  stepsOf,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

const reconciliationOf = (events: readonly StoredEvent[], given: Circumstances = {}) =>
  transactionOf(events, given).reconciliation
const expectsAnswers = { policy: { responses: 'expected' } } as const

const sale = [
  answered('118', { ...counters(50, 50), occurredAt: at(1) }),
  notified('118', { ...counters(50, 50), occurredAt: at(1) }),
]

describe('reconciliation', () => {
  test('W-1 agreeing witnesses match; progress is no contradiction', () => {
    const pairs: [string, string][] = [
      ['163', '113'],
      ['163', '178'],
      ['140', '116'],
      ['142', '116'],
      ['112', '111'],
      ['117', '118'],
    ]
    for (const [asked, told] of pairs) {
      const transaction = transactionOf([answered(asked, counters(50, 50)), notified(told, counters(50, 50))])
      expect(transaction, `${asked} ${told}`).toMatchObject({ reconciliation: 'matched', discrepancies: [] })
    }
    for (const code of ['5004', '0001', '0002', '0003', '5001', '5006']) {
      expect(reconciliationOf([beAnswered('payment', code), beNotified('payment', '0000')]), code).toBe(
        'matched',
      )
    }
    expect(reconciliationOf([beAnswered('payment', '1001'), beNotified('payment', '4001')])).toBe('matched')
  })

  test('W-2 an answer without a final notification awaits it', () => {
    for (const code of ['0000', '4001', '0001', '0003', '5004', '5002']) {
      expect(reconciliationOf([beAnswered('payment', code)]), code).toBe('awaiting_notification')
      expect(reconciliationOf([beAnswered('payment', code), beNotified('payment', '0003')]), code).toBe(
        'awaiting_notification',
      )
    }
  })

  test('W-3 a requested step whose outcome nobody told is awaited, even when only notified', () => {
    for (const code of ['117', '124', '175', '142']) {
      expect(reconciliationOf([notified(code, counters(50, 50))]), code).toBe('awaiting_notification')
    }
    for (const code of ['112', '172', '174', '200', '140'])
      expect(reconciliationOf([notified(code)]), code).toBe('notification_only')
    expect(stepsOf([notified('117', counters(50, 50)), notified('118', counters(50, 50))])).toEqual([
      'authorization notification_only',
      'capture notification_only',
    ])
  })

  test('W-4 an answer that says nothing was processed awaits nobody', () => {
    expect(reconciliationOf([beAnswered('payment', '1001')])).toBe('response_only')
    expect(reconciliationOf([answered('120')])).toBe('response_only')
    expect(
      stepsOf([...sale, cutOff({ type: 'not_processed', operation: 'refund', parentReference: 'T1' })]),
    ).toContain('refund response_only')
  })

  test('W-5 a transaction shows its worst operation', () => {
    const asked = maintained('124', { ...counters(50, 50, 5), operationId: 'r1' })
    const told = notified('126', { ...counters(50, 50, 5), operationId: 'r2' })
    expect(reconciliationOf([...sale, asked])).toBe('awaiting_notification')
    expect(reconciliationOf([...sale, told])).toBe('awaiting_response')
    expect(reconciliationOf([...sale, asked, told])).toBe('awaiting_notification')
    expect(
      reconciliationOf([...sale, asked, told, notified('118', { ...counters(50, 50), currency: 'USD' })]),
    ).toBe('discrepant')
    expect(reconciliationOf([...sale, notified('126', counters(50, 50, 5))])).toBe('matched')
  })

  test('W-6 a contradiction is opened with the successful side’s amount', () => {
    const told = [
      beAnswered('payment', '4001', { amount: 60 }),
      beNotified('payment', '0000', { amount: 50 }),
    ]
    expect(discrepanciesOf(told)).toEqual([['outcome_mismatch', 50]])
    expect(
      discrepanciesOf([beAnswered('payment', '0000', { amount: 60 }), beNotified('payment', '5002')]),
    ).toEqual([['outcome_mismatch', 60]])
    expect(
      discrepanciesOf([beAnswered('payment', '1001', { amount: 60 }), beNotified('payment', '0000')]),
    ).toEqual([['outcome_mismatch', null]])
    expect(transactionOf(told).discrepancies).toMatchObject([{ response: ['4001'], notification: ['0000'] }])
    const uncoded = { ...beNotified('payment', '0000'), providerCode: null }
    expect(transactionOf([beAnswered('payment', '4001'), uncoded]).discrepancies).toMatchObject([
      { notification: [''] },
    ])
  })
})

describe('contradictions', () => {
  const told = (amount: number | null, second: number, code = '118') =>
    notified(code, { ...counters(90, 90), operationId: 'c1', amount, occurredAt: at(second) })
  const asked = (amount: number | null, code = '118') =>
    maintained(code, { ...counters(90, 90), operationId: 'c1', amount })

  test('W-6 at risk is the last amount that the successful side states', () => {
    const refused = asked(null, '173')
    expect(discrepanciesOf([told(50, 1), told(50, 2), told(null, 3), refused])).toEqual([
      ['outcome_mismatch', 50],
    ])
    expect(discrepanciesOf([told(50, 1), told(60, 2), refused])).toContainEqual(['outcome_mismatch', 60])
    const answers = [60, 70].map((amount) => beAnswered('payment', '0000', { amount }))
    expect(discrepanciesOf([...answers, beNotified('payment', '4001')])).toContainEqual([
      'outcome_mismatch',
      70,
    ])
  })

  test('J-10 an amount that was only asked for, or refused, is compared with nothing', () => {
    expect(discrepanciesOf([told(40, 1, '117'), told(50, 2), asked(50)])).toEqual([])
  })

  test('J-4 counters are compared between two successes of a capture that both count', () => {
    const counted = (code: string, counter: number | null) => ({
      ...counters(90),
      capturedTotal: counter,
      code,
    })
    const pairs = [
      [counted('118', 90), counted('117', 70)],
      [counted('117', 90), counted('118', 70)],
      [counted('118', null), counted('118', 70)],
      [counted('118', 90), counted('118', null)],
    ]
    for (const pair of pairs) {
      const [asking, telling] = pair.map(({ code, ...given }) => ({ code, given }))
      const events = [answered(asking!.code, asking!.given), notified(telling!.code, telling!.given)]
      expect(discrepanciesOf(events), `${asking!.code} ${telling!.code}`).toEqual([])
    }
    const named = { operationId: 'c1' }
    expect(
      discrepanciesOf([
        answered('118', { ...counters(90), capturedTotal: null, ...named }),
        notified('118', { ...counters(90, 70), ...named }),
      ]),
    ).toEqual([])
    const refunds = [answered('126', counters(50, 50, 5)), notified('126', counters(50, 40, 5))]
    expect(discrepanciesOf(refunds)).toEqual([])
  })

  test('W-4 an answer not processed does not close what the notification left open', () => {
    expect(reconciliationOf([beAnswered('payment', '1001'), beNotified('payment', '0003')])).toBe(
      'awaiting_notification',
    )
  })
})

describe('a response is due', () => {
  const payment = [notified('116', counters(50))]

  test('W-7 for a payment: where the account forwards answers, or a call was announced', () => {
    expect(reconciliationOf(payment, expectsAnswers)).toBe('awaiting_response')
    expect(reconciliationOf(payment)).toBe('notification_only')
    const announced = (channel: 'direct' | 'hosted' | null, more: Circumstances = {}) =>
      reconciliationOf(payment, { ...more, expectations: [expected({ channel })] })
    expect([announced('direct'), announced(null), announced('hosted')]).toEqual([
      'awaiting_response',
      'awaiting_response',
      'notification_only',
    ])
    expect(announced('hosted', expectsAnswers)).toBe('notification_only')
    expect(announced('direct', { policy: { responses: 'none' } })).toBe('notification_only')
    const both = [expected({ channel: 'hosted' }), expected({ operationId: 'x' })]
    expect(reconciliationOf(payment, { expectations: both })).toBe('awaiting_response')
  })

  test('W-7 not for later instalments, unlinked steps, or what no code explains', () => {
    const instalment = (index: number) => [beNotified('payment', '0000', { schedule: { index, total: 3 } })]
    expect(reconciliationOf(instalment(1), expectsAnswers)).toBe('awaiting_response')
    expect(reconciliationOf(instalment(2), expectsAnswers)).toBe('notification_only')
    const asked = beNotified('payment', '0003')
    expect(reconciliationOf([asked, ...instalment(2)], expectsAnswers)).toBe('notification_only')
    expect(reconciliationOf([beNotified('refund', '0000')], expectsAnswers)).toBe('notification_only')
    expect(reconciliationOf([notified('188')], expectsAnswers)).toBe('notification_only')
  })

  test('W-8 for a later step: by its operation id, or announced', () => {
    const refund = (given = {}) => [...sale, notified('126', { ...counters(50, 50, 5), amount: 5, ...given })]
    expect(stepsOf(refund())).toContain('refund notification_only')
    expect(stepsOf(refund({ operationId: 'r1' }))).toContain('refund awaiting_response')
    expect(stepsOf(refund({ operationId: 'r1' }), { policy: { responses: 'none' } })).toContain(
      'refund notification_only',
    )
    const announcing = (given = {}) => ({
      expectations: [expected({ operation: 'refund', parentReference: 'T1', ...given })],
    })
    expect(stepsOf(refund(), announcing())).toContain('refund awaiting_response')
    expect(stepsOf(refund(), announcing({ channel: 'hosted' }))).toContain('refund notification_only')
    expect(stepsOf(refund({ operationId: 'r1' }), announcing({ operationId: 'r1' }))).toHaveLength(3)
    expect(stepsOf(refund(), announcing({ operationId: 'r1' }))).toContain('refund expected')
    expect(stepsOf(refund(), announcing({ amount: 6 }))).toContain('refund expected')
    const child = beNotified('refund', '0000', { reference: 'A2', amount: 5 })
    const announced = { expectations: [expected({ operation: 'refund', operationId: 'r1' })] }
    expect(stepsOf([child], announced)).toEqual(['refund awaiting_response'])
  })
})

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
    const slowCall = cutOff({ type: 'pending', providerCode: '142' })
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

  test('D-4 what was announced, asked for and told is owed by nobody', () => {
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

  test('D-6 one answer to a sale that nobody notified is one silence, not two', () => {
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

  test('D-6 so is one whose payment nobody has seen', () => {
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

  test('Q-2 not processed undoes an answer that nobody notified, never a notification', () => {
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
