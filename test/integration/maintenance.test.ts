import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAccountDirectory } from '../../src/config/account-directory.ts'
import { createPool } from '../../src/db/pool.ts'
import { createStores } from '../../src/db/stores.ts'
import { createMaintenance, type Task } from '../../src/inbox/maintain/maintenance.ts'
import { createTasks } from '../../src/inbox/maintain/tasks.ts'
import { providers } from '../../src/providers/registry.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { NO_KEYS } from '../support/no-keys.ts'
import { recordLog } from '../support/recorded-log.ts'
import { servicesOn } from '../support/services.ts'
import { accountWith, secret } from '../unit/providers/hipay/account.ts'

/** What is done again and again: by one of all replicas, once, whenever one of them is killed. */

const START = new Date('2026-04-01T12:00:00.000Z')
const MINUTE = 60_000
const DAY = 86_400_000

let database: TestDatabase
let sql: pg.Pool
let clock: HandClock
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  sql = new pg.Pool({ connectionString: database.url, max: 4 })
})
beforeEach(async () => {
  clock = createHandClock(START)
  await sql.query(
    'TRUNCATE chores, configured_accounts, reconciliation_snapshots, quarantined_messages, transactions, discrepancies',
  )
})
afterAll(async () => {
  for (const close of closing) await close()
  await sql.end()
  await database.drop()
})

interface Options {
  tasks?: readonly Task[]
  accounts?: Parameters<typeof createAccountDirectory>[0]
  wrap?: (pool: pg.Pool) => pg.Pool
}

/** A replica with its own connections. */
function replica({ tasks, accounts = [accountWith(secret())], wrap }: Options = {}) {
  const pool = createPool({ databaseUrl: database.url, max: 3, onError: () => undefined })
  const { logger, lines } = recordLog()
  const directory = createAccountDirectory(accounts, providers)
  const services = servicesOn(pool, { clock, accounts: directory, logger })
  closing.push(services.stores.close)
  const { chores } =
    wrap === undefined ? services.stores : createStores({ pool: wrap(pool), ring: NO_KEYS, logger, clock })
  const { runOnce } = createMaintenance(
    { ...services, stores: { chores } },
    tasks ?? createTasks({ accounts: directory, logger }, { keepBodiesMs: 30 * DAY, hasDataKeys: true }),
  )
  return { runOnce, lines, directory, figures: async () => (await services.metrics.expose()).text }
}

interface Row {
  name: string
  next: string
  ok: string | null
  error: string | null
  failures: number
}

async function rows(): Promise<Row[]> {
  const { rows: all } = await sql.query<Omit<Row, 'next' | 'ok'> & { next: Date; ok: Date | null }>(
    `SELECT name, next_run_at AS next, last_ok_at AS ok, last_error AS error, failures FROM ops.chores ORDER BY name`,
  )
  return all.map(({ next, ok, ...row }) => ({
    ...row,
    next: next.toISOString(),
    ok: ok?.toISOString() ?? null,
  }))
}

/** A task that has so many rows left to deal with. */
function taskWith(name: string, left: number, every: Task['every'] = 'minute') {
  const asked: number[] = []
  const run: Task['run'] = async (_stores, _now, limit) => {
    asked.push(limit)
    const done = Math.min(left, limit)
    left -= done
    return done
  }
  return { name, every, run, asked }
}

