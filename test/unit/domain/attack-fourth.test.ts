import { describe, expect, test } from 'vitest'
import type { Given } from '../../support/facts.ts'
import { authorized, late, linkedStep, operatorOn, sold, toldAt } from '../../support/hostile-facts.ts'
import {
  at,
  beAnswered,
  beNotified,
  DAY,
  discrepanciesOf,
  hostedPage,
  maintained,
  MINUTE,
  orderOf,
  RECEIVED_AT,
  settle,
  transactionOf,
} from '../../support/facts.ts'

/** Wrong yeses that a fourth hostile reading found: what may have taken money back, and what has not ended. */

const unsafe = { safeToRetry: false }
const unknown = { paid: false, paidReason: 'amount_unknown' }
const early = { ...late, after: MINUTE }

describe('steps that do not count', () => {
  const ours = { ...late, policy: { ...late.policy, merchantIds: ['OURS'] } }
  const foreign: [string, Given][] = [
    ['mode', { test: true }],
    ['merchant', { merchantId: 'OTHER' }],
  ]

  test.each(foreign)('A-3 a step of the wrong %s may have given money of this order back', (_what, given) => {
    for (const operation of ['refund', 'void', 'credit', 'cancellation']) {
      const step = beNotified(operation, '0000', { reference: 'R1', amount: 100, ...given })
      expect(orderOf([sold, step], ours), operation).toMatchObject({
        ...{ ...unknown, netTotal: 100, safeToRetry: false },
        paidSources: [{ kind: 'transaction', id: 'R1' }],
      })
    }
    const capture = beNotified('capture', '0000', { reference: 'S1', amount: 100, ...given })
    expect(orderOf([sold, capture], ours)).toMatchObject({ paid: true })
  })

  test.each(foreign)('A-3 a payment of the wrong %s gives back its own money', (_what, given) => {
    const other = beNotified('payment', '0000', { reference: 'A2', amount: 60, ...given })
    const refunded = [sold, other, ...linkedStep('refund', 'R2', 60, { payment: 'A2' })]
    expect(orderOf(refunded, ours)).toMatchObject({ paid: true, netTotal: 100 })
    const credited = [sold, other, ...linkedStep('credit', 'K2', 100, { payment: 'A2' })]
    expect(orderOf(credited, ours)).toMatchObject(unknown)
    const capture = beNotified('capture', '0000', { reference: 'S1', amount: 60 })
    expect(orderOf([...refunded, capture], ours)).toMatchObject(unknown)
  })
})

describe('credits', () => {
  const credit = (code: string, given: Given = {}) =>
    beNotified('credit', code, { reference: 'K1', amount: 100, ...given })

  test.each([
    ['A-4 in another currency', credit('0000', { currency: 'GBP', amount: 90 })],
    ['M-7 of an unknown code', credit('0007')],
    ['R-8 of no payment', credit('0000', { reference: null })],
  ])('%s', (_what, step) => {
    expect(orderOf([sold, step], late)).toMatchObject({ ...unknown, ...unsafe })
  })

  test('A-2 one that was refused pays nothing out', () => {
    expect(orderOf([sold, credit('4001')], late)).toMatchObject({ paid: true })
    expect(orderOf([sold, credit('4001', { reference: null })], late)).toMatchObject({ paid: true })
  })

  test.each(['credit', 'cancellation'])('A-2 a %s that is told for another order too', (operation) => {
    const steps = ['O1', 'A'].map((orderId) =>
      beNotified(operation, '0000', { reference: 'K1', amount: 100, orderId, inboxId: orderId }),
    )
    const { orders } = settle([sold, ...steps], late)
    expect(orders.find(({ orderId }) => orderId === 'O1')).toMatchObject(unknown)
  })
})

