import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { refused, timeout } from '../../support/attempts.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  expected,
  expectsAnswers,
  hostedPage,
  maintained,
  notified,
  orderOf,
} from '../../support/facts.ts'
import { adviceOf, stepsOf } from '../../support/views.ts'

/** What may have been made on a page, and what a cut-off step may have done. */

const captures = (...events: StoredEvent[]) => stepsOf(events).filter((step) => step.startsWith('capture'))
const [matched, alone, due] = [
  'capture matched',
  'capture awaiting_notification',
  'capture awaiting_response',
]

describe('payment pages beside direct calls', () => {
  test('R-12 what may have been made on a page proves nothing of a direct call', () => {
    const page = hostedPage({ receivedAt: at(0) })
    const call = timeout(60, { requestedAt: at(50) })
    expect(adviceOf([page, call, refused(55)], { after: 8 * DAY })).toBe('request_of_unknown_outcome')
    const announcedPage = {
      expectations: [expected({ channel: 'hosted', createdAt: at(0) })],
      after: 8 * DAY,
    }
    expect(adviceOf([call, refused(55)], announcedPage)).toBe('request_of_unknown_outcome')
    // The page was asked for since, or its time was over before.
    const later = hostedPage({ receivedAt: at(300), requestedAt: at(299) })
    expect(adviceOf([later, call, refused(55)], { after: 8 * DAY })).toBe('nothing_stands')
    const [asked, began] = [
      timeout(30 * 86_400, { requestedAt: at(30 * 86_400 - 10) }),
      refused(30 * 86_400 - 5),
    ]
    expect(adviceOf([page, asked, began], { after: 40 * DAY })).toBe('nothing_stands')
    const echoed = refused(55, { custom: { id: 'c1' } })
    const named = timeout(60, { requestedAt: at(50), operationId: 'c1' })
    expect(adviceOf([page, named, echoed], { policy: { echoedIn: 'id' }, after: 8 * DAY })).toBe(
      'nothing_stands',
    )
  })

  test('R-9 what may have been made on a page answers no direct announcement, but by name', () => {
    const both = (given: Parameters<typeof expected>[0] = {}) => ({
      expectations: [
        expected({ id: 'e0', channel: 'hosted', createdAt: at(0) }),
        expected({ id: 'e1', createdAt: at(50), operationId: 'c1', ...given }),
      ],
      policy: { pageAttempts: 1, echoedIn: 'id' },
    })
    expect(orderOf([refused(55)], both())).toMatchObject({
      reason: 'request_in_flight',
      reasonSources: [{ kind: 'expectation', id: 'e1' }],
    })
    expect(orderOf([refused(55, { custom: { id: 'c1' } })], both()).reasonSources).toMatchObject([
      { id: 'e0' },
    ])
    const answer = refused(55, { witness: 'response', operationId: 'c1' })
    expect(orderOf([refused(55), answer], both()).reasonSources).toMatchObject([{ id: 'e0' }])
  })

  test('R-12 a step without a time that answers a cut-off call sets no retry free, but where every call is told', () => {
    const sale = beNotified('payment', '0000', { amount: 50, receivedAt: at(0) })
    const link = { reference: 'A2', parentReference: 'A1', amount: 50 } as const
    const back = beNotified('refund', '0000', { ...link, receivedAt: at(70) })
    const asked = { provider: 'be2bill', operation: 'refund', amount: 50, parentReference: 'A1' } as const
    const call = timeout(60, asked)
    expect(orderOf([sale, back, call])).toMatchObject({
      reason: 'request_of_unknown_outcome',
      reasonSources: [{ kind: 'message', id: call.inboxId }],
    })
    expect(adviceOf([sale, back, call], expectsAnswers)).toBe('nothing_stands')
    const answer = beAnswered('refund', '0000', { ...link, receivedAt: at(80) })
    expect(adviceOf([sale, back, answer])).toBe('nothing_stands')
    const named = { operationId: 'r1' }
    const both = [sale, { ...back, ...named }, timeout(60, { ...asked, ...named })]
    expect(adviceOf(both)).toBe('nothing_stands')
  })
})

describe('cut-off steps', () => {
  test('J-3 an answer of an equal amount does not speak of a step that was told before its call', () => {
    const step = notified('118', { ...counters(90, 60), operationId: 'c1', amount: 30, occurredAt: at(0) })
    const answer = (second: number) =>
      maintained('117', {
        ...counters(90, 50),
        amount: 30,
        requestedAt: at(second),
        answeredAt: at(second + 5),
      })
    expect(captures(step, answer(0))).toEqual([matched])
    expect(captures(step, answer(50))).toEqual([due, alone])
  })

  test('R-12 each cut-off step has its own, and as many are answered as can be', () => {
    const second = (seconds: number) => ({
      receivedAt: new Date(Date.UTC(2026, 3, 1, 10, 0, seconds)).toISOString(),
    })
    const of = { operation: 'refund', parentReference: 'A1', amount: 10 } as const
    const step = (code: string, reference: string, at: number) =>
      beNotified('refund', code, { ...of, reference, ...second(at) })
    const call = (at: number, operationId: string | null = null) =>
      cutOff({ provider: 'be2bill', ...of, operationId, answeredAt: second(at).receivedAt, ...second(at) })
    const events = [
      beNotified('payment', '0000', { amount: 50, ...second(0) }),
      step('0000', 'A3', 101),
      call(102, 'r1'),
      step('4001', 'A2', 901),
      call(902),
    ]
    expect(
      stepsOf(events, { policy: { responses: 'expected' } }).filter((step) => step.startsWith('refund')),
    ).toEqual(['refund matched', 'refund matched'])
  })
})
