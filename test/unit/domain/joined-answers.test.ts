import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  alone,
  asked,
  captures,
  due,
  matched,
  refusal,
  request,
  told,
  toldOnly,
} from '../../support/capture-steps.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  expected,
  maintained,
  notified,
  transactionOf,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { stepsOf } from '../../support/views.ts'

/** The corners of the joins of answers, calls and announcements. */

describe('answers', () => {
  test('J-1 an answer that names its step is heard before a vaguer one', () => {
    const order = answered('118', { ...counters(90, 50), occurredAt: at(1) })
    const named = asked(70, { operationId: 'c2', amount: 20, occurredAt: at(2) })
    const events = [order, named, told(90, { amount: 20, occurredAt: at(3) })]
    expect(captures(...events)).toEqual([matched, alone])
    expect(transactionOf(events).operations[1]).toMatchObject({ operationId: 'c2', response: { amount: 20 } })
  })

  test('J-2 of several steps at one counter an answer joins one that fits the times it states', () => {
    const refused = [request(20, { occurredAt: at(100) }), refusal(0, { occurredAt: at(110) })]
    const again = [request(20, { occurredAt: at(300) }), told(20, { occurredAt: at(330) })]
    const call = (code: string, from: number | null, to: number) =>
      maintained(code, {
        ...counters(90, 20),
        requestedAt: from === null ? null : at(from),
        answeredAt: at(to),
      })
    const shown = (...answers: StoredEvent[]) => captures(...refused, ...again, ...answers)
    expect(shown(call('117', 98, 101))).toEqual([matched, toldOnly])
    expect(shown(call('117', null, 101))).toEqual([matched, toldOnly])
    expect(shown(call('117', 298, 301))).toEqual([toldOnly, matched])
    expect(shown(call('117', 298, 301), call('117', 98, 101))).toEqual([matched, matched])
    expect(shown(call('118', 298, 331))).toEqual([toldOnly, matched])
    // Neither what was asked for after the answer came, nor before the call was made.
    expect(shown(call('117', 200, 210))).toEqual([toldOnly, toldOnly, alone])
    // A final answer tells of nothing that was decided later.
    expect(shown(call('118', 298, 301))).toEqual([toldOnly, toldOnly, alone])
  })

  test('J-2 what reaches a counter again, after a refusal counted less, is another step', () => {
    const first = [
      request(20, { occurredAt: at(1) }),
      told(60, { occurredAt: at(2) }),
      refusal(40, { occurredAt: at(3) }),
    ]
    const again = told(60, { occurredAt: at(4), operationId: 'c4', amount: 20 })
    const events = [...first, again]
    expect(captures(...events)).toEqual([toldOnly, toldOnly, due])
    // The counter may hold the refused step still; it is no proof that only the 20 of the last step were taken.
    expect(transactionOf(events).capturedTotal).toBeNull()
    // Without a refusal since, an id may come with a later word about the same step.
    expect(captures(told(60, { occurredAt: at(2) }), again)).toEqual([due])
    expect(captures(told(60, { occurredAt: at(2) }), refusal(80, { occurredAt: at(3) }), again)).toHaveLength(
      2,
    )
    expect(captures(told(60, { occurredAt: at(2) }), { ...again, capturedTotal: null })).toHaveLength(2)
    const bare = refusal(80, { occurredAt: at(3), capturedTotal: null })
    expect(captures(told(60, { occurredAt: at(2) }), bare, again)).toEqual([due, toldOnly])
  })

  test('J-2 a time that no notification states rules nothing out', () => {
    const settled = told(20, { operationId: 'c1', occurredAt: null })
    const elsewhere = refusal(60, { operationId: 'c2', occurredAt: at(100) })
    const answer = asked(20, { requestedAt: at(298), answeredAt: at(301) })
    expect(captures(settled, elsewhere, answer)).toEqual([matched, due])
  })

  test('J-3 an amount is the step’s if any of its facts states it', () => {
    const step = [request(20, { operationId: 'c1' }), told(25, { operationId: 'c1', amount: 5 })]
    expect(captures(...step, asked(22, { amount: 5 }))).toEqual([matched])
  })

  test('J-3 an answer that counts further than all that is told of a step was asked for after it', () => {
    const step = told(25, { operationId: 'c1', amount: 5 })
    expect(captures(step, asked(30, { amount: 5 }))).toEqual([due, alone])
    expect(captures(step, asked(20, { amount: 5 }))).toEqual([matched])
    // What a refusal took from the counter since, it may have counted.
    const fallen = refusal(20, { operationId: 'c2', amount: 7 })
    expect(captures(step, fallen, asked(30, { amount: 5 }))).toEqual([due, matched])
  })

  test('J-3 answers that count differently are two calls, however equal their amounts', () => {
    const calls = [asked(10, { amount: 10, occurredAt: at(1) }), asked(20, { amount: 10, occurredAt: at(2) })]
    expect(captures(...calls)).toEqual([alone, alone])
    expect(captures(...calls, told(10, { occurredAt: at(1) }))).toEqual([matched, alone])
    expect(captures(...calls, told(20, { occurredAt: at(2) }))).toEqual([matched, alone])
    expect(transactionOf([...calls, told(10, { occurredAt: at(1) })]).capturedTotal).toBe(20)
    // Whichever is read first, the amount leads to the step that no counter has named.
    const steps = [told(10, { amount: 10, occurredAt: at(1) }), told(25, { amount: 10, occurredAt: at(2) })]
    expect(captures(...steps, ...calls)).toEqual([matched, matched])
  })

  test('J-4 the answer to a sale does not take the capture that another answer has named', () => {
    const sale = answered('118', { ...counters(90, 90), occurredAt: at(1) })
    const named = asked(20, { amount: 20, occurredAt: at(2) })
    expect(captures(sale, named, told(20, { occurredAt: at(2) }))).toEqual([matched, alone])
    expect(captures(sale, told(20, { occurredAt: at(2) }))).toHaveLength(1)
  })

  test('J-9 an answer never joins a step of another reference, however well the amount fits', () => {
    const link = { parentReference: 'A1', amount: 5 }
    const events = [
      beNotified('payment', '0000', { amount: 50 }),
      beNotified('refund', '0000', { reference: 'A2', ...link }),
      beAnswered('refund', '0000', { reference: 'A3', ...link }),
    ]
    expect(stepsOf(events)).toEqual([
      'sale notification_only',
      'refund notification_only',
      'refund awaiting_notification',
    ])
  })

  test('J-9 a look-up speaks of the step of its reference, although only the answer carries an id', () => {
    const sale = beNotified('payment', '0000', { amount: 50 })
    const refund = { reference: 'A2', parentReference: 'A1', amount: 5 }
    const answer = beAnswered('refund', '0000', { ...refund, operationId: 'r1' })
    const lookup = beAnswered('refund', '0000', { ...refund, lookup: true })
    expect(transactionOf([sale, answer, lookup])).toMatchObject({ refundedTotal: 5 })
    expect(stepsOf([sale, answer, lookup])).toEqual([
      'sale notification_only',
      'refund awaiting_notification',
    ])
    // Where the provider counts, a look-up without a counter names no step.
    const counted = told(20, { operationId: 'c1' })
    expect(captures(counted, maintained('118', { lookup: true }))).toEqual([due, alone])
  })

  test('J-9 the reference shown is the operation’s own, where any fact states it', () => {
    const step = [
      request(20, { operationId: 'c1', occurredAt: at(1) }),
      told(20, { operationId: 'c1', operationReference: 'OP-1', occurredAt: at(2) }),
    ]
    expect(transactionOf(step).operations[1]).toMatchObject({ reference: 'OP-1' })
    expect(transactionOf([told(20)]).operations[1]).toMatchObject({ reference: 'T1' })
  })
})

