import { describe, expect, test } from 'vitest'
import { compareContent, compareFacts, distinctFacts } from '../../../src/domain/event/canonical-order.ts'
import type { FieldType } from '../../../src/domain/event/field-descriptions.ts'
import { EVENT_FIELDS } from '../../../src/domain/event/transaction-event.ts'
import type { TransactionEvent } from '../../../src/domain/event/transaction-event.ts'
import type { EventType } from '../../../src/domain/event/vocabulary.ts'
import { at, counters, cutOff, notified, transactionOf } from '../../support/facts.ts'

/** The order of facts, and which of two are one. */

/** One fact, and another value for each of its fields. */
const FACT = notified('116', { amount: 1, custom: { a: '1', b: '1' } })

const OTHERWISE = Object.fromEntries(
  Object.entries(EVENT_FIELDS).map(([name, field]) => [
    name,
    otherThan(FACT[name as keyof TransactionEvent], field.type),
  ]),
) as unknown as Readonly<TransactionEvent>

/** A value that a field of this type may hold. */
function otherThan(value: unknown, type: FieldType): unknown {
  switch (type.kind) {
    case 'text':
      return 'other'
    case 'amount':
    case 'integer':
    case 'number':
      return 2
    case 'flag':
      return value !== true
    case 'moment':
      return at(1)
    case 'texts':
      return ['other']
    case 'record':
      return { a: '1', b: '2' }
    case 'enumeration':
      return type.values.find((one) => one !== value)
    case 'parts':
      return Object.fromEntries(
        Object.entries(type.parts).map(([name, part], index) => [
          name,
          index === 0 ? otherThan(null, part.type) : part.blank,
        ]),
      )
  }
}

/** The way a payment normally walks. */
const WALK: readonly EventType[] = [
  'noted',
  'unrecognized',
  'created',
  'not_processed',
  'failed',
  'action_required',
  'pending',
  'held_for_review',
  'authentication_failed',
  'declined',
  'authorized',
  'capture_requested',
  'capture_declined',
  'captured',
  'refund_requested',
  'refund_declined',
  'refunded',
  'credit_requested',
  'credited',
  'void_requested',
  'expired',
  'voided',
  'chargeback_reversed',
  'charged_back',
]

describe('order and identity of facts', () => {
  test('F-1 facts sort by content: clock, rank of the type, counters, the rest', () => {
    const facts = [
      notified('118', { occurredAt: at(1), ...counters(50, 50) }),
      notified('118', { occurredAt: at(1), ...counters(50, 20) }),
      notified('126', { occurredAt: at(1), ...counters(50, 50, 10) }),
      notified('126', { occurredAt: at(1), ...counters(50, 50, 5) }),
      notified('116', { occurredAt: at(1), ...counters(50) }),
      notified('126', { occurredAt: at(0) }),
      notified('126'),
      notified('116', { custom: { a: '1' } }),
      notified('116', { custom: { a: '2' } }),
      notified('116', { custom: { b: '1' } }),
      notified('116', { invalidAmounts: ['x'], schedule: { index: 1, total: 2 } }),
      notified('116', { test: null }),
    ]
    const sorted = distinctFacts(facts)
    expect(
      sorted
        .slice(-6)
        .map(({ providerCode, capturedTotal, refundedTotal }) => [
          providerCode,
          capturedTotal,
          refundedTotal,
        ]),
    ).toEqual([
      ['126', null, null],
      ['116', 0, 0],
      ['118', 20, 0],
      ['118', 50, 0],
      ['126', 50, 5],
      ['126', 50, 10],
    ])
    expect(distinctFacts(facts.toReversed())).toEqual(sorted)
    expect(sorted).toHaveLength(facts.length)
  })

  test('F-2 a redelivery is the same fact: ids, receipt time and display text do not tell facts apart', () => {
    const first = notified('116', { custom: { a: '1', b: '2' }, providerMessage: 'yes' })
    const again = {
      ...first,
      id: 'x',
      inboxId: 'x',
      receivedAt: '2027-01-01T00:00:00.000Z',
      providerMessage: 'oui',
      custom: { b: '2', a: '1' },
    }
    expect(compareContent(first, again)).toBe(0)
    expect(distinctFacts([again, first])).toEqual([first])
    expect(transactionOf([again, first]).firstSeenAt).toBe(first.receivedAt)
    const earlier = notified('118', { receivedAt: '2026-03-31T00:00:00.000Z' })
    expect(transactionOf([first, earlier]).firstSeenAt).toBe(earlier.receivedAt)
    const later = notified('118', { receivedAt: '2026-05-01T00:00:00.000Z' })
    expect(transactionOf([first, later]).firstSeenAt).toBe(first.receivedAt)
    expect(distinctFacts([first, { ...first, inboxId: 'a' }])[0]?.inboxId).toBe('a')
  })

  test('F-1 within one second facts stand in the order in which a payment normally walks', () => {
    const facts = WALK.map((type) => notified('116', { type }))
    expect(distinctFacts(facts.toReversed()).map(({ type }) => type)).toEqual(WALK)
  })

  test('F-2 any other difference makes another fact, and the order of two facts does not depend on their order in the comparison', () => {
    for (const field of Object.keys(OTHERWISE) as (keyof TransactionEvent)[]) {
      const other = { ...FACT, [field]: OTHERWISE[field] }
      const difference = compareContent(FACT, other)
      expect(difference !== 0, field).toBe(field !== 'providerMessage' && field !== 'receivedAt')
      expect(Math.sign(compareContent(other, FACT)) + Math.sign(difference), field).toBe(0)
      expect(Math.sign(compareFacts(other, FACT)) + Math.sign(compareFacts(FACT, other)), field).toBe(0)
    }
    const written = { ...FACT, custom: { b: '1', a: '1' } }
    expect([compareContent(FACT, written), compareContent(written, FACT)]).toEqual([0, 0])
  })

  test('F-2 a message may hold several calls: only the same one of the same message repeats', () => {
    const [first, second] = [cutOff({ amount: 1, inboxId: 'b' }), cutOff({ amount: 2, inboxId: 'a' })]
    expect(
      distinctFacts([first, second, { ...second, inboxId: 'b' }, { ...second, inboxId: 'b' }]),
    ).toHaveLength(3)
  })

  test('F-2 two equal calls from two messages are two calls; the same message twice is one', () => {
    const call = cutOff()
    expect(
      distinctFacts([call, { ...call, inboxId: 'other' }, call, { ...call, inboxId: 'other' }]),
    ).toHaveLength(2)
  })
})
