import { describe, expect, test } from 'vitest'
import { paid, refused, timeout } from '../../support/attempts.ts'
import {
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  expectsAnswers,
  maintained,
  notified,
  orderOf,
  settle,
} from '../../support/facts.ts'
import type { Given } from '../../support/facts.ts'
import { adviceOf } from '../../support/views.ts'

/** What refusals and look-ups prove of a call. */

describe('what refusals and look-ups prove', () => {
  test('F-13 a refusal that names another payment forbids a retry until that payment is known', () => {
    const duplicate = refused(0, { otherPayment: true })
    expect(orderOf([duplicate])).toMatchObject({
      reason: 'other_payment',
      reasonSources: [{ kind: 'message', id: duplicate.inboxId }],
    })
    const call = cutOff({ type: 'not_processed', otherPayment: true, providerCode: '3010004' })
    expect(adviceOf([call])).toBe('other_payment')
    const given = [paid(5), notified('125', { ...counters(50, 50, 50), reference: 'T5', receivedAt: at(9) })]
    expect(adviceOf([duplicate, ...given])).toBe('nothing_stands')
  })

  test('F-12 a forwarded look-up cannot undo what was notified', () => {
    const lookup = (code: string, given: Given = {}) =>
      notified(code, { witness: 'response', lookup: true, occurredAt: at(900), ...given })
    const declined = settle([notified('113', counters(0)), lookup('118', counters(50, 50))])
    expect(declined.orders[0]).toMatchObject({ paid: false })
    expect(declined.transactions[0]).toMatchObject({
      status: 'declined',
      discrepancies: [{ class: 'outcome_mismatch' }],
    })
    const ended = (code: string) => settle([notified('116', counters(50)), lookup(code, counters(50))])
    for (const code of ['114', '115', '143']) {
      expect(ended(code).transactions[0], code).toMatchObject({
        status: 'authorized',
        reconciliation: 'awaiting_notification',
      })
      expect(ended(code).orders[0], code).toMatchObject({ reason: 'transaction_authorized' })
    }
    const back = settle([notified('118', counters(50, 50)), lookup('125', counters(50, 50, 50))])
    expect(back.orders[0]).toMatchObject({ reason: 'money_held', safeToRetry: false })
    expect(back.transactions[0]?.reconciliation).toBe('awaiting_notification')
    const disputed = settle([notified('118', counters(50, 50)), lookup('181', counters(50, 50))])
    expect(disputed.orders[0]).toMatchObject({ netTotal: 50, safeToRetry: false })
    expect(settle([lookup('118', counters(50, 50)), lookup('116', counters(50))]).transactions).toMatchObject(
      [{ reconciliation: 'awaiting_notification' }],
    )
  })

  test('F-12 a look-up answers no call, and an ordinary recovery raises no alarm', () => {
    const lookup = paid(30, { witness: 'response', lookup: true, receivedAt: at(90) })
    const recovered = [timeout(60), paid(30), lookup]
    expect(settle(recovered, { after: 8 * DAY })).toMatchObject({
      transactions: [{ reconciliation: 'matched', discrepancies: [] }],
      orders: [{ requests: [], discrepancies: [], paid: true }],
    })
    const due = settle([paid(30), lookup], expectsAnswers).transactions[0]
    expect(due?.reconciliation).toBe('awaiting_response')
    expect(
      settle([paid(30), lookup], { policy: { responses: 'none' } }).transactions[0]?.reconciliation,
    ).toBe('matched')
  })

  test('F-12 a refund or void that only an answer tells sets no retry free', () => {
    const sale = beNotified('payment', '0000', { amount: 50 })
    const told = beAnswered('refund', '0000', { amount: 50, reference: 'A2', parentReference: 'A1' })
    expect(settle([sale, told]).orders[0]).toMatchObject({
      paid: false,
      safeToRetry: false,
      reason: 'money_held',
    })
    const notifiedToo = beNotified('refund', '0000', { amount: 50, reference: 'A2' })
    expect(settle([sale, told, notifiedToo]).orders[0]?.reason).toBe('nothing_stands')
    const granted = beNotified('authorization', '0000', { amount: 50 })
    const voided = beAnswered('void', '0000', { amount: 50, reference: 'A2', parentReference: 'A1' })
    expect(adviceOf([granted, voided])).toBe('transaction_authorized')
    const ended = beNotified('void', '0000', { amount: 50, reference: 'A2' })
    expect(adviceOf([granted, voided, ended])).toBe('nothing_stands')
    expect(adviceOf([notified('118', counters(50, 50)), maintained('126', counters(50, 50, 50))])).toBe(
      'money_held',
    )
  })
})
