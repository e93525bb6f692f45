import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  beNotified,
  counters,
  expected,
  nextSecond,
  notified,
  orderOf,
  told,
  transactionOf,
} from '../../support/facts.ts'
import { authorized, late, linkedStep, operatorOn, sold, toldAt } from '../../support/hostile-facts.ts'
import { loose } from '../../support/be2bill-steps.ts'

/** Wrong yeses: paid or safe where amounts, currencies, counters or instalments say no. */

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

  test('A-10 an unlinked void without an amount leaves an order unpaid', () => {
    expect(orderOf([sold, loose('void', 'V1', 100)], late)).toMatchObject({ paid: false })
    expect(orderOf([sold, loose('void', 'V1', null)], late)).toMatchObject({ paid: false })
  })

  test('A-10 a void without an amount is a trace like any other', () => {
    expect(orderOf([loose('void', 'V1', null)], late)).toMatchObject({ safeToRetry: false })
    const returned = [sold, ...linkedStep('refund', 'R1', 100)]
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

  test('P-3 a capture that was asked for after an implied one, and refused, takes nothing of it', () => {
    const asked = [toldAt('116', 0, 0), toldAt('126', 1, [60, 10]), toldAt('117', 2, 100)]
    const more = [toldAt('126', 4, [100, 20]), toldAt('115', 5, [100, 20])]
    expect(orderOf(asked, late)).toMatchObject({ paidTotal: 60 })
    expect(orderOf([...asked, toldAt('173', 3, 100), ...more], late)).toMatchObject({
      paidTotal: 60,
      safeToRetry: false,
    })
    const resolutions = [operatorOn(asked, 'missing_notification', 'not_processed')]
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

describe('currencies', () => {
  const currency = 'USD'

  test('A-4 a void in another currency lowers no payment', () => {
    for (const payment of [sold, authorized]) {
      expect(orderOf([payment, loose('void', 'V1', 100, { currency })], late)).toMatchObject({
        safeToRetry: false,
      })
      expect(orderOf([payment, ...linkedStep('void', 'V1', 100, { currency })], late)).toMatchObject({
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
