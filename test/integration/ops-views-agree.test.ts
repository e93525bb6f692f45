import { afterAll, beforeAll, expect, it } from 'vitest'
import { accountNameOf, readExamples, type WorkedExample } from '../../src/demo/worked-example.ts'
import { reconcile, type Reconciled } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/orders/order-answers.ts'
import type { Discrepancy, Transaction } from '../../src/domain/reconciliation/transaction.ts'
import { createSweeper } from '../../src/inbox/reconcile/sweep.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, type Parts } from '../support/parts.ts'
import { accountOf, send } from '../support/played-scenarios.ts'
import { clockOf, evidenceOf, policyOf } from '../support/scenarios.ts'
import { orderRow as shownOrder } from '../support/shown-order.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { sorted } from '../support/sorted-rows.ts'

/** The views say what the domain says: every scenario is played over HTTP, and its rows are laid beside `reconcile`. */

const DAY = 86_400_000

const scenarios = ['hipay', 'be2bill'].flatMap(readExamples)
const playedAt = (when: WorkedExample['clock']) => scenarios.filter(({ clock }) => clock === when)

function believedOf(scenario: WorkedExample): Reconciled {
  const evidence = evidenceOf(scenario)
  return reconcile({
    events: evidence.flatMap(({ events }) => events),
    expectations: evidence.flatMap(({ expectations }) => expectations),
    resolutions: [],
    policy: policyOf(scenario),
    now: clockOf(scenario),
  })
}

const sum = (amounts: readonly (number | null)[]): number =>
  amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0)

const clock = createHandClock()
let service: TestService
let worker: Parts

beforeAll(async () => {
  const accounts = scenarios.map(accountOf)
  service = await startTestService({ accounts, clock, idle: true, settings: { LOG_LEVEL: 'silent' } })
  worker = createParts({ databaseUrl: service.database.url, clock, accounts })
  const sweeper = createSweeper(worker.services)
  await play(playedAt('after_deadlines'))
  await clock.advance(2 * DAY)
  while ((await sweeper.runOnce()) > 0);
  await play(playedAt('before_deadlines'))
}, 120_000)
afterAll(async () => {
  await worker.close()
  // Draining waits by the clock.
  await Promise.all([service.stop(), clock.advance(DAY)])
})

async function play(some: readonly WorkedExample[]): Promise<void> {
  for (const scenario of some)
    for (const [index, input] of scenario.inputs.entries())
      await send(service, scenario, input, `${scenario.id}#${index}`)
  await worker.settle()
}

/** `bigint` columns as numbers, like the domain's. */
const select = async (scenario: WorkedExample, view: string, columns: string): Promise<unknown[]> => {
  const list = columns.replaceAll(/(\w+_(?:total|risk)|amount)\b/g, '$1::float8')
  const { rows } = await service.sql.query<Record<string, unknown>>(
    `SELECT ${list} FROM ops.${view} WHERE provider = $1 AND account = $2`,
    [scenario.provider, accountNameOf(scenario)],
  )
  return sorted(rows)
}

const orderRow = (order: Order, { transactions }: Reconciled) => {
  const own = transactions.filter(({ orderId }) => orderId === order.orderId)
  const open = [...own.flatMap(({ discrepancies }) => discrepancies), ...order.discrepancies]
  const known = open.filter(({ amountAtRisk }) => amountAtRisk !== null)
  const { first_seen_at: _received, ...shown } = shownOrder(order)
  return {
    ...shown,
    open_discrepancies: open.length,
    amount_at_risk: known.length === 0 ? null : sum(known.map(({ amountAtRisk }) => amountAtRisk)),
  }
}

it.each(scenarios)('ops.orders agrees on $id: $why', async (scenario) => {
  const believed = believedOf(scenario)
  const rows = await select(
    scenario,
    'orders',
    `order_id, transactions, currency, captured_total, refunded_total, charged_back_total, net_total, expected_total,
     paid, paid_reason, safe_to_retry, reason, open_discrepancies, amount_at_risk`,
  )
  expect(rows).toEqual(sorted(believed.orders.map((order) => orderRow(order, believed))))
})

const discrepancyRow = (found: Discrepancy) => ({
  class: found.class,
  field: found.field,
  reference: found.reference,
  order_id: found.orderId,
  response: found.response,
  notification: found.notification,
  amount_at_risk: found.amountAtRisk,
  currency: found.currency,
})

it.each(scenarios)('ops.open_discrepancies agrees on $id: $why', async (scenario) => {
  const { transactions, orders, orphanDiscrepancies } = believedOf(scenario)
  const open = [...transactions, ...orders].flatMap(({ discrepancies }) => discrepancies)
  const rows = await select(
    scenario,
    'open_discrepancies',
    'class, field, reference, order_id, response, notification, amount_at_risk, currency',
  )
  expect(rows).toEqual(sorted([...open, ...orphanDiscrepancies].map(discrepancyRow)))
})

