import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { paid, refused, timeout } from '../../support/attempts.ts'
import {
  at,
  beAnswered,
  beNotified,
  DAY,
  discrepanciesOf,
  expected,
  expectsAnswers,
  hostedPage,
  HOUR,
  orderOf,
  settle,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { adviceOf } from '../../support/views.ts'

/** For how long an announcement forbids a retry. */

describe('announced calls', () => {
  const announced = (second: number, given: Parameters<typeof expected>[0] = {}) => ({
    expectations: [expected({ id: 'e1', createdAt: at(second), ...given })],
  })

  test('R-9 an attempt from before does not answer what is announced', () => {
    expect(orderOf([refused(0)], announced(60))).toMatchObject({
      safeToRetry: false,
      reason: 'request_in_flight',
      reasonSources: [{ kind: 'expectation', id: 'e1' }],
    })
    expect(discrepanciesOf([refused(0)], { ...announced(60), after: DAY })).toContainEqual([
      'missing_response',
      0,
    ])
    expect(adviceOf([refused(61)], announced(60))).toBe('nothing_stands')
  })

  test('R-9 said again, the alarm counts from the first time and safety from the last', () => {
    const again = announced(0, { saidAt: at(600) })
    expect(adviceOf([refused(5)], again)).toBe('request_in_flight')
    expect(adviceOf([refused(5), refused(605)], again)).toBe('nothing_stands')
    const { nextDeadlineAt } = orderOf([refused(5)], { ...again, after: -2 * HOUR })
    expect(nextDeadlineAt).toBe(at(3600))
  })

  test('R-9 the stated time of an announcement counts, however late it was told', () => {
    const backfilled = announced(DAY / 1000, { requestedAt: at(0) })
    expect(adviceOf([refused(5)], backfilled)).toBe('nothing_stands')
    expect(
      discrepanciesOf([refused(5)], { ...backfilled, after: 9 * DAY, policy: { responses: 'none' } }),
    ).toEqual([])
    expect(adviceOf([refused(300)], backfilled)).toBe('request_in_flight')
  })

  test('R-9 a told call answers its announcement, and is unknown itself', () => {
    const call = timeout(90, { requestedAt: at(61), operationId: 'c1' })
    expect(adviceOf([call], announced(60))).toBe('request_of_unknown_outcome')
    expect(orderOf([call], announced(60)).requests).toHaveLength(1)
    expect(orderOf([call], announced(60, { operationId: 'c2' })).requests).toHaveLength(2)
    expect(orderOf([call], announced(120)).requests).toHaveLength(2)
    const answered = beAnswered('payment', '4001', { operationId: 'c1', receivedAt: at(70) })
    const told = beNotified('payment', '4001', { receivedAt: at(75) })
    expect(adviceOf([answered, told], announced(60, { operationId: 'c1' }))).toBe('nothing_stands')
    expect(adviceOf([told], announced(60))).toBe('request_in_flight')
    const echo = { policy: { echoedIn: 'EXTRADATA' } }
    const echoed = beNotified('payment', '4001', { receivedAt: at(75), custom: { EXTRADATA: 'c1' } })
    expect(adviceOf([echoed], { ...announced(60, { operationId: 'c1' }), ...echo })).toBe('nothing_stands')
    expect(adviceOf([echoed], { ...announced(60, { operationId: 'c2' }), ...echo })).toBe('request_in_flight')
  })

  test('R-9 what began before the announcement does not answer it, however late it is heard of', () => {
    expect(adviceOf([refused(50, { receivedAt: at(120) })], announced(60))).toBe('nothing_stands')
    expect(adviceOf([refused(49, { receivedAt: at(120) })], announced(60))).toBe('request_in_flight')
  })

  test('R-9 a told call answers what was announced until it ended, give or take the skew against our clock', () => {
    const open = (given: Given, ...told: Parameters<typeof announced>) =>
      orderOf([timeout(300, given)], announced(...told)).requests.length
    expect([open({ answeredAt: at(90) }, 60), open({ answeredAt: at(90) }, 101)]).toEqual([1, 2])
    expect([open({ requestedAt: at(50) }, 60), open({ requestedAt: at(49) }, 60)]).toEqual([1, 2])
    // Between two times of the merchant's own clock there is no skew.
    const stated = { requestedAt: at(60) }
    expect([open({ requestedAt: at(60) }, 60, stated), open({ requestedAt: at(59) }, 60, stated)]).toEqual([
      1, 2,
    ])
    // What was made before the second announcement is what the first one announced.
    const again = { saidAt: at(200) }
    expect([open({ requestedAt: at(200) }, 60, again), open({ requestedAt: at(189) }, 60, again)]).toEqual([
      1, 2,
    ])
  })

  test('R-9 an announcement that says when its call is made announces none that is made later', () => {
    const stated = announced(60, { requestedAt: at(60) })
    const open = (requestedAt: string) => orderOf([timeout(300, { requestedAt })], stated).requests.length
    expect([open(at(130)), open(at(131))]).toEqual([1, 2])
    // A success without a time of its own is not known to be later.
    const success = beNotified('payment', '0000', { amount: 50, receivedAt: at(300) })
    expect(orderOf([success], stated).requests).toEqual([])
  })

  test('R-9 a page is in flight until a success, its end, or as many refusals as it allows', () => {
    const page = hostedPage({ receivedAt: at(0) })
    expect(adviceOf([page, refused(30)])).toBe('request_in_flight')
    const twice = { policy: { pageAttempts: 2 } }
    expect(adviceOf([page, refused(30)], twice)).toBe('request_in_flight')
    expect(adviceOf([page, refused(30), refused(50)], twice)).toBe('nothing_stands')
    const untimed = [refused(30, { createdAt: null }), refused(50, { createdAt: null })]
    expect(adviceOf([page, ...untimed], twice)).toBe('request_in_flight')
    expect(orderOf([page, paid(30)]).requests).toEqual([])
    // Asked for again: what came before does not end it.
    const again = hostedPage({ receivedAt: at(600), requestedAt: at(600) })
    expect(orderOf([page, paid(30), again]).requests).toHaveLength(1)
    expect(orderOf([page, refused(30)], { after: 8 * DAY }).requests).toEqual([])
  })

  test('R-9 a page that was announced and then told is one', () => {
    const [first, second] = [refused(30), refused(50)]
    const open = (named: [string | null, string | null], announcedAt: number, ...more: StoredEvent[]) =>
      orderOf([hostedPage({ receivedAt: at(10), operationId: named[0] }), first, second, ...more], {
        ...announced(announcedAt, { channel: 'hosted', operationId: named[1] }),
        policy: { pageAttempts: 2 },
      }).requests.length
    expect(open([null, null], 0)).toBe(0)
    expect(open([null, 'p1'], 0)).toBe(0)
    expect(open(['p1', null], 0)).toBe(0)
    expect(open(['p1', 'p1'], 0)).toBe(0)
    // Two pages take four refusals: under two names, or where one was told before the other was announced.
    expect(open(['p1', 'p2'], 0)).toBe(2)
    expect(open(['p1', 'p2'], 0, refused(70), refused(90))).toBe(0)
    expect(open([null, null], 20)).toBe(0)
    expect(open([null, null], 21)).toBe(2)
  })

  test('R-2 attempts from before a page was asked for do not share its answer', () => {
    const page = hostedPage({ requestedAt: at(60), receivedAt: at(61) })
    const { transactions } = settle([refused(0), refused(70), page], expectsAnswers)
    expect(transactions.map(({ reconciliation }) => reconciliation)).toEqual(['awaiting_response', 'matched'])
  })
})
