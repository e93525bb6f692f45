import { describe, expect, test } from 'vitest'
import { blankEvent } from '../../../src/domain/event/blank-event.ts'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  customerOf,
  cutOff,
  DAY,
  discrepanciesOf,
  expected,
  maintained,
  notified,
  orderOf,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import { statusOf } from '../../support/views.ts'

/** What the words of one witness on one operation come to. */

describe('outcome of an operation', () => {
  test('F-3 a final notification outranks a final answer, which outranks whatever got furthest', () => {
    expect(statusOf([beAnswered('payment', '0000'), beNotified('payment', '4001')])).toBe('declined')
    expect(statusOf([beAnswered('payment', '0000'), beNotified('payment', '0003')])).toBe('captured')
    // What the provider notified to be on its way does not end by the merchant's word.
    for (const end of ['1001', '4001'])
      expect(statusOf([beAnswered('payment', end), beNotified('payment', '0001')])).toBe('action_required')
    expect(statusOf([answered('140'), notified('112')])).toBe('held_for_review')
    expect(statusOf([answered('142'), notified('144')])).toBe('pending')
  })

  test('F-3 furthest is unknown, action, pending, requested, held, in this order', () => {
    expect(statusOf([beAnswered('payment', '5002'), beNotified('payment', '0001')])).toBe('action_required')
    expect(statusOf([notified('140'), notified('142', { occurredAt: at(0) })])).toBe('pending')
    expect(statusOf([notified('112', { occurredAt: at(0) }), notified('200', { occurredAt: at(9) })])).toBe(
      'held_for_review',
    )
  })

  test('F-4 of several final notifications the latest decides', () => {
    const declined = notified('113', { occurredAt: at(5) })
    expect(statusOf([notified('116', { occurredAt: at(1), ...counters(50) }), declined])).toBe('declined')
    const authorized = [declined, notified('116', { occurredAt: at(9), ...counters(50) })]
    expect(transactionOf(authorized)).toMatchObject({ status: 'authorized', discrepancies: [] })
  })

  test('F-3 of two ends that are no verdict the notification’s is taken; of equal words too', () => {
    expect(statusOf([answered('114'), notified('x', { type: 'not_processed' })])).toBe('failed')
    const pending = [
      beAnswered('payment', '5004', { amount: 60 }),
      beNotified('payment', '0003', { amount: 50 }),
    ]
    expect(transactionOf(pending).operations[0]?.amount).toBe(50)
  })

  test('F-4 a call that names no moment is no later than an answer that does', () => {
    const call = cutOff({ type: 'declined', operation: 'authorization', parentReference: 'T1' })
    expect(statusOf([answered('116', { occurredAt: at(5) }), call])).toBe('authorized')
  })

  test('F-4 the verdict is shown by the last fact that says it in its own words, else by the last at all', () => {
    const shown = (...codes: string[]) =>
      transactionOf(codes.map((code, second) => notified(code, { occurredAt: at(second), ...counters(50) })))
        .operations[0]?.notification
    expect(shown('116', '118')).toMatchObject({ providerCode: '116', at: at(0) })
    expect(shown('116', '116')).toMatchObject({ providerCode: '116', at: at(1) })
    expect(shown('117', '118')).toMatchObject({ providerCode: '118', at: at(1) })
  })

  test('F-4 at one moment, or without a clock, success outranks refusal, and saying both is a contradiction', () => {
    const both = [
      beNotified('payment', '4001', { amount: 70 }),
      beNotified('payment', '0000', { amount: 70 }),
    ]
    expect(statusOf(both)).toBe('captured')
    expect(discrepanciesOf(both)).toEqual([['outcome_mismatch', 70]])
    expect(transactionOf(both).discrepancies[0]?.notification.toSorted()).toEqual(['0000', '4001'])
    expect(transactionOf(both).discrepancies[0]?.response).toEqual([])
    const failed = [beNotified('payment', '5002'), beNotified('payment', '4001')]
    expect(transactionOf(failed)).toMatchObject({ status: 'declined', discrepancies: [] })
  })

  test('F-5 an answer’s success counts, unless the payment was notified as refused', () => {
    expect(transactionOf([answered('118', counters(50, 50))])).toMatchObject({
      status: 'captured',
      capturedTotal: 50,
    })
    const refuted = [
      answered('118', { ...counters(50, 50), occurredAt: at(1) }),
      maintained('118', { ...counters(50, 70), operationId: 'c2', amount: 20, occurredAt: at(2) }),
      notified('113', { ...counters(0), occurredAt: at(9) }),
    ]
    expect(transactionOf(refuted)).toMatchObject({ status: 'declined', authorizedTotal: 0, capturedTotal: 0 })
    expect(discrepanciesOf(refuted)).toEqual([['outcome_mismatch', 50]])
    const late = { after: DAY, policy: { responses: 'none' } as const }
    const shown = (...events: StoredEvent[]) =>
      transactionOf([notified('113', counters(0)), ...events], late).operations.map(
        ({ operation, reconciliation }) => `${operation} ${reconciliation}`,
      )
    const told = answered('118', counters(50, 50))
    expect(shown(told)).toEqual(['authorization discrepant'])
    expect(discrepanciesOf([notified('113', counters(0)), told], late)).toEqual([['outcome_mismatch', 50]])
    // What has another witness, or a call of its own, is no echo of the order's answer.
    expect(shown(told, notified('118', counters(50, 50)))).toEqual([
      'authorization discrepant',
      'capture matched',
    ])
    expect(shown(told, maintained('118', counters(50, 50)))).toContain('capture awaiting_notification')
    expect(shown(answered('126', counters(50, 50, 5)))).toContain('refund awaiting_notification')
    const announced = { expectations: [expected({ operation: 'capture', parentReference: 'T1' })] }
    expect(transactionOf([told, notified('113', counters(0))], announced).operations).toMatchObject([
      { operation: 'authorization' },
    ])
    expect(transactionOf([notified('113', counters(0))], announced).operations).toMatchObject([
      { operation: 'authorization' },
      { operation: 'capture', reconciliation: 'expected' },
    ])
    const failed = [
      beAnswered('capture', '0000', { reference: 'A2', parentReference: 'A1', amount: 5 }),
      beNotified('payment', '5002'),
    ]
    expect(transactionOf(failed)).toMatchObject({ status: 'failed', capturedTotal: 0 })
  })

  test('F-6 later steps state that the payment was authorized; answers to later calls do not', () => {
    for (const code of [
      '117',
      '118',
      '119',
      '173',
      '124',
      '125',
      '126',
      '165',
      '180',
      '181',
      '182',
      '183',
      '129',
      '134',
    ]) {
      expect(transactionOf([notified(code, counters(50))]).authorizedTotal, code).toBe(50)
      expect(
        transactionOf([answered('116', counters(50)), notified(code, counters(50))]).operations[0]
          ?.reconciliation,
        code,
      ).toBe('matched')
    }
    expect(
      transactionOf([answered('116'), maintained('118', { amount: 1 })]).operations[0]?.reconciliation,
    ).toBe('awaiting_notification')
  })

  test('F-7 expiry and void close an authorization and contradict neither side', () => {
    for (const code of ['114', '115', '143']) {
      for (const answer of ['116', '140', '163']) {
        const transaction = transactionOf(
          [answered(answer, { occurredAt: at(1) }), notified(code, { occurredAt: at(2), ...counters(50) })],
          { after: DAY * 30 },
        )
        expect(transaction, `${answer} ${code}`).toMatchObject({
          // Only what was granted can end: that the payment was refused is not what the provider told.
          discrepancies: answer === '163' ? [{ class: 'missing_notification' }] : [],
          reconciliation: answer === '163' ? 'awaiting_notification' : 'matched',
        })
      }
    }
    expect(statusOf([answered('140'), notified('114')])).toBe('expired')
    expect(statusOf([answered('163'), notified('115', counters(50))])).toBe('declined')
  })

  test('F-8 a known code that moves nothing changes nothing', () => {
    const paid = [answered('118', counters(50, 50)), notified('118', counters(50, 50))]
    for (const code of ['101', '103', '108', '120', '123', '131', '132', '141', '150', '160', '161']) {
      const with_ = transactionOf([...paid, notified(code, counters(50, 50))])
      expect(with_, code).toEqual(transactionOf(paid))
      expect(orderOf([...paid, notified(code)]), code).toEqual(orderOf(paid))
    }
    expect(statusOf([notified('103')])).toBe('unrecognized')
    expect(statusOf([notified('101', { type: 'created' })])).toBe('created')
  })

  test('F-9 an unknown code beside known ones changes only whether a retry is safe', () => {
    const known = [answered('163', counters(0)), notified('113', counters(0))]
    const surprised = [...known, notified('188', counters(0))]
    expect(transactionOf(surprised)).toEqual(transactionOf(known))
    expect(orderOf(known).safeToRetry).toBe(true)
    expect(orderOf(surprised)).toMatchObject({ safeToRetry: false, reason: 'unrecognized_event' })
    // An adapter that finds nothing it knows leaves the event as it was: with a source, and not recognized.
    const bare = { ...notified('188'), ...blankEvent(notified('188')), reference: 'T1', orderId: 'O1' }
    expect(orderOf([...known, bare]).reason).toBe('unrecognized_event')
  })

  test('F-9 an answer with an unknown code may be money: it is awaited like any open outcome', () => {
    const open = [beAnswered('payment', '0099', { amount: 70 })]
    expect(transactionOf(open)).toMatchObject({ status: 'pending', reconciliation: 'awaiting_notification' })
    expect(discrepanciesOf(open, { after: DAY })).toEqual([['missing_notification', 70]])
  })

  test('F-10 not processed yields to every other word of its side', () => {
    const retried = [
      maintained('118', { operationId: 'c1', amount: 50, ...counters(50, 50) }),
      cutOff({ type: 'not_processed', operation: 'capture', parentReference: 'T1', operationId: 'c1' }),
      notified('118', { operationId: 'c1', amount: 50, ...counters(50, 50) }),
    ]
    expect(transactionOf(retried)).toMatchObject({ capturedTotal: 50, discrepancies: [] })
  })

  test('F-11 each trait is the last notification’s that states it, else the last answer’s', () => {
    const events = [
      answered('116', {
        occurredAt: at(9),
        customer: customerOf('late answer'),
        custom: { kept: 'yes' },
        merchantId: '7',
      }),
      answered('140', { occurredAt: at(1), customer: customerOf('answer'), merchantId: '6' }),
      notified('116', { occurredAt: at(2), customer: customerOf('first') }),
      notified('118', { occurredAt: at(3), customer: customerOf('last') }),
    ]
    expect(transactionOf(events)).toMatchObject({
      customer: { id: 'last' },
      custom: { kept: 'yes' },
      merchantId: '7',
    })
    expect(settle(events).transactions[0]?.operations[0]?.response?.at).toBe(at(9))
    expect(transactionOf([notified('116')]).operations[0]?.notification?.at).toBe('2026-04-01T12:00:00.000Z')
  })
})
