import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ADD_UP_TOTALS } from '../../src/db/maintain/add-up-totals.sql.ts'
import { turnStores } from '../../src/db/maintain/turn-stores.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { miscounted } from '../support/miscounted.ts'
import { NO_KEYS } from '../support/no-keys.ts'

/** The database counts along what becomes of each day's payments: never anything else than what adding up would give. */

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 12 })
})
beforeEach(async () => {
  await pool.query('TRUNCATE transactions')
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const addUp = async (limit = 100): Promise<number> => turnStores(pool, NO_KEYS).totals.addUp(limit)

/** `count` payments, an hour apart, of every kind there is: some state no currency, no mode, no amount. */
const pay = (count: number, name = 'P'): string => `
  INSERT INTO transactions (provider, account, reference, status, reconciliation, overdue, final, linked, test, currency,
    authorized_total, captured_total, refunded_total, charged_back_total, absorbed, operations, details, first_seen_at,
    updated_at, version)
  SELECT 'hipay', 'shop-' || i % 3, '${name}' || i, 'captured', (ARRAY['matched', 'discrepant'])[1 + i % 2], i % 7 = 0, false, true,
         (ARRAY[true, false, NULL])[1 + i % 3], (ARRAY['EUR', NULL, 'JPY', 'USD'])[1 + i % 4],
         100 + i, CASE WHEN i % 5 > 0 THEN 9000000000 + i END, 0, 0, '{}', '[]', '{}',
         timestamptz '2026-03-01T22:30:00Z' + i * interval '1 hour', now(), 1
  FROM generate_series(1, ${count}) AS i`

/** Another state of some payments of one name: other amounts, days and reconciliations. */
const change = (name: string, every: number): string => `
  UPDATE transactions SET reconciliation = 'awaiting_notification', overdue = NOT overdue, refunded_total = refunded_total + 7,
    captured_total = coalesce(captured_total, 5), first_seen_at = first_seen_at - interval '9 hours'
  WHERE reference LIKE '${name}%' AND authorized_total % ${every} = 0`

const leave = (name: string, every: number): string =>
  `DELETE FROM transactions WHERE reference LIKE '${name}%' AND authorized_total % ${every} = 0`

const told = async (): Promise<unknown> =>
  (
    await pool.query<{ told: unknown }>(
      'SELECT json_agg(d ORDER BY d::text) AS told FROM ops.daily_reconciliation d',
    )
  ).rows[0]!.told

/** How many rows still are some connection's own. */
const ownRows = async (): Promise<number> =>
  (await pool.query('SELECT FROM daily_totals WHERE writer <> 0')).rowCount ?? 0

/** How many statements wait for a lock. */
const waiting = async (): Promise<number | null> =>
  (
    await pool.query(`SELECT FROM pg_locks WHERE NOT granted
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
  ).rowCount

describe('the totals of a day', () => {
  it('follow what comes, changes and goes', async () => {
    await pool.query(pay(60))
    expect(await told()).toContainEqual(
      expect.objectContaining({
        day: '2026-03-02',
        account: 'shop-2',
        currency: 'JPY',
        test: null,
        transactions: 2,
        overdue: 1,
        captured_total: 18000000016,
      }),
    )
    expect(await miscounted(pool)).toEqual([])
    for (const statement of [change('P', 2), leave('P', 3), `${pay(60)} ON CONFLICT DO NOTHING`]) {
      const before = await told()
      await pool.query(statement)
      expect(await told()).not.toEqual(before)
      expect(await miscounted(pool)).toEqual([])
    }
    await pool.query(leave('P', 1))
    expect(await told()).toBeNull()
  })

  it('know nothing of what was rolled back, and of what was emptied', async () => {
    await pool.query(pay(10))
    const before = await told()
    await pool.query(`BEGIN; ${pay(10, 'Q')}; ${change('P', 1)}; ROLLBACK`)
    expect(await told()).toEqual(before)
    await pool.query('TRUNCATE transactions')
    expect(await told()).toBeNull()
    expect(await ownRows()).toBe(0)
  })

  it('say the same when the counts of all connections are made one', async () => {
    await Promise.all(['A', 'B', 'C'].map(async (name) => pool.query(`${pay(30, name)}; ${change(name, 2)}`)))
    const [before, several] = [await told(), await pool.query('SELECT FROM daily_totals GROUP BY writer')]
    expect(several.rowCount).toBeGreaterThan(1)
    expect(await addUp(5)).toBe(5)
    expect(await told()).toEqual(before)
    while ((await addUp()) > 0);
    expect(await ownRows()).toBe(0)
    expect(await told()).toEqual(before)
  })

  it('do not wait for a transaction that has locked them', async () => {
    await pool.query(pay(10))
    const busy = await pool.connect()
    try {
      await busy.query(`BEGIN; SELECT FROM daily_totals FOR UPDATE`)
      expect(await addUp()).toBe(0)
    } finally {
      await busy.query('ROLLBACK')
      busy.release()
    }
    expect(await addUp()).toBeGreaterThan(0)
  })

  it('are nothing after everything was emptied, also while a process adds them up', async () => {
    await pool.query(pay(10))
    const adding = await pool.connect()
    try {
      await adding.query(`BEGIN; ${ADD_UP_TOTALS.replace('$1', '100')}`)
      const emptied = pool.query('TRUNCATE transactions')
      await expect.poll(waiting).toBe(1)
      await adding.query('COMMIT')
      await emptied
    } finally {
      adding.release()
    }
    expect((await pool.query('SELECT FROM daily_totals')).rowCount).toBe(0)
  })

  it('have room for the largest amounts', async () => {
    const most = String(Number.MAX_SAFE_INTEGER)
    await pool.query(
      `${pay(2_100)}; UPDATE transactions SET captured_total = ${most}, account = 'shop', first_seen_at = now()`,
    )
    while ((await addUp(500)) > 0);
    const { rows } = await pool.query<{ sum: string }>('SELECT sum(captured_total) FROM daily_totals')
    expect(rows).toEqual([{ sum: String(2_100n * BigInt(most)) }])
  })

  it('are right, and deadlock no transaction, while eight connections write and two add up', async () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
    let writing = true
    const adding = [1, 2].map(async () => {
      let rows = 0
      while (writing) rows += await addUp(40)
      return rows
    })
    await Promise.all(
      names.map(async (name, at) => {
        for (let round = 0; round < 12; round += 1) {
          await pool.query(`${pay(24, `${name}${round}/`)}; ${change(name, 2 + (at % 3))}`)
          await pool.query(
            `BEGIN; ${leave(name, 5)}; ${change(name, 3)}; ${round % 3 === 0 ? 'ROLLBACK' : 'COMMIT'}`,
          )
        }
      }),
    ).finally(() => {
      writing = false
    })
    const rows = await Promise.all(adding)
    expect(Math.min(...rows)).toBeGreaterThan(0)
    expect(await miscounted(pool)).toEqual([])
  })
})
