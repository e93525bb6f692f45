import { describe, expect, test } from 'vitest'
import type { Given } from '../../support/facts.ts'
import { late, linkedStep, operatorOn, toldAt } from '../../support/hostile-facts.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  expected,
  HOUR,
  maintained,
  notified,
  orderOf,
  settle,
  transactionOf,
} from '../../support/facts.ts'

/** Wrong yeses that a third hostile reading found in orders, operators' words and the two sides. */

const sold = beNotified('payment', '0000', { amount: 100 })
const unsafe = { safeToRetry: false }
const unpaid = { paid: false }
const old = { ...late, after: 40 * DAY }

describe('operators', () => {
  test('Q-5 an authorization that was captured since its end was stated had not ended', () => {
    const granted = [toldAt('116', 0, 0)]
    const resolutions = [operatorOn(granted, 'authorization_open', null, old)]
    const returned = [...granted, toldAt('118', 50, 30), toldAt('126', 60, [30, 30])]
    expect(orderOf(granted, { ...old, resolutions })).toMatchObject({ safeToRetry: true })
    expect(orderOf(returned, { ...old, resolutions })).toMatchObject(unsafe)
    const again = [operatorOn(returned, 'authorization_open', null, old)]
    expect(orderOf(returned, { ...old, resolutions: again })).toMatchObject({ safeToRetry: true })
  })

  test.each([
    [
      'an answer',
      (second: number) =>
        maintained('117', { ...counters(100, 60), operationId: 'X', amount: 60, occurredAt: at(second) }),
      60,
    ],
    [
      'a cut-off call',
      (second: number) =>
        cutOff({
          ...{ operation: 'capture', operationId: 'X', parentReference: 'T1' },
          ...{ requestedAt: at(second), answeredAt: at(second + 10) },
        }),
      0,
    ],
  ])(
    'Q-5 a capture that %s tells again under its name is not denied with the first',
    (_name, call, counted) => {
      const first = [toldAt('116', 0, 0), call(10)]
      const resolutions = [operatorOn(first, 'missing_notification', 'not_processed')]
      const end = toldAt('115', 1_000, counted)
      expect(orderOf([...first, end], { ...late, resolutions })).toMatchObject({ safeToRetry: true })
      expect(orderOf([...first, call(600), end], { ...late, resolutions })).toMatchObject(unsafe)
    },
  )

  test('Q-5 what is only looked up again asks for nothing', () => {
    const pending = (second: number, given: Given = {}) =>
      answered('200', { ...counters(100), occurredAt: at(second), ...given })
    const first = [pending(0)]
    const given = { ...late, after: 20 * DAY }
    const resolutions = [operatorOn(first, 'missing_notification', 'not_processed', given)]
    const again = [...first, pending(9, { lookup: true, channel: null })]
    expect(orderOf(again, { ...given, resolutions })).toMatchObject({ safeToRetry: true })
  })
})

describe('instalment plans', () => {
  const instalment = (reference: string, index: number, code = '0000') =>
    beNotified('payment', code, { reference, amount: 333, schedule: { index, total: 3 } })
  const returned = (...payments: string[]) =>
    payments.flatMap((payment) => linkedStep('refund', `R${payment}`, 333, { payment }))

  test('A-6 a plan that is begun after an operator closed another one goes on', () => {
    const first = [instalment('I1', 1), ...returned('I1')]
    const resolutions = [operatorOn(first, 'authorization_open', null, old)]
    expect(orderOf(first, { ...old, resolutions })).toMatchObject({ safeToRetry: true })
    const both = [...first, instalment('J1', 1), ...returned('J1')]
    expect(orderOf(both, { ...old, resolutions })).toMatchObject(unsafe)
  })

  test('A-6 a last instalment that was refused and asked for again is not the last one of two plans', () => {
    const whole = [instalment('I1', 1), instalment('I2', 2), instalment('I3', 3, '4001'), instalment('I4', 3)]
    const over = [...whole, ...returned('I1', 'I2', 'I4')]
    expect(orderOf(over, late)).toMatchObject({ safeToRetry: true })
    expect(orderOf([...over, instalment('J1', 1), ...returned('J1')], late)).toMatchObject(unsafe)
  })
})

describe('announcements', () => {
  const given = (amount: number) => ({
    ...{ after: -HOUR, policy: { responses: 'expected' } as const },
    expectations: [expected({ provider: 'be2bill', amount, currency: 'EUR', createdAt: at(10) })],
  })

  test('R-9 an attempt over another amount, or in another currency, answers no announcement', () => {
    const refused = beNotified('payment', '4001', { amount: 55, receivedAt: at(30) })
    expect(orderOf([refused], given(55))).toMatchObject({ safeToRetry: true })
    expect(orderOf([refused], given(100))).toMatchObject(unsafe)
    expect(orderOf([{ ...refused, currency: 'JPY' }], given(55))).toMatchObject(unsafe)
  })

  test('R-9 nor does a call over another amount, unless it has its name', () => {
    const refused = (more: Given = {}) =>
      beAnswered('payment', '4001', {
        reference: null,
        amount: 55,
        answeredAt: at(30),
        receivedAt: at(30),
        ...more,
      })
    expect(orderOf([refused()], given(55))).toMatchObject({ safeToRetry: true })
    expect(orderOf([refused()], given(100))).toMatchObject(unsafe)
    const named = expected({ provider: 'be2bill', amount: 100, operationId: 'X', createdAt: at(10) })
    const about = { ...given(100), expectations: [named] }
    expect(orderOf([refused({ operationId: 'X' })], about)).toMatchObject({ safeToRetry: true })
  })
})

