import { describe, expect, test } from 'vitest'
import type { EventType } from '../../../src/domain/event/vocabulary.ts'
import type { Status } from '../../../src/domain/reconciliation/transaction.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  disputed,
  expected,
  maintained,
  notified,
  transactionOf,
} from '../../support/facts.ts'
import { IN_STATUS, LATER } from '../../support/statuses.ts'
import { statusOf } from '../../support/views.ts'

/** Which status follows from which, of every status and every later fact. */

type Row = Readonly<Record<EventType, Status>>

const row = (stays: Status, moves: Partial<Row>): Row => ({
  ...(Object.fromEntries(Object.keys(LATER).map((type) => [type, stays])) as Row),
  ...moves,
})

/** What an open payment becomes; nothing is known of it that could outrank the later fact. */
const fromOpen = (stays: Status, moves: Partial<Row>): Row =>
  row(stays, {
    held_for_review: 'held_for_review',
    authentication_failed: 'declined',
    authorized: 'authorized',
    declined: 'declined',
    expired: 'expired',
    voided: 'voided',
    capture_requested: 'authorized',
    captured: 'captured',
    capture_declined: 'authorized',
    // Refund facts lend the capture that no message states.
    refund_requested: 'captured',
    refunded: 'partially_refunded',
    refund_declined: 'captured',
    credited: 'refunded',
    charged_back: 'charged_back',
    not_processed: 'failed',
    failed: 'failed',
    ...moves,
  })

const pendings = { pending: 'pending', void_requested: 'pending', credit_requested: 'pending' } as const

const money = { refunded: 'partially_refunded', charged_back: 'charged_back' } as const

const TRANSITIONS: Readonly<Record<Status, Row>> = {
  created: fromOpen('created', { ...pendings, action_required: 'action_required' }),
  action_required: fromOpen('action_required', pendings),
  pending: fromOpen('pending', pendings),
  held_for_review: fromOpen('held_for_review', {}),
  authorized: row('authorized', {
    authentication_failed: 'declined',
    declined: 'declined',
    expired: 'expired',
    voided: 'voided',
    captured: 'captured',
    refund_requested: 'captured',
    refund_declined: 'captured',
    ...money,
    failed: 'failed',
  }),
  partially_captured: row('partially_captured', {
    captured: 'captured',
    authentication_failed: 'captured',
    declined: 'captured',
    // Here too: the capture of the rest.
    refund_requested: 'captured',
    refund_declined: 'captured',
    ...money,
  }),
  // A refusal that counts less than what was settled takes the counter back.
  captured: row('captured', { ...money, capture_declined: 'partially_captured' }),
  partially_refunded: row('partially_refunded', { charged_back: 'charged_back' }),
  refunded: row('refunded', {
    refunded: 'partially_refunded',
    refund_declined: 'partially_refunded',
    charged_back: 'charged_back',
  }),
  voided: row('voided', {
    authentication_failed: 'declined',
    declined: 'declined',
    failed: 'failed',
    captured: 'captured',
    refund_requested: 'captured',
    refund_declined: 'captured',
    ...money,
  }),
  expired: row('expired', {
    authentication_failed: 'declined',
    declined: 'declined',
    failed: 'failed',
    voided: 'voided',
    captured: 'captured',
    refund_requested: 'captured',
    refund_declined: 'captured',
    ...money,
  }),
  declined: row('declined', {
    authorized: 'authorized',
    capture_requested: 'authorized',
    capture_declined: 'authorized',
    captured: 'captured',
    refund_requested: 'captured',
    refund_declined: 'captured',
    ...money,
    failed: 'failed',
  }),
  failed: row('failed', {
    authentication_failed: 'declined',
    declined: 'declined',
    authorized: 'authorized',
    capture_requested: 'authorized',
    capture_declined: 'authorized',
    captured: 'captured',
    refund_requested: 'captured',
    refund_declined: 'captured',
    ...money,
  }),
  charged_back: row('charged_back', {}),
  unrecognized: fromOpen('unrecognized', {
    ...pendings,
    created: 'created',
    action_required: 'action_required',
  }),
}

