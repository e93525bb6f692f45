import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reconcile } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/transaction.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { deliver, eventsOf, inRun, message, type Message } from '../support/histories.ts'
import { createParts, type Parts } from '../support/parts.ts'
import { rounds, ROUNDS_TIMEOUT } from '../support/property-rounds.ts'
import { hipayFields } from '../support/wire.ts'

/** `ops.orders` says in SQL what the domain says of the same messages, contradictory ones included. */

const DAY = 86_400_000

const clock = createHandClock()
let database: TestDatabase
let parts: Parts
let run = 0

beforeAll(async () => {
  database = await createTestDatabase()
  parts = createParts({ databaseUrl: database.url, clock })
})
afterAll(async () => {
  await parts.close()
  await database.drop()
})

/** What the domain says of these messages of one provider. */
function believed(provider: string, messages: readonly Message[]): Order[] {
  const events = messages.flatMap((one, index) =>
    one.provider === provider ? eventsOf(parts, one, index, clock.now()) : [],
  )
  const { policy } = parts.accounts.find(provider, 'shop')!
  return reconcile({ events, expectations: [], resolutions: [], policy, now: clock.now() }).orders
}

/** Rows in an order that no collation changes. */
const sorted = <Row>(rows: readonly Row[]): Row[] =>
  [...rows].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))

/** Play it under names and at a time of its own, and lay the rows beside the domain's orders. */
async function agrees(drawn: readonly Message[]): Promise<Order[]> {
  run += 1
  await clock.advance(DAY)
  const messages = drawn.map((one, index) => inRun(run, one, index))
  for (const one of messages) await deliver(parts, one)
  await parts.settle()
  const all: Order[] = []
  for (const provider of ['hipay', 'be2bill']) {
    const { rows } = await parts.pool.query<Record<string, unknown>>(
      `SELECT order_id, transactions, currency, captured_total::float8, refunded_total::float8, net_total::float8, paid
       FROM ops.orders WHERE provider = $1 AND first_seen_at = $2`,
      [provider, clock.now()],
    )
    const orders = believed(provider, messages)
    expect(sorted(rows)).toEqual(sorted(orders.map(orderRow)))
    all.push(...orders)
  }
  return all
}

const orderRow = (order: Order) => ({
  order_id: order.orderId,
  transactions: order.transactions.length,
  currency: order.currency,
  captured_total: order.paidTotal,
  refunded_total: order.refundedTotal,
  net_total: order.netTotal,
  paid: order.paid,
})

const REFERENCE = '900000000001'

const notified = (orderId: string, status: string, operationId?: string): Message => ({
  kind: 'notification',
  provider: 'hipay',
  options: {},
  fields: hipayFields({
    status,
    transaction_reference: REFERENCE,
    order: { id: orderId },
    ...(operationId === undefined
      ? {}
      : { operation: { type: 'capture', id: operationId, amount: '50.00', currency: 'EUR' } }),
  }),
})

const cutOff = (forwarded: { orderId: string; operationId?: string; parentReference?: string }): Message => ({
  kind: 'answer',
  provider: 'hipay',
  forwarded: { operation: 'capture', error: 'timeout', ...forwarded },
})

/** Messages that once made the two disagree, and the orders that they name. */
const CASES: [string, Message[]][] = [
  [
    'a call whose operation id is known to a payment of another order',
    [
      notified('O1', '116'),
      notified('O2', '118', 'op2-O2'),
      cutOff({ orderId: 'O2', operationId: 'op2-O2' }),
    ],
  ],
  [
    'two calls of an order, the first of them on a payment of another one',
    [notified('O1', '118'), cutOff({ orderId: 'O2', parentReference: REFERENCE }), cutOff({ orderId: 'O2' })],
  ],
  ['a payment under two orders', [notified('O1', '116'), notified('O2', '118')]],
]

describe('ops.orders agrees with the domain', () => {
  it.each(CASES)('on %s', async (_what, messages) => {
    const orders = await agrees(messages)
    expect(orders.map(({ orderId, safeToRetry }) => [orderId.slice(0, 2), safeToRetry])).toEqual([
      ['O1', false],
      ['O2', false],
    ])
  })

  /** A second currency, and an amount that nobody states, are rarer than they should be. */
  const twisted = fc
    .tuple(message, fc.constantFrom('EUR', 'EUR', 'USD'), fc.boolean())
    .map(([one, currency, known]) =>
      one.kind === 'notification' && one.provider === 'be2bill'
        ? { ...one, fields: { ...one.fields, CURRENCY: currency, ...(known ? {} : { AMOUNT: '' }) } }
        : one,
    )

  it('on histories drawn at random', { timeout: ROUNDS_TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(twisted, { minLength: 1, maxLength: 8 }), async (drawn) => {
        await agrees(drawn)
      }),
      rounds(120),
    )
  })
})
