import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, type Parts } from '../support/parts.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** What a period came to: counts, money, and which witness was how much faster. */

const SECOND = 1_000
const DAY = 86_400 * SECOND

const clock = createHandClock()
let database: TestDatabase
let parts: Parts
let service: TestService

const notified = (reference: string, amount: number, code = '0000') =>
  parts.notify(
    'be2bill',
    'shop',
    be2billFields({
      OPERATIONTYPE: 'payment',
      TRANSACTIONID: reference,
      ORDERID: `O-${reference}`,
      EXECCODE: code,
      AMOUNT: String(amount),
    }),
  )

const answered = (reference: string, amount: number, code = '0000') =>
  parts.answer('be2bill', 'shop', {
    orderId: `O-${reference}`,
    operation: 'payment',
    amount,
    currency: 'EUR',
    httpStatus: 200,
    body: { OPERATIONTYPE: 'payment', EXECCODE: code, TRANSACTIONID: reference, MESSAGE: 'm' },
  })

beforeAll(async () => {
  database = await createTestDatabase()
  parts = createParts({ databaseUrl: database.url, clock })
  service = await startTestService({ database, clock, idle: true })
  // Ten payments whose notification comes 1 to 10 seconds after the answer …
  for (let n = 1; n <= 10; n += 1) {
    await answered(`A${n}`, 100)
    await clock.advance(n * SECOND)
    await notified(`A${n}`, 100)
  }
  // … two where it comes first, one that is answered only, one that contradicts, all on the first day.
  for (const reference of ['N1', 'N2']) {
    await notified(reference, 200)
    await clock.advance(SECOND)
    await answered(reference, 200)
  }
  await answered('R1', 300)
  await answered('X1', 400, '4001')
  await notified('X1', 400)
  await parts.settle()
  await clock.advance(DAY)
  await notified('L1', 500)
  await parts.settle()
  await clock.advance(SECOND)
})
afterAll(async () => {
  await parts.close()
  // Draining waits by the clock.
  await Promise.all([service.stop(), clock.advance(DAY)])
  await database.drop()
})

interface Summary {
  from: string
  to: string
  transactions: { reconciliation: string; count: number; capturedTotal: number; [field: string]: unknown }[]
  discrepancies: Record<string, unknown>[]
  witnesses: {
    both: number
    notificationFirst: number
    notificationFirstShare: number | null
    responseToNotificationMs: Record<string, number> | null
    accounts: Record<string, unknown>[]
  }
}

async function summary(query: string): Promise<Summary> {
  const answer = await service.api(`/v1/reconciliation/summary${query}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Summary
}

const FIRST_DAY = '?from=2026-04-01T00:00:00Z&to=2026-04-02T00:00:00Z'

describe('GET /v1/reconciliation/summary', () => {
  it('counts transactions and money by account and reconciliation', async () => {
    const { transactions } = await summary(FIRST_DAY)
    expect(
      transactions.map(({ reconciliation, count, capturedTotal }) => [reconciliation, count, capturedTotal]),
    ).toEqual([
      ['awaiting_notification', 1, 300],
      ['discrepant', 1, 400],
      ['matched', 12, 1400],
    ])
    expect(transactions[0]).toMatchObject({
      provider: 'be2bill',
      account: 'shop',
      currency: 'EUR',
      unknownAmounts: 0,
    })
  })

  it('counts the discrepancies opened in the period, with the money at risk', async () => {
    const { discrepancies } = await summary(FIRST_DAY)
    expect(discrepancies).toEqual([
      {
        provider: 'be2bill',
        account: 'shop',
        class: 'outcome_mismatch',
        currency: 'EUR',
        opened: 1,
        open: 1,
        amountAtRisk: 400,
        unknownAmounts: 0,
      },
    ])
  })

  it('says how often the notification was first, and how long after the answer it came', async () => {
    const { witnesses } = await summary(FIRST_DAY)
    // X1 was answered and notified at the same instant: the answer is not later, so it counts with 0.
    expect(witnesses).toMatchObject({ both: 13, notificationFirst: 2, notificationFirstShare: 2 / 13 })
    const gaps = witnesses.responseToNotificationMs!
    expect(gaps['p50']).toBe(5 * SECOND)
    expect(gaps['p90']).toBe(9 * SECOND)
    expect(gaps['p99']).toBeCloseTo(9.9 * SECOND, 6)
    expect(witnesses.accounts).toEqual(
      [{ provider: 'be2bill', account: 'shop', ...{ ...witnesses, accounts: undefined } }].map(
        ({ accounts: _accounts, ...row }) => row,
      ),
    )
  })

  it('is of the last day unless told', async () => {
    const { from, to, transactions } = await summary('')
    expect(Date.parse(to) - Date.parse(from)).toBe(DAY)
    expect(transactions.map(({ count, capturedTotal }) => [count, capturedTotal])).toEqual([[1, 500]])
  })

  it('takes from in and leaves to out', async () => {
    const at = '2026-04-01T12:00:00.000Z'
    const before = await summary(`?from=2026-04-01T00:00:00Z&to=${at}`)
    expect(before).toMatchObject({
      transactions: [],
      discrepancies: [],
      witnesses: { both: 0, notificationFirstShare: null, responseToNotificationMs: null, accounts: [] },
    })
    const [first] = (await summary(`?from=${at}&to=2026-04-01T12:00:00.001Z`)).transactions
    expect(first?.count).toBe(1)
  })

  it.each([
    ['?from=2026-04-02T00:00:00Z&to=2026-04-01T00:00:00Z', 'before'],
    ['?from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', '92 days'],
    ['?from=yesterday', 'from'],
  ])('400 for %s', async (query, word) => {
    const answer = await service.api(`/v1/reconciliation/summary${query}`)
    const { code, detail } = (await answer.json()) as { code: string; detail: string }
    expect([answer.status, code]).toEqual([400, 'invalid_request'])
    expect(detail).toContain(word)
  })

  it('is described in the OpenAPI document', async () => {
    const { paths } = (await (await service.api('/openapi.json')).json()) as {
      paths: Record<string, unknown>
    }
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v1/reconciliation/summary',
        '/v1/discrepancies',
        '/v1/transactions/{provider}/{account}/{reference}/explain',
      ]),
    )
  })
})
