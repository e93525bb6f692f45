import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  disputed,
  expected,
  maintained,
  notified,
  orderOf,
  RECEIVED_AT,
  transactionOf,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { late, linked, loose, toldAt, word } from '../../support/hostile-facts.ts'

/** Wrong yeses that a second hostile reading found: paid, safe or matched where what was told says no. */

const sold = beNotified('payment', '0000', { amount: 100 })
const authorized = beNotified('authorization', '0000', { amount: 100 })
const refused = beNotified('payment', '4001', { amount: 100 })

describe('what the merchant forwards', () => {
  test.each(['4001', '2001'])(
    'M-8 an answer (%s) that calls a notified capture a sale does not take it away',
    (code) => {
      const captured = loose('capture', 'C1', 100)
      for (const lookup of [false, true]) {
        const answer = beAnswered('payment', code, { reference: 'C1', amount: 100, lookup })
        expect(orderOf([captured, answer], late)).toMatchObject({ paidTotal: 100, safeToRetry: false })
      }
    },
  )

  test('M-8 an answer that calls a notified capture a sale does not raise it', () => {
    const answer = beAnswered('payment', '0000', { reference: 'C1', amount: 100 })
    const events = [authorized, ...linked('capture', 'C1', 30), answer]
    const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR' })]
    expect(orderOf(events, { ...late, expectations })).toMatchObject({ paid: false })
  })

  test('M-3 an answer that counts less lowers no capture that a notified end or refund tells', () => {
    const known = [toldAt('126', 1, [100, 60]), toldAt('115', 2, [100, 60])]
    const stated = { ...counters(100, 60, 60), occurredAt: at(3) }
    for (const answer of [
      answered('118', { ...stated, lookup: true, channel: null }),
      maintained('118', { ...stated, operationId: 'z' }),
    ])
      expect(orderOf([...known, answer], late)).toMatchObject({ paidTotal: 100, safeToRetry: false })
  })

  test('F-5 an answer that is refuted does not end a notified capture that is on its way', () => {
    const declined = beNotified('authorization', '4001', { amount: 100 })
    const pending = beNotified('capture', '0003', { reference: 'C1', amount: 100 })
    const captured = beAnswered('capture', '0000', { reference: 'C1', amount: 100, parentReference: 'A1' })
    expect(orderOf([declined, pending, captured], late)).toMatchObject({ safeToRetry: false })
    const asked = [toldAt('117', 1, [100, 0], { operationId: 'c' }), toldAt('113', 2, 0)]
    const done = maintained('118', { ...counters(100, 100), operationId: 'c', occurredAt: at(3) })
    expect(orderOf(asked, late)).toMatchObject({ safeToRetry: false })
    expect(orderOf([...asked, done], late)).toMatchObject({ safeToRetry: false })
  })

  test('F-6 an authorization that was captured was granted, though an answer says it was not processed', () => {
    const answer = beAnswered('authorization', '2001', { amount: 100 })
    const events = [answer, ...linked('capture', 'C1', 30), ...linked('refund', 'R1', 30)]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })

  test.each(['0000', '5001', '5004'])(
    'I-2 a payment (%s) that a report calls the child of a refused one is not swallowed',
    (code) => {
      const answer = beAnswered('payment', code, { reference: 'A2', amount: 100 })
      const link = beAnswered('payment', '0000', {
        ...{ reference: 'A2', parentReference: 'A1', lookup: true, type: 'noted', orderId: null },
        ...{ operation: null, statesAuthorization: false, providerCode: null, currency: null },
      })
      expect(orderOf([refused, answer], late)).toMatchObject({ safeToRetry: false })
      expect(orderOf([refused, answer, link], late)).toMatchObject({ safeToRetry: false })
    },
  )

  test('J-10 a look-up that tells another amount of a dispute does not match it', () => {
    const dispute = { ...counters(100, 100), lookup: true, channel: null, occurredAt: at(2) }
    const events = [
      toldAt('118', 1, 100),
      toldAt('180', 2, [100, 0], { amount: 30 }),
      answered('180', { ...dispute, amount: 80 }),
    ]
    const [found] = transactionOf(events, late).operations.filter(
      ({ operation }) => operation === 'chargeback',
    )
    expect(found?.reconciliation).not.toBe('matched')
  })
})

