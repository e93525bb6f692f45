import { describe, expect, test } from 'vitest'
import { authorization, capture, refund, sale, voiding } from '../../support/be2bill-steps.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  discrepanciesOf,
  expected,
  HOUR,
  notified,
  orderOf,
  RECEIVED_AT,
  receivedAfter,
  transactionOf,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { adviceOf } from '../../support/views.ts'

/** Orders balance: what unlinked steps use up and give back, and what stands. */

const late = { after: HOUR }

describe('voids that name their payment', () => {
  const linked = (reference: string, parentReference: string, amount: number | null) => [
    voiding(reference, amount),
    beAnswered('void', '0000', { reference, parentReference, amount }),
  ]

  test('F-7 a Be2bill void ends what is not captured, else takes back what is', () => {
    expect(orderOf([sale('A1', 100), ...linked('A2', 'A1', 100)])).toMatchObject({
      netTotal: 0,
      paid: false,
      reason: 'nothing_stands',
    })
    expect(orderOf([sale('A1', 100), ...linked('A2', 'A1', 30)])).toMatchObject({ netTotal: 70, paid: true })
    expect(adviceOf([authorization('A1', 100), ...linked('A2', 'A1', null)])).toBe('nothing_stands')
    expect(adviceOf([authorization('A1', 100), ...linked('A2', 'A1', 40)])).toBe('authorization_open')
    const two = [sale('A1', 100), sale('A2', 40), ...linked('A3', 'A2', 40)]
    expect(discrepanciesOf(two)).toEqual([])
    expect(orderOf([sale('A1', null), ...linked('A2', 'A1', 40)]).reason).toBe('amount_unknown')
    // Without an amount it takes back all that is held.
    expect(orderOf([sale('A1', 100), ...linked('A2', 'A1', null)])).toMatchObject({
      netTotal: 0,
      reason: 'nothing_stands',
    })
    const refunded = refund('A3', 30, { parentReference: 'A1' })
    expect(orderOf([sale('A1', 100), refunded, ...linked('A2', 'A1', null)])).toMatchObject({ netTotal: 0 })
    // What a refund of unknown amount left to take back is not known either.
    const vague = refund('A3', null, { parentReference: 'A1' })
    expect(orderOf([sale('A1', 100), vague, ...linked('A2', 'A1', 100)])).toMatchObject({
      netTotal: null,
      safeToRetry: false,
    })
  })
})

describe('authorizations that stand', () => {
  test('A-11 what is authorized and not captured forbids a retry', () => {
    expect(orderOf([notified('118', counters(100, 0))])).toMatchObject({
      reason: 'authorization_open',
      reasonSources: [{ kind: 'transaction', id: 'T1' }],
    })
    const partly = [
      notified('118', counters(100, 30)),
      notified('126', { ...counters(100, 30, 30), occurredAt: at(9) }),
    ]
    expect(adviceOf(partly)).toBe('authorization_open')
    for (const code of ['114', '115', '143'])
      expect(adviceOf([...partly, notified(code, counters(100, 30, 30))]), code).toBe('nothing_stands')
    expect(adviceOf([notified('116', counters(100))])).toBe('transaction_authorized')
  })

  test('A-11 unlinked captures of the order use it up', () => {
    const all = [authorization('A1', 100), capture('A2', 100), refund('A3', 100)]
    expect(adviceOf(all)).toBe('nothing_stands')
    const some = [authorization('A1', 100), capture('A2', 30), refund('A3', 30)]
    expect(adviceOf(some)).toBe('transaction_authorized')
  })

  test('A-11 after thirty days it is told, if nothing else forbids a retry, until an operator closes it', () => {
    const events = [notified('116', counters(100))]
    expect(discrepanciesOf(events, { after: 30 * DAY - 1 })).toEqual([])
    expect(discrepanciesOf(events, { after: 30 * DAY })).toEqual([['authorization_open', 100]])
    const key = 'authorization_open||order:O1:authorization:T1'
    const resolutions = [{ key, outcome: null, at: RECEIVED_AT }]
    expect(orderOf(events, { after: 30 * DAY, resolutions })).toMatchObject({
      reason: 'nothing_stands',
      discrepancies: [],
    })
    const held = [...events, notified('118', { ...counters(50, 50), reference: 'T2' })]
    expect(orderOf(held, { after: 30 * DAY }).discrepancies.map((found) => found.class)).toEqual([
      'duplicate_payment',
    ])
    expect(orderOf(events).nextDeadlineAt).toBe(receivedAfter(30 * DAY))
  })

  test('A-11 an authorization of unknown amount stands', () => {
    expect(adviceOf([notified('116')])).toBe('transaction_authorized')
    const unknown = [
      notified('118', { capturedTotal: 50 }),
      notified('125', { capturedTotal: 50, refundedTotal: 50 }),
    ]
    expect(adviceOf(unknown)).toBe('authorization_open')
  })

  test('A-8 a requested capture of unknown outcome forbids a retry', () => {
    const open = notified('117', { ...counters(100, 100), occurredAt: at(1) })
    for (const code of ['114', '115']) {
      const events = [
        notified('116', counters(100)),
        open,
        notified(code, { ...counters(100, 100), occurredAt: at(5) }),
      ]
      expect(orderOf(events), code).toMatchObject({
        paid: false,
        reason: 'request_of_unknown_outcome',
        reasonSources: [{ kind: 'message', id: open.inboxId }],
      })
      expect(transactionOf(events).capturedTotal, code).toBe(0)
      expect(discrepanciesOf(events, late), code).toEqual([['missing_notification', null]])
    }
  })
})