describe('maintenance', () => {
  it('does one piece of every task that is due; a run has ended when a piece is not full', async () => {
    const [many, few] = [taskWith('many', 1_100, 'day'), taskWith('few', 3)]
    const { runOnce, lines, figures } = replica({ tasks: [many, few] })
    expect(await runOnce()).toBe(1)
    const due = { next: START.toISOString(), ok: null, error: null, failures: 0 }
    const minute = { ok: START.toISOString(), next: START.toISOString(), error: null, failures: 0 }
    expect(await rows()).toEqual([
      { name: 'few', ...minute },
      { name: 'many', ...due },
    ])
    expect([await runOnce(), await runOnce()]).toEqual([1, 0])
    expect(await rows()).toEqual([
      { name: 'few', ...minute },
      { name: 'many', ...due, ok: START.toISOString(), next: '2026-04-02T00:00:00.000Z' },
    ])
    expect(lines.map(({ task, rows: done }) => [task, done])).toEqual([
      ['many', 500],
      ['few', 3],
      ['many', 500],
      ['many', 100],
    ])
    expect(await figures()).toContain('receiver_maintenance_rows_total{task="many"} 1100')
  })

  it('runs what happens once a day as each day begins, and the rest every minute', async () => {
    const [daily, often] = [taskWith('daily', 0, 'day'), taskWith('often', 0)]
    const { runOnce } = replica({ tasks: [daily, often] })
    await clock.advance(700 * MINUTE)
    for (let minute = 700; minute <= 720; minute += 1) {
      await runOnce()
      await clock.advance(MINUTE)
    }
    expect([daily.asked.length, often.asked.length]).toEqual([2, 21])
  })

  it('puts a task that fails off, twice as long each time up to a quarter of an hour, and no other one', async () => {
    let isAway = true
    const failing: Task = {
      name: 'failing',
      every: 'day',
      run: async () =>
        isAway ? Promise.reject(Object.assign(new Error('secret words'), { code: '40P01' })) : 0,
    }
    const few = taskWith('few', 3)
    const { runOnce, lines, figures } = replica({ tasks: [failing, few] })
    const waits: number[] = []
    for (let turn = 0; turn < 7; turn += 1) {
      expect(await runOnce()).toBe(0)
      const [row] = (await rows()).filter(({ name }) => name === 'failing')
      expect(row).toMatchObject({ ok: null, error: 'Error 40P01', failures: turn + 1 })
      waits.push((Date.parse(row!.next) - clock.now().getTime()) / MINUTE)
      await clock.advance(Date.parse(row!.next) - clock.now().getTime() - 1)
      await runOnce()
      expect((await rows()).find(({ name }) => name === 'failing')?.failures).toBe(turn + 1)
      await clock.advance(1)
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15])
    expect(few.asked.length).toBeGreaterThan(7)
    expect(lines[0]).toMatchObject({ level: 'error', task: 'failing', error: { message: 'secret words' } })
    expect(await figures()).toContain('receiver_maintenance_failed_total{task="failing"} 7')
    isAway = false
    await runOnce()
    expect((await rows())[0]).toMatchObject({ ok: clock.now().toISOString(), error: null, failures: 0 })
  })

  it('is taken up again where a process with a wrong clock has put it off for years', async () => {
    const task = taskWith('daily', 0, 'day')
    const { runOnce } = replica({ tasks: [task] })
    await runOnce()
    await sql.query(`UPDATE chores SET next_run_at = '2036-01-01'`)
    await runOnce()
    expect([task.asked.length, (await rows())[0]?.next]).toEqual([2, '2026-04-02T00:00:00.000Z'])
  })
})

describe('two replicas', () => {
  it('never do the same task at the same time, nor twice', async () => {
    let begun = 0
    const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
    const slow: Task = {
      name: 'slow',
      every: 'day',
      run: async () => {
        begun += 1
        await gate
        return 1
      },
    }
    const [one, other] = [replica({ tasks: [slow] }), replica({ tasks: [slow] })]
    const first = one.runOnce()
    await expect.poll(() => begun).toBe(1)
    expect(await other.runOnce()).toBe(0)
    open(undefined)
    await first
    expect(await other.runOnce()).toBe(0)
    expect(begun).toBe(1)
  })

  it('share the pieces of a long run', async () => {
    await quarantine(1_800)
    const task = createTasks(
      { accounts: createAccountDirectory([], providers), logger: recordLog().logger },
      { keepBodiesMs: 0, hasDataKeys: false },
    ).filter(({ name }) => name === 'purge_quarantine')
    const replicas = [replica({ tasks: task }), replica({ tasks: task })]
    const done = async ({ runOnce }: (typeof replicas)[number]): Promise<void> => {
      while ((await quarantined()) > 0) await runOnce()
    }
    await Promise.all(replicas.map(done))
    const counted = replicas.flatMap(({ lines }) => lines).map(({ rows: count }) => Number(count))
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(1_800)
  })
})

const quarantine = async (count: number): Promise<unknown> =>
  sql.query(
    `INSERT INTO quarantined_messages
       (id, provider, account, digest, reason, method, content, scrubbed, source, first_seen_at, last_seen_at)
     SELECT gen_random_uuid(), 'hipay', 'shop', sha256(n::text::bytea), 'signature_mismatch', 'POST', '', '{}', '::1',
            '2020-01-01', '2020-01-01' FROM generate_series(1, $1) n`,
    [count],
  )

