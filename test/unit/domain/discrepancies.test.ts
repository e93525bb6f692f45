import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  disputed,
  expected,
  maintained,
  notified,
  sale,
  settle,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'
import { found, quotedBy } from '../../support/views.ts'

/** What a discrepancy is called: operators close it by its key, so the key is an interface. */

const paid = beNotified('payment', '0000', { amount: 50 })

const keysOf = (...args: Parameters<typeof found>) => found(...args).map(({ key }) => key)

const late = { after: 15 * DAY } as const

const refund = { operation: 'refund', parentReference: 'T1' } as const

describe('keys', () => {
  test('X-4 name an operation by its id, its counter, or nothing but its reference', () => {
    const told = (given: Partial<StoredEvent>) => [...sale, maintained('126', given)]
    const voided = { type: 'void_requested', operation: 'void', operationId: 'v1' } as const
    const linked = { reference: 'A2', parentReference: 'A1' }
    const operations: [StoredEvent[], string][] = [
      [[beAnswered('payment', '0000')], 'A1:initial:A1'],
      [told({ ...counters(50, 50, 5), operationId: 'r1' }), 'T1:refund:T1:id:r1'],
      [told(counters(50, 50, 5)), 'T1:refund:T1:5'],
      [told({}), 'T1:refund:T1'],
      [told(voided), 'T1:void:T1'],
      [[paid, beAnswered('refund', '0000', linked)], 'A1:refund:A2'],
      [[paid, beAnswered('credit', '0000', linked)], 'A1:credit:A2'],
      [[...sale, answered('181', counters(50, 50))], 'T1:chargeback'],
    ]
    for (const [events, path] of operations)
      expect(keysOf(events, late)).toEqual([`missing_notification||transaction:${path}`])
  })

  test('X-4 tell what stands alone apart by number', () => {
    const settled = notified('118', { ...counters(90, 60), occurredAt: at(1) })
    const refusal = maintained('173', { ...counters(90, 60), occurredAt: at(8) })
    expect(keysOf([settled, refusal], late)).toEqual(['missing_notification||transaction:T1:capture:T1:60#1'])
  })

  test('X-4 Q-5 name a call on a payment by its message, never by a number that another call could inherit', () => {
    const calls = ['m3', 'm1', 'm2'].map((inboxId) => cutOff({ ...refund, inboxId }))
    expect(keysOf([...sale, ...calls], late)).toEqual(
      ['m1', 'm2', 'm3'].map((id) => `missing_notification||transaction:T1:refund:call:${id}`),
    )
  })

  test('X-4 name the refusal that does not undo what was settled', () => {
    const events = [
      notified('118', { ...counters(90, 60), occurredAt: at(1) }),
      notified('173', { ...counters(90, 60), occurredAt: at(8) }),
      maintained('118', { ...counters(90, 60), amount: 60, occurredAt: at(8) }),
      maintained('118', { ...counters(90, 60), amount: 61, occurredAt: at(9) }),
    ]
    expect(keysOf(events)).toEqual(['amount_mismatch||transaction:T1:capture:T1:60'])
    const refused = [
      notified('118', { occurredAt: at(1), operationId: null }),
      notified('173', { occurredAt: at(8), amount: 5 }),
      maintained('126', { operation: 'capture', type: 'captured', occurredAt: at(9), amount: 5 }),
    ]
    expect(keysOf(refused)).toEqual([])
  })

  test('X-4 name an announcement by its own id', () => {
    const announced = [expected({ ...refund, id: 'e1' })]
    expect(keysOf(sale, { ...late, expectations: announced })).toEqual([
      'missing_response||transaction:T1:refund:expected:e1',
    ])
    const expectations = [
      expected({ ...refund, operationId: 'x', id: 'e1' }),
      expected({ ...refund, operationId: null, id: 'e2' }),
      expected({ operation: 'sale', id: 'e3' }),
      expected({ id: 'e4' }),
    ]
    expect(keysOf([], { ...late, expectations })).toEqual(
      ['e1', 'e2', 'e3', 'e4'].map((id) => `missing_response||order:O1:expectation:${id}`),
    )
  })

  test('X-4 name a call by its message, for an order or for an unknown reference', () => {
    const calls = [
      cutOff({ amount: 50, currency: 'USD', inboxId: 'm1' }),
      cutOff({ amount: 50, inboxId: 'm2' }),
      cutOff({
        amount: 50,
        currency: null,
        operationId: 'o',
        parentReference: 'T7',
        operation: null,
        inboxId: 'm3',
      }),
    ]
    expect(found(calls, late).map(({ key, currency }) => [key, currency])).toEqual([
      ['missing_notification||order:O1:request:m1', 'USD'],
      ['missing_notification||order:O1:request:m2', 'EUR'],
      ['missing_notification||order:O1:request:m3', null],
    ])
    const lost = (parentReference: string, inboxId: string) =>
      cutOff({ ...refund, parentReference, orderId: null, amount: 7, inboxId })
    expect(found([lost('T9', 'm2'), lost('T8', 'm1')], late)).toMatchObject([
      { key: 'missing_notification||account:request:m1', reference: 'T8', orderId: null },
      { key: 'missing_notification||account:request:m2', reference: 'T9', orderId: null },
    ])
  })
})