describe('currencies and instalments', () => {
  test('A-4 a refund in another currency makes the net unknown', () => {
    const events = [sale('A1', 100), refund('A2', 40, { currency: 'USD' })]
    expect(orderOf(events)).toMatchObject({
      netTotal: null,
      currency: null,
      reason: 'amount_unknown',
      paid: false,
    })
    const linked = beAnswered('refund', '0000', {
      reference: 'A2',
      parentReference: 'A1',
      amount: 40,
      currency: 'USD',
    })
    expect(orderOf([...events, linked])).toMatchObject({ netTotal: null, paid: false })
  })

  test('X-6 a duplicate over two currencies has no sum', () => {
    const events = [sale('A1', 100), sale('A2', 40, { currency: 'USD' })]
    expect(orderOf(events).discrepancies).toMatchObject([{ class: 'duplicate_payment', amountAtRisk: null }])
  })

  const instalment = (index: number, code = '0000', given: Given = {}) =>
    beNotified('payment', code, {
      reference: `A${index}`,
      amount: 333,
      schedule: { index, total: 3 },
      ...given,
    })
  const announced = { expectations: [expected({ amount: 999, channel: 'hosted' })] }

  test('X-5 a plan is compared at its last instalment, at a refused one, or when it exceeds', () => {
    expect(discrepanciesOf([instalment(1)], announced)).toEqual([])
    expect(discrepanciesOf([instalment(1), instalment(2)], announced)).toEqual([])
    expect(discrepanciesOf([instalment(1), instalment(2), instalment(3)], announced)).toEqual([])
    expect(orderOf([instalment(1), instalment(2), instalment(3)], announced).paid).toBe(true)
    expect(discrepanciesOf([instalment(1), instalment(2, '4001')], announced)).toEqual([
      ['amount_mismatch', 666],
    ])
    expect(discrepanciesOf([instalment(1), instalment(3)], announced)).toEqual([['amount_mismatch', 333]])
    const dear = instalment(3, '0000', { amount: 400 })
    expect(discrepanciesOf([instalment(1), instalment(2), dear], announced)).toEqual([
      ['amount_mismatch', 67],
    ])
  })

  test('X-7 an ordinary payment that replaced a refused instalment is no duplicate', () => {
    const replaced = [instalment(1), instalment(2), instalment(3, '4001'), sale('A9', 333)]
    expect(discrepanciesOf(replaced, announced)).toEqual([])
    expect(discrepanciesOf(replaced)).toEqual([])
    expect(discrepanciesOf([...replaced, sale('A10', 333)])).toEqual([['duplicate_payment', 333]])
    expect(discrepanciesOf([instalment(3, '4001'), sale('A9', 333), sale('A10', 333)])).toEqual([
      ['duplicate_payment', 333],
    ])
  })

  test('X-6 payments that stay within the announced amount are no duplicates', () => {
    expect(discrepanciesOf([sale('A1', 500), sale('A2', 499)], announced)).toEqual([])
    expect(discrepanciesOf([sale('A1', 500), sale('A2', 500)], announced)).toEqual([
      ['duplicate_payment', 500],
    ])
    const foreign = { expectations: [expected({ amount: 999, currency: 'USD', channel: 'hosted' })] }
    expect(discrepanciesOf([sale('A1', 500), sale('A2', 499)], foreign)).toContainEqual([
      'duplicate_payment',
      499,
    ])
  })
})
