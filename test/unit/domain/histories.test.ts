import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reconciled } from '../../../src/domain/reconcile.ts'
import type { Expectation, StoredEvent } from '../../../src/domain/event/evidence.ts'
import { be2billHistory, circumstances, history, money, shuffledPair } from '../../support/drawn-facts.ts'
import { beNotified, DAY, settle } from '../../support/facts.ts'
import { rounds } from '../../support/property-rounds.ts'

/** Properties over generated histories of both providers, contradictory ones included. */

const ROUNDS = rounds(700)

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
