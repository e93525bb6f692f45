import { describe, expect, test } from 'vitest'
import { late, linkedStep, toldAt } from '../../support/hostile-facts.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  disputed,
  discrepanciesOf,
  expected,
  notified,
  orderOf,
  transactionOf,
} from '../../support/facts.ts'

/** Wrong yeses that a third hostile reading found in the money of one payment. */

const sold = beNotified('payment', '0000', { amount: 100 })
const authorized = beNotified('authorization', '0000', { amount: 100 })
const unsafe = { safeToRetry: false }
const unpaid = { paid: false }
const euros = (amount: number, provider: 'hipay' | 'be2bill' = 'be2bill') => ({
  ...late,
  expectations: [expected({ provider, amount, currency: 'EUR' })],
})

describe('ends of an authorization', () => {
  test.each(['115', '143'])('F-7 a %s that states no counters takes back no captured money', (code) => {
    const events = [toldAt('118', 1, 100), notified(code, { occurredAt: at(2) })]
    expect(orderOf(events, late)).toMatchObject({ netTotal: 100, safeToRetry: false })
  })

  test.each(['114', '115', '143'])('F-7 a %s ends nothing that was granted after it', (code) => {
    const end = toldAt(code, 1, 0)
    expect(orderOf([toldAt('116', 0, 0), end], late)).toMatchObject({ safeToRetry: true })
    expect(orderOf([end, toldAt('116', 2, 0)], late)).toMatchObject(unsafe)
    expect(orderOf([toldAt('116', 0, 0), end, toldAt('116', 2, 0)], late)).toMatchObject(unsafe)
    // One that states no time is not known to come last.
    const undated = { ...end, occurredAt: null }
    expect(orderOf([toldAt('116', 0, 0), undated], late)).toMatchObject(unsafe)
  })
})

describe('what was authorized', () => {
  test('J-10 what the provider raised an authorization to stands', () => {
    const raised = { authorizedTotal: 150 }
    const captured = toldAt('118', 1, 100, raised)
    const events = [toldAt('116', 0, 0), captured, toldAt('126', 2, [100, 100], raised)]
    expect(orderOf(events, late)).toMatchObject({ safeToRetry: false, reason: 'authorization_open' })
    const lower = [toldAt('116', 0, 0, raised), toldAt('118', 1, 100), toldAt('126', 2, [100, 100])]
    expect(orderOf(lower, late)).toMatchObject(unsafe)
  })
})

describe('voids that name their payment', () => {
  const unreadable = { invalidAmounts: ['AMOUNT'] }

  test('F-7 a void whose amount cannot be read may have taken back a part', () => {
    expect(orderOf([sold, ...linkedStep('void', 'V1', null, unreadable)], late)).toMatchObject({
      netTotal: null,
      safeToRetry: false,
    })
    expect(orderOf([authorized, ...linkedStep('void', 'V1', null, unreadable)], late)).toMatchObject(unsafe)
    const half = [authorized, ...linkedStep('capture', 'C1', 40), ...linkedStep('refund', 'R1', 40)]
    expect(orderOf([...half, ...linkedStep('void', 'V1', null, unreadable)], late)).toMatchObject(unsafe)
  })

  test('F-7 the amount that the merchant asked for is not what the provider could not tell', () => {
    const events = [
      sold,
      beNotified('void', '0000', { reference: 'V1', ...unreadable }),
      beAnswered('void', '0000', { reference: 'V1', amount: 100, parentReference: 'A1' }),
    ]
    expect(orderOf(events, late)).toMatchObject(unsafe)
  })

  test('F-7 a void of an authorization of unknown amount may have taken back what was captured', () => {
    const vague = beNotified('authorization', '0000', { invalidAmounts: ['AMOUNT'] })
    const captured = [vague, ...linkedStep('capture', 'C1', 100)]
    expect(orderOf(captured, late)).toMatchObject({ paid: true })
    expect(orderOf([...captured, ...linkedStep('void', 'V1', 100)], late)).toMatchObject(unpaid)
    expect(orderOf([vague, ...linkedStep('void', 'V1', 100)], late)).toMatchObject({
      netTotal: 0,
      safeToRetry: false,
    })
  })

  test('M-12 voids of more than was left are a contradiction, and not safe', () => {
    for (const [payment, ...steps] of [
      [authorized, ...linkedStep('void', 'V1', 60), ...linkedStep('void', 'V2', 60)],
      [sold, ...linkedStep('refund', 'R1', 80), ...linkedStep('void', 'V1', 40)],
    ] as const) {
      const events = [payment, ...steps]
      expect(orderOf(events, late)).toMatchObject({ safeToRetry: false, reason: 'unbalanced' })
      expect(discrepanciesOf(events, late)).toEqual([['amount_mismatch', 20]])
    }
  })

  test('M-12 what is left for a void beside refunds of unknown amount is not known to be exceeded', () => {
    const events = [sold, ...linkedStep('refund', 'R1', null), ...linkedStep('void', 'V1', 150)]
    expect(discrepanciesOf(events, late)).toEqual([])
    expect(orderOf(events, late)).toMatchObject(unsafe)
  })
})

