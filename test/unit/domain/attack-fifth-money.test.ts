import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import type { Given } from '../../support/facts.ts'
import { authorized, late, linkedStep, operatorOn, sold, toldAt } from '../../support/hostile-facts.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  disputed,
  maintained,
  orderOf,
  settle,
} from '../../support/facts.ts'

/** Wrong yeses that a fifth hostile reading found: money that was counted as held, or as given back. */

const unsafe = { safeToRetry: false }
const unknown = { paid: false, paidReason: 'amount_unknown' }

describe('disputes', () => {
  const stage = (name: Parameters<typeof disputed>[0], day: number, amount: number | null) =>
    disputed(name, `2026-04-0${day}`, { amount })

  test('M-10 a later stage may take again what was given back, or repeat what is taken', () => {
    const two = [stage('first_chargeback', 2, 50), stage('first_chargeback', 3, 50)]
    const back = stage('representment', 4, 50)
    const again = stage('second_chargeback', 5, 50)
    expect(orderOf([sold, ...two, back], late)).toMatchObject({ netTotal: 50 })
    expect(orderOf([sold, ...two, back, again], late)).toMatchObject({ ...unknown, netTotal: null })
    const whole = [stage('first_chargeback', 2, 100), stage('representment', 3, 30)]
    expect(orderOf([sold, ...whole, stage('second_chargeback', 4, 30)], late)).toMatchObject(unknown)
    expect(orderOf([sold, ...whole, stage('second_chargeback', 4, 100)], late).netTotal).toBe(0)
  })

  test('M-10 what was taken again is not taken a third time', () => {
    const once = [stage('first_chargeback', 2, 60), stage('representment', 3, 60)]
    const events = [sold, ...once, stage('second_chargeback', 4, 60), stage('arbitration', 5, 60)]
    expect(orderOf(events, late)).toMatchObject({ netTotal: 40, chargedBackTotal: 60 })
  })

  test('M-10 which of two disputes a reversal without an amount gave back is not known', () => {
    const first = stage('first_chargeback', 2, 50)
    const cancelled = stage('first_cancellation', 4, null)
    for (const only of [first, stage('first_chargeback', 2, null)])
      expect(orderOf([sold, only, cancelled], late)).toMatchObject({ paid: true, netTotal: 100 })
    const both = [first, stage('first_chargeback', 3, 50)]
    expect(orderOf([sold, ...both, cancelled], late)).toMatchObject({ ...unknown, netTotal: null })
  })
})

describe('unknown codes', () => {
  test('F-9 one that comes after a capture may have charged it back', () => {
    const captured = [toldAt('116', 0, 0), toldAt('118', 5, 100)]
    expect(orderOf([...captured, toldAt('188', 9, 100)], late)).toMatchObject({ ...unknown, netTotal: null })
    const untimed = toldAt('188', 9, 100, { occurredAt: null })
    expect(orderOf([...captured, untimed], late)).toMatchObject(unknown)
    expect(orderOf([...captured, toldAt('188', 3, 100)], late)).toMatchObject({ paid: true, netTotal: 100 })
    const implied = [toldAt('126', 5, [100, 30]), toldAt('188', 3, 100)]
    expect(orderOf(implied, late)).toMatchObject(unknown)
  })

  test('M-7 an answer that an operation of no table succeeded may tell of money given back', () => {
    const strange = beAnswered('cancellation', '0000', { reference: 'X1', amount: 100 })
    expect(orderOf([sold, strange], late)).toMatchObject({ ...unknown, netTotal: null, ...unsafe })
    const own = beAnswered('', '0000', { amount: 100 })
    expect(orderOf([sold, own], late)).toMatchObject({ paid: true, netTotal: 100 })
  })
})

