import { describe, expect, test } from 'vitest'
import type { Circumstances, Given } from '../../support/facts.ts'
import { late, linkedStep, toldAt } from '../../support/hostile-facts.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  expected,
  hostedPage,
  maintained,
  notified,
  orderOf,
  RECEIVED_AT,
  transactionOf,
} from '../../support/facts.ts'

/** Wrong yeses that a fifth hostile reading found: calls and pages that were taken for answered. */

const unsafe = { safeToRetry: false }
const unknown = { ...unsafe, reason: 'request_of_unknown_outcome' }
const inFlight = { ...unsafe, reason: 'request_in_flight' }
const expecting: Circumstances = { after: DAY, policy: { responses: 'expected' } }
const echoing: Circumstances = { after: DAY, policy: { responses: 'announced', echoedIn: 'op' } }

/** A call that the merchant made at that second and stopped waiting for half a minute later. */
const cutOffAt = (second: number, given: Given = {}) =>
  cutOff({
    ...{ amount: 100, requestedAt: at(second), answeredAt: at(second + 30), receivedAt: at(second + 31) },
    ...given,
  })

const answeredAt = (second: number): Given => ({
  ...{ requestedAt: at(second), answeredAt: at(second + 1), receivedAt: at(second + 2) },
})

describe('a name that is used again', () => {
  const be2bill: Given = { provider: 'be2bill', operation: 'sale' }
  const answers = {
    be2bill: beAnswered('payment', '4001', { amount: 100, operationId: 'a', ...answeredAt(300) }),
    hipay: answered('113', {
      ...{ ...counters(0), operationId: 'a', ...answeredAt(300) },
      ...{ createdAt: at(300), occurredAt: at(301) },
    }),
  }
  const told = {
    be2bill: beNotified('payment', '4001', { amount: 100, receivedAt: at(900) }),
    hipay: notified('113', { ...counters(0), createdAt: at(300), occurredAt: at(301), receivedAt: at(900) }),
  }

  test.each(['be2bill', 'hipay'] as const)(
    'R-1 is no answer to a call before or after the one that was answered (%s)',
    (provider) => {
      const own = provider === 'be2bill' ? be2bill : {}
      for (const second of [0, 600])
        for (const events of [[answers[provider]], [answers[provider], told[provider]]]) {
          const call = cutOffAt(second, { ...own, operationId: 'a' })
          expect(orderOf([...events, call], expecting), String(second)).toMatchObject(unknown)
          expect(orderOf(events, expecting)).toMatchObject({ safeToRetry: true })
        }
    },
  )

  test('R-12 is no answer to a call that was made after the attempt that echoes it', () => {
    const refused = beNotified('payment', '4001', { amount: 100, custom: { op: 'a' }, receivedAt: at(2) })
    const call = (second: number) => cutOffAt(second, { ...be2bill, operationId: 'a' })
    expect(orderOf([refused, call(300)], echoing)).toMatchObject(unknown)
    expect(orderOf([refused, call(-10)], echoing)).toMatchObject({ safeToRetry: true })
    expect(orderOf([{ ...refused, amount: 50 }, call(-10)], echoing)).toMatchObject(unknown)
    expect(
      orderOf(
        [
          { ...refused, currency: 'GBP' },
          { ...call(-10), currency: 'EUR' },
        ],
        echoing,
      ),
    ).toMatchObject(unknown)
    expect(transactionOf([refused, call(300)], echoing).reconciliation).toBe('notification_only')
  })

  test('R-12 is no answer to a step that was asked for after the one that was done', () => {
    const captured = toldAt('118', 5, 30, { operationId: 'c', amount: 30, receivedAt: at(6) })
    const events = [toldAt('116', 0, 0), captured, toldAt('126', 50, [30, 30]), toldAt('115', 60, [30, 30])]
    const capture = (second: number) =>
      cutOffAt(second, { operation: 'capture', operationId: 'c', amount: 30, parentReference: 'T1' })
    expect(orderOf([...events, capture(30)], expecting)).toMatchObject(unknown)
    expect(orderOf([...events, capture(3)], expecting)).toMatchObject({ safeToRetry: true })
  })
})

test('R-12 a payment of which anything was heard before a call was made answers no call', () => {
  const untimed: Given = { createdAt: null, occurredAt: null }
  const refused = notified('113', { ...counters(0), ...untimed, receivedAt: at(310) })
  const heard = notified('141', { ...untimed, receivedAt: at(100) })
  expect(orderOf([refused, cutOffAt(300)], expecting)).toMatchObject({ safeToRetry: true })
  expect(orderOf([heard, refused, cutOffAt(300)], expecting)).toMatchObject(unknown)
})

