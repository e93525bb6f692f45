import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reconciled } from '../../../src/domain/reconcile.ts'
import type { Expectation, StoredEvent } from '../../../src/domain/transaction.ts'
import {
  at,
  answered,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  disputed,
  expected,
  hostedPage,
  maintained,
  notified,
  settle,
} from '../../support/facts.ts'
import { rounds } from '../../support/property-rounds.ts'

/** Properties over generated histories of both providers, contradictory ones included. */

const ROUNDS = rounds(700)

const hipayCodes = [
  '101',
  '109',
  '112',
  '113',
  '114',
  '115',
  '116',
  '117',
  '118',
  '119',
  '124',
  '125',
  '126',
  '134',
]
const moreCodes = ['140', '142', '165', '173', '175', '180', '181', '182', '188', '200']

const money = fc.constantFrom(0, 500, 2000, 5000)
const second = fc.option(fc.integer({ min: 0, max: 5 }).map(at))
const operationId = fc.option(fc.constantFrom('c1', 'c2'))
const totals = fc.option(fc.tuple(money, money, money))

const hipayFact = fc
  .record({
    say: fc.constantFrom(notified, answered, maintained),
    code: fc.constantFrom(...hipayCodes, ...moreCodes),
    reference: fc.constantFrom('T1', 'T2'),
    occurredAt: second,
    totals,
    amount: fc.option(money),
    operationId,
  })
  .map(({ say, code, totals: stated, ...given }) =>
    say(code, { ...(stated ? counters(...stated) : {}), ...given }),
  )

const call = fc
  .record({
    make: fc.constantFrom(cutOff, hostedPage),
    type: fc.constantFrom('failed' as const, 'not_processed' as const, 'action_required' as const),
    operation: fc.constantFrom('authorization' as const, 'capture' as const, 'refund' as const, null),
    parentReference: fc.option(fc.constantFrom('T1', 'A1', 'A2')),
    orderId: fc.option(fc.constant('O1')),
    amount: fc.option(money),
    operationId,
  })
  .map(({ make, ...given }) => make(given))

const be2billFact = fc
  .record({
    say: fc.constantFrom(beNotified, beAnswered),
    operation: fc.constantFrom('payment', 'authorization', 'capture', 'refund', 'void', 'credit'),
    code: fc.constantFrom('0000', '0001', '0003', '1002', '4001', '5002', '5004', '0099'),
    reference: fc.constantFrom('A1', 'A2', 'A3'),
    parentReference: fc.option(fc.constantFrom('A1', 'A2'), { freq: 2 }),
    amount: fc.option(money),
  })
  .map(({ say, operation, code, ...given }) => say(operation, code, given))

const dispute = fc
  .record({
    stage: fc.constantFrom(
      'retrieval_request' as const,
      'first_chargeback' as const,
      'representment' as const,
    ),
    date: fc.constantFrom('2026-05-01', '2026-05-02'),
    amount: fc.option(money),
  })
  .map(({ stage, date, amount }) => disputed(stage, date, { amount }))

const hipayHistory = fc.array(fc.oneof({ weight: 5, arbitrary: hipayFact }, call), {
  minLength: 1,
  maxLength: 7,
})
const be2billHistory = fc.array(
  fc.oneof({ weight: 5, arbitrary: be2billFact }, { weight: 1, arbitrary: dispute }, call),
  { minLength: 1, maxLength: 7 },
)
const history = fc.oneof(hipayHistory, be2billHistory)
const expectations = fc.array(
  fc
    .record({
      channel: fc.constantFrom('direct' as const, 'hosted' as const, null),
      operation: fc.constantFrom('sale' as const, 'refund' as const, null),
      amount: fc.option(money),
      parentReference: fc.option(fc.constant('A1')),
      operationId,
    })
    .map((given): Expectation => expected(given)),
  { maxLength: 2 },
)
const after = fc.constantFrom(1_000, 2 * DAY, 20 * DAY)
const policy = fc.record({
  responses: fc.constantFrom('expected' as const, 'announced' as const, 'none' as const),
  expectations: fc.constantFrom('optional' as const, 'required' as const),
})
const circumstances = fc.record({ after, expectations, policy })

const shuffledPair = <Item>(items: fc.Arbitrary<Item[]>) =>
  items.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  )

/** What the order has taken. An unknown amount is no less than any known one: the order is not safe on its account. */
const taken = ({ orders }: Reconciled): number =>
  orders.reduce((sum, { paidTotal }) => sum + (paidTotal ?? Infinity), 0)