describe('counters that contradict', () => {
  test('M-3 a step that was done over an amount is not one that counts 0', () => {
    const end = [toldAt('116', 0, 0), toldAt('115', 9, 0)]
    const capture = toldAt('118', 5, 0, { operationId: 'c', amount: 60 })
    expect(orderOf([...end, capture], late)).toMatchObject({ reason: 'amount_unknown', ...unsafe })
    const refund = toldAt('126', 6, [100, 0], { operationId: 'r', amount: 100 })
    expect(orderOf([toldAt('118', 5, 100), refund], late)).toMatchObject(unknown)
  })

  test('M-3 a refusal of no stated time may count less because it came later', () => {
    const capture = toldAt('118', 5, 40)
    const refusal = (given: Given) => toldAt('173', 6, 0, given)
    expect(orderOf([capture, refusal({ occurredAt: null })], late)).toMatchObject(unknown)
    expect(orderOf([capture, refusal({ occurredAt: at(4) })], late)).toMatchObject({ paid: true })
  })

  test('M-3 a later refusal that counts less refutes a step that states no counter', () => {
    const capture = toldAt('118', 5, 0, { capturedTotal: null, operationId: 'c', amount: 60 })
    const refusal = (captured: number, second: number) => toldAt('173', second, captured)
    expect(orderOf([capture, refusal(0, 6)], late)).toMatchObject(unknown)
    expect(orderOf([capture, refusal(0, 4)], late)).toMatchObject({ paid: true, netTotal: 60 })
    expect(orderOf([capture, refusal(60, 6)], late)).toMatchObject({ paid: true, netTotal: 60 })
  })
})

describe('steps that state no counter', () => {
  const none: Given = { capturedTotal: null, refundedTotal: null }
  const end = toldAt('114', 9, [60, 60])

  test('M-7 a capture after the last counter is not in it', () => {
    const returned = [toldAt('118', 1, 60), toldAt('126', 2, [60, 60])]
    expect(orderOf([...returned, end], late)).toMatchObject({ safeToRetry: true })
    for (const occurredAt of [at(4), null]) {
      const capture = toldAt('118', 4, 0, { ...none, occurredAt, operationId: 'c', amount: 30 })
      expect(orderOf([...returned, end, capture], late)).toMatchObject({
        reason: 'amount_unknown',
        ...unsafe,
      })
    }
  })

  test('M-7 nor is a refund', () => {
    const refund = (second: number) => toldAt('126', second, 0, { ...none, operationId: 'r', amount: 70 })
    const counted = [toldAt('118', 1, 100), toldAt('126', 5, [100, 30])]
    expect(orderOf([...counted, refund(6)], late)).toMatchObject(unknown)
    expect(orderOf([...counted, refund(4)], late)).toMatchObject({ paid: true, netTotal: 70 })
  })

  test('M-4 one of less than a refund counts is not all that was captured', () => {
    const capture = toldAt('118', 1, 0, { ...none, operationId: 'c', amount: 30 })
    const refund = (captured: number) => toldAt('126', 2, [captured, 30])
    const ended = (captured: number) => toldAt('114', 9, [captured, 30])
    expect(orderOf([capture, refund(60), ended(60)], late)).toMatchObject({
      ...{ reason: 'amount_unknown', ...unsafe },
    })
    expect(orderOf([capture, refund(30), ended(30)], late)).toMatchObject({ safeToRetry: true })
  })
})

test('M-5 a capture that was refused is not in a counter that has fallen since', () => {
  const events = (captured: number) => [
    ...[toldAt('116', 0, 0), toldAt('173', 5, 100), toldAt('114', 9, captured)],
  ]
  expect(orderOf(events(60), late)).toMatchObject({ netTotal: 60, ...unsafe })
  expect(orderOf(events(100), late)).toMatchObject({ netTotal: 0, safeToRetry: true })
})

test('F-4 a success of no stated time may be later than a refusal', () => {
  const refusal = toldAt('113', 5, 0, { authorizedTotal: 0 })
  const granted = (occurredAt: string | null) => toldAt('116', 1, 0, { occurredAt })
  expect(orderOf([refusal, granted(at(1))], late)).toMatchObject({ safeToRetry: true })
  expect(orderOf([refusal, granted(null)], late)).toMatchObject(unsafe)
  const untimed = { ...refusal, occurredAt: null }
  expect(orderOf([toldAt('118', 1, 100), untimed], late)).toMatchObject({ ...unknown, ...unsafe })
})