describe('money that the provider tells to be refused', () => {
  const captured = beNotified('capture', '0000', { reference: 'S1', amount: 100 })
  const refusedToo = beNotified('capture', '4001', { reference: 'S1', amount: 100 })

  test.each([
    ['a sale, at a time that is not stated', [sold, beNotified('payment', '4001', { amount: 100 })]],
    ['a capture, at a time that is not stated', [authorized, captured, refusedToo]],
    ['a capture, at one moment', [toldAt('116', 0, 0), toldAt('118', 1, 100), toldAt('173', 1, 100)]],
    ['a sale, at one moment', [toldAt('118', 1, 100), toldAt('113', 1, 0)]],
    ['a sale, later', [toldAt('118', 1, 100), toldAt('113', 2, 0)]],
  ])('A-2 covers nothing until an operator has closed that: %s', (_what, events) => {
    expect(orderOf(events, late)).toMatchObject({ ...unknown, netTotal: 100, ...unsafe })
    const resolutions = [operatorOn(events, 'outcome_mismatch', null)]
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ paid: true })
  })

  test('A-2 what only the merchant tells to be refused is paid', () => {
    const answer = beAnswered('payment', '4001', { amount: 100 })
    expect(orderOf([sold, answer], late)).toMatchObject({ paid: true, ...unsafe })
  })
})

describe('voids beside captures without a link', () => {
  const capture = (amount: number, reference = 'S1') => beNotified('capture', '0000', { reference, amount })
  const voided = (amount: number, payment = 'A1') => linkedStep('void', 'V1', amount, { payment })
  const second = beNotified('authorization', '0000', { reference: 'A2', amount: 60 })

  test('F-12 one that only an answer tells leaves nothing paid', () => {
    expect(orderOf([authorized, capture(100), voided(100)[1]!], late)).toMatchObject({
      ...unknown,
      ...unsafe,
    })
  })

  test('A-10 one of more than the rest took captured money back, whether or not a deadline is over', () => {
    const events = [authorized, capture(100), ...voided(100)]
    for (const given of [early, late]) expect(orderOf(events, given)).toMatchObject({ ...unknown, ...unsafe })
    expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', 100]])
    expect(orderOf([authorized, capture(60), ...voided(40)], late)).toMatchObject({
      paid: true,
      netTotal: 60,
    })
  })

  test.each([
    ['of one of two payments', [authorized, second, capture(60), ...voided(60, 'A2')], 60],
    ['of a payment of unknown amount', [{ ...authorized, amount: null }, capture(60), ...voided(50)], 50],
    ['of a part', [authorized, second, capture(30), ...voided(50, 'A2')], 20],
  ])('A-10 one may have ended the rest or taken a capture back: %s', (_what, events, amount) => {
    for (const given of [early, late]) expect(orderOf(events, given)).toMatchObject({ ...unknown, ...unsafe })
    expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', amount]])
    const resolutions = [operatorOn(events, 'amount_mismatch', null)]
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ paid: true })
  })

  test('A-10 a capture whose answer names its payment leaves no doubt', () => {
    const named = [authorized, second, ...linkedStep('capture', 'S1', 60), ...voided(60, 'A2')]
    expect(orderOf(named, late)).toMatchObject({ paid: true, netTotal: 60 })
  })
})

describe('amounts', () => {
  test('M-8 a refund that the provider tells unreadably is not what others were', () => {
    const unread: Given = {
      ...{ authorizedTotal: null, capturedTotal: null, refundedTotal: null, amount: null },
      ...{ operationId: 'b', invalidAmounts: ['refunded_amount'] },
    }
    const first = toldAt('126', 2, [100, 30], { operationId: 'a', amount: 30 })
    const second = toldAt('125', 3, [100, 100], unread)
    const { authorizedTotal, capturedTotal, refundedTotal, occurredAt } = toldAt('125', 3, [100, 100])
    const answer = maintained('125', {
      ...{ authorizedTotal, capturedTotal, refundedTotal, occurredAt },
      ...{ operationId: 'b', amount: 70 },
    })
    for (const events of [[second], [second, answer]])
      expect(orderOf([toldAt('118', 1, 100), first, ...events], late)).toMatchObject(unknown)
  })

  test('M-7 an operation of no table may have taken money back under the reference of its payment', () => {
    const strange = beNotified('cancellation', '0000', { amount: 100 })
    expect(orderOf([sold, strange], late)).toMatchObject({ ...unknown, ...unsafe })
  })

  test('M-9 an answer that names a payment and no operation grants nothing', () => {
    const capture = beNotified('capture', '0000', { reference: 'S1', amount: 100 })
    const step = beAnswered('', '0000', { reference: 'S1', amount: 100, parentReference: 'A1' })
    const events = [authorized, capture, step, ...linkedStep('void', 'V1', 100)]
    expect(transactionOf(events, late).authorizedTotal).toBe(100)
    expect(orderOf(events, late)).toMatchObject({ paid: false, netTotal: 0 })
  })

  test('M-11 what was captured after a chargeback of the whole is not charged back with it', () => {
    const partly = [toldAt('116', 0, 0), toldAt('118', 1, 50), toldAt('181', 2, 50)]
    expect(transactionOf(partly, late)).toMatchObject({ capturedTotal: 50, chargedBackTotal: 50 })
    const more = [...partly, toldAt('118', 3, 80)]
    expect(transactionOf(more, late)).toMatchObject({ capturedTotal: 80, chargedBackTotal: null })
    expect(orderOf(more, late)).toMatchObject({ ...unknown, ...unsafe })
  })
})

