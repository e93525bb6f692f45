import { describe, expect, test } from 'vitest'
import type { Given } from '../../support/facts.ts'
import { late, linkedStep, toldAt } from '../../support/hostile-facts.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  maintained,
  orderOf,
  transactionOf,
} from '../../support/facts.ts'

/** Wrong yeses that a generator found by making one field of a plausible history unreadable. */

const unsafe = { safeToRetry: false }
const unpaid = { paid: false }
const uncounted: Given = {
  ...{ authorizedTotal: null, capturedTotal: null, refundedTotal: null, amount: null },
  invalidAmounts: ['captured_amount'],
}

describe('voids', () => {
  const sold = beNotified('payment', '0000', { amount: 100 })

  test('M-7 a void of an unknown code may have taken the money back', () => {
    const unknown = beNotified('void', '0007', { reference: 'V1', amount: 100 })
    const link = beAnswered('void', '0007', { reference: 'V1', amount: 100, parentReference: 'A1' })
    expect(orderOf([sold], late)).toMatchObject({ paid: true })
    expect(orderOf([sold, unknown], late)).toMatchObject(unpaid)
    expect(orderOf([sold, unknown, link], late)).toMatchObject(unpaid)
  })

  test('F-12 a void that only an answer tells leaves nothing paid and nothing safe', () => {
    const [, answer] = linkedStep('void', 'V1', 100)
    expect(orderOf([sold, answer!], late)).toMatchObject({ paid: false, safeToRetry: false })
    const cancelled = maintained('115', { ...counters(100, 100), occurredAt: at(2) })
    expect(orderOf([toldAt('118', 1, 100), cancelled], late)).toMatchObject({ paid: true })
  })
})

describe('requests of unreadable size', () => {
  const end = toldAt('115', 5, 100)

  test.each([
    ['notified', toldAt('117', 1, 100, { ...uncounted, operationId: 'a' })],
    ['answered', maintained('117', { ...uncounted, operationId: 'a', occurredAt: at(1) })],
    ['counting nothing', toldAt('117', 1, 0, { operationId: 'a' })],
  ])('M-7 a capture that was asked for (%s) may be all that an end counts', (_witness, asked) => {
    expect(orderOf([toldAt('116', 0, 0), asked, end], late)).toMatchObject(unpaid)
    const other = toldAt('118', 3, 100, { operationId: 'b', amount: 30 })
    expect(orderOf([toldAt('116', 0, 0), asked, other], late)).toMatchObject({ paidTotal: null, paid: false })
    const before = toldAt('118', 0, 30)
    expect(transactionOf([before, asked], late).capturedTotal).toBe(30)
  })

  test('M-7 a refund that only the merchant asked for takes nothing from what the provider counts', () => {
    const asked = maintained('124', { ...uncounted, operationId: 'a', occurredAt: at(1) })
    const events = [toldAt('118', 0, 100), asked, toldAt('126', 2, [100, 30])]
    expect(transactionOf(events, late).refundedTotal).toBe(30)
  })

  test('M-4 a capture that was refused is what its refusal still counts', () => {
    const asked = toldAt('117', 1, 100, uncounted)
    const events = [toldAt('116', 0, 0), asked, toldAt('173', 2, 100), end]
    expect(orderOf(events, late)).toMatchObject(unpaid)
  })

  test('M-8 what was asked for is not what was done in an amount that cannot be read', () => {
    const done = toldAt('118', 1, 30, { ...uncounted, operationId: 'b' })
    const asked = toldAt('117', 2, 100, { operationId: 'b', amount: 100 })
    expect(orderOf([toldAt('116', 0, 0), done, asked], late)).toMatchObject(unpaid)
  })
})

describe('a settlement that is told again in another fact', () => {
  const asked = [toldAt('117', 1, 30), toldAt('117', 2, 100)]
  const done = toldAt('118', 3, 100)

  test('J-5 settles no second request', () => {
    const again = { ...done, currency: null }
    expect(orderOf([toldAt('116', 0, 0), ...asked, done], late)).toMatchObject({ paidTotal: 70 })
    expect(orderOf([toldAt('116', 0, 0), ...asked, done, again], late)).toMatchObject({ paidTotal: 70 })
    expect(orderOf([toldAt('116', 0, 0), ...asked, done, toldAt('118', 4, 100)], late)).toMatchObject({
      paidTotal: 100,
    })
  })
})

describe('counters of no stated time', () => {
  const undated = { occurredAt: null }

  test('M-4 an end that states no time may count what was asked for at any time', () => {
    expect(orderOf([toldAt('117', 1, 30), toldAt('114', 2, 30, undated)], late)).toMatchObject(unpaid)
  })

  test('M-2 so may a capture', () => {
    const asked = [toldAt('117', 1, 30, { operationId: 'a' }), toldAt('117', 2, 100, { operationId: 'b' })]
    const done = toldAt('118', 3, 100, { ...undated, operationId: 'a' })
    expect(orderOf([toldAt('116', 0, 0), ...asked, done], late)).toMatchObject({ paidTotal: 30 })
  })

  test('M-7 an answer that counts more at a time that it does not state may be the last word', () => {
    const answer = answered('118', { ...counters(100, 30), ...undated })
    const events = [toldAt('116', 0, 0), toldAt('114', 1, 0), answer]
    expect(orderOf(events, late)).toMatchObject(unsafe)
  })
})
