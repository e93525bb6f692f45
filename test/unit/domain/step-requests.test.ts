import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import {
  beNotified,
  captured,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  expected,
  maintained,
  MINUTE,
  notified,
  orderOf,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import { reconciliations } from '../../support/views.ts'

/** Calls for a later step of a payment that is known. */

/** Where later steps stand, `<root> <reconciliation>`, and whether the call had to wait with its order or nowhere. */
const placesOf = (events: readonly StoredEvent[], call: StoredEvent) => {
  const { transactions } = settle([...events, call])
  const steps = transactions.flatMap(({ reference, operations }) =>
    operations
      .filter(({ operation }) => operation === 'refund' || operation === 'void')
      .map(({ reconciliation }) => `${reference} ${reconciliation}`),
  )
  const placed = transactions.some(({ operations }) =>
    operations.some(({ response }) => response?.inboxId === call.inboxId),
  )
  return placed ? steps : [...steps, 'nowhere']
}

describe('R-6 a call on a known transaction', () => {
  const refund = { operation: 'refund', parentReference: 'T1', orderId: null } as const

  test('R-6 stands there as an operation until something answers it', () => {
    const order = orderOf([captured('T1'), cutOff({ ...refund, amount: 1000 })])
    expect(order.requests).toMatchObject([{ operation: 'refund', outcome: 'unknown' }])
    expect(transactionOf([captured('T1'), cutOff(refund)]).reconciliation).toBe('awaiting_notification')
  })

  test('R-6 is over where the answer refused it', () => {
    for (const type of ['declined', 'not_processed'] as const)
      expect(orderOf([captured('T1'), cutOff({ ...refund, type })]).requests).toMatchObject([
        { operation: 'refund', outcome: 'not_processed' },
      ])
  })

  test('R-6 is over, each call by its own answer, where one of two was refused and one not processed', () => {
    const calls = (['declined', 'not_processed'] as const).map((type) =>
      cutOff({ ...refund, type, operationId: 'r1' }),
    )
    expect(orderOf([captured('T1'), ...calls]).requests).toMatchObject([
      { outcome: 'not_processed' },
      { outcome: 'not_processed' },
    ])
  })

  test('R-6 joins the notified step of a fitting amount that no response answered', () => {
    const told = notified('126', { ...counters(5000, 5000, 1000), amount: 1000 })
    const [transaction] = settle([captured('T1'), told, cutOff({ ...refund, amount: 1000 })]).transactions
    expect(transaction?.operations.at(-1)).toMatchObject({ operation: 'refund', reconciliation: 'matched' })
    expect(orderOf([captured('T1'), told, cutOff({ ...refund, amount: 999 })]).requests).toHaveLength(1)
    expect(
      orderOf([captured('T1'), told, cutOff({ ...refund, type: 'not_processed' })]).requests,
    ).toHaveLength(1)
  })

  test('R-6 is found by the operation id of its order, or by its order and kind', () => {
    const told = notified('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
    const byId = cutOff({ operation: 'refund', operationId: 'r1', amount: 999 })
    expect(transactionOf([captured('T1'), told, byId]).operations.at(-1)?.reconciliation).toBe('matched')
    const byOrder = cutOff({ operation: 'refund' })
    const events = [
      beNotified('refund', '0000', { reference: 'A2' }),
      byOrder,
      { ...byOrder, inboxId: 'second' },
    ]
    expect(orderOf(events).requests).toHaveLength(1)
    expect(reconciliations(events)).toEqual(['matched'])
  })

  test('R-6 by operation id goes to the transaction that knows the id, or to none', () => {
    const told = notified('126', { ...counters(5000, 5000, 1000), reference: 'T2', operationId: 'r1' })
    const events = [captured('T1'), captured('T2'), told]
    const call = (id: string) => cutOff({ operation: 'void', operationId: id })
    expect(placesOf(events, call('r1'))).toEqual(['T2 awaiting_response', 'T2 awaiting_notification'])
    expect(placesOf(events, call('r2'))).toEqual(['T2 awaiting_response', 'nowhere'])
  })

  test('R-6 an operation id means another operation in another order, and none without an order', () => {
    const told = notified('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
    const elsewhere = captured('T2', { orderId: 'O2' })
    const call = (given: Partial<StoredEvent>) => cutOff({ operation: 'refund', operationId: 'r1', ...given })
    for (const orderId of ['O2', null])
      expect(placesOf([captured('T1'), told, elsewhere], call({ orderId }))).toEqual([
        'T1 awaiting_response',
        'nowhere',
      ])
  })

  test('R-6 an operation id is of the order that its message names, and of the order of its payment', () => {
    const told = notified('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
    for (const orderId of ['O2', null]) {
      const events = [captured('T1'), { ...told, orderId }]
      expect(placesOf(events, cutOff({ operation: 'refund', operationId: 'r1', amount: 999 }))).toEqual([
        'T1 matched',
      ])
    }
    const call = cutOff({ operation: 'refund', operationId: 'r1', orderId: 'O2' })
    expect(placesOf([captured('T1'), { ...told, orderId: 'O2' }], call)).toEqual(['T1 matched'])
  })

  test('R-6 by operation id needs an order on both sides, wherever the order is named', () => {
    const step = { ...counters(5000, 5000, 1000), orderId: null, operationId: 'r1' }
    const call = (orderId: string | null) => cutOff({ operation: 'refund', orderId, operationId: 'r1' })
    expect(placesOf([captured('T1'), notified('126', step)], call('O1'))).toEqual(['T1 matched'])
    expect(placesOf([captured('T1'), notified('126', step)], call(null))).toEqual([
      'T1 awaiting_response',
      'nowhere',
    ])
  })

  test('R-6 an operation id is found in an answer, too, although that names no order', () => {
    const answer = maintained('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
    expect(answer.orderId).toBeNull()
    const call = cutOff({ operation: 'refund', operationId: 'r1' })
    expect(orderOf([captured('T1'), answer, call]).requests).toEqual([])
  })

  test('R-6 by order and kind alone goes to a notified step of a fitting amount, and nowhere else', () => {
    const back = (given = {}) => notified('126', { ...counters(5000, 5000, 1000), ...given })
    const events = [captured('T1'), back({ amount: 1000 })]
    const call = (given = {}) => cutOff({ operation: 'refund', ...given })
    expect(placesOf(events, call())).toEqual(['T1 matched'])
    expect(placesOf(events, call({ amount: 1000 }))).toEqual(['T1 matched'])
    expect(placesOf([captured('T1'), back()], call({ amount: 1000 }))).toEqual(['T1 matched'])
    const second = notified('126', { ...counters(5000, 5000, 1500), amount: 500 })
    expect(placesOf([...events, second], call({ amount: 500 }))).toEqual([
      'T1 notification_only',
      'T1 matched',
    ])
    const elsewhere = [
      { amount: 999 },
      { orderId: 'O2' },
      { parentReference: 'T9' },
      { operation: 'void' },
    ] as const
    for (const given of elsewhere)
      expect(placesOf(events, call(given))).toEqual(['T1 notification_only', 'nowhere'])
    const answer = maintained('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
    expect(placesOf([captured('T1'), answer], call())).toEqual(['T1 awaiting_notification', 'nowhere'])
  })

  test('R-6 of a later step says nothing about the payment', () => {
    const events = [captured('T1'), cutOff(refund)]
    expect(transactionOf(events).operations.map(({ reconciliation }) => reconciliation)).toEqual([
      'notification_only',
      'notification_only',
      'awaiting_notification',
    ])
  })

  test('R-6 about the payment itself speaks of its authorization', () => {
    const challenge = cutOff({ operation: 'authorization', parentReference: 'T1', orderId: null })
    expect(transactionOf([notified('112'), challenge]).reconciliation).toBe('awaiting_notification')
    expect(transactionOf([notified('112'), notified('116'), challenge]).reconciliation).toBe('matched')
    const refused = { ...challenge, type: 'not_processed' as const }
    expect(transactionOf([notified('116'), refused])).toMatchObject({ discrepancies: [] })
    expect(discrepanciesOf([notified('116'), { ...refused, currency: 'USD' }])).toEqual([])
  })
})

describe('a call on a transaction that does not say what it asked for', () => {
  const call = { operation: null, parentReference: 'T1', orderId: null, amount: 700 } as const
  const voided = [notified('116'), notified('115', counters(5000))]

  test('R-11 stays open on its order and forbids a retry', () => {
    expect(orderOf(voided)).toMatchObject({ safeToRetry: true, requests: [] })
    expect(orderOf([...voided, cutOff(call)])).toMatchObject({
      safeToRetry: false,
      reason: 'request_of_unknown_outcome',
      requests: [{ operation: null, outcome: 'unknown' }],
    })
    expect(discrepanciesOf([...voided, cutOff(call)], { after: DAY })).toEqual([
      ['missing_notification', 700],
    ])
  })

  test('R-11 is the step whose operation id it names', () => {
    const step = notified('118', { ...counters(5000, 5000), operationId: 'op-1' })
    const events = [notified('116'), step, cutOff({ ...call, operationId: 'op-1' })]
    expect(orderOf(events).requests).toEqual([])
    expect(transactionOf(events).operations.map(({ reconciliation }) => reconciliation)).toContain('matched')
    const other = cutOff({ ...call, operationId: 'op-2' })
    expect(orderOf([notified('116'), step, other]).requests).toHaveLength(1)
  })

  test('R-11 waits under the reference where no order is known, and answers no announced payment', () => {
    const lost = cutOff({ ...call, parentReference: 'T9' })
    expect(discrepanciesOf([lost], { after: 15 * MINUTE })).toEqual([['missing_notification', 700]])
    const expectations = [expected({})]
    const late = settle([cutOff({ ...call, orderId: 'O1' })], { expectations, after: DAY })
    expect(late.orders[0]?.discrepancies.map((found) => found.class)).toContain('missing_response')
  })
})