describe('what has not ended', () => {
  test.each(['114', '115', '143'])(
    'F-7 a capture that began after a %s shows that some still stood',
    (code) => {
      const returned = [toldAt('118', 5, 30), toldAt('126', 6, [30, 30])]
      const end = [toldAt('116', 0, 0), toldAt(code, 2, 0)]
      expect(orderOf([...end, ...returned], late)).toMatchObject({ ...unsafe, reason: 'authorization_open' })
      expect(orderOf([...end, toldAt('117', 1, 30), ...returned], late)).toMatchObject({ safeToRetry: true })
    },
  )

  test('Q-5 an authorization that is granted again is not the one that an operator closed', () => {
    const old = { ...late, after: 40 * DAY }
    const granted = [toldAt('116', 10, 0)]
    const resolutions = [operatorOn(granted, 'authorization_open', null, old)]
    expect(orderOf(granted, { ...old, resolutions })).toMatchObject({ safeToRetry: true })
    const again = [...granted, toldAt('116', 900, 0)]
    expect(orderOf(again, { ...old, resolutions })).toMatchObject(unsafe)
  })

  const page = (operationId: string, second: number) =>
    hostedPage({
      ...{ operationId, inboxId: operationId, receivedAt: at(second) },
      ...{ requestedAt: at(second), answeredAt: at(second) },
    })
  const paidAt = (reference: string, second: number) => [
    toldAt('118', second, 100, { reference, createdAt: at(second), receivedAt: at(second) }),
    toldAt('125', second + 9, [100, 100], { reference, createdAt: at(second), receivedAt: at(second + 9) }),
  ]
  const soon = { ...late, after: Date.parse(at(3_600)) - Date.parse(RECEIVED_AT) }

  test('R-9 a success ends one page, not every page that is open', () => {
    const pages = [page('one', 0), page('two', 60)]
    expect(orderOf([...pages, ...paidAt('T1', 120)], soon)).toMatchObject({ reason: 'request_in_flight' })
    const both = [...pages, ...paidAt('T1', 120), ...paidAt('T2', 180)]
    expect(orderOf(both, soon)).toMatchObject({ safeToRetry: true })
    expect(orderOf([page('one', 0), ...paidAt('T1', 120)], soon)).toMatchObject({ safeToRetry: true })
  })

  test('R-9 it is the last of the attempts that its page allows', () => {
    const refusedAt = (reference: string, second: number) =>
      toldAt('113', second, 0, { reference, createdAt: at(second), receivedAt: at(second) })
    const given = { ...soon, policy: { ...soon.policy, pageAttempts: 2 } }
    const events = [page('one', 0), page('two', 60), ...paidAt('T1', 120), refusedAt('T2', 130)]
    expect(orderOf([...events, refusedAt('T3', 140)], given)).toMatchObject({ reason: 'request_in_flight' })
    const all = [...events, refusedAt('T3', 140), refusedAt('T4', 150)]
    expect(orderOf(all, given)).toMatchObject({ safeToRetry: true })
  })
})
