import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  discrepanciesOf,
  expected,
  expectsAnswers,
  maintained,
  notified,
  sale,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'
import { stepsOf } from '../../support/views.ts'

/** Both sides on one operation: agreement, contradiction, and what is still awaited. */

const reconciliationOf = (events: readonly StoredEvent[], given: Circumstances = {}) =>
  transactionOf(events, given).reconciliation

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

  test('W-3 a requested step whose outcome no message states is awaited, even when only notified', () => {
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

  test('W-4 an answer that says nothing was processed awaits no notification', () => {
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
