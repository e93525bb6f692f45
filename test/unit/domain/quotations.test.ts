import { describe, expect, test } from 'vitest'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  DAY,
  disputed,
  expected,
  notified,
  sale,
} from '../../support/facts.ts'
import { found, quotedBy } from '../../support/views.ts'

/** What a discrepancy quotes. */

const paid = beNotified('payment', '0000', { amount: 50 })

describe('what is quoted', () => {
  test('X-1 both sides’ texts, each once, and only those that are wrong', () => {
    const answer = answered('118', {
      ...counters(50, 50),
      currency: 'USD',
      orderId: 'O2',
      merchantId: '8',
      test: true,
    })
    const told = notified('118', { ...counters(50, 50), merchantId: '0007' })
    const events = [answer, { ...answer, merchantId: '9', currency: 'CHF' }, told, { ...told, orderId: 'O0' }]
    expect(quotedBy(events, { policy: { merchantIds: ['7'] } })).toEqual([
      ['currency_mismatch|currency|transaction:T1', 'CHF,USD', 'EUR'],
      ['merchant_mismatch|merchantId|transaction:T1', '8,9', ''],
      ['order_mismatch|orderId|transaction:T1', 'O2', 'O0,O1'],
      ['test_mode_mismatch|test|transaction:T1', 'true', ''],
    ])
    const renamed = ['O9', 'O0'].map((orderId, second) =>
      notified('118', { ...counters(50, 50), orderId, occurredAt: at(second) }),
    )
    expect(quotedBy(renamed)).toEqual([['order_mismatch|orderId|transaction:T1', '', 'O0,O9']])
    const quiet = { ...told, currency: null, test: null, merchantId: null, orderId: null }
    expect(found([...sale, quiet], { policy: { merchantIds: ['7'] } })).toEqual([])
    expect(found([answered('116', { test: true })], { policy: { test: null } })).toEqual([])
    expect(found([answered('116', { test: false })], { policy: { test: true } })).toHaveLength(1)
  })

  test('X-2 the transaction and the field whose amount could not be read, each once', () => {
    const events = [notified('118', { ...counters(50, 50), invalidAmounts: ['a', 'b'] })]
    const again = notified('118', { ...counters(50, 50), invalidAmounts: ['a'] })
    expect(found([...events, again])).toMatchObject([
      { key: 'invalid_amount|T1:a|transaction:T1', response: [], notification: [], currency: 'EUR' },
      { key: 'invalid_amount|T1:b|transaction:T1', amountAtRisk: null },
    ])
  })

  test('W-6 the codes of both sides; of a side that contradicts itself, all', () => {
    const key = 'transaction:A1:initial:A1'
    const answer = (code: string) => beAnswered('payment', code, { amount: 60 })
    expect(quotedBy([answer('4001'), paid])).toEqual([[`outcome_mismatch||${key}`, '4001', '0000']])
    expect(quotedBy([answer('4001'), answer('0000'), paid])).toEqual([
      [`amount_mismatch||${key}`, '60', '50'],
      [`outcome_mismatch||${key}`, '4001,0000', '0000'],
    ])
  })

  test('J-4 both counters of a sale and its capture', () => {
    const apart = [answered('118', counters(90, 90)), notified('118', counters(90, 70))]
    expect(quotedBy(apart)).toEqual([['amount_mismatch||transaction:T1:capture:T1:70', '90', '70']])
    expect(found([notified('118', counters(90, 90)), answered('118', counters(90, 90))])).toEqual([])
    expect(found([answered('118', counters(90, 70)), notified('118', counters(90, 90))])).toMatchObject([
      { amountAtRisk: 20 },
    ])
  })

  test('M-12 the sum and what it exceeds', () => {
    expect(quotedBy([notified('118', counters(50, 60)), notified('126', counters(50, 60, 70))])).toEqual([
      ['amount_mismatch|capturedTotal|transaction:T1', '', '60,50'],
      ['amount_mismatch|refundedTotal|transaction:T1', '', '70,60'],
    ])
    expect(quotedBy([paid, disputed('first_chargeback', '2026-05-01', { amount: 60 })])).toEqual([
      ['amount_mismatch|chargedBackTotal|transaction:A1', '', '60,50'],
    ])
    const refused = [
      notified('118', { ...counters(50, 50), occurredAt: at(1) }),
      notified('113', { ...counters(0), occurredAt: at(2) }),
    ]
    expect(quotedBy(refused)).toEqual([['outcome_mismatch|capturedTotal|transaction:T1', '', '50,0']])
  })

  test('M-6 which total lacks a step', () => {
    const events = [
      notified('118', { ...counters(50, 25), operationId: 'c2', amount: 5 }),
      notified('126', { ...counters(50, 25, 9), operationId: 'r1', amount: 4 }),
    ]
    expect(found(events, { after: DAY, policy: { responses: 'none' } })).toMatchObject([
      { key: 'missing_step|capturedTotal|transaction:T1', amountAtRisk: 20, notification: [] },
      { key: 'missing_step|refundedTotal|transaction:T1', amountAtRisk: 5, notification: [] },
    ])
  })

  test('X-3 a payment without an announcement', () => {
    expect(found([paid], { after: DAY, policy: { expectations: 'required' } })).toEqual([
      {
        key: 'unexpected_payment||transaction:A1',
        class: 'unexpected_payment',
        field: null,
        reference: 'A1',
        orderId: 'O1',
        response: [],
        notification: [],
        amountAtRisk: 50,
        currency: 'EUR',
        covers: { parts: [], outcomes: { response: '', notification: '' }, amountAtRisk: 50 },
      },
    ])
  })

  test('X-5 what was announced, and what was granted', () => {
    expect(quotedBy([paid], { expectations: [expected({ amount: 60 })] })).toEqual([
      ['amount_mismatch|expected|order:O1', '60', '50'],
    ])
    const other = { expectations: [expected({ amount: 50, currency: 'USD' })] }
    expect(found([paid], other)).toMatchObject([
      {
        key: 'currency_mismatch|currency|order:O1',
        field: 'currency',
        reference: null,
        orderId: 'O1',
        amountAtRisk: 50,
      },
    ])
  })

  test('X-6 the payments that stand side by side', () => {
    expect(quotedBy([paid, beNotified('payment', '0000', { amount: 30, reference: 'A2' })])).toEqual([
      ['duplicate_payment||order:O1', '', 'A1,A2'],
    ])
  })
})
