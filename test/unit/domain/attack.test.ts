import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  answered,
  at,
  beNotified,
  counters,
  cutOff,
  DAY,
  disputed,
  expected,
  hostedPage,
  nextSecond,
  HOUR,
  maintained,
  notified,
  orderOf,
  RECEIVED_AT,
  told,
  transactionOf,
} from '../../support/facts.ts'
import { late, linked, word } from '../../support/hostile-facts.ts'

/** Wrong yeses: paid, safe or matched where what was told says no. */

describe('voids', () => {
  test('F-7 a void moves no more than its own amount', () => {
    const authorized = beNotified('authorization', '0000', { amount: 100 })
    const captured = [authorized, ...linked('capture', 'C1', 50)]
    // 60 of 100 are gone: 40 of the captured 50 are left at the least.
    const events = [...captured, ...linked('void', 'V1', 60)]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
    const twice = [authorized, ...linked('capture', 'C1', 20)]
    const voids = [...linked('void', 'V1', 70), ...linked('void', 'V2', 20)]
    expect(orderOf([...twice, ...voids], late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a void may have ended what was left of an authorization that is not told', () => {
    const captured = linked('capture', 'C1', 100)
    const events = [...captured, beNotified('void', '0000', { reference: 'V1', amount: 100 })]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })
})

describe('voids without a link', () => {
  const voided = (reference: string, amount: number): StoredEvent =>
    beNotified('void', '0000', { reference, amount })

  test('A-10 voids of more than a payment holds leave it unpaid before and after their deadline', () => {
    const sold = beNotified('payment', '0000', { amount: 100 })
    const events = [sold, voided('V1', 100), voided('V2', 100)]
    for (const after of [1_000, DAY]) expect(orderOf(events, { after })).toMatchObject({ paid: false })
  })

  test('A-10 voids of more than the captures of an untold payment leave the order unpaid', () => {
    const captured = beNotified('capture', '0000', { reference: 'C1', amount: 100 })
    const events = [captured, voided('V1', 30), voided('V2', 100)]
    expect(orderOf(events, late)).toMatchObject({ paid: false })
  })

  test('A-10 a void that names an untold payment is its trace', () => {
    expect(orderOf([voided('V1', 30)], late)).toMatchObject({ safeToRetry: false })
    expect(orderOf(linked('void', 'V1', 30, { payment: 'A9' }), late)).toMatchObject({ safeToRetry: false })
  })
})

describe('an operator', () => {
  test('Q-2 a capture that an operator found not to be processed is not captured by the next counter', () => {
    const asked = [told('116', [0]), told('117', [100])]
    const resolutions = [word(asked, 'missing_notification', 'not_processed')]
    for (const code of ['114', '115', '143'])
      expect(orderOf([...asked, told(code, [100])], { ...late, resolutions }), code).toMatchObject({
        paid: false,
        paidTotal: 0,
      })
    const refunding = [...asked, told('126', [100, 10])]
    expect(orderOf(refunding, { ...late, resolutions })).toMatchObject({ paidTotal: 10 })
  })

  test('M-5 a capture that an operator found not to be processed explains the gap', () => {
    const asked = [told('116', [0]), told('117', [60], { operationId: 'b', amount: 60 })]
    const resolutions = [word(asked, 'missing_notification', 'not_processed')]
    const events = [...asked, told('118', [70], { operationId: 'd', amount: 10 })]
    expect(orderOf(events, late)).toMatchObject({ paidTotal: 10 })
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ paidTotal: 10 })
  })

  test('A-10 an excess of refunds that is closed hides no trace of another payment', () => {
    const seen = [
      beNotified('payment', '0000', { amount: 100 }),
      beNotified('refund', '0000', { reference: 'R1', amount: 100 }),
      beNotified('refund', '0000', { reference: 'R2', amount: 5 }),
    ]
    const resolutions = [word(seen, 'amount_mismatch', null)]
    const events = [...seen, ...linked('refund', 'R3', 50, { payment: 'X9' })]
    expect(
      orderOf([...seen.slice(0, 2), ...linked('refund', 'R3', 50, { payment: 'X9' })], late).reason,
    ).toBe('unbalanced')
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ safeToRetry: false })
  })

  test('A-10 an excess that is closed on one payment lowers no other payment', () => {
    const events = [
      told('118', [20], { reference: 'T2', authorizedTotal: 20 }),
      told('126', [20, 70], { reference: 'T2', authorizedTotal: 20 }),
      told('118', [50], { reference: 'T3', authorizedTotal: 50 }),
    ]
    const resolutions = [word(events, 'amount_mismatch', null)]
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ safeToRetry: false })
  })
})

