import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reconcile, type Reconciled } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/orders/order-answers.ts'
import { createQueries, type OrderAnswer, type Queries } from '../../src/queries/reading.ts'
import type { ProcessingStore } from '../../src/inbox/reconcile/stores.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { deliver, eventsOf, inRun, message, type Message } from '../support/histories.ts'
import { createParts, withoutInboxIds, type Parts } from '../support/parts.ts'
import { rounds, ROUNDS_TIMEOUT } from '../support/property-rounds.ts'
import { sorted } from '../support/sorted-rows.ts'

const RECEIVED_AT = new Date('2026-04-01T12:00:00.000Z')
const DAY = 86_400_000

let database: TestDatabase
let parts: Parts
let queries: Queries
let now = RECEIVED_AT
let limit = 128
let run = 0

/** Claims only as many as the run says, so that batches are cut anywhere. */
const cutting = (store: ProcessingStore): ProcessingStore => ({
  ...store,
  inTransaction: async (work) =>
    store.inTransaction(async (unit) =>
      work({
        ...unit,
        claim: async (options) => unit.claim({ ...options, limit: Math.min(options.limit, limit) }),
      }),
    ),
})

beforeAll(async () => {
  database = await createTestDatabase()
  const clock = { now: () => now, after: () => () => undefined }
  parts = createParts({ databaseUrl: database.url, clock, wrapStore: cutting })
  queries = createQueries(parts.services)
})
afterAll(async () => {
  await parts.close()
  await database.drop()
})

/** What the whole set comes to when it is seen at once, in the order in which it was drawn. */
function expectedOf(messages: readonly Message[], provider: 'hipay' | 'be2bill'): Reconciled {
  const account = parts.accounts.find(provider, 'shop')!
  const events = messages.flatMap((one, index) =>
    one.provider === provider ? eventsOf(parts, one, index, RECEIVED_AT) : [],
  )
  return reconcile({ events, expectations: [], resolutions: [], policy: account.policy, now })
}

/** Transactions and open discrepancies of one run as they were saved. */
async function saved(provider: string): Promise<{ transactions: unknown[]; open: unknown[] }> {
  const mine = `provider = '${provider}' AND (order_id LIKE '%/${String(run)}' OR reference LIKE 'A_-${String(run)}'
    OR reference LIKE '90${String(run).padStart(9, '0')}_'`
  const transactions = await parts.pool.query<Record<string, unknown>>(
    `SELECT reference, absorbed, order_id, status, reconciliation, overdue, final, test, merchant_id, currency,
            authorized_total::float8, captured_total::float8, refunded_total::float8, charged_back_total::float8, operations
     FROM transactions WHERE ${mine}) ORDER BY reference COLLATE "C"`,
  )
  const open = await parts.pool.query<Record<string, unknown>>(
    `SELECT key, class, field, reference, order_id, response, notification, amount_at_risk::float8, currency
     FROM discrepancies WHERE resolved_at IS NULL AND ${mine})
     ORDER BY key COLLATE "C"`,
  )
  return { transactions: withoutInboxIds(transactions.rows), open: withoutMessageNames(open.rows) }
}

/** A call is named by its message, whose id the service makes. */
const withoutMessageNames = <Row extends { key?: unknown }>(rows: readonly Row[]): Row[] =>
  sorted(rows.map((row) => ({ ...row, key: String(row.key).replace(/(:request|:call):[^:]+$/, '$1') })))

function asSaved(reconciled: Reconciled): { transactions: unknown[]; open: unknown[] } {
  const open = [...reconciled.transactions, ...reconciled.orders].flatMap(
    ({ discrepancies }) => discrepancies,
  )
  return {
    transactions: withoutInboxIds(
      reconciled.transactions.map((t) => ({
        reference: t.reference,
        absorbed: t.absorbed,
        order_id: t.orderId,
        status: t.status,
        reconciliation: t.reconciliation,
        overdue: t.overdue,
        final: t.final,
        test: t.test,
        merchant_id: t.merchantId,
        currency: t.currency,
        authorized_total: t.authorizedTotal,
        captured_total: t.capturedTotal,
        refunded_total: t.refundedTotal,
        charged_back_total: t.chargedBackTotal,
        operations: t.operations,
      })),
    ),
    open: withoutMessageNames(
      [...open, ...reconciled.orphanDiscrepancies].map((d) => ({
        key: d.key,
        class: d.class,
        field: d.field,
        reference: d.reference,
        order_id: d.orderId,
        response: d.response,
        notification: d.notification,
        amount_at_risk: d.amountAtRisk,
        currency: d.currency,
      })),
    ),
  }
}

const orderFacts = (order: Order | OrderAnswer): unknown => ({
  orderId: order.orderId,
  requests: order.requests.map(({ inboxId: _, ...request }) => request),
  totals: [order.currency, order.paidTotal, order.refundedTotal, order.netTotal],
  answer: [order.paid, order.safeToRetry, order.reason],
})

interface Plan {
  messages: Message[]
  arrivals: number[]
  cuts: number[]
  late: boolean
}

/** Arrivals name every message at least once, in any order, some again; a cut says whether and how much is processed then. */
const plan: fc.Arbitrary<Plan> = fc
  .tuple(
    fc.array(message, { minLength: 1, maxLength: 9 }),
    fc.array(fc.nat(8), { maxLength: 4 }),
    fc.boolean(),
  )
  .chain(([messages, again, late]) => {
    const all = [...messages.keys(), ...again.map((index) => index % messages.length)]
    return fc.record({
      messages: fc.constant(messages),
      arrivals: fc
        .shuffledSubarray([...all.keys()], { minLength: all.length })
        .map((order) => order.map((at) => all[at]!)),
      cuts: fc.array(fc.constantFrom(0, 0, 1, 2, 3, 128), { minLength: all.length, maxLength: all.length }),
      late: fc.constant(late),
    })
  })

async function play({ messages, arrivals, cuts, late }: Plan): Promise<void> {
  const processedAt = new Date(RECEIVED_AT.getTime() + (late ? 2 * DAY : 1_000))
  for (const [turn, index] of arrivals.entries()) {
    now = RECEIVED_AT
    await deliver(parts, messages[index]!)
    now = processedAt
    limit = cuts[turn]!
    if (limit > 0) await parts.processor.runOnce()
  }
  limit = 128
  await parts.settle()
}

describe('arrival order', () => {
  it('P-1 never matters: the saved state is that of the whole set', { timeout: ROUNDS_TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (drawn) => {
        run += 1
        const messages = drawn.messages.map((one, index) => inRun(run, one, index))
        await play({ ...drawn, messages })
        for (const provider of ['hipay', 'be2bill'] as const) {
          const expected = expectedOf(messages, provider)
          expect(await saved(provider)).toEqual(asSaved(expected))
          for (const order of expected.orders) {
            const answer = await queries.order(provider, 'shop', order.orderId)
            expect(orderFacts(answer)).toEqual(orderFacts(order))
          }
        }
      }),
      rounds(50),
    )
  })
})
