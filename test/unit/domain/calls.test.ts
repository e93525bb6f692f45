import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { paid, refused, timeout } from '../../support/attempts.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  expectsAnswers,
  hostedPage,
  HOUR,
  MINUTE,
  notified,
  orderOf,
  RECEIVED_AT,
  settle,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { adviceOf } from '../../support/views.ts'

/** Which attempt answers which call, and for how long a call forbids a retry. */

describe('calls in time', () => {
  test('R-12 an old refusal answers no later call, which is told when its time is over', () => {
    const events = [refused(0), timeout(300)]
    expect(orderOf(events)).toMatchObject({ safeToRetry: false, reason: 'request_of_unknown_outcome' })
    expect(discrepanciesOf(events, { after: HOUR })).toEqual([['missing_notification', null]])
    expect(settle(events).transactions[0]?.reconciliation).toBe('notification_only')
  })

  test('R-12 an attempt of the interval answers, give or take the skew of the clocks', () => {
    const call = { requestedAt: at(40), answeredAt: at(100) }
    for (const second of [30, 40, 70, 100, 110])
      expect(adviceOf([refused(second), timeout(100, call)]), String(second)).toBe('nothing_stands')
    for (const second of [0, 28, 111])
      expect(adviceOf([refused(second), timeout(100, call)]), String(second)).toBe(
        'request_of_unknown_outcome',
      )
  })

  test('R-12 a missing time is one time-out away from the other; with neither our receipt bounds it', () => {
    const between = (given: Given, ...seconds: number[]) =>
      seconds.map((second) => adviceOf([refused(second), cutOff({ receivedAt: at(600), ...given })]))
    const [yes, no] = ['nothing_stands', 'request_of_unknown_outcome']
    expect(between({ answeredAt: at(100) }, 28, 30, 110, 111)).toEqual([no, yes, yes, no])
    expect(between({ requestedAt: at(40) }, 28, 30, 110, 111)).toEqual([no, yes, yes, no])
    expect(between({}, 528, 530, 610, 611)).toEqual([no, yes, yes, no])
    const patient = { policy: { callTimeout: 5 * MINUTE, clockSkew: 0 } }
    expect(adviceOf([refused(301), timeout(600)], patient)).toBe(yes)
    expect(adviceOf([refused(298), timeout(600)], patient)).toBe(no)
  })

  test('R-12 what was first heard of before the call was made answers nothing', () => {
    const call = timeout(100, { requestedAt: at(90) })
    expect(adviceOf([refused(100, { receivedAt: at(79) }), call])).toBe('request_of_unknown_outcome')
    expect(adviceOf([refused(100, { receivedAt: at(80) }), call])).toBe('nothing_stands')
    const success = beNotified('payment', '0000', { amount: 50, receivedAt: at(79) })
    expect(orderOf([success, call]).requests).toHaveLength(1)
  })

  test('R-12 a time that the merchant forwards is the merchant’s word, not the provider’s', () => {
    const forwarded = refused(50, { witness: 'response', lookup: true, reference: 'T1' })
    const told = refused(0, { createdAt: null, receivedAt: at(60), reference: 'T1' })
    const call = timeout(60, { requestedAt: at(45) })
    expect(adviceOf([told, forwarded, call])).toBe('request_of_unknown_outcome')
    expect(adviceOf([told, forwarded, call], expectsAnswers)).toBe('nothing_stands')
  })

  test('R-12 without a time a success answers, a refusal only where every call is told', () => {
    const declined = beNotified('payment', '4001', { receivedAt: at(360) })
    const call = timeout(300, { operation: 'sale' })
    expect(adviceOf([declined, call])).toBe('request_of_unknown_outcome')
    expect(adviceOf([declined, call], expectsAnswers)).toBe('nothing_stands')
    const success = beNotified('payment', '0000', { amount: 50, receivedAt: at(360) })
    expect(orderOf([success, call]).requests).toEqual([])
    const back = [
      beNotified('refund', '0000', { amount: 50, reference: 'A2', receivedAt: at(400) }),
      beAnswered('refund', '0000', {
        amount: 50,
        reference: 'A2',
        parentReference: 'A1',
        receivedAt: at(400),
      }),
    ]
    // Nothing proves that the success was this call's: given back, it does not set the retry free.
    expect(orderOf([success, call, ...back])).toMatchObject({
      reason: 'request_of_unknown_outcome',
      reasonSources: [{ kind: 'message', id: call.inboxId }],
    })
    expect(adviceOf([success, call, ...back], expectsAnswers)).toBe('nothing_stands')
  })

  test('R-12 amount and currency fit', () => {
    const call = (given: Given) => orderOf([paid(50), timeout(60, given)]).requests.length
    expect([call({ amount: 50 }), call({ amount: null })]).toEqual([0, 0])
    expect([call({ amount: 40 }), call({ amount: 50, currency: 'USD' })]).toEqual([1, 1])
    expect(orderOf([paid(50, { currency: null }), timeout(60, { currency: 'USD' })]).requests).toEqual([])
    const authorized = beNotified('authorization', '0000', { amount: 50, receivedAt: at(60) })
    // A call for a sale is not an authorization's, and makes none a sale.
    expect(orderOf([authorized, timeout(60, { operation: 'sale' })])).toMatchObject({
      paid: false,
      requests: [{ outcome: 'unknown' }],
    })
    expect(orderOf([authorized, timeout(60)]).requests).toEqual([])
    expect(orderOf([authorized, timeout(60, { operation: null })]).requests).toEqual([])
    const part = paid(50, { schedule: { index: 1, total: 3 } })
    expect(orderOf([part, timeout(60, { amount: 150 })]).requests).toEqual([])
  })

  test('R-12 each call has its own attempt, and as many are answered as can be', () => {
    const first = timeout(60, { requestedAt: at(0), operationId: 'first' })
    const second = timeout(660, { requestedAt: at(600), operationId: 'second' })
    expect(adviceOf([first, second, refused(650), refused(30)])).toBe('nothing_stands')
    expect(orderOf([first, second, refused(650)]).requests).toMatchObject([{ operationId: 'first' }])
    // One fits both, the other only the second call.
    const early = timeout(60, { requestedAt: at(0) })
    const late = timeout(90, { requestedAt: at(55) })
    expect(adviceOf([early, late, refused(58), refused(85)])).toBe('nothing_stands')
    expect(adviceOf([early, late, refused(20), refused(62)])).toBe('nothing_stands')
    expect(orderOf([early, late, refused(62)]).requests).toHaveLength(1)
  })

  test('R-12 the field that the provider echoes decides alone', () => {
    const policy = { policy: { echoedIn: 'custom_data[call]' } }
    const echoing = (call: string) => refused(0, { custom: { 'custom_data[call]': call } })
    const late = { createdAt: at(500), receivedAt: at(500), custom: { 'custom_data[call]': 'c1' } }
    expect(adviceOf([refused(500, late), timeout(300, { operationId: 'c1' })], policy)).toBe('nothing_stands')
    // Used again: the attempt is older than this call.
    expect(adviceOf([echoing('c1'), timeout(300, { operationId: 'c1' })], policy)).toBe(
      'request_of_unknown_outcome',
    )
    expect(adviceOf([echoing('c2'), timeout(3, { operationId: 'c1' })], policy)).toBe(
      'request_of_unknown_outcome',
    )
    expect(adviceOf([refused(0), timeout(3, { operationId: 'c1' })], policy)).toBe('nothing_stands')
  })

  test('R-12 a success without a reference is not a refused attempt’s', () => {
    const success = cutOff({ type: 'captured', operation: 'sale', answeredAt: at(60), receivedAt: at(60) })
    expect(orderOf([success, refused(30)]).requests).toMatchObject([{ outcome: 'unknown' }])
  })

  test('R-12 a cut-off step is answered by a step of its time', () => {
    const sale = paid(0, counters(50, 50))
    const call = (given: Given) =>
      timeout(900, { requestedAt: at(880), operation: 'refund', parentReference: 'T0', amount: 10, ...given })
    const refund = (second: number, given: Given = {}) =>
      notified('126', {
        ...counters(50, 50, 10),
        amount: 10,
        reference: 'T0',
        occurredAt: at(second),
        receivedAt: at(second),
        ...given,
      })
    const requests = (...events: StoredEvent[]) => orderOf([sale, ...events]).requests.length
    expect(requests(refund(890), call({}))).toBe(0)
    expect(requests(refund(100), call({}))).toBe(1)
    expect(requests(refund(950, { operationAt: at(885) }), call({}))).toBe(0)
    const old = beNotified('refund', '0000', {
      reference: 'A2',
      parentReference: 'A1',
      amount: 10,
      receivedAt: at(100),
    })
    const be = [beNotified('payment', '0000', { amount: 50, receivedAt: at(0) }), old]
    const asked = call({ provider: 'be2bill', parentReference: 'A1' })
    expect(orderOf([...be, asked]).requests).toHaveLength(1)
    expect(orderOf([be[0]!, { ...old, receivedAt: at(900) }, asked]).requests).toEqual([])
    const refusal = {
      ...old,
      ...beNotified('refund', '4001', { reference: 'A2', parentReference: 'A1', amount: 10 }),
    }
    expect(orderOf([be[0]!, { ...refusal, receivedAt: at(900) }, asked]).requests).toHaveLength(1)
  })
})