describe('reconciliation', () => {
  const stateOf = (events: readonly StoredEvent[], given: Circumstances = {}) => {
    const [transaction] = settle(events, given).transactions
    return [transaction?.reconciliation, ...(transaction?.operations ?? []).map((one) => one.reconciliation)]
  }

  test('W-5 a contradiction shows on its operation and on the transaction, until an operator closes it', () => {
    const events = [beAnswered('payment', '4001', { amount: 50 }), paid]
    const refunded = beNotified('refund', '0000', { reference: 'A2', parentReference: 'A1', amount: 5 })
    expect(stateOf([...events, refunded])).toEqual(['discrepant', 'discrepant', 'notification_only'])
    const resolutions = [{ key: 'outcome_mismatch||transaction:A1:initial:A1', outcome: null, at: '1' }]
    expect(stateOf([...events, refunded], { resolutions })).toEqual([
      'matched',
      'matched',
      'notification_only',
    ])
  })

  test('W-5 what contradicts the whole payment shows on the transaction alone', () => {
    const told = (given: Partial<StoredEvent>) => [
      ...sale,
      notified('118', { ...counters(50, 50), ...given }),
    ]
    // An amount that no message states counts for nothing, and hides nothing.
    const returned = beNotified('refund', '0000', { reference: 'A2', parentReference: 'A1' })
    const dispute = disputed('first_chargeback', '2026-05-01', { amount: 60 })
    expect(quotedBy([paid, returned, dispute])).toContainEqual([
      'amount_mismatch|chargedBackTotal|transaction:A1',
      '',
      '60,50',
    ])
    const refused = [
      notified('118', { ...counters(50, 50), occurredAt: at(1) }),
      notified('113', { ...counters(0), occurredAt: at(2) }),
    ]
    const whole: [StoredEvent[], Circumstances?][] = [
      [told({ currency: 'USD' })],
      [told({ orderId: 'O2' })],
      [told({ test: true })],
      [told({ invalidAmounts: ['amount'] })],
      [told({ merchantId: '8' }), { policy: { merchantIds: ['7'] } }],
      [sale, { after: DAY, policy: { expectations: 'required' } }],
      [[notified('118', counters(50, 60))]],
      [refused],
    ]
    for (const [events, given] of whole) {
      const [transaction, ...operations] = stateOf(events, given)
      expect([found(events, given).length, transaction]).toEqual([1, 'discrepant'])
      expect(operations).not.toContain('discrepant')
    }
  })

  test('W-5 an absence does not make it discrepant', () => {
    const missing = [notified('118', { ...counters(50, 25), operationId: 'c2', amount: 5 })]
    expect(stateOf(missing, { after: DAY, policy: { responses: 'none' } })[0]).toBe('notification_only')
    expect(stateOf([beAnswered('payment', '0000')], late)[0]).toBe('awaiting_notification')
    expect(stateOf([paid], { ...late, policy: { responses: 'expected' } })[0]).toBe('awaiting_response')
  })
})