describe('money of an order', () => {
  test('A-2 a payment whose notifications name several orders covers none of them', () => {
    const [one, other] = ['A', 'B'].map((orderId) => ({ ...sold, orderId, id: orderId, inboxId: orderId }))
    const refund = beNotified('refund', '0000', { reference: 'R1', amount: 30, orderId: 'A' })
    const link = beAnswered('refund', '0000', {
      ...{ reference: 'R1', amount: 30, orderId: 'A' },
      parentReference: 'A1',
    })
    for (const events of [
      [one!, other!],
      [other!, refund, link],
    ]) {
      const { orders } = settle(events, late)
      expect(orders.map(({ paid }) => paid)).toEqual([false, false])
      expect(orders[0]).toMatchObject({ paidReason: 'amount_unknown', paidSources: [{ id: 'A1' }] })
    }
    const resolutions = [operatorOn([one!, other!], 'order_mismatch', null)]
    expect(settle([one!, other!], { ...late, resolutions }).orders.map(({ paid }) => paid)).toEqual([
      true,
      false,
    ])
  })

  test.each([
    ['refund', false],
    ['void', false],
    ['capture', true],
  ])('A-2 a %s that is told for another order too may be of this one', (operation, paid) => {
    const steps = ['O1', 'A'].map((orderId) =>
      beNotified(operation, '0000', { reference: 'S1', amount: 100, orderId, inboxId: orderId }),
    )
    const { orders } = settle([sold, ...steps], late)
    expect(orders.find(({ orderId }) => orderId === 'O1')).toMatchObject({ paid })
  })

  test('M-7 an operation of no table may have taken money back', () => {
    for (const reference of ['X1', null]) {
      const unknown = beNotified('cancellation', '0000', { reference, amount: 100 })
      expect(orderOf([sold, unknown], late), String(reference)).toMatchObject(unpaid)
      const refused = beNotified('cancellation', '4001', { reference, amount: 100 })
      expect(orderOf([sold, refused], late), String(reference)).toMatchObject({ paid: true })
    }
  })

  test('A-2 what was paid out to the customer covers nothing', () => {
    const credit = (amount: number | null) => beNotified('credit', '0000', { reference: 'K1', amount })
    for (const amount of [100, null])
      expect(orderOf([sold, credit(amount)], late)).toMatchObject({
        paid: false,
        netTotal: 100,
        safeToRetry: false,
      })
    expect(orderOf([credit(null)], late)).toMatchObject({ paid: false, paidReason: 'nothing_held' })
  })
})

describe('two sides', () => {
  test('W-1 done over another amount than was asked for is not matched', () => {
    for (const code of ['0001', '0003', '5004', '5002'])
      expect(
        transactionOf([beAnswered('payment', code, { amount: 60 }), sold], late).reconciliation,
        code,
      ).toBe('awaiting_notification')
    for (const amount of [100, null, 0])
      expect(transactionOf([beAnswered('payment', '0001', { amount }), sold], late).reconciliation).toBe(
        'matched',
      )
    const part = { ...sold, schedule: { index: 1, total: 2 } }
    expect(transactionOf([beAnswered('payment', '0001', { amount: 200 }), part], late).reconciliation).toBe(
      'matched',
    )
  })

  const named = { operationId: 'r', occurredAt: at(5) }

  test.each([
    {
      kind: 'refund',
      steps: [
        toldAt('118', 1, 100),
        maintained('124', { ...counters(100, 100, 60), ...named, amount: 60 }),
        toldAt('126', 6, [100, 30], { operationId: 'r', amount: 30 }),
      ],
    },
    {
      kind: 'capture',
      steps: [
        toldAt('116', 1, 0),
        maintained('117', { ...counters(100, 60), ...named, amount: 60 }),
        toldAt('118', 6, 30, { operationId: 'r', amount: 30 }),
      ],
    },
  ])('W-1 nor is a $kind that carries the same operation id', ({ kind, steps }) => {
    const step = transactionOf(steps, late).operations.find(({ operation }) => operation === kind)
    expect(step?.reconciliation).toBe('awaiting_notification')
    expect(discrepanciesOf(steps, late)).toContainEqual(['missing_notification', 60])
  })

  test('J-10 the last word on what is authorized is compared, in whatever words it comes', () => {
    const answer = answered('116', { ...counters(100), occurredAt: at(0) })
    const events = [answer, toldAt('116', 0, 0), toldAt('118', 1, 60, { authorizedTotal: 60 })]
    expect(transactionOf(events, late).reconciliation).toBe('discrepant')
    expect(transactionOf([answer, notified('116', counters(100))], late).reconciliation).toBe('matched')
  })
})
