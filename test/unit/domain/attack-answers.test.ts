import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { loose } from '../../support/be2bill-steps.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  expected,
  maintained,
  nextSecond,
  notified,
  orderOf,
  told,
  transactionOf,
} from '../../support/facts.ts'
import { authorized, late, linkedStep, refused, toldAt } from '../../support/hostile-facts.ts'

/** Wrong yeses: paid, safe or matched on account of what the merchant forwards. */

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
    const events = [authorized, ...linkedStep('capture', 'C1', 30), answer]
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
    const events = [answer, ...linkedStep('capture', 'C1', 30), ...linkedStep('refund', 'R1', 30)]
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