describe('generated histories', () => {
  test('P-1 arrival order never matters', () => {
    fc.assert(
      fc.property(shuffledPair(history), circumstances, ([events, shuffled], given) => {
        expect(settle(shuffled, given)).toEqual(settle(events, given))
      }),
      ROUNDS,
    )
  })

  test('P-2 repetition never matters, whenever and under whatever id it arrives', () => {
    fc.assert(
      fc.property(history, circumstances, fc.nat(), (events, given, pick) => {
        const repeated = events[pick % events.length]!
        const redelivered: StoredEvent =
          repeated.reference === null
            ? repeated
            : {
                ...repeated,
                id: 'zz',
                inboxId: 'zz',
                receivedAt: '2026-04-03T00:00:00.000Z',
                providerMessage: 'x',
              }
        expect(settle([...events, redelivered], given)).toEqual(settle(events, given))
      }),
      ROUNDS,
    )
  })

  test('P-2 a message that is translated anew says nothing more', () => {
    fc.assert(
      fc.property(history, circumstances, (events, given) => {
        const replayed = events.map((event) => ({ ...event, id: `again-${event.id}` }))
        expect(settle(replayed, given)).toEqual(settle(events, given))
        expect(settle([...replayed, ...events], given)).toEqual(settle(events, given))
      }),
      ROUNDS,
    )
  })

  /** The same under other names. Operation ids stay: merchants number operations per order. */
  const elsewhere = <Named extends Partial<StoredEvent> | Expectation>(named: Named): Named => {
    const moved = { ...named, id: `z-${named.id}` }
    for (const field of ['reference', 'parentReference', 'orderId', 'inboxId'] as const) {
      const name = (named as Partial<StoredEvent>)[field]
      if (typeof name === 'string') Object.assign(moved, { [field]: `z-${name}` })
    }
    return moved
  }
  const isPlaced = ({ reference, parentReference, orderId }: StoredEvent): boolean =>
    reference !== null || parentReference !== null || orderId !== null

  test('P-1 messages that share neither payment, link nor order say nothing about each other', () => {
    fc.assert(
      fc.property(history, circumstances, (drawn, given) => {
        const events = drawn.filter(isPlaced)
        const others = { ...given, expectations: given.expectations.map(elsewhere) }
        const [here, there] = [settle(events, given), settle(events.map(elsewhere), others)]
        const expectations = [...given.expectations, ...others.expectations]
        const both = settle([...events, ...events.map(elsewhere)], { ...given, expectations })
        expect(both.transactions).toEqual([...here.transactions, ...there.transactions])
        expect(both.orders).toEqual([...here.orders, ...there.orders])
        // Listed by key, and a key begins with what the request was, not with whose it was.
        const apart = [...here.orphanDiscrepancies, ...there.orphanDiscrepancies]
        expect(both.orphanDiscrepancies).toEqual(apart.sort((one, other) => (one.key < other.key ? -1 : 1)))
      }),
      ROUNDS,
    )
  })

  test('P-3 a later notified success never lowers the captured money of a Be2bill payment', () => {
    fc.assert(
      fc.property(
        be2billHistory,
        fc.constantFrom('payment', 'capture'),
        money,
        (events, operation, amount) => {
          const success = beNotified(operation, '0000', { reference: 'A9', amount })
          expect(taken(settle([...events, success]))).toBeGreaterThanOrEqual(taken(settle(events)))
        },
      ),
      ROUNDS,
    )
  })

  test('P-4 money is conserved, or a discrepancy says why', () => {
    fc.assert(
      fc.property(history, circumstances, (events, given) => {
        for (const transaction of settle(events, given).transactions) {
          const { authorizedTotal, capturedTotal, refundedTotal, chargedBackTotal, operations } = transaction
          const paid =
            operations.some(({ operation }) => /authorization|sale/.test(operation)) || capturedTotal !== 0
          const out = (refundedTotal ?? 0) + (chargedBackTotal ?? 0)
          const leaks =
            (capturedTotal !== null && authorizedTotal !== null && capturedTotal > authorizedTotal) ||
            (capturedTotal !== null && out > capturedTotal)
          if (paid && leaks) expect(transaction.discrepancies).not.toEqual([])
        }
      }),
      ROUNDS,
    )
  })

  test('P-5 what is paid is neither safe to retry nor without a captured transaction', () => {
    fc.assert(
      fc.property(history, circumstances, (events, given) => {
        const { transactions, orders } = settle(events, given)
        for (const order of orders) {
          if (!order.paid) continue
          expect(order.safeToRetry).toBe(false)
          const own = transactions.filter(({ reference }) => order.transactions.includes(reference))
          expect(own.some(({ capturedTotal }) => (capturedTotal ?? 0) > 0)).toBe(true)
        }
      }),
      ROUNDS,
    )
  })

  test('P-6 nothing changes between two deadlines, and the next one is in the future', () => {
    fc.assert(
      fc.property(history, circumstances, (events, given) => {
        const now = Date.parse('2026-04-01T12:00:00.000Z') + given.after
        const first = settle(events, given)
        const next = first.nextDeadlineAt === null ? now + 400 * DAY : Date.parse(first.nextDeadlineAt)
        expect(next).toBeGreaterThan(now)
        const justBefore = settle(events, { ...given, after: given.after + (next - now) - 1 })
        expect(justBefore).toEqual(first)
      }),
      ROUNDS,
    )
  })
})