describe('calls and announcements', () => {
  const refund = { operation: 'refund', parentReference: 'T1' } as const
  const paid = notified('118', counters(90, 90))
  const back = (given: Given = {}) => notified('126', { ...counters(90, 90, 5), ...given })

  test('R-6 a cut-off call fits a step that states no amount, and none of whose amounts is another', () => {
    const call = cutOff({ ...refund, amount: 5 })
    expect(stepsOf([paid, back(), call])).toContain('refund matched')
    const step = [notified('124', { ...counters(90, 90, 5), occurredAt: at(1) }), back({ amount: 6 })]
    expect(stepsOf([paid, ...step, call])).toContain('refund awaiting_notification')
  })

  test('R-6 a cut-off call is not the one that was answered', () => {
    const answer = maintained('124', { ...counters(90, 90, 5), amount: 5 })
    expect(stepsOf([paid, back({ amount: 5 }), answer, cutOff(refund)])).toContain(
      'refund awaiting_notification',
    )
  })

  test('R-6 a cut-off call and the answer that came after all are one call', () => {
    const call = cutOff({ ...refund, operationId: 'r1' })
    const answer = maintained('126', counters(90, 90, 5))
    expect(stepsOf([paid, back({ operationId: 'r1' }), call, answer])).toContain('refund matched')
    expect(stepsOf([paid, back({ operationId: 'r1' }), call, answer])).toHaveLength(3)
  })

  test('R-6 a cut-off call that names its step comes before a vaguer answer, and that before a vaguer call', () => {
    const answer = maintained('126', { amount: 5 })
    const named = cutOff({ ...refund, operationId: 'r1' })
    const shown = (...events: StoredEvent[]) =>
      transactionOf([paid, ...events])
        .operations.slice(2)
        .map(({ response }) => response?.type)
    expect(shown(back({ operationId: 'r1', amount: 5 }), named, answer)).toEqual(['failed', 'refunded'])
    expect(shown(back({ amount: 5 }), cutOff({ ...refund, amount: 5 }), answer)).toEqual([
      'refunded',
      'failed',
    ])
  })

  test('R-6 a cut-off call is not the step that carries another id, and names no step by naming none', () => {
    const other = cutOff({ ...refund, operationId: 'r2', amount: 5 })
    expect(stepsOf([paid, back({ operationId: 'r1', amount: 5 }), other])).toContain(
      'refund awaiting_notification',
    )
    const nameless = beNotified('refund', '0000', { reference: null, parentReference: 'T1', amount: 6 })
    expect(stepsOf([paid, nameless, cutOff({ ...refund, amount: 5 })])).toHaveLength(4)
  })

  test('W-8 one announcement announces one step', () => {
    const twice = { expectations: [expected(refund), expected(refund)] }
    expect(stepsOf([paid, back()], twice)).toEqual([
      'authorization notification_only',
      'capture notification_only',
      'refund awaiting_response',
      'refund expected',
    ])
  })

  test('W-8 where any fact of a step counts, an announced id that is absent announced another step', () => {
    const announced = { expectations: [expected({ ...refund, operationId: 'r1' })] }
    const events = [paid, back({ amount: 5 }), maintained('126', { amount: 5 })]
    expect(stepsOf(events, announced)).toContain('refund expected')
  })
})
