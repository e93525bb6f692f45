import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reconcile } from '../../src/domain/reconcile.ts'
import type { Order, PaidReason, RetryReason } from '../../src/domain/orders/order-answers.ts'
import { createSweeper, type Sweeper } from '../../src/inbox/reconcile/sweep.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { deliver, eventsOf, inRun, message, type Message } from '../support/histories.ts'
import { createParts, type Parts } from '../support/parts.ts'
import { rounds, ROUNDS_TIMEOUT } from '../support/property-rounds.ts'
import { orderRow, SHOWN_ORDER } from '../support/shown-order.ts'
import { sorted } from '../support/sorted-rows.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** `ops.orders` shows what the domain says of the same messages, contradictory ones included. */

const DAY = 86_400_000

const clock = createHandClock()
let database: TestDatabase
let parts: Parts
let sweeper: Sweeper
let run = 0

beforeAll(async () => {
  database = await createTestDatabase()
  parts = createParts({ databaseUrl: database.url, clock })
  sweeper = createSweeper(parts.services)
})
afterAll(async () => {
  await parts.close()
  await database.drop()
})

/** What the domain says now of these messages of one provider, which were told at that time. */
function believed(provider: string, messages: readonly Message[], told: Date): Order[] {
  const events = messages.flatMap((one, index) =>
    one.provider === provider ? eventsOf(parts, one, index, told) : [],
  )
  const { policy } = parts.accounts.find(provider, 'shop')!
  return reconcile({ events, expectations: [], resolutions: [], policy, now: clock.now() }).orders
}

/** Lay the rows of what was told at that time beside the domain's orders. */
async function agree(messages: readonly Message[], told: Date): Promise<Order[]> {
  const all: Order[] = []
  for (const provider of ['hipay', 'be2bill']) {
    const { rows } = await parts.pool.query<Record<string, unknown>>(
      `SELECT ${SHOWN_ORDER} FROM ops.orders WHERE provider = $1 AND first_seen_at = $2`,
      [provider, told],
    )
    const orders = believed(provider, messages, told)
    expect(sorted(rows)).toEqual(sorted(orders.map(orderRow)))
    all.push(...orders)
  }
  return all
}

/** Play it under names and at a time of its own; the rows agree when it is told, and when all deadlines have passed. */
async function agrees(drawn: readonly Message[]): Promise<Record<'soon' | 'late', Order[]>> {
  run += 1
  await clock.advance(DAY)
  const told = clock.now()
  const messages = drawn.map((one, index) => inRun(run, one, index))
  for (const one of messages) await deliver(parts, one)
  await parts.settle()
  const soon = await agree(messages, told)
  await clock.advance(31 * DAY)
  while ((await sweeper.runOnce()) > 0);
  return { soon, late: await agree(messages, told) }
}

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

const step = (OPERATIONTYPE: string, TRANSACTIONID: string, AMOUNT: string): Message => ({
  kind: 'notification',
  provider: 'be2bill',
  options: {},
  fields: be2billFields({ OPERATIONTYPE, TRANSACTIONID, AMOUNT, ORDERID: 'O1' }),
})

/** Steps that name no payment, and why the order is paid or not, and may be retried or not, once all deadlines have passed. */
const UNLINKED: [string, Message[], PaidReason, RetryReason][] = [
  [
    'two refunds that together are more than the payment',
    [step('payment', 'A1', '5000'), step('refund', 'A2', '3000'), step('refund', 'A3', '3000')],
    'amount_unknown',
    'unbalanced',
  ],
  [
    'two refunds that leave something of the payment',
    [step('payment', 'A1', '5000'), step('refund', 'A2', '2000'), step('refund', 'A3', '2000')],
    'money_covers',
    'money_held',
  ],
  [
    'a void that could be of either of two payments',
    [step('payment', 'A1', '5000'), step('payment', 'A2', '5000'), step('void', 'A3', '5000')],
    'amount_unknown',
    'money_held',
  ],
  [
    'two captures beyond an authorization',
    [step('authorization', 'A1', '5000'), step('capture', 'A2', '4000'), step('capture', 'A3', '4000')],
    'amount_unknown',
    'money_held',
  ],
  [
    'a void of a sale',
    [step('payment', 'A1', '5000'), step('void', 'A2', '5000')],
    'nothing_held',
    'nothing_stands',
  ],
]

describe('ops.orders agrees with the domain', () => {
  it.each(CASES)('on %s', async (_what, messages) => {
    const { soon } = await agrees(messages)
    expect(soon.map(({ orderId, safeToRetry }) => [orderId.slice(0, 2), safeToRetry])).toEqual([
      ['O1', false],
      ['O2', false],
    ])
  })

  it.each(UNLINKED)('on %s', async (_what, messages, paidReason, reason) => {
    const { late } = await agrees(messages)
    expect(late).toMatchObject([{ paid: paidReason === 'money_covers', paidReason, reason }])
  })

  /** A second currency, and an amount that no message states, are drawn too rarely otherwise. */
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
      rounds(40),
    )
  })
})