describe('status', () => {
  test.each(Object.entries(IN_STATUS))('S-1 the facts of %s', (status, facts) => {
    expect(statusOf(facts)).toBe(status)
  })

  const cells = Object.entries(TRANSITIONS).flatMap(([status, cellsOf]) =>
    Object.entries(cellsOf).map(([type, next]) => [status as Status, type as EventType, next] as const),
  )
  test.each(cells)('S-2 %s, then %s, is %s', (status, type, next) => {
    expect(statusOf([...IN_STATUS[status], { ...LATER[type], occurredAt: at(30) }])).toBe(next)
  })

  test('S-3 amounts decide what is partial, and an unknown amount is never the whole', () => {
    expect(statusOf([notified('119', counters(100, 100))])).toBe('captured')
    expect(statusOf([notified('118'), notified('125', { refundedTotal: 5 })])).toBe('partially_refunded')
    expect(statusOf([notified('118'), notified('125')])).toBe('partially_refunded')
    expect(statusOf([notified('118', { capturedTotal: 5 })])).toBe('captured')
    expect(statusOf([notified('118', { authorizedTotal: 50 })])).toBe('captured')
    expect(statusOf([notified('124')])).toBe('captured')
    expect(statusOf([beNotified('refund', '0000')])).toBe('partially_refunded')
  })

  test('S-4 a step whose payment is unknown speaks for itself', () => {
    const step = { reference: 'A2', amount: 50 }
    expect(statusOf([beNotified('refund', '4001', step)])).toBe('declined')
    expect(statusOf([beNotified('capture', '5002', step)])).toBe('failed')
    expect(statusOf([beAnswered('refund', '2008', step)])).toBe('failed')
    expect(statusOf([beNotified('void', '0000', step)])).toBe('voided')
    expect(statusOf([beNotified('refund', '0003', step)])).toBe('pending')
    expect(statusOf([beNotified('credit', '0000', step)])).toBe('refunded')
    expect(statusOf([beNotified('credit', '4001', step)])).toBe('declined')
    expect(statusOf([disputed('retrieval_request', '2026-05-01')])).toBe('unrecognized')
    expect(statusOf([disputed('representment', '2026-05-01')])).toBe('unrecognized')
    expect(statusOf([beNotified('refund', '4001', step), cutOff({ operation: 'refund' })])).toBe('declined')
  })

  test('S-4 a refused step says nothing about a payment it only names', () => {
    expect(statusOf([beAnswered('refund', '4001', { reference: 'A2', parentReference: 'A1' })])).toBe(
      'unrecognized',
    )
    expect(statusOf([maintained('173', counters(100, 60))])).toBe('unrecognized')
  })

  const OPEN: readonly string[] = [
    'created',
    'action_required',
    'pending',
    'held_for_review',
    'authorized',
    'unrecognized',
  ]
  test.each(Object.entries(IN_STATUS))('S-5 whether %s is final', (status, facts) => {
    expect(transactionOf(facts).final).toBe(!OPEN.includes(status))
  })

  test('S-5 final: a terminal status, and no operation awaits an outcome', () => {
    const sale = [answered('118', counters(100, 100)), notified('118', counters(100, 100))]
    expect(transactionOf(sale).final).toBe(true)
    expect(transactionOf([...sale, notified('120')]).final).toBe(true)
    expect(transactionOf(sale.slice(0, 1)).final).toBe(false)
    expect(transactionOf([notified('116')]).final).toBe(false)
    const returned = disputed('representment', '2026-05-02')
    expect(transactionOf([beNotified('payment', '0000'), returned]).final).toBe(true)
    expect(transactionOf([...sale, notified('124', counters(100, 100, 30))]).final).toBe(false)
    const refused = maintained('x', { type: 'not_processed', operation: 'refund' })
    expect(transactionOf([...sale, refused]).final).toBe(true)
    const announced = { expectations: [expected({ operation: 'refund', parentReference: 'T1' })] }
    expect(transactionOf(sale, announced).final).toBe(true)
    expect(transactionOf([...sale, maintained('126', counters(100, 100, 30))]).final).toBe(false)
    const denied = [answered('118', { occurredAt: at(1) }), notified('113', { occurredAt: at(2) })]
    expect(transactionOf(denied).final).toBe(true)
    const awaited = (code: string) => [
      beNotified('payment', '4001'),
      beAnswered('capture', code, { reference: 'A2', parentReference: 'A1', amount: 5 }),
    ]
    for (const code of ['0000', '0003', '4001', '5002'])
      expect(transactionOf(awaited(code)).final, code).toBe(false)
    expect(transactionOf(awaited('1002')).final).toBe(true)
  })
})