describe('amounts that cannot be read', () => {
  const unread = (code: string, given: Partial<StoredEvent>): StoredEvent =>
    told(code, [0], { ...given, invalidAmounts: ['some'] })

  test('M-7 a capture without counter and own amount makes the total unknown beside another one', () => {
    const events = [told('118', [30]), unread('118', { capturedTotal: null })]
    expect(transactionOf(events).capturedTotal).toBeNull()
    const ended = [
      told('126', [0, 30], { capturedTotal: null }),
      unread('115', { capturedTotal: null, refundedTotal: 30 }),
    ]
    expect(orderOf([...events, ...ended], late)).toMatchObject({ safeToRetry: false })
  })

  test('M-7 a refund without counter and own amount makes the total unknown beside another one', () => {
    const events = [
      told('118', [100]),
      told('126', [100, 30]),
      unread('126', { capturedTotal: 100, refundedTotal: null }),
    ]
    const expectations = [expected({ amount: 70, currency: 'EUR' })]
    expect(orderOf(events, { expectations })).toMatchObject({ paid: false })
  })
})

describe('what the merchant forwards', () => {
  const lookedUp = (code: string, captured: number): StoredEvent =>
    answered(code, {
      ...counters(100, captured),
      lookup: true,
      channel: null,
      occurredAt: nextSecond(),
    })

  test('M-4 a capture that only an answer tells to be refused takes nothing from the counter of an end', () => {
    for (const refusal of [
      lookedUp('173', 0),
      maintained('173', { ...counters(100, 0), operationId: 'z', occurredAt: nextSecond() }),
    ]) {
      const events = [told('116', [0]), refusal, told('115', [30])]
      expect(orderOf(events, late)).toMatchObject({ paidTotal: 30, safeToRetry: false })
    }
  })

  test('M-3 an answer that counts less lowers no notified capture', () => {
    const known = [told('116', [0]), told('118', [100]), told('115', [100])]
    for (const answer of [
      lookedUp('118', 0),
      maintained('118', { ...counters(100, 0), operationId: 'z', occurredAt: nextSecond() }),
    ])
      expect(orderOf([...known, answer], late)).toMatchObject({ paidTotal: 100, safeToRetry: false })
  })

  test('J-3 an answer in the shape of a payment’s that counts another refund is another refund', () => {
    const occurredAt = nextSecond()
    const events = [
      told('118', [100]),
      notified('126', { ...counters(100, 100, 60), occurredAt }),
      answered('126', { ...counters(100, 100, 30), occurredAt }),
    ]
    const refunds = transactionOf(events).operations.filter(({ operation }) => operation === 'refund')
    expect(refunds.map(({ reconciliation }) => reconciliation)).not.toEqual(['matched'])
  })

  test('J-4 the answer to a sale that counts otherwise than the only capture is compared with it', () => {
    const answer = answered('117', { ...counters(100, 60), occurredAt: nextSecond() })
    const [capture] = transactionOf([answer, told('118', [100])]).operations.filter(
      ({ operation }) => operation === 'capture',
    )
    expect(capture?.reconciliation).not.toBe('matched')
  })
})

describe('counters', () => {
  test('M-4 an end that counts more than the refusal of an earlier capture tells of another capture', () => {
    const events = [told('116', [0]), told('117', [60]), told('173', [0]), told('115', [30])]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })

  test('M-11 two parts that are charged back in one second are two', () => {
    const occurredAt = nextSecond()
    const part = (amount: number): StoredEvent =>
      notified('180', { ...counters(100, 100), amount, occurredAt })
    const events = [told('118', [100], { occurredAt }), part(30), part(20)]
    expect(transactionOf(events).chargedBackTotal).toBe(50)
  })
})

describe('disputes', () => {
  const sold = beNotified('payment', '0000', { amount: 100 })
  const walked = [
    sold,
    disputed('first_chargeback', '2026-04-02', { amount: 100 }),
    disputed('representment', '2026-05-02', { amount: 100 }),
  ]

  test('M-10 a second chargeback without a readable date is open', () => {
    const chargeback = { date: null, stage: 'second_chargeback', code: null } as const
    const second = disputed('second_chargeback', '', { amount: 100, chargeback })
    expect(orderOf(walked, late)).toMatchObject({ paid: true })
    expect(orderOf([...walked, second], late)).toMatchObject({ paid: false })
  })

  test('M-12 a dispute that went back tells of money on a payment that was told to be refused', () => {
    const refused = beNotified('payment', '4001', { amount: 100 })
    expect(orderOf([refused, ...walked.slice(1)], late)).toMatchObject({ safeToRetry: false })
  })

  test.each([
    ['refund', beNotified('refund', '0000', { reference: null, amount: 100 })],
    ['chargeback', disputed('first_chargeback', '2026-04-02', { reference: null, amount: 100 })],
  ])('R-8 a %s that names its order alone leaves it unpaid', (_name, fact) => {
    expect(orderOf([sold, fact], late)).toMatchObject({ paid: false })
  })
})

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

describe('instalments', () => {
  const instalment = (index: number, code = '0000'): StoredEvent =>
    beNotified('payment', code, { reference: `I${index}`, amount: 333, schedule: { index, total: 3 } })

  test('A-6 a plan whose first instalment was given back goes on by itself', () => {
    const events = [instalment(1), beNotified('refund', '0000', { reference: 'R1', amount: 333 })]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false })
  })

  test('A-10 a later instalment that is refused is the trace of a first one that was granted', () => {
    expect(orderOf([instalment(1, '4001')], late)).toMatchObject({ safeToRetry: true })
    expect(orderOf([instalment(2, '4001')], late)).toMatchObject({ safeToRetry: false })
  })
})