test.each([
  [
    'be2bill',
    beNotified('payment', '4001'),
    beAnswered('capture', '0000', { reference: 'S1', amount: 30, parentReference: 'A1' }),
  ],
  [
    'be2bill',
    beNotified('payment', '4001'),
    beAnswered('refund', '0000', { reference: 'R1', amount: 30, parentReference: 'A1' }),
  ],
  ['hipay', toldAt('113', 5, 0), maintained('118', { ...counters(100, 30), occurredAt: at(4), amount: 30 })],
])(
  'A-10 a step that an answer tells of a refused payment is the trace of another one (%s)',
  (_who, refusal, answer) => {
    expect(orderOf([refusal], late)).toMatchObject({ safeToRetry: true })
    expect(orderOf([refusal, answer], late)).toMatchObject({ ...unsafe, reason: 'unbalanced' })
  },
)

test('F-7 a capture of no stated time may have begun after an end', () => {
  const untimed: Given = { occurredAt: null }
  const events = (given: Given): StoredEvent[] => [
    ...[toldAt('116', 0, 0), toldAt('114', 8, 0)],
    ...[toldAt('118', 5, 30, given), toldAt('126', 9, [30, 30])],
  ]
  expect(orderOf(events(untimed), late)).toMatchObject({ ...unsafe, reason: 'authorization_open' })
  expect(orderOf([...events(untimed), toldAt('117', 4, 30)], late)).toMatchObject({ safeToRetry: true })
  expect(orderOf(events({}), late)).toMatchObject({ safeToRetry: true })
  const all = events(untimed).map((fact) => ({ ...fact, ...untimed }))
  expect(orderOf(all, late)).toMatchObject({ safeToRetry: true })
})

describe('voids without a link', () => {
  const second = beNotified('authorization', '0000', { reference: 'A2', amount: 100 })
  const voided = (amount: number) => beNotified('void', '0000', { reference: 'V1', amount })

  test('A-10 one of all that a payment had may have taken its capture back', () => {
    const captured = [authorized, ...linkedStep('capture', 'S1', 30)]
    const events = [...captured, second, voided(100)]
    for (const given of [{ ...late, after: 60_000 }, late])
      expect(orderOf(events, given)).toMatchObject({ ...unknown, ...unsafe })
    expect(orderOf([...captured, second, voided(101)], late)).toMatchObject(unknown)
    expect(orderOf([...captured, voided(100)], late)).toMatchObject(unknown)
    expect(orderOf([...captured, voided(70)], late)).toMatchObject({ paid: true, netTotal: 30 })
  })
})

test.each([
  ['a refund', linkedStep('refund', 'R1', 100)],
  ['a chargeback', [disputed('first_chargeback', '2026-04-02', { amount: 100 })]],
])(
  'A-10 %s of a payment that was captured without a link counts when its excess is closed',
  (_what, back) => {
    const capture = beNotified('capture', '0000', { reference: 'S1', amount: 100 })
    const events = [authorized, capture, ...back]
    const resolutions = [operatorOn(events, 'amount_mismatch', null)]
    expect(orderOf(events, { ...late, resolutions })).toMatchObject({ paid: false, netTotal: 0 })
    const without = [sold, beNotified('payment', '0000', { reference: 'A2', amount: 100 }), ...back, ...back]
    expect(orderOf(without, late)).toMatchObject({ paid: true, netTotal: 100 })
  },
)

test('A-2 answers alone that name several orders leave each of them unpaid', () => {
  const payment = toldAt('118', 1, 100, { orderId: null })
  const answer = answered('118', { ...counters(100, 100), occurredAt: at(1) })
  const step = { ...counters(100, 100, 30), occurredAt: at(5), orderId: 'A0', amount: 30 }
  const refund = maintained('124', step)
  const paid = (events: readonly StoredEvent[]) =>
    settle(events, late).orders.map((order) => [order.orderId, order.paid])
  expect(paid([payment, answer])).toEqual([['O1', true]])
  expect(paid([payment, answer, refund])).toEqual([
    ['A0', false],
    ['O1', false],
  ])
  const named = { ...payment, orderId: 'O1' }
  expect(paid([named, answer, refund])).toEqual([
    ['A0', false],
    ['O1', true],
  ])
  const resolutions = [operatorOn([payment, answer, refund], 'order_mismatch', null)]
  expect(settle([payment, answer, refund], { ...late, resolutions }).orders[0]?.paid).toBe(true)
})