describe('an operator', () => {
  test('Q-5 a capture that is asked for again after an operator denied it is not denied too', () => {
    const first = [toldAt('116', 0, 0), toldAt('117', 1, 60)]
    const resolutions = [word(first, 'missing_notification', 'not_processed')]
    const again = [...first, toldAt('117', 9, 60)]
    for (const end of [toldAt('115', 10, 60), toldAt('114', 10, 60)])
      expect(orderOf([...again, end], { ...late, resolutions })).toMatchObject({ safeToRetry: false })
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
    const events = [paid, ...linked('refund', 'R1', 100, { receivedAt: at(620) })]
    const after = Date.parse(at(700)) - Date.parse(RECEIVED_AT)

    test('R-12 does not set free the retry that was announced before it was heard of', () => {
      const again = { createdAt: at(0), saidAt: at(600) }
      const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR', ...again })]
      expect(orderOf(events, { after, policy, expectations })).toMatchObject({ safeToRetry: false })
    })
  })
})

describe('amounts that cannot be read', () => {
  test('A-10 an unlinked void without an amount leaves an order unpaid', () => {
    expect(orderOf([sold, loose('void', 'V1', 100)], late)).toMatchObject({ paid: false })
    expect(orderOf([sold, loose('void', 'V1', null)], late)).toMatchObject({ paid: false })
  })

  test('A-10 a void without an amount is a trace like any other', () => {
    expect(orderOf([loose('void', 'V1', null)], late)).toMatchObject({ safeToRetry: false })
    const returned = [sold, ...linked('refund', 'R1', 100)]
    expect(orderOf([...returned, loose('void', 'V1', 100)], late)).toMatchObject({ safeToRetry: false })
    expect(orderOf([...returned, loose('void', 'V1', null)], late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 what an authorization of unknown amount allows does not absorb a void of captured money', () => {
    const events = [
      beNotified('authorization', '0000', { amount: null, invalidAmounts: ['AMOUNT'] }),
      loose('capture', 'C1', 100),
      loose('void', 'V1', 100),
    ]
    expect(orderOf(events, late)).toMatchObject({ paid: false })
  })
})

describe('currencies', () => {
  const currency = 'USD'

  test('A-4 a void in another currency lowers no payment', () => {
    for (const payment of [sold, authorized]) {
      expect(orderOf([payment, loose('void', 'V1', 100, { currency })], late)).toMatchObject({
        safeToRetry: false,
      })
      expect(orderOf([payment, ...linked('void', 'V1', 100, { currency })], late)).toMatchObject({
        safeToRetry: false,
      })
    }
  })

  test('A-4 a capture in another currency uses up no authorization', () => {
    const events = [
      authorized,
      loose('capture', 'C1', 100, { currency }),
      loose('refund', 'R1', 100, { currency }),
    ]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })

  test('A-4 an announcement in another currency is not met, though it states no amount', () => {
    const expectations = [expected({ provider: 'be2bill', currency })]
    expect(orderOf([sold], { ...late, expectations })).toMatchObject({ paid: false })
  })
})

describe('payments that are not told', () => {
  test('A-11 a capture and a refund that name a payment leave what else was authorized', () => {
    const events = (payment: string): StoredEvent[] => [
      ...linked('capture', 'C1', 30, { payment }),
      ...linked('refund', 'R1', 30, { payment }),
    ]
    // The same steps without the link are unsafe already.
    const unlinked = [loose('capture', 'C1', 30), loose('refund', 'R1', 30)]
    expect(orderOf(unlinked, late)).toMatchObject({ safeToRetry: false })
    expect(orderOf(events('A9'), late)).toMatchObject({ safeToRetry: false })
    const returned = [sold, ...linked('refund', 'R0', 100)]
    expect(orderOf([...returned, ...events('A9')], late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a refund of an untold payment is not explained by a capture that used up another one', () => {
    const events = [
      authorized,
      loose('capture', 'C1', 100),
      ...linked('refund', 'R1', 100, { payment: 'A9' }),
    ]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a void, or a refund that was refused, of a payment that was not granted is a trace', () => {
    const failed = beAnswered('payment', '2001', { amount: 100 })
    for (const payment of [refused, failed]) {
      expect(orderOf([payment, ...linked('void', 'V1', 100)], late)).toMatchObject({ safeToRetry: false })
      const refusal = linked('refund', 'R1', 100, { code: '4001' })
      expect(orderOf([payment, ...refusal], late)).toMatchObject({ safeToRetry: false })
    }
  })

  test('A-10 the last instalment is the trace of the ones before it, granted or refused', () => {
    const last = (code: string): StoredEvent =>
      beNotified('payment', code, { reference: 'I3', amount: 333, schedule: { index: 3, total: 3 } })
    const returned = linked('refund', 'R3', 333, { payment: 'I3' })
    expect(orderOf([last('4001')], late)).toMatchObject({ safeToRetry: false })
    expect(orderOf([last('0000'), ...returned], late)).toMatchObject({ safeToRetry: false })
    const other = [sold, ...linked('refund', 'R1', 100)]
    expect(orderOf([...other, last('4001')], late)).toMatchObject({ safeToRetry: false })
  })

  test('R-8 a refund of an unknown code that names no transaction may have taken the money', () => {
    const refund = (reference: string | null): StoredEvent =>
      beNotified('refund', '0007', { reference, amount: 100 })
    expect(orderOf([sold, refund('R1')], late)).toMatchObject({ paid: false })
    expect(orderOf([sold, refund(null)], late)).toMatchObject({ paid: false })
  })
})

describe('answers and steps', () => {
  const asked = maintained('117', { ...counters(100, 20), amount: 20, occurredAt: at(2) })

  test('J-2 a capture that was asked for does not end with the refusal of one of another amount', () => {
    const refusal = toldAt('173', 8, 20, { operationId: 'b', amount: 30 })
    const end = toldAt('115', 9, 20)
    expect(orderOf([toldAt('116', 1, 0), asked, end], late)).toMatchObject({ safeToRetry: false })
    const events = [toldAt('116', 1, 0), asked, refusal, end]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
    expect(transactionOf(events, late).reconciliation).not.toBe('matched')
  })

  test('J-2 a capture that was asked for is not the refused one that was asked for further on', () => {
    const named = { operationId: 'b' }
    const other = [
      toldAt('117', 6, 50, named),
      maintained('117', { ...counters(100, 50), ...named, occurredAt: at(6) }),
      toldAt('173', 8, 20, named),
    ]
    const events = [toldAt('116', 1, 0), { ...asked, amount: null }, ...other, toldAt('115', 9, 20)]
    expect(orderOf(events, late)).toMatchObject({ paid: false })
    expect(transactionOf(events, late).reconciliation).not.toBe('matched')
  })

  test('R-9 a step that was announced again is not answered by name by what was made before', () => {
    const named = { operationId: 'X' }
    const events = [
      toldAt('116', 0, 0),
      toldAt('117', 1, 60, named),
      toldAt('173', 2, 0, named),
      toldAt('115', 3, 0),
    ]
    const step = { operation: 'capture', parentReference: 'T1', ...named } as const
    const heard = events.map((event) => ({ ...event, receivedAt: at(5) }))
    const expectations = [expected({ ...step, createdAt: at(-10), saidAt: at(600) })]
    expect(orderOf(heard, { ...late, expectations })).toMatchObject({ safeToRetry: false })
  })

  test('A-8 a capture of unknown outcome does not end with a repetition that was not processed', () => {
    const call = { operation: 'capture', operationId: 'X', parentReference: 'T1' } as const
    const unknown = cutOff({ ...call, requestedAt: at(10), answeredAt: at(20) })
    const repeated = cutOff({ ...call, type: 'not_processed', requestedAt: at(30), answeredAt: at(31) })
    const known = [toldAt('116', 0, 0), toldAt('115', 40, 0)]
    expect(orderOf([...known, unknown], late)).toMatchObject({ safeToRetry: false })
    expect(orderOf([...known, unknown, repeated], late)).toMatchObject({ safeToRetry: false })
  })

  test('R-10 a refusal that tells no time does not answer the step that was announced before it was heard of', () => {
    const events = [
      authorized,
      loose('void', 'V1', 100),
      beNotified('capture', '4001', { reference: 'C1', amount: 100, receivedAt: at(20) }),
    ]
    const step = { operation: 'capture', parentReference: 'A1', amount: 100 } as const
    const expectations = [expected({ provider: 'be2bill', ...step, createdAt: at(10) })]
    const given = { after: DAY, policy: { responses: 'announced' }, expectations } as const
    expect(orderOf(events, given)).toMatchObject({ safeToRetry: false })
  })
})

describe('counters', () => {
  test('P-3 a capture that was asked for after an implied one, and refused, takes nothing of it', () => {
    const asked = [toldAt('116', 0, 0), toldAt('126', 1, [60, 10]), toldAt('117', 2, 100)]
    const more = [toldAt('126', 4, [100, 20]), toldAt('115', 5, [100, 20])]
    expect(orderOf(asked, late)).toMatchObject({ paidTotal: 60 })
    expect(orderOf([...asked, toldAt('173', 3, 100), ...more], late)).toMatchObject({
      paidTotal: 60,
      safeToRetry: false,
    })
    const resolutions = [word(asked, 'missing_notification', 'not_processed')]
    expect(orderOf([...asked, ...more], { ...late, resolutions })).toMatchObject({
      paidTotal: 60,
      safeToRetry: false,
    })
  })

  test('M-2 a capture whose time cannot be read is not one that a smaller counter came after', () => {
    const undated = toldAt('118', 9, 100, { occurredAt: null })
    const events = [toldAt('118', 1, 30), toldAt('126', 2, [30, 30]), toldAt('115', 3, [30, 30])]
    expect(orderOf([...events, undated], late)).toMatchObject({ safeToRetry: false })
  })

  test('M-5 a refund that was refused and is still counted gave nothing back, though its request was lost', () => {
    const refusal = toldAt('165', 3, [100, 60], { operationId: 'a' })
    for (const amount of [40, null]) {
      const events = [
        toldAt('118', 1, 100),
        refusal,
        toldAt('126', 4, [100, 100], { operationId: 'b', amount }),
      ]
      expect(orderOf(events, late), String(amount)).toMatchObject({ safeToRetry: false })
    }
  })
})

describe('disputes', () => {
  test('M-10 a representment of a part gives back that part', () => {
    const events = [
      sold,
      disputed('first_chargeback', '2026-04-02', { amount: 100 }),
      disputed('representment', '2026-05-02', { amount: 40 }),
    ]
    const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR' })]
    expect(orderOf(events, { ...late, expectations })).toMatchObject({ paid: false })
  })

  test('M-10 two first chargebacks over parts take both', () => {
    const part = (amount: number, day: string): StoredEvent =>
      disputed('first_chargeback', `2026-04-${day}`, { amount })
    expect(orderOf([sold, part(60, '02'), part(40, '03')], late)).toMatchObject({ paid: false })
    const represented = disputed('representment', '2026-05-02', { amount: 40 })
    const expectations = [expected({ provider: 'be2bill', amount: 100, currency: 'EUR' })]
    expect(
      orderOf([sold, part(60, '02'), part(40, '03'), represented], { ...late, expectations }),
    ).toMatchObject({ paid: false })
  })
})
