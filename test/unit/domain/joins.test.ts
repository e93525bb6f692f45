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
import { at, counters, discrepanciesOf, maintained, notified, transactionOf } from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { stepsOf } from '../../support/views.ts'

/** The corners of the joins: what must stay apart, and what joins although its step has said other things before. */

describe('notified steps', () => {
  test('J-2 an answer without times tells of no refusal that was decided since', () => {
    const told = notified('165', { ...counters(90, 90, 0), occurredAt: at(40) })
    const answer = (receivedAt: string) =>
      maintained('165', { ...counters(90, 90, 0), operation: 'refund', receivedAt })
    const refunds = (receivedAt: string) =>
      stepsOf([notified('118', counters(90, 90)), told, answer(receivedAt)]).filter((step) =>
        step.startsWith('refund'),
      )
    expect(refunds(at(20))).toEqual(['refund notification_only', 'refund awaiting_notification'])
    expect(refunds(at(41))).toEqual(['refund matched'])
  })

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