test('P-8 a later receipt, or a later clock, only takes yeses away', () => {
  const call = cutOff({ receivedAt: at(60) })
  const histories = [
    [refused(30), call],
    [paid(30), call],
    [refused(30), hostedPage({ receivedAt: at(0) })],
    [refused(0), timeout(300)],
  ]
  const yes = (events: readonly StoredEvent[], after: number): boolean[] => {
    const { orders, transactions } = settle(events, { after })
    return [
      orders[0]!.safeToRetry,
      orders[0]!.paid,
      transactions.every((one) => one.reconciliation === 'matched'),
    ]
  }
  const within = (fewer: readonly boolean[], more: readonly boolean[]): boolean =>
    fewer.every((value, index) => !value || more[index] === true)
  for (const events of histories) {
    const prompt = yes(events, 0)
    for (const delay of [HOUR, DAY]) {
      for (const index of events.keys()) {
        const late = events.map((event, position) =>
          position === index
            ? { ...event, receivedAt: new Date(Date.parse(event.receivedAt) + delay).toISOString() }
            : event,
        )
        expect(within(yes(late, 0), prompt), `${String(index)} late`).toBe(true)
      }
      // Only the page has an end of its own.
      if (events.every(({ channel }) => channel !== 'hosted'))
        expect(within(yes(events, delay + 40 * DAY), prompt)).toBe(true)
    }
  }
  expect(Date.parse(RECEIVED_AT)).toBeGreaterThan(Date.parse(at(300)))
})