async function quarantined(): Promise<number> {
  const { rows: found } = await sql.query('SELECT FROM quarantined_messages')
  return found.length
}

/** The same object with another method in the place of one; the rest of it is asked itself. */
const replaced = <Whole extends object>(whole: Whole, name: keyof Whole, method: unknown): Whole =>
  new Proxy(whole, {
    get: (target, asked) => {
      const value: unknown = asked === name ? method : Reflect.get(target, asked)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

/** As the stores ask, of the many forms that pg takes. */
type Query = (text: string | pg.QueryConfig, values?: unknown[]) => Promise<unknown>

/** The connection of a turn is cut before the statement of that number is sent, or after it was answered. */
function cutAt(step: number, moment: 'before' | 'after') {
  let statements = 0
  let isCut = false
  const cut = async (client: pg.PoolClient): Promise<void> => {
    isCut = true
    const { processID } = client as unknown as { processID: number }
    await sql.query('SELECT pg_terminate_backend($1, 5000)', [processID])
  }
  const wrap = (pool: pg.Pool): pg.Pool =>
    replaced(pool, 'connect', async () => {
      const client = await pool.connect()
      const query: Query = async (text, values) => client.query(text, values)
      return replaced(client, 'query', async (...given: Parameters<Query>) => {
        statements += 1
        const isStep = statements === step && !isCut
        if (isStep && moment === 'before') await cut(client)
        const answer = await query(...given)
        if (isStep && moment === 'after') await cut(client)
        return answer
      })
    })
  return { wrap, wasCut: () => isCut }
}

describe('a replica that is killed between two steps', { timeout: 8_000 }, () => {
  /** BEGIN, the row, the work, the row again, COMMIT. */
  const steps = [1, 2, 3, 4, 5].flatMap((step) => [
    { step, moment: 'before' as const },
    { step, moment: 'after' as const },
  ])

  it.each(steps)(
    'does nothing twice and leaves nothing out: $moment statement $step',
    async ({ step, moment }) => {
      await pay('K1', { captured: 700, at: START })
      const tasks = createTasks(
        { accounts: createAccountDirectory([], providers), logger: recordLog().logger },
        { keepBodiesMs: 0, hasDataKeys: false },
      ).filter(({ name }) => name === 'snapshot_reconciliation')
      const { wrap, wasCut } = cutAt(step, moment)
      await replica({ tasks, wrap }).runOnce()
      expect(wasCut()).toBe(true)
      const isCommitted = step === 5 && moment === 'after'
      expect((await snapshots()).length).toBe(isCommitted ? 1 : 0)
      expect((await rows())[0]?.ok).toBe(isCommitted ? START.toISOString() : null)
      await pay('K2', { captured: 1_000, at: START })
      await clock.advance(2 * MINUTE)
      await replica({ tasks }).runOnce()
      const taken = isCommitted ? START : clock.now()
      expect(await snapshots()).toMatchObject([
        { taken_at: taken, captured_total: isCommitted ? '700' : '1700' },
      ])
      expect(await rows()).toEqual([
        {
          ...{ name: 'snapshot_reconciliation', next: '2026-04-02T00:00:00.000Z' },
          ...{ ok: taken.toISOString(), error: null, failures: 0 },
        },
      ])
    },
  )
})

const pay = async (
  reference: string,
  {
    captured,
    at,
    reconciliation = 'matched',
    test = null,
  }: {
    captured: number | null
    at: Date
    reconciliation?: string
    test?: boolean | null
  },
): Promise<unknown> =>
  sql.query(
    `INSERT INTO transactions (provider, account, reference, status, reconciliation, overdue, final, linked, test, currency,
       authorized_total, captured_total, refunded_total, charged_back_total, absorbed, operations, details, first_seen_at, updated_at, version)
     VALUES ('hipay', 'shop-fr', $1, 'captured', $2, false, true, true, $3, 'EUR', $4, $4, 0, 0, '{}', '[]', '{}', $5, $5, 1)`,
    [reference, reconciliation, test, captured, at],
  )

const snapshots = async (): Promise<Record<string, unknown>[]> =>
  (
    await sql.query<Record<string, unknown>>(
      'SELECT * FROM ops.reconciliation_snapshots ORDER BY day, account, test, currency',
    )
  ).rows

const dispute = async (id: number, rest: { orderId?: string; reference?: string; amount: number | null }) =>
  sql.query(
    `INSERT INTO discrepancies (id, key, provider, account, reference, order_id, class, amount_at_risk, currency, opened_at)
     VALUES (('01900000-0000-7000-8000-' || lpad($1::text, 12, '0'))::uuid, 'k' || $1, 'hipay', 'shop-fr', $2, $3,
             'duplicate_payment', $4, 'EUR', $5)`,
    [id, rest.reference ?? null, rest.orderId ?? null, rest.amount, START],
  )

describe('the tasks', () => {
  it('write down once a day where all payments stand, in a row that later changes leave as it is', async () => {
    const accounts = [{ ...accountWith(secret()), policy: { ...accountWith(secret()).policy, test: false } }]
    const { runOnce } = replica({ accounts })
    await pay('P1', { captured: 1_999, at: new Date('2026-03-01T00:00:00Z') })
    await pay('P2', { captured: null, at: START, reconciliation: 'discrepant' })
    await pay('P3', { captured: 5, at: START, test: true })
    await dispute(1, { reference: 'P2', amount: 300 })
    await dispute(2, { orderId: 'O1', amount: null })
    await runOnce()
    const live = {
      ...{ provider: 'hipay', account: 'shop-fr', test: false, currency: 'EUR', taken_at: START },
      ...{
        payments: '2',
        matched: '1',
        discrepant: '1',
        overdue: '0',
        captured_total: '1999',
        refunded_total: '0',
      },
      ...{ charged_back_total: '0', unknown_amounts: '1', open_discrepancies: '2', amount_at_risk: '300' },
      unknown_risks: '1',
    }
    const first = await snapshots()
    expect(first).toMatchObject([
      live,
      { test: true, payments: '1', captured_total: '5', open_discrepancies: '0' },
    ])
    await pay('P4', { captured: 1, at: START })
    await clock.advance(11 * 60 * MINUTE)
    await runOnce()
    expect(await snapshots()).toEqual(first)
    await clock.advance(60 * MINUTE)
    await runOnce()
    const both = await snapshots()
    expect(both.slice(0, 2)).toEqual(first)
    expect(both.slice(2)).toMatchObject([
      {
        ...live,
        taken_at: new Date('2026-04-02T00:00:00Z'),
        payments: '3',
        matched: '2',
        captured_total: '2000',
      },
      { test: true },
    ])
  })

  it('make ops.silent_accounts know accounts that were never heard, since they were configured', async () => {
    const silent = async () =>
      (
        await sql.query<Record<string, unknown>>(
          'SELECT account, last_notification_at, silent_seconds, configured_since FROM ops.silent_accounts ORDER BY account',
        )
      ).rows
    const shop = accountWith(secret())
    const { runOnce, directory } = replica({ accounts: [shop] })
    await runOnce()
    const never = { last_notification_at: null, silent_seconds: null, configured_since: START }
    expect(await silent()).toEqual([{ account: 'shop-fr', ...never }])
    directory.replace([shop, { ...shop, account: 'shop-it' }])
    await clock.advance(MINUTE)
    await runOnce()
    const added = { account: 'shop-it', ...never, configured_since: clock.now() }
    expect(await silent()).toEqual([{ account: 'shop-fr', ...never }, added])
    directory.replace([{ ...shop, account: 'shop-it' }])
    await clock.advance(MINUTE)
    await runOnce()
    expect(await silent()).toEqual([added])
  })

  it('warn once a day of secrets that end within two weeks and that no other one replaces', async () => {
    const ends = (days: number) => new Date(START.getTime() + days * DAY)
    const accounts = [
      accountWith(
        secret({ id: 'soon', notAfter: ends(13), identifiers: ['A'] }),
        secret({ id: 'late', notAfter: ends(16), identifiers: ['B'] }),
      ),
      { ...accountWith(secret({ id: 'old', notAfter: ends(3) }), secret({ id: 'new' })), account: 'rotated' },
      { ...accountWith(secret({ id: 'over', notAfter: ends(-1) })), account: 'over' },
    ]
    const { runOnce, lines } = replica({ accounts })
    const warned = () =>
      lines.filter(({ msg }) => msg === 'a secret ends soon').map(({ secretId }) => secretId)
    await runOnce()
    await clock.advance(MINUTE)
    await runOnce()
    expect(warned()).toEqual(['soon'])
    await clock.advance(2 * DAY)
    await runOnce()
    expect(warned()).toEqual(['soon', 'soon', 'late'])
  })
})