describe('one step told in two amounts', () => {
  const step = (operation: string, reference: string, amount: number) =>
    beNotified(operation, '0000', { reference, amount })

  test('M-8 a refund of which two amounts are told gave back an unknown one', () => {
    for (const [one, other] of [
      [100, 10],
      [10, 9],
    ] as const) {
      const events = [sold, ...linkedStep('refund', 'R1', one), step('refund', 'R1', other)]
      expect(orderOf(events, late)).toMatchObject({ netTotal: null, safeToRetry: false })
    }
  })

  test('M-8 a sale of which two amounts are told covers nothing', () => {
    expect(orderOf([sold, step('payment', 'A1', 1_000)], euros(1_000))).toMatchObject(unpaid)
    expect(discrepanciesOf([sold, step('payment', 'A1', 1_000)], late)).toEqual([['amount_mismatch', 900]])
  })

  test('F-7 a void of which two amounts are told does not take back the whole', () => {
    const events = [sold, ...linkedStep('void', 'V1', 100), step('void', 'V1', 30)]
    expect(orderOf(events, late)).toMatchObject(unsafe)
  })

  test('M-8 of two moments the later amount counts', () => {
    const told = (amount: number, second: number) =>
      beNotified('payment', '0000', { amount, occurredAt: at(second) })
    expect(transactionOf([told(100, 1), told(70, 2)], late).capturedTotal).toBe(70)
  })

  test('F-12 a refund whose amount only the merchant tells sets no retry free', () => {
    const events = [
      sold,
      beNotified('refund', '0000', { reference: 'R1', invalidAmounts: ['AMOUNT'] }),
      beAnswered('refund', '0000', { reference: 'R1', amount: 100, parentReference: 'A1' }),
    ]
    expect(orderOf(events, late)).toMatchObject(unsafe)
  })
})

describe('disputes', () => {
  const part = (second: number, amount: number, counted = 100) =>
    toldAt('180', second, counted, { operationId: 'd', amount })

  test('M-11 one operation of a dispute that is told in two amounts took an unknown one', () => {
    const events = [toldAt('118', 1, 100), part(2, 80), part(3, 20)]
    expect(orderOf(events, euros(80, 'hipay'))).toMatchObject(unpaid)
    expect(transactionOf([...events.slice(0, 2), part(3, 80)], late).chargedBackTotal).toBe(80)
  })

  test('M-4 a dispute that is told twice proves its part once', () => {
    const events = [toldAt('116', 0, 0), toldAt('117', 1, 100), part(2, 30), part(3, 30)]
    expect(orderOf(events, late)).toMatchObject({ paidTotal: 30, netTotal: 0, paid: false })
  })

  test('M-10 a representment whose amount cannot be read gives back an unknown one', () => {
    const events = [
      sold,
      disputed('first_chargeback', '2026-04-02', { amount: 100 }),
      disputed('representment', '2026-05-02', { invalidAmounts: ['CHARGEBACKAMOUNT'] }),
    ]
    expect(orderOf(events, euros(100))).toMatchObject(unpaid)
  })
})

describe('refusals that count less than what was done', () => {
  const done = (code: string, second: number, total: number | [number, number]) =>
    toldAt(code, second, total, { operationId: 'a', amount: 60 })

  test('M-3 the refusal of one refund does not undo another one', () => {
    const refused = toldAt('165', 3, [100, 0], { operationId: 'b' })
    const events = [toldAt('118', 1, 100), done('126', 2, [100, 60])]
    expect(orderOf(events, euros(100, 'hipay'))).toMatchObject(unpaid)
    expect(orderOf([...events, refused], euros(100, 'hipay'))).toMatchObject(unpaid)
  })

  test('M-3 the refusal of one capture does not undo another one', () => {
    const events = [toldAt('116', 0, 0), done('118', 1, 60), toldAt('173', 2, 0, { operationId: 'b' })]
    expect(orderOf([...events, toldAt('115', 3, 0)], { ...late, after: DAY })).toMatchObject(unsafe)
    expect(transactionOf([toldAt('116', 0, 0), notified('173', counters(100))], late).capturedTotal).toBe(0)
  })
})
