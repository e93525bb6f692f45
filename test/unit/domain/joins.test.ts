import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  discrepanciesOf,
  expected,
  maintained,
  notified,
  stepsOf,
  transactionOf,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'

/** The corners of the joins: what must stay apart, and what joins although its step has said other things before. */

const told = (counter: number, given: Given = {}) => notified('118', { ...counters(90, counter), ...given })
const request = (counter: number, given: Given = {}) =>
  notified('117', { ...counters(90, counter), ...given })
const refusal = (counter: number, given: Given = {}) =>
  notified('173', { ...counters(90, counter), ...given })
const asked = (counter: number, given: Given = {}) =>
  maintained('118', { ...counters(90, counter), ...given })

const captures = (...events: StoredEvent[]) => stepsOf(events).filter((step) => step.startsWith('capture'))

const [matched, alone, toldOnly, due] = [
  'capture matched',
  'capture awaiting_notification',
  'capture notification_only',
  'capture awaiting_response',
]

describe('notified steps', () => {
  test('J-2 another counter is another step, and so is no counter at all', () => {
    expect(captures(told(20, { operationId: 'c1' }), told(25))).toEqual([due, toldOnly])
    expect(captures(notified('118', { operationId: 'c1' }), notified('118'))).toEqual([due, toldOnly])
  })

  test('J-2 a step has reached every counter that one of its facts states', () => {
    const step = [request(20, { operationId: 'c1' }), told(25, { operationId: 'c1' })]
    expect(captures(...step, told(25))).toEqual([due])
    expect(captures(...step, asked(25))).toEqual([matched])
    expect(captures(...step, asked(20))).toEqual([matched])
  })

  test('J-2 counters of two references are two counters', () => {
    const child = told(25, { reference: 'T2', parentReference: 'T1' })
    expect(captures(told(25, { operationId: 'c1' }), child)).toEqual([due, toldOnly])
    expect(captures(told(25), asked(25, { reference: 'T2', parentReference: 'T1' }))).toEqual([
      toldOnly,
      alone,
    ])
  })

  test('J-5 a request that was settled asks for nothing more', () => {
    expect(captures(request(20), told(20), told(25))).toEqual([toldOnly, toldOnly])
  })

  test('J-5 a request is no answer to another one', () => {
    expect(captures(request(20), request(25))).toEqual([alone, alone])
  })

  test('J-5 a refusal that counts further, or came before it, does not answer a request', () => {
    const open = request(20, { occurredAt: at(1) })
    expect(captures(open, refusal(25, { occurredAt: at(3) }))).toEqual([alone, toldOnly])
    expect(captures(open, refusal(0, { occurredAt: at(0) }))).toEqual([toldOnly, alone])
    expect(captures(open, notified('173', { occurredAt: at(3) }))).toEqual([toldOnly])
  })

  test('J-5 the only open request of its kind is answered, named or not; of several none until one is left', () => {
    const c1 = request(20, { operationId: 'c1', occurredAt: at(1) })
    const c2 = request(50, { operationId: 'c2', occurredAt: at(2) })
    const refused = refusal(0, { occurredAt: at(9) })
    expect(captures(c1, refused)).toEqual([due])
    expect(captures(c1, c2, refused)).toEqual([alone, alone, toldOnly])
    const settled = told(50, { operationId: 'c2', occurredAt: at(8) })
    expect(captures(c1, c2, settled, refused)).toEqual([due, due])
  })

  test('J-5 of several requests without an id a refusal answers the only one that its counter fell back below', () => {
    const [first, second] = [request(20, { occurredAt: at(1) }), request(50, { occurredAt: at(2) })]
    const shown = (counter: number, ...more: StoredEvent[]) =>
      captures(first, second, ...more, refusal(counter, { occurredAt: at(9) }))
    expect(shown(30)).toEqual([alone, toldOnly])
    expect(shown(0)).toEqual([alone, alone, toldOnly])
    expect(shown(60)).toEqual([alone, alone, toldOnly])
    const uncounted = notified('117', { occurredAt: at(3) })
    expect(shown(30, uncounted)).toEqual([alone, toldOnly, alone])
    const named = request(25, { operationId: 'c1', occurredAt: at(3) })
    expect(shown(30, named)).toEqual([alone, alone, alone, toldOnly])
  })

  test('J-5 a request that states no counter is answered by the only refusal, whatever that counts', () => {
    const uncounted = notified('117', { occurredAt: at(1) })
    expect(captures(uncounted, refusal(0, { occurredAt: at(3) }))).toEqual([toldOnly])
    expect(captures(uncounted, refusal(60, { occurredAt: at(3) }))).toEqual([toldOnly])
    const settled = told(20, { operationId: 'c1', occurredAt: at(2) })
    expect(captures(uncounted, settled, refusal(60, { occurredAt: at(3) }))).toEqual([alone, due, toldOnly])
  })

  test('J-5 refusals of one moment refuse one request each', () => {
    const events = [
      request(20, { operationId: 'c1', occurredAt: at(1) }),
      request(50, { operationId: 'c2', occurredAt: at(2) }),
      refusal(0, { providerState: 'first', occurredAt: at(9) }),
      refusal(0, { providerState: 'second', occurredAt: at(9) }),
    ]
    expect(captures(...events)).toEqual([alone, alone, toldOnly])
    const answer = asked(50, { operationId: 'c2', occurredAt: at(8) })
    expect(captures(...events, answer)).toEqual([due, alone, toldOnly])
  })

  test('J-5 a further settlement at one counter answers no request that is named or was answered', () => {
    const twice = [told(50, { occurredAt: at(2) }), told(50, { occurredAt: at(3) })]
    const asking = (given: Given) => request(20, { occurredAt: at(1), ...given })
    expect(captures(asking({}), ...twice)).toEqual([toldOnly, toldOnly])
    expect(captures(asking({ operationId: 'c1' }), ...twice)).toEqual([alone, toldOnly])
    expect(captures(asking({ capturedTotal: null }), ...twice)).toEqual([alone, toldOnly])
    expect(captures(asking({}), told(20, { occurredAt: at(1) }), ...twice)).toEqual([toldOnly, toldOnly])
  })

  test('J-5 a settlement without an id was another request’s where its step is then settled by name', () => {
    const unnamed = request(10, { occurredAt: at(1) })
    const named = request(20, { operationId: 'c1', occurredAt: at(2) })
    const settled = told(20, { occurredAt: at(3) })
    const byName = told(20, { operationId: 'c1', occurredAt: at(4) })
    expect(captures(unnamed, named, settled)).toEqual([toldOnly, alone])
    expect(captures(unnamed, named, settled, byName)).toEqual([toldOnly, due])
    expect(captures(unnamed, named, byName)).toEqual([alone, due])
    expect(captures(named, settled, byName)).toEqual([due])
    // Nor is it a request's that was made after it.
    const later = request(30, { occurredAt: at(5) })
    expect(captures(named, settled, later, { ...byName, occurredAt: at(6) })).toEqual([due, alone])
  })

  test('J-5 a request that was repeated after the settlement is still open', () => {
    const twice = [request(20, { occurredAt: at(1) }), request(20, { occurredAt: at(5) })]
    expect(captures(...twice, told(25, { occurredAt: at(3) }))).toEqual([alone, toldOnly])
  })

  test('J-6 a refusal spares what was settled before, also where that step was requested first', () => {
    for (const operationId of [null, 'c1']) {
      const settled = [
        request(60, { operationId, occurredAt: at(1) }),
        told(60, { operationId, occurredAt: at(2) }),
      ]
      const events = [...settled, refusal(60, { occurredAt: at(9) })]
      expect(transactionOf(events).capturedTotal).toBe(60)
      expect(captures(...events)).toHaveLength(2)
    }
  })

  test('J-6 a refusal of the same moment, or of none, contradicts the settlement', () => {
    const settled = told(60, { occurredAt: at(5) })
    const contradicting = maintained('173', { ...counters(90, 60), occurredAt: at(5) })
    expect(discrepanciesOf([settled, contradicting])).toEqual([['outcome_mismatch', null]])
    expect(discrepanciesOf([settled, { ...contradicting, occurredAt: null }])).toEqual([
      ['outcome_mismatch', null],
    ])
  })

  test('J-6 a refusal finds its own request beside what was settled', () => {
    const events = [
      told(60, { occurredAt: at(1) }),
      request(80, { occurredAt: at(5) }),
      refusal(60, { occurredAt: at(9) }),
    ]
    expect(captures(...events)).toEqual([toldOnly, toldOnly])
    expect(transactionOf(events).capturedTotal).toBe(60)
  })

  test('J-6 refusals of several settled steps stay apart', () => {
    const settled = [told(60, { occurredAt: at(1) }), told(80, { occurredAt: at(2) })]
    const refused = [refusal(60, { occurredAt: at(8) }), refusal(80, { occurredAt: at(9) })]
    expect(captures(...settled, ...refused)).toHaveLength(4)
    const uncounted = [notified('118', { occurredAt: at(1) }), notified('173', { occurredAt: at(9) })]
    expect(captures(...uncounted)).toEqual([toldOnly, toldOnly])
  })

  test('J-7 a void stays one, whatever ids and counters it is told with', () => {
    const events = [
      notified('116'),
      notified('175', { ...counters(90), operationId: 'v1' }),
      notified('143', { ...counters(90, 0, 5), operationId: 'v2' }),
      notified('115', counters(90)),
    ]
    expect(stepsOf(events)).toEqual(['authorization notification_only', 'void awaiting_response'])
  })
})

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

  test('J-2 a time that no notification states rules nothing out', () => {
    const settled = told(20, { operationId: 'c1', occurredAt: null })
    const elsewhere = refusal(60, { operationId: 'c2', occurredAt: at(100) })
    const answer = asked(20, { requestedAt: at(298), answeredAt: at(301) })
    expect(captures(settled, elsewhere, answer)).toEqual([matched, due])
  })

  test('J-3 an amount is the step’s if any of its facts states it', () => {
    const step = [request(20, { operationId: 'c1' }), told(25, { operationId: 'c1', amount: 5 })]
    expect(captures(...step, asked(30, { amount: 5 }))).toEqual([matched])
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