describe('pages', () => {
  const soon = { ...late, after: Date.parse(at(3_600)) - Date.parse(RECEIVED_AT) }
  const page = (given: Given = {}) =>
    hostedPage({ amount: 100, operationId: 'p', ...answeredAt(0), ...given })
  const paidAndBack = (total: number, given: Given = {}) =>
    [notified('118', counters(total, total)), notified('125', counters(total, total, total))].map(
      (fact, index) => ({
        ...{ ...fact, createdAt: at(60), occurredAt: at(61 + index), receivedAt: at(62 + index) },
        ...given,
      }),
    )

  test('R-9 an attempt over another amount was not made on a page', () => {
    expect(orderOf([page(), ...paidAndBack(50)], soon)).toMatchObject(inFlight)
    expect(orderOf([page(), ...paidAndBack(100)], soon)).toMatchObject({ safeToRetry: true })
    const announced = expected({ channel: 'hosted', amount: 100, createdAt: at(0) })
    expect(orderOf(paidAndBack(50), { ...soon, expectations: [announced] })).toMatchObject(inFlight)
  })

  test('R-9 nor was one that echoes another name', () => {
    const given = { ...soon, policy: { ...soon.policy, echoedIn: 'op' } }
    const [direct, own] = [{ custom: { op: 'd' } }, { custom: { op: 'p' } }]
    expect(orderOf([page(), ...paidAndBack(100, direct)], given)).toMatchObject(inFlight)
    expect(orderOf([page(), ...paidAndBack(100, own)], given)).toMatchObject({ safeToRetry: true })
    const refused = notified('113', { ...counters(0), createdAt: at(60), occurredAt: at(61), ...direct })
    expect(transactionOf([page(), refused], given).reconciliation).toBe('notification_only')
    expect(transactionOf([page(), { ...refused, ...own }], given).reconciliation).toBe('matched')
  })

  test.each([
    ['amount', { amount: 50 }],
    ['currency', { currency: 'GBP' }],
  ])('R-9 a page that was announced over another %s is another page', (_what, other) => {
    const called = page({ operationId: null })
    const announced = (given: object) =>
      expected({ channel: 'hosted', amount: 100, currency: 'EUR', createdAt: at(-60), ...given })
    const untold = paidAndBack(100).map((fact) => ({ ...fact, currency: null, ...NO_AMOUNTS }))
    const safe = (given: object) =>
      orderOf([called, ...untold], { ...soon, expectations: [announced(given)] }).requests.length === 0
    expect(safe({})).toBe(true)
    expect(safe(other)).toBe(false)
  })
})

describe('a refusal that names another payment', () => {
  const refusal = cutOff({
    ...{ type: 'not_processed', otherPayment: true, providerCode: '3010006' },
    ...{ requestedAt: at(0), answeredAt: at(1), receivedAt: at(2) },
  })
  const back = (second: number) => [
    toldAt('118', second + 1, 100, { createdAt: at(second) }),
    toldAt('125', second + 9, [100, 100], { createdAt: at(second) }),
  ]

  test.each([
    ['an answer', refusal],
    ['a notification', toldAt('113', 1, 0, { reference: 'T0', authorizedTotal: 0, otherPayment: true })],
  ])('F-13 does not name one that began later: %s', (_what, refused) => {
    expect(orderOf([refused, ...back(300)], late)).toMatchObject({ ...unsafe, reason: 'other_payment' })
    expect(orderOf([refused, ...back(-300)], late)).toMatchObject({ safeToRetry: true })
    expect(orderOf([refused, ...back(-300), ...back(300)], late)).toMatchObject({ safeToRetry: true })
  })

  test('F-13 nor, where none states its time, one that was heard of much later', () => {
    const refused = beNotified('payment', '4011', { reference: 'A0', receivedAt: at(0) })
    const paid = (second: number) => [
      beNotified('payment', '0000', { amount: 100, receivedAt: at(second) }),
      ...linkedStep('refund', 'R1', 100, { receivedAt: at(second) }),
    ]
    expect(orderOf([refused, ...paid(60)], late)).toMatchObject({ safeToRetry: true })
    expect(orderOf([refused, ...paid(3_600)], late)).toMatchObject({ ...unsafe, reason: 'other_payment' })
  })
})

test('J-3 an answer that states no counter joins the only step of its amount', () => {
  const refund = toldAt('126', 5, [100, 30], { operationId: 'r', amount: 30 })
  const answer = (amount: number) => maintained('126', { occurredAt: at(5), amount })
  const matched = (amount: number) =>
    transactionOf([toldAt('118', 1, 100), refund, answer(amount)], late).operations.filter(
      ({ reconciliation }) => reconciliation === 'matched',
    )
  expect(matched(30)).toMatchObject([{ operation: 'refund', amount: 30 }])
  expect(matched(20)).toEqual([])
})

const NO_AMOUNTS = { authorizedTotal: null, amount: null }

describe('a call that names an announced page', () => {
  const direct = expected({
    id: 'direct',
    requestedAt: at(0),
    operation: 'authorization',
    amount: 100,
    currency: 'EUR',
  })
  const page = expected({ ...direct, id: 'page', channel: 'hosted', operationId: 'page' })
  const denied = (given: Given) => {
    const events = [cutOffAt(6, given)]
    const open = orderOf(events, { ...expecting, expectations: [direct, page] })
    const closing = open.discrepancies.find((one) => one.class === 'missing_notification')
    const resolutions = [
      { key: closing?.key ?? '', outcome: 'not_processed', covers: closing!.covers, at: at(90_000) } as const,
    ]
    return orderOf(events, { ...expecting, after: 60 * DAY, expectations: [direct, page], resolutions })
  }

  test('R-9 does not answer the direct call that was announced beside it', () => {
    expect(denied({ operationId: 'page' })).toMatchObject(inFlight)
    expect(denied({ operationId: 'page' }).requests).toMatchObject([{}, { expectationId: 'direct' }])
    // What names neither may be the direct call.
    expect(denied({ operationId: null })).toMatchObject({ safeToRetry: true })
  })
})
