import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  adviceOf,
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
  orderOf,
  RECEIVED_AT,
  settle,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'

/** Which attempt answers which call, and for how long a call or an announcement forbids a retry. */

/** Everything is received as it happens unless told. */
const refused = (second: number, given: Given = {}): StoredEvent =>
  notified('113', {
    ...counters(0),
    createdAt: at(second),
    receivedAt: at(second),
    reference: `T${second}`,
    ...given,
  })
const paid = (second: number, given: Given = {}): StoredEvent =>
  notified('118', {
    ...counters(50, 50),
    createdAt: at(second),
    receivedAt: at(second),
    reference: `T${second}`,
    ...given,
  })
const timeout = (second: number, given: Given = {}): StoredEvent =>
  cutOff({ answeredAt: at(second), receivedAt: at(second), ...given })

const expectedEvery = { policy: { responses: 'expected' } } as const

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
    expect(adviceOf([told, forwarded, call], expectedEvery)).toBe('nothing_stands')
  })

  test('R-12 without a time a success answers, a refusal only where every call is told', () => {
    const declined = beNotified('payment', '4001', { receivedAt: at(360) })
    const call = timeout(300, { operation: 'sale' })
    expect(adviceOf([declined, call])).toBe('request_of_unknown_outcome')
    expect(adviceOf([declined, call], expectedEvery)).toBe('nothing_stands')
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
    expect(adviceOf([success, call, ...back], expectedEvery)).toBe('nothing_stands')
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
    expect(adviceOf([echoing('c1'), timeout(300, { operationId: 'c1' })], policy)).toBe('nothing_stands')
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
    const { transactions } = settle([refused(0), refused(70), page], expectedEvery)
    expect(transactions.map(({ reconciliation }) => reconciliation)).toEqual(['awaiting_response', 'matched'])
  })
})

describe('what refusals and look-ups prove', () => {
  test('F-13 a refusal that names another payment forbids a retry until that payment is known', () => {
    const duplicate = refused(0, { otherPayment: true })
    expect(orderOf([duplicate])).toMatchObject({
      reason: 'other_payment',
      reasonSources: [{ kind: 'message', id: duplicate.inboxId }],
    })
    const call = cutOff({ type: 'not_processed', otherPayment: true, providerCode: '3010004' })
    expect(adviceOf([call])).toBe('other_payment')
    const given = [paid(5), notified('125', { ...counters(50, 50, 50), reference: 'T5', receivedAt: at(9) })]
    expect(adviceOf([duplicate, ...given])).toBe('nothing_stands')
  })

  test('F-12 a forwarded look-up cannot undo what was notified', () => {
    const lookup = (code: string, given: Given = {}) =>
      notified(code, { witness: 'response', lookup: true, occurredAt: at(900), ...given })
    const declined = settle([notified('113', counters(0)), lookup('118', counters(50, 50))])
    expect(declined.orders[0]).toMatchObject({ paid: false })
    expect(declined.transactions[0]).toMatchObject({
      status: 'declined',
      discrepancies: [{ class: 'outcome_mismatch' }],
    })
    const ended = (code: string) => settle([notified('116', counters(50)), lookup(code, counters(50))])
    for (const code of ['114', '115', '143']) {
      expect(ended(code).transactions[0], code).toMatchObject({
        status: 'authorized',
        reconciliation: 'awaiting_notification',
      })
      expect(ended(code).orders[0], code).toMatchObject({ reason: 'transaction_authorized' })
    }
    const back = settle([notified('118', counters(50, 50)), lookup('125', counters(50, 50, 50))])
    expect(back.orders[0]).toMatchObject({ reason: 'money_held', safeToRetry: false })
    expect(back.transactions[0]?.reconciliation).toBe('awaiting_notification')
    const disputed = settle([notified('118', counters(50, 50)), lookup('181', counters(50, 50))])
    expect(disputed.orders[0]).toMatchObject({ netTotal: 50, safeToRetry: false })
    expect(settle([lookup('118', counters(50, 50)), lookup('116', counters(50))]).transactions).toMatchObject(
      [{ reconciliation: 'awaiting_notification' }],
    )
  })

  test('F-12 a look-up answers no call, and an ordinary recovery raises no alarm', () => {
    const lookup = paid(30, { witness: 'response', lookup: true, receivedAt: at(90) })
    const recovered = [timeout(60), paid(30), lookup]
    expect(settle(recovered, { after: 8 * DAY })).toMatchObject({
      transactions: [{ reconciliation: 'matched', discrepancies: [] }],
      orders: [{ requests: [], discrepancies: [], paid: true }],
    })
    const due = settle([paid(30), lookup], expectedEvery).transactions[0]
    expect(due?.reconciliation).toBe('awaiting_response')
    expect(
      settle([paid(30), lookup], { policy: { responses: 'none' } }).transactions[0]?.reconciliation,
    ).toBe('matched')
  })

  test('F-12 a refund or void that only an answer tells sets no retry free', () => {
    const sale = beNotified('payment', '0000', { amount: 50 })
    const told = beAnswered('refund', '0000', { amount: 50, reference: 'A2', parentReference: 'A1' })
    expect(settle([sale, told]).orders[0]).toMatchObject({
      paid: false,
      safeToRetry: false,
      reason: 'money_held',
    })
    const notifiedToo = beNotified('refund', '0000', { amount: 50, reference: 'A2' })
    expect(settle([sale, told, notifiedToo]).orders[0]?.reason).toBe('nothing_stands')
    const granted = beNotified('authorization', '0000', { amount: 50 })
    const voided = beAnswered('void', '0000', { amount: 50, reference: 'A2', parentReference: 'A1' })
    expect(adviceOf([granted, voided])).toBe('transaction_authorized')
    const ended = beNotified('void', '0000', { amount: 50, reference: 'A2' })
    expect(adviceOf([granted, voided, ended])).toBe('nothing_stands')
    expect(adviceOf([notified('118', counters(50, 50)), maintained('126', counters(50, 50, 50))])).toBe(
      'money_held',
    )
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
