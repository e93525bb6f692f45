import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
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
  HOUR,
  notified,
  orderOf,
  RECEIVED_AT,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { authorized, late, linkedStep, refused, sold, toldAt } from '../../support/hostile-facts.ts'
import { loose } from '../../support/be2bill-steps.ts'

/** Wrong yeses: safe although a call, an announcement or a payment that is not told says no. */

describe('a notification that names no transaction', () => {
  test.each([
    ['0007', DAY],
    ['0004', DAY],
    ['0001', 30 * DAY],
  ])('R-8 with the code %s may be money', (code, after) => {
    const fact = beNotified('payment', code, { reference: null, amount: 100 })
    expect(orderOf([fact], { ...late, after })).toMatchObject({ safeToRetry: false })
  })
})

describe('announcements', () => {
  test('A-4 an announcement in another currency is not met, however large and whichever came first', () => {
    const paid = beNotified('payment', '0000', { amount: 100, currency: 'EUR' })
    const euros = expected({ provider: 'be2bill', amount: 100, currency: 'EUR', operationId: 'a' })
    for (const amount of [90, 100]) {
      const dollars = expected({ provider: 'be2bill', amount, currency: 'USD', operationId: 'b' })
      expect(orderOf([paid], { expectations: [euros, dollars] }), String(amount)).toMatchObject({
        paid: false,
      })
    }
  })

  test('R-9 an attempt that was known before the call was announced again does not answer it by its echo', () => {
    const refused = notified('113', {
      ...counters(0),
      custom: { call: 'X' },
      createdAt: at(0),
      occurredAt: at(1),
      receivedAt: at(2),
    })
    const expectations = [expected({ operationId: 'X', createdAt: at(-10), saidAt: at(600) })]
    const given = {
      expectations,
      policy: { echoedIn: 'call' },
      after: Date.parse(at(601)) - Date.parse(RECEIVED_AT),
    }
    expect(orderOf([refused], given)).toMatchObject({ safeToRetry: false })
  })
})

describe('calls', () => {
  test('R-9 as many refusals as one page allows do not end two pages', () => {
    const page = (from: number): StoredEvent =>
      hostedPage({ requestedAt: at(from), receivedAt: at(from + 1) })
    const refusals = [101, 102, 103].map((began) =>
      notified('113', {
        ...{ ...counters(0), reference: `T${began}` },
        ...{ createdAt: at(began), occurredAt: at(began), receivedAt: at(began + 5) },
      }),
    )
    const given = { after: -HOUR, policy: { pageAttempts: 3 } }
    expect(orderOf([page(0), ...refusals], given)).toMatchObject({ safeToRetry: true })
    expect(orderOf([page(0), page(10), ...refusals], given)).toMatchObject({ safeToRetry: false })
  })

  test('R-12 a payment that was refused before a call was made answers no call that names it', () => {
    const refused = notified('113', {
      ...counters(0),
      createdAt: at(0),
      occurredAt: at(1),
      receivedAt: at(2),
    })
    const call = cutOff({
      parentReference: 'T1',
      requestedAt: at(600),
      answeredAt: at(660),
      receivedAt: at(660),
    })
    expect(orderOf([refused, call], { after: DAY })).toMatchObject({ safeToRetry: false })
  })
})

