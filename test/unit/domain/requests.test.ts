import { describe, expect, test } from 'vitest'
import { filedUnder } from '../../../src/domain/identity.ts'
import type { StoredEvent } from '../../../src/domain/transaction.ts'
import {
  answered,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  discrepanciesOf,
  expected,
  HOUR,
  hostedPage,
  maintained,
  MINUTE,
  notified,
  orderOf,
  RECEIVED_AT,
  settle,
  transactionOf,
} from '../../support/facts.ts'
import type { Circumstances } from '../../support/facts.ts'

const paid = (reference: string, given = {}) =>
  notified('118', { reference, ...counters(5000, 5000), ...given })
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
const reconciliations = (...args: Parameters<typeof settle>) =>
  settle(...args).transactions.map(({ reconciliation }) => reconciliation)

describe('calls without a reference', () => {
  test('R-1 a cut-off call is answered by one transaction of its order, the byte-least first', () => {
    const events = [cutOff(), paid('T1'), notified('113', { reference: 'T2' })]
    expect(reconciliations(events)).toEqual(['matched', 'notification_only'])
    expect(orderOf([cutOff(), cutOff(), paid('T1')]).requests).toMatchObject([{ outcome: 'unknown' }])
  })

  test('R-1 a transaction that has an answer of its own takes no other', () => {
    const events = [answered('118', counters(5000, 5000)), paid('T1'), cutOff()]
    expect(orderOf(events).requests).toHaveLength(1)
  })

  test('R-1 an answer to a later call is no answer to the payment', () => {
    const refund = notified('126', counters(5000, 5000, 500))
    const events = [paid('T1'), refund, maintained('126', counters(5000, 5000, 500)), cutOff()]
    expect(orderOf(events).requests).toEqual([])
    expect(reconciliations(events)).toEqual(['matched'])
  })

  test('R-1 a payment that is only known from an answer takes no call', () => {
    expect(orderOf([cutOff(), answered('118', counters(5000, 5000))]).requests).toHaveLength(1)
    expect(orderOf([cutOff(), notified('103')]).requests).toHaveLength(1)
    expect(orderOf([cutOff(), notified('117', counters(5000, 5000))]).requests).toEqual([])
  })

  test('R-1 neither a later instalment nor a step answers a payment call', () => {
    const instalment = beNotified('payment', '0000', { schedule: { index: 2, total: 3 } })
    const refund = beNotified('refund', '0000', { reference: 'A2' })
    expect(orderOf([cutOff(), instalment, refund]).requests).toHaveLength(1)
    expect(orderOf([cutOff(), notified('115', counters(5000))]).requests).toEqual([])
  })

  test('R-2 a payment page is shared by every attempt of its order', () => {
    const events = [hostedPage(), notified('113'), paid('T2')]
    expect(reconciliations(events, { policy: { responses: 'expected' } })).toEqual(['matched', 'matched'])
    expect(orderOf([hostedPage(), notified('101')]).requests).toMatchObject([
      { channel: 'hosted', outcome: 'in_flight' },
    ])
  })

  test('R-2 an attempt that has its own answer was not made on the page, which may still be paid on', () => {
    const events = [hostedPage(), answered('118', counters(5000, 5000)), paid('T1')]
    expect(orderOf(events).requests).toMatchObject([{ channel: 'hosted', outcome: 'in_flight' }])
    expect(transactionOf(events).operations[0]?.response).toMatchObject({ providerCode: '118' })
    expect(orderOf(events.slice(0, 2)).requests).toHaveLength(1)
  })

  test('R-3 a refusal without a reference belongs to a refused attempt', () => {
    const refused = beAnswered('payment', '4001', { reference: null })
    const success = beNotified('payment', '0000', { amount: 5000 })
    expect(discrepanciesOf([refused, success], { after: DAY })).toEqual([])
    expect(orderOf([refused, success]).requests).toMatchObject([{ outcome: 'not_processed' }])
    expect(reconciliations([refused, beNotified('payment', '4001')])).toEqual(['matched'])
    const tried = [beNotified('payment', '0001'), beNotified('payment', '4001')]
    expect(reconciliations([refused, ...tried])).toEqual(['matched'])
    const keeping = beNotified('refund', '4001', { reference: 'A2', parentReference: 'A1' })
    expect(orderOf([refused, success, keeping]).requests).toHaveLength(1)
    const both = [refused, success, beNotified('payment', '4001', { reference: 'A2' })]
    expect(reconciliations(both)).toEqual(['notification_only', 'matched'])
  })

  test('R-1 R-12 a call is answered by a payment of its amount, currency and order', () => {
    const success = beAnswered('payment', '0000', { reference: null, amount: 5000, currency: 'USD' })
    const told = beNotified('payment', '0000', { amount: 5000 })
    // a payment in another currency, or over another amount, is another call's.
    expect(orderOf([success, told]).requests).toMatchObject([{ outcome: 'unknown' }])
    expect(orderOf([{ ...success, currency: 'EUR', amount: 4000 }, told]).requests).toHaveLength(1)
    expect(discrepanciesOf([{ ...success, currency: 'EUR' }, told], { after: DAY })).toEqual([])
    const named = { ...success, currency: 'EUR', orderId: 'O2', operationId: 'o1' }
    expect(settle([named, told]).orders.map(({ requests }) => requests.length)).toEqual([0, 1])
  })

  test('R-4 a call that was not processed is nobody’s', () => {
    const refused = beAnswered('payment', '1002', { reference: null })
    expect(reconciliations([refused, beNotified('payment', '0000')])).toEqual(['notification_only'])
    expect(orderOf([refused], { after: DAY })).toMatchObject({ safeToRetry: true, discrepancies: [] })
    expect(orderOf([beAnswered('stopntimes', '0000', { reference: null })]).requests).toEqual([])
    for (const over of [cutOff({ type: 'expired' }), beNotified('payment', '5002', { reference: null })]) {
      expect(orderOf([over], { after: DAY })).toMatchObject({
        requests: [{ outcome: 'not_processed' }],
        discrepancies: [],
      })
    }
  })

  test('R-5 a payment of the wrong mode or merchant answers no call of ours, unless an operator says so', () => {
    const stray = paid('T1', { test: true })
    expect(orderOf([cutOff(), stray]).requests).toHaveLength(1)
    const resolutions = [{ key: 'test_mode_mismatch|test|transaction:T1', outcome: null, at: 'now' }]
    expect(orderOf([cutOff(), stray], { resolutions }).requests).toEqual([])
  })

  describe('R-6 a call on a known transaction', () => {
    const refund = { operation: 'refund', parentReference: 'T1', orderId: null } as const

    test('R-6 stands there as an operation until something answers it', () => {
      const order = orderOf([paid('T1'), cutOff({ ...refund, amount: 1000 })])
      expect(order.requests).toMatchObject([{ operation: 'refund', outcome: 'unknown' }])
      expect(transactionOf([paid('T1'), cutOff(refund)]).reconciliation).toBe('awaiting_notification')
    })

    test('R-6 is over where the answer refused it', () => {
      for (const type of ['declined', 'not_processed'] as const)
        expect(orderOf([paid('T1'), cutOff({ ...refund, type })]).requests).toMatchObject([
          { operation: 'refund', outcome: 'not_processed' },
        ])
    })

    test('R-6 is over, each call by its own answer, where one of two was refused and one not processed', () => {
      const calls = (['declined', 'not_processed'] as const).map((type) =>
        cutOff({ ...refund, type, operationId: 'r1' }),
      )
      expect(orderOf([paid('T1'), ...calls]).requests).toMatchObject([
        { outcome: 'not_processed' },
        { outcome: 'not_processed' },
      ])
    })

    test('R-6 joins the notified step of a fitting amount that nobody answered', () => {
      const told = notified('126', { ...counters(5000, 5000, 1000), amount: 1000 })
      const [transaction] = settle([paid('T1'), told, cutOff({ ...refund, amount: 1000 })]).transactions
      expect(transaction?.operations.at(-1)).toMatchObject({ operation: 'refund', reconciliation: 'matched' })
      expect(orderOf([paid('T1'), told, cutOff({ ...refund, amount: 999 })]).requests).toHaveLength(1)
      expect(orderOf([paid('T1'), told, cutOff({ ...refund, type: 'not_processed' })]).requests).toHaveLength(
        1,
      )
    })

    test('R-6 is found by the operation id of its order, or by its order and kind', () => {
      const told = notified('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
      const byId = cutOff({ operation: 'refund', operationId: 'r1', amount: 999 })
      expect(transactionOf([paid('T1'), told, byId]).operations.at(-1)?.reconciliation).toBe('matched')
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
      const events = [paid('T1'), paid('T2'), told]
      const call = (id: string) => cutOff({ operation: 'void', operationId: id })
      expect(placesOf(events, call('r1'))).toEqual(['T2 awaiting_response', 'T2 awaiting_notification'])
      expect(placesOf(events, call('r2'))).toEqual(['T2 awaiting_response', 'nowhere'])
    })

    test('R-6 an operation id means another operation in another order, and none without an order', () => {
      const told = notified('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
      const elsewhere = paid('T2', { orderId: 'O2' })
      const call = (given: Partial<StoredEvent>) =>
        cutOff({ operation: 'refund', operationId: 'r1', ...given })
      for (const orderId of ['O2', null])
        expect(placesOf([paid('T1'), told, elsewhere], call({ orderId }))).toEqual([
          'T1 awaiting_response',
          'nowhere',
        ])
    })

    test('R-6 an operation id is of the order that its message names, and of the order of its payment', () => {
      const told = notified('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
      for (const orderId of ['O2', null]) {
        const events = [paid('T1'), { ...told, orderId }]
        expect(placesOf(events, cutOff({ operation: 'refund', operationId: 'r1', amount: 999 }))).toEqual([
          'T1 matched',
        ])
      }
      const call = cutOff({ operation: 'refund', operationId: 'r1', orderId: 'O2' })
      expect(placesOf([paid('T1'), { ...told, orderId: 'O2' }], call)).toEqual(['T1 matched'])
    })

    test('R-6 by operation id needs an order on both sides, wherever the order is named', () => {
      const step = { ...counters(5000, 5000, 1000), orderId: null, operationId: 'r1' }
      const call = (orderId: string | null) => cutOff({ operation: 'refund', orderId, operationId: 'r1' })
      expect(placesOf([paid('T1'), notified('126', step)], call('O1'))).toEqual(['T1 matched'])
      expect(placesOf([paid('T1'), notified('126', step)], call(null))).toEqual([
        'T1 awaiting_response',
        'nowhere',
      ])
    })

    test('R-6 an operation id is found in an answer, too, although that names no order', () => {
      const answer = maintained('126', { ...counters(5000, 5000, 1000), operationId: 'r1' })
      expect(answer.orderId).toBeNull()
      const call = cutOff({ operation: 'refund', operationId: 'r1' })
      expect(orderOf([paid('T1'), answer, call]).requests).toEqual([])
    })

    test('R-6 by order and kind alone goes to a notified step of a fitting amount, and nowhere else', () => {
      const back = (given = {}) => notified('126', { ...counters(5000, 5000, 1000), ...given })
      const events = [paid('T1'), back({ amount: 1000 })]
      const call = (given = {}) => cutOff({ operation: 'refund', ...given })
      expect(placesOf(events, call())).toEqual(['T1 matched'])
      expect(placesOf(events, call({ amount: 1000 }))).toEqual(['T1 matched'])
      expect(placesOf([paid('T1'), back()], call({ amount: 1000 }))).toEqual(['T1 matched'])
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
      expect(placesOf([paid('T1'), answer], call())).toEqual(['T1 awaiting_notification', 'nowhere'])
    })

    test('R-6 of a later step says nothing about the payment', () => {
      const events = [paid('T1'), cutOff(refund)]
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
      expect(transactionOf(events).operations.map(({ reconciliation }) => reconciliation)).toContain(
        'matched',
      )
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

  test('R-7 a call that names nothing we know waits, and is told when it is overdue', () => {
    const lost = cutOff({ orderId: null, parentReference: 'T9', operation: 'refund', amount: 700 })
    const early = settle([lost])
    expect(early).toMatchObject({ orphanDiscrepancies: [], nextDeadlineAt: '2026-04-01T12:15:00.000Z' })
    expect(discrepanciesOf([lost], { after: 15 * MINUTE })).toEqual([['missing_notification', 700]])
  })

  test('R-7 a call that names its operation alone waits under that id', () => {
    const named = { parentReference: null, operation: 'refund', operationId: 'op-1', amount: 700 } as const
    const lost = cutOff({ ...named, orderId: null })
    const late = settle([lost], { after: 15 * MINUTE })
    expect(late.orphanDiscrepancies).toMatchObject([{ reference: 'operation:op-1', orderId: null }])
    expect(settle([lost]).orphanDeadlines).toMatchObject([{ reference: 'operation:op-1' }])
    expect(settle([cutOff({ ...named, orderId: 'A-1' })]).orphanDeadlines).toEqual([])
    const unnamed = { reference: null, parentReference: null, orderId: null, operationId: null }
    const under = (given: Partial<typeof lost>) => filedUnder({ ...unnamed, ...given })
    expect(under({})).toBeNull()
    expect(under({ operationId: 'op-1' })).toBe('operation:op-1')
    expect(under({ operationId: 'op-1', parentReference: 'T9' })).toBe('T9')
    expect(under({ operationId: 'op-1', orderId: 'A-1' })).toBeNull()
    expect(under({ operationId: 'op-1', reference: 'T1' })).toBeNull()
  })

  test('R-8 a notification that names no transaction is money nobody can place', () => {
    const nameless = beNotified('payment', '0000', { reference: null, amount: 5000 })
    expect(orderOf([nameless])).toMatchObject({ paid: false, safeToRetry: false })
    expect(orderOf([nameless, beNotified('payment', '4001')]).reason).toBe('request_of_unknown_outcome')
    const refunds = [beNotified('refund', '0000', { reference: null }), beNotified('refund', '0000')]
    expect(orderOf(refunds).requests).toMatchObject([{ operation: 'refund', outcome: 'unknown' }])
    expect(transactionOf(refunds).operations).toMatchObject([{ reconciliation: 'notification_only' }])
  })

  test('R-8 one whose code is known to move nothing is no money', () => {
    const nameless = notified('103', { reference: null })
    expect(nameless.type).toBe('noted')
    expect(orderOf([nameless])).toMatchObject({ requests: [], safeToRetry: true })
    expect(orderOf([{ ...nameless, type: 'created' }])).toMatchObject({ safeToRetry: false })
  })
})

/** A payment that began when it was received. */
const attempt = (code: string, given: Partial<StoredEvent> = {}): StoredEvent =>
  notified(code, { createdAt: RECEIVED_AT, ...given })

describe('announcements', () => {
  test('R-9 one attempt answers one announcement, oldest first; a page is announced for all attempts', () => {
    const two = { expectations: [expected(), expected({ operationId: 'second' })] }
    expect(orderOf([attempt('113')], two).requests).toMatchObject([
      { operationId: 'second', outcome: 'in_flight' },
    ])
    expect(orderOf([cutOff()], { expectations: [expected()] }).requests).toHaveLength(1)
    const page = { expectations: [expected({ channel: 'hosted' }), expected({ channel: 'hosted' })] }
    expect(orderOf([attempt('118', counters(50, 50))], page).requests).toEqual([])
    expect(orderOf([attempt('113')], page).requests).toHaveLength(2)
    expect(orderOf([], page)).toMatchObject({ reason: 'request_in_flight' })
  })

  test('R-9 neither a step nor a call for one is an attempt', () => {
    const announced = { expectations: [expected()] }
    const refund = beNotified('refund', '0000', { reference: 'A2' })
    expect(orderOf([refund], announced).requests).toMatchObject([{ outcome: 'in_flight' }])
    const call = cutOff({ operation: 'refund', parentReference: 'T9' })
    expect(orderOf([call], announced).requests).toHaveLength(2)
  })

  test('R-9 oldest is by the time of announcement, then by id, in whatever order they are read', () => {
    const named = (operationId: string, id: string, createdAt: string) =>
      expected({ operationId, id, createdAt })
    const [first, second, third] = [
      named('first', 'e9', '2026-04-01T11:59:58.000Z'),
      named('second', 'e1', '2026-04-01T11:59:59.000Z'),
      named('third', 'e2', '2026-04-01T11:59:59.000Z'),
    ]
    for (const expectations of [
      [first, second, third],
      [third, second, first],
      [second, third, first],
    ]) {
      const open = (...events: StoredEvent[]) =>
        orderOf(events, { expectations }).requests.map(({ operationId }) => operationId)
      expect(open(attempt('113'))).toEqual(['second', 'third'])
      expect(open(attempt('113'), attempt('113', { reference: 'T2' }))).toEqual(['third'])
    }
  })

  test('R-9 calls and announcements of one order are nothing to another', () => {
    const events = [paid('T1', { orderId: 'O2' }), paid('T2', { orderId: 'O1' })]
    const call = cutOff({ orderId: 'O3' })
    const expectations = [
      expected({ orderId: 'O3', amount: 9000 }),
      expected({ orderId: 'O3', amount: 9000, operationId: 'x' }),
      expected({ orderId: 'O3', operation: 'refund' }),
    ]
    const { orders, transactions } = settle([...events, call], { expectations })
    expect(orders.map(({ orderId, requests }) => [orderId, requests.length])).toEqual([
      ['O1', 0],
      ['O2', 0],
      ['O3', 3],
    ])
    expect(orders.map(({ discrepancies }) => discrepancies)).toEqual([[], [], []])
    expect(orders.map(({ paid: isPaid }) => isPaid)).toEqual([true, true, false])
    expect(transactions.map(({ reconciliation }) => reconciliation)).toEqual([
      'notification_only',
      'notification_only',
    ])
  })

  test('R-9 P-8 an announced call stays in flight: its deadline only opens a missing answer', () => {
    const alone = (after: number, given: Circumstances = {}) =>
      orderOf([], { expectations: [expected({ id: 'e1' })], after, ...given })
    expect(alone(HOUR - 1).discrepancies).toEqual([])
    for (const after of [HOUR, 400 * DAY]) {
      expect(alone(after)).toMatchObject({ safeToRetry: false, reason: 'request_in_flight' })
      expect(alone(after).discrepancies).toMatchObject([{ class: 'missing_response', amountAtRisk: 0 }])
    }
    const resolutions = [{ key: 'missing_response||order:O1:expectation:e1', outcome: null, at: RECEIVED_AT }]
    expect(alone(HOUR, { resolutions })).toMatchObject({ safeToRetry: true, requests: [], discrepancies: [] })
    expect(alone(HOUR).reasonSources).toEqual([{ kind: 'expectation', id: 'e1' }])
  })

  test('R-9 P-8 only a page lapses, without a discrepancy, when its time at the provider is over', () => {
    const page = (after: number) => orderOf([], { expectations: [expected({ channel: 'hosted' })], after })
    expect(page(7 * DAY)).toMatchObject({ safeToRetry: false, discrepancies: [] })
    expect(page(8 * DAY)).toMatchObject({ safeToRetry: true, requests: [], discrepancies: [] })
  })

  test('R-10 an announced step stands on its transaction until it is told', () => {
    const announced = {
      expectations: [expected({ operation: 'refund', parentReference: 'T1', amount: 700 })],
    }
    const transaction = transactionOf([paid('T1')], announced)
    expect(transaction.reconciliation).toBe('expected')
    expect(transaction.operations.at(-1)).toMatchObject({ operation: 'refund', amount: 700, response: null })
    expect(transactionOf([paid('T1')], { ...announced, after: HOUR }).overdue).toBe(true)
    const voided = [notified('116'), notified('115', counters(5000))]
    expect(orderOf(voided, announced).reason).toBe('request_in_flight')
    const page = {
      expectations: [expected({ operation: 'refund', parentReference: 'T1', channel: 'hosted' })],
    }
    expect(transactionOf([paid('T1')], { ...page, after: DAY }).overdue).toBe(false)
  })

  test('R-10 P-8 an announced step is on its way until it is told, closed or, on a page, over', () => {
    const voided = [notified('116', counters(5000)), notified('115', counters(5000))]
    const announced = (channel: 'direct' | 'hosted') => ({
      expectations: [expected({ operation: 'refund', parentReference: 'T1', channel, id: 'e1' })],
    })
    const adviceOf = (...given: Parameters<typeof orderOf>) => orderOf(...given).reason
    expect(adviceOf(voided, { ...announced('direct'), after: 400 * DAY })).toBe('request_in_flight')
    expect(adviceOf(voided, { ...announced('hosted'), after: 7 * DAY - 1 })).toBe('request_in_flight')
    expect(adviceOf(voided, { ...announced('hosted'), after: 7 * DAY })).toBe('nothing_stands')
    const key = 'missing_response||transaction:T1:refund:expected:e1'
    const resolutions = [{ key, outcome: null, at: RECEIVED_AT }]
    expect(adviceOf(voided, { ...announced('direct'), resolutions, after: HOUR })).toBe('nothing_stands')
    const late = { ...announced('direct'), policy: { responses: 'expected' } as const, after: HOUR - 1 }
    expect(transactionOf(voided, late).overdue).toBe(true)
    expect(adviceOf(voided, late)).toBe('request_in_flight')
  })

  test('R-10 an announced step that was told is on its way no more', () => {
    const voided = [notified('116', counters(5000)), notified('115', counters(5000))]
    const expectations = [expected({ operation: 'void', parentReference: 'T1' })]
    expect(orderOf(voided, { expectations }).reason).toBe('nothing_stands')
  })

  test('R-10 an announced step whose transaction is unknown stands on its order', () => {
    const expectations = [expected({ operation: 'refund', parentReference: 'T9' })]
    expect(orderOf([], { expectations }).requests).toMatchObject([
      { operation: 'refund', outcome: 'in_flight' },
    ])
  })
})