const awaitedRows = ({ reference, orderId, overdue, currency, operations }: Transaction) =>
  operations
    .filter(({ reconciliation }) => /^(awaiting_.*|expected)$/.test(reconciliation))
    .map((operation) => ({
      reference,
      order_id: orderId,
      operation: operation.operation,
      operation_reference: operation.reference,
      operation_id: operation.operationId,
      reconciliation: operation.reconciliation,
      amount: operation.amount,
      currency,
      overdue,
    }))

it.each(scenarios)('ops.awaiting agrees on $id: $why', async (scenario) => {
  const rows = await select(
    scenario,
    'awaiting',
    `reference, order_id, operation, operation_reference, operation_id, reconciliation, amount, currency, overdue`,
  )
  expect(rows).toEqual(sorted(believedOf(scenario).transactions.flatMap(awaitedRows)))
})

const dayRow = (group: readonly Transaction[]) => {
  const [{ currency, reconciliation }] = group as [Transaction]
  const open = group.flatMap(({ discrepancies }) => discrepancies)
  return {
    currency,
    reconciliation,
    transactions: group.length,
    overdue: group.filter(({ overdue }) => overdue).length,
    captured_total: sum(group.map(({ capturedTotal }) => capturedTotal)),
    refunded_total: sum(group.map(({ refundedTotal }) => refundedTotal)),
    charged_back_total: sum(group.map(({ chargedBackTotal }) => chargedBackTotal)),
    unknown_amounts: group.filter((t) =>
      [t.capturedTotal, t.refundedTotal, t.chargedBackTotal].includes(null),
    ).length,
    open_discrepancies: open.length,
    amount_at_risk: sum(open.map(({ amountAtRisk }) => amountAtRisk)),
  }
}

it.each(scenarios)('ops.daily_reconciliation agrees on $id: $why', async (scenario) => {
  const groups = Map.groupBy(believedOf(scenario).transactions, (t) =>
    [t.test, t.currency, t.reconciliation].join(),
  )
  const rows = await select(
    scenario,
    'daily_reconciliation',
    `currency, reconciliation, transactions, overdue, captured_total, refunded_total, charged_back_total,
     unknown_amounts, open_discrepancies, amount_at_risk`,
  )
  expect(rows).toEqual(sorted([...groups.values()].map(dayRow)))
})

it.each(scenarios)('ops.transactions agrees on $id: $why', async (scenario) => {
  const rows = await select(
    scenario,
    'transactions',
    `reference, order_id, status, reconciliation, overdue, test, currency, authorized_total, captured_total,
     refunded_total, charged_back_total, open_discrepancies`,
  )
  expect(rows).toEqual(
    sorted(
      believedOf(scenario).transactions.map((t) => ({
        reference: t.reference,
        order_id: t.orderId,
        status: t.status,
        reconciliation: t.reconciliation,
        overdue: t.overdue,
        test: t.test,
        currency: t.currency,
        authorized_total: t.authorizedTotal,
        captured_total: t.capturedTotal,
        refunded_total: t.refundedTotal,
        charged_back_total: t.chargedBackTotal,
        open_discrepancies: t.discrepancies.length,
      })),
    ),
  )
})

it('the summary over HTTP counts what the daily view counts', async () => {
  const { rows } = await service.sql.query<Record<string, unknown>>(
    `SELECT provider, account, test, currency, reconciliation, transactions AS count, overdue,
            captured_total::float8 AS "capturedTotal"
     FROM ops.daily_reconciliation`,
  )
  const answer = await service.api(
    '/v1/reconciliation/summary?from=2026-04-01T00:00:00Z&to=2026-04-05T00:00:00Z',
  )
  const { transactions } = (await answer.json()) as { transactions: Record<string, unknown>[] }
  const counted = transactions.map((row) =>
    Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, row[name]])),
  )
  expect(sorted(counted)).toEqual(sorted(rows))
  expect(counted.length).toBeGreaterThan(50)
})

it('ops.silent_accounts knows every account that has sent something, and when it last notified', async () => {
  const { rows } = await service.sql.query<{ account: string; at: Date | null; silent: boolean | null }>(
    `SELECT account, last_notification_at AS at, silent_seconds > 0 AS silent FROM ops.silent_accounts`,
  )
  const speaking = scenarios.filter(({ inputs }) => inputs.some(({ kind }) => kind !== 'expectation'))
  expect(rows.map(({ account }) => account).sort()).toEqual(speaking.map(accountNameOf).sort())
  for (const { account, at, silent } of rows) {
    const scenario = speaking.find((one) => accountNameOf(one) === account)!
    const notified = scenario.inputs.some(({ kind }) => kind === 'notification')
    const playedOn = scenario.clock === 'after_deadlines' ? '2026-04-01' : '2026-04-03'
    expect([at?.toISOString().slice(0, 10) ?? null, silent]).toEqual(
      notified ? [playedOn, true] : [null, null],
    )
  }
})
