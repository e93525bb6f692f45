import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportCommand, type ExportOptions } from '../../src/cli/export-command.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** What finance is handed: every payment of a period once, and whatever is in doubt. */

let service: TestService
const PERIOD = { from: new Date('2020-01-01T00:00:00Z'), to: new Date('2999-01-01T00:00:00Z') }
/** More than two pages are read. */
const MANY = 2_100

type Row = Record<string, string>

async function exported(
  options: Partial<ExportOptions> = {},
  data: (text: string) => Promise<void> = async () => undefined,
): Promise<{ text: string; rows: Row[]; beside: string[] }> {
  let text = ''
  const beside: string[] = []
  const outcome = await exportCommand(
    { ...PERIOD, ...options },
    { DATABASE_URL: service.database.url },
    {
      out: (line) => beside.push(line),
      err: (line) => beside.push(line),
      data: async (part) => {
        await data(part)
        text += part
      },
    },
  )
  expect(outcome).toMatchObject({ ok: true, aside: true })
  return {
    text,
    beside,
    rows: options.json === true ? [] : parse(text, { columns: true, record_delimiter: '\r\n' }),
  }
}

const paid = async (TRANSACTIONID: string, ORDERID: string): Promise<void> => {
  await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID, AMOUNT: '5000' }))
}

beforeAll(async () => {
  service = await startTestService()
  // Two payments of one order: a discrepancy of the order, and of neither payment.
  await paid('A1', '=HYPERLINK("x")')
  await paid('A2', '=HYPERLINK("x")')
  await paid('B1', 'O,"2"')
  await service.api('/v1/responses', {
    method: 'POST',
    body: JSON.stringify({
      ...{
        provider: 'be2bill',
        account: 'shop',
        orderId: 'O,"2"',
        operation: 'payment',
        amount: 5000,
        currency: 'EUR',
      },
      httpStatus: 200,
      body: { OPERATIONTYPE: 'payment', EXECCODE: '4001', TRANSACTIONID: 'B1', MESSAGE: 'm' },
    }),
  })
  await service.settled()
})
afterAll(() => service.stop())

describe('export', () => {
  it('writes every payment of the period once, the oldest first, and what is open without one', async () => {
    const { rows, beside } = await exported()
    expect(rows.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual([
      'payment A1',
      'payment A2',
      'payment B1',
      'discrepancy ',
    ])
    expect(rows[0]).toMatchObject({
      ...{
        provider: 'be2bill',
        account: 'shop',
        order_id: `'=HYPERLINK("x")`,
        status: 'captured',
        currency: 'EUR',
      },
      ...{
        captured_total: '5000',
        refunded_total: '0',
        open_discrepancies: '0',
        amount_at_risk: '',
        unknown_at_risk: '0',
      },
    })
    expect(rows[2]).toMatchObject({
      ...{ order_id: 'O,"2"', reconciliation: 'discrepant', discrepancy_classes: 'outcome_mismatch' },
      ...{ open_discrepancies: '1', amount_at_risk: '5000' },
    })
    expect(rows[3]).toMatchObject({
      ...{
        order_id: `'=HYPERLINK("x")`,
        discrepancy_classes: 'duplicate_payment',
        amount_at_risk: '5000',
        status: '',
      },
    })
    expect(beside).toEqual([])
  })

  it('adds no amounts of two currencies, and counts what is not in the sum', async () => {
    await service.sql.query(
      `INSERT INTO discrepancies (id, key, provider, account, reference, class, response, notification, amount_at_risk, currency, opened_at)
       VALUES (gen_random_uuid(), 'x1', 'be2bill', 'shop', 'B1', 'missing_step', '{}', '{}', 700, 'USD', now()),
              (gen_random_uuid(), 'x2', 'be2bill', 'shop', 'B1', 'missing_step', '{}', '{}', NULL, 'EUR', now())`,
    )
    const [row] = (await exported()).rows.filter(({ reference }) => reference === 'B1')
    expect(row).toMatchObject({
      ...{ open_discrepancies: '3', amount_at_risk: '5000', unknown_at_risk: '2' },
      discrepancy_classes: 'missing_step outcome_mismatch',
    })
    await service.sql.query(`DELETE FROM discrepancies WHERE key IN ('x1', 'x2')`)
  })

  it('leaves out what is settled with --open, what other accounts have, and what is outside of the period', async () => {
    const open = (await exported({ open: true })).rows
    expect(open.map(({ kind }) => kind)).toContain('discrepancy')
    expect(open.map(({ reference }) => reference)).toContain('B1')
    expect((await exported({ account: 'sha1' })).rows).toEqual([])
    expect((await exported({ provider: 'hipay' })).rows).toEqual([])
    expect((await exported({ to: new Date('2020-02-01T00:00:00Z') })).rows).toEqual([])
    await expect(exported({ to: PERIOD.from })).rejects.toThrow('--from')
  })

  it('writes the same as JSON lines', async () => {
    const { rows } = await exported()
    const { text } = await exported({ json: true })
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string | number | boolean | null>)
    expect(lines.map(({ kind, reference }) => `${kind} ${reference ?? ''}`)).toEqual(
      rows.map(({ kind, reference }) => `${kind} ${reference}`),
    )
    expect(lines[0]).toMatchObject({
      captured_total: 5000,
      test: null,
      overdue: false,
      order_id: '=HYPERLINK("x")',
    })
  })

  it('reads page after page without overlap or gap, many of one moment among them', async () => {
    await service.sql.query(
      `INSERT INTO transactions (provider, account, reference, status, reconciliation, overdue, final, linked, operations, details,
                                 first_seen_at, updated_at, version)
       SELECT 'hipay', 'many', 'M' || n, 'captured', 'matched', false, true, true, '[]', '{}',
              timestamptz '2026-01-01' + interval '1 second' * (n / 700), now(), 1 FROM generate_series(1, ${MANY}) n`,
    )
    const { rows } = await exported({ account: 'many' })
    expect(rows.length).toBe(MANY)
    expect(new Set(rows.map(({ reference }) => reference)).size).toBe(MANY)
    expect(rows.map((row) => row['first_seen_at'])).toEqual(
      rows.map((row) => row['first_seen_at']).toSorted(),
    )
  })

  it('waits for a reader that is slow', async () => {
    let taking = 0
    const { rows } = await exported({ account: 'many' }, async () => {
      taking += 1
      expect(taking).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      taking -= 1
    })
    expect(rows.length).toBe(MANY)
  })
})