describe('calls and announcements', () => {
  const policy = { responses: 'announced' } as const
  const decided = (given: Given = {}): StoredEvent =>
    notified('113', {
      ...{ ...counters(0), createdAt: at(0), occurredAt: at(1), receivedAt: at(2) },
      ...given,
    })
  const later = (given: Given): StoredEvent =>
    cutOff({ requestedAt: at(600), answeredAt: at(660), receivedAt: at(660), ...given })

  test('R-12 an attempt that was refused before a call was made answers no call of the same operation id', () => {
    const answer = answered('113', {
      ...{ ...counters(0), operationId: 'X', occurredAt: at(1) },
      ...{ requestedAt: at(-1), answeredAt: at(2), receivedAt: at(3) },
    })
    const events = [decided(), answer, later({ operationId: 'X' })]
    expect(orderOf(events, { after: DAY, policy })).toMatchObject({ safeToRetry: false })
  })

  test('R-12 a payment that was decided before a call was made does not answer it by what is told of it later', () => {
    const call = later({ parentReference: 'T1' })
    const toldAgain = decided({ occurredAt: at(700), receivedAt: at(701) })
    expect(orderOf([decided(), call, toldAgain], { after: DAY, policy })).toMatchObject({
      safeToRetry: false,
    })
    const paid = toldAt('118', 1, [100, 0], { receivedAt: at(2) })
    const refunded = toldAt('125', 700, [100, 100], { receivedAt: at(701) })
    expect(orderOf([paid, call, refunded], { after: DAY, policy })).toMatchObject({ safeToRetry: false })
  })

  test('R-9 a refusal that names no transaction and no time answers no announcement', () => {
    const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR', createdAt: at(60) })]
    const given = { policy, expectations }
    expect(orderOf([refused], given)).toMatchObject({ safeToRetry: false })
    const nameless = beNotified('payment', '4001', { reference: null, amount: 100 })
    expect(orderOf([nameless], given)).toMatchObject({ safeToRetry: false })
  })

  describe('a success that tells no time, and is given back', () => {
    const paid = beNotified('payment', '0000', { amount: 100, receivedAt: at(610) })
    const events = [paid, ...linkedStep('refund', 'R1', 100, { receivedAt: at(620) })]
    const after = Date.parse(at(700)) - Date.parse(RECEIVED_AT)

    test('R-12 does not set free the retry that was announced before it was heard of', () => {
      const again = { createdAt: at(0), saidAt: at(600) }
      const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR', ...again })]
      expect(orderOf(events, { after, policy, expectations })).toMatchObject({ safeToRetry: false })
    })
  })
})

describe('payments that are not told', () => {
  test('A-11 a capture and a refund that name a payment leave what else was authorized', () => {
    const events = (payment: string): StoredEvent[] => [
      ...linkedStep('capture', 'C1', 30, { payment }),
      ...linkedStep('refund', 'R1', 30, { payment }),
    ]
    // The same steps without the link are unsafe already.
    const unlinked = [loose('capture', 'C1', 30), loose('refund', 'R1', 30)]
    expect(orderOf(unlinked, late)).toMatchObject({ safeToRetry: false })
    expect(orderOf(events('A9'), late)).toMatchObject({ safeToRetry: false })
    const returned = [sold, ...linkedStep('refund', 'R0', 100)]
    expect(orderOf([...returned, ...events('A9')], late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a refund of an untold payment is not explained by a capture that used up another one', () => {
    const events = [
      authorized,
      loose('capture', 'C1', 100),
      ...linkedStep('refund', 'R1', 100, { payment: 'A9' }),
    ]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a void, or a refund that was refused, of a payment that was not granted is a trace', () => {
    const failed = beAnswered('payment', '2001', { amount: 100 })
    for (const payment of [refused, failed]) {
      expect(orderOf([payment, ...linkedStep('void', 'V1', 100)], late)).toMatchObject({ safeToRetry: false })
      const refusal = linkedStep('refund', 'R1', 100, { code: '4001' })
      expect(orderOf([payment, ...refusal], late)).toMatchObject({ safeToRetry: false })
    }
  })

  test('A-10 the last instalment is the trace of the ones before it, granted or refused', () => {
    const last = (code: string): StoredEvent =>
      beNotified('payment', code, { reference: 'I3', amount: 333, schedule: { index: 3, total: 3 } })
    const returned = linkedStep('refund', 'R3', 333, { payment: 'I3' })
    expect(orderOf([last('4001')], late)).toMatchObject({ safeToRetry: false })
    expect(orderOf([last('0000'), ...returned], late)).toMatchObject({ safeToRetry: false })
    const other = [sold, ...linkedStep('refund', 'R1', 100)]
    expect(orderOf([...other, last('4001')], late)).toMatchObject({ safeToRetry: false })
  })

  test('R-8 a refund of an unknown code that names no transaction may have taken the money', () => {
    const refund = (reference: string | null): StoredEvent =>
      beNotified('refund', '0007', { reference, amount: 100 })
    expect(orderOf([sold, refund('R1')], late)).toMatchObject({ paid: false })
    expect(orderOf([sold, refund(null)], late)).toMatchObject({ paid: false })
  })
})
