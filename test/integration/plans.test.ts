import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import {
  genericPlan,
  nodesOf,
  rowsMet,
  watchStatements,
  type PlanNode,
  type Watch,
} from '../support/executed-plans.ts'
import { createGrownDatabase } from '../support/grown-database.ts'
import { askedMajor } from '../support/postgres-programs.ts'
import { walkEverything } from '../support/whole-walk.ts'

/**
 * What the service asks of a database that has grown: every statement of every part is executed, and PostgreSQL tells how
 * it did it. What reads in proportion to all there is would take seconds in production; an index that nothing uses costs
 * every notification a write.
 */

/** Tables that stay small whatever the traffic: reading one whole is cheap. */
const SMALL = [
  '_prisma_migrations',
  // Emptied as fast as it is filled.
  'inbox_queue',
  // At most a thousand rows per account.
  'quarantined_messages',
  // Written by people.
  'resolutions',
  // Written by what people do.
  'audit_log',
  // A row for each task, and for each account.
  'chores',
  'configured_accounts',
  'replays',
  // One row, made with the database.
  'installation_keys',
]

/** Statements that read everything there is, and why they may. */
const WHOLE: readonly (readonly [statement: RegExp, reason: string])[] = [
  [
    /"daily_totals"."reconciliation", .* FROM "public"."daily_totals" .*GROUP BY/,
    'the gauge of all payments: shown again until twenty times as long has passed as it took',
  ],
  [
    /WHERE "public"."transactions"."status" = \$1 ORDER BY/,
    'authorized or captured: an index would be written at each step of nearly every payment',
  ],
  [
    /FROM "public"."(transactions|discrepancies)" WHERE "public"."\1"."provider" = \$1 ORDER BY/,
    'a provider alone, of which there are two: an index would help only who has left one of them',
  ],
  [/FROM inbox_messages m WHERE m.provider = \$4 AND/, 'the inbox by provider alone: as above'],
  [/^INSERT INTO reconciliation_snapshots/, 'once a day, by one of all replicas: the totals of all days'],
  [
    /^WITH scanned AS MATERIALIZED/,
    'a replay that an operator asks for walks the outcomes, 5,000 in a statement',
  ],
  [/^-- How many payments still await something/, 'the totals of all days, some rows each'],
  [
    /^WITH page AS \( SELECT reference, first_seen_at, details/,
    'an erasure walks over the payments of an account',
  ],
  [/^-- Which keys are needed/, 'asked once, before a key is taken away'],
  [
    /SELECT inbox_id, deliveries(, last_delivered_at)? FROM (receipts|ops\.deliveries)/,
    'a summary of pages: what was received at the same time is read with it',
  ],
]

/** What servers before 18 may read whole as well. */
const WHOLE_BEFORE_18: typeof WHOLE = [
  [
    /^WITH counted AS \( SELECT day/,
    'a batch of 500 joined with a thousand rows: of twenty thousand it steps to each by its key',
  ],
]
const MAY_BE_WHOLE = askedMajor() < 18 ? [...WHOLE, ...WHOLE_BEFORE_18] : WHOLE

/** Rows that a list of 200, an hour or a batch may meet; of payments, messages and discrepancies there are more. */
const MOST_ROWS = 700
const PAYMENTS = 10_000

let database: TestDatabase
let fresh: TestDatabase
let watch: Watch
let growing: Set<string>
/** Table and first column of each index. */
let indexed: Map<string, { table: string; first: string }>
/** Indexes that are not there to keep something unique. */
let secondary: string[]
/** What operators ask of. */
let views: string[]

beforeAll(async () => {
  database = await createGrownDatabase(PAYMENTS)
  fresh = await createTestDatabase()
  watch = await watchStatements(database.url)
  await walkEverything(database)
  await connected(database, readSchema)
}, 300_000)
afterAll(async () => {
  watch.stop()
  await database.drop()
  await fresh.drop()
})

async function connected<T>({ url }: TestDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return work(client).finally(async () => client.end())
}

async function readSchema(client: pg.Client): Promise<void> {
  const tables = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  )
  growing = new Set(tables.rows.map(({ name }) => name).filter((name) => !SMALL.includes(name)))
  const indexes = await client.query<{ name: string; table: string; first: string; unique: boolean }>(
    `SELECT c.relname AS name, i.indrelid::regclass::text AS table, pg_get_indexdef(c.oid, 1, true) AS first,
            i.indisunique AS unique
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace`,
  )
  indexed = new Map(indexes.rows.map(({ name, ...index }) => [name, index]))
  const found = await client.query<{ name: string }>(
    `SELECT viewname AS name FROM pg_views WHERE schemaname = 'ops'`,
  )
  views = found.rows.map(({ name }) => name)
  secondary = indexes.rows.filter(({ unique }) => !unique).map(({ name }) => name)
}

/** What is wrong with the way a plan reads a table that grows. */
const faultsOf = (plan: PlanNode): string[] =>
  nodesOf(plan)
    .filter((node) => growing.has(tableOf(node)))
    .flatMap((node) => {
      const fault = faultOf(node)
      const name = `${node['Node Type']} of ${tableOf(node)} ${node['Index Name'] ?? ''}`
      return fault === undefined ? [] : [`${name}: ${fault}`]
    })

const tableOf = (node: PlanNode): string =>
  node['Relation Name'] ?? indexed.get(node['Index Name'] ?? '')?.table ?? ''

function faultOf(node: PlanNode): string | undefined {
  if (node['Node Type'] === 'Seq Scan') return 'reads everything'
  const condition = node['Index Cond']
  if (condition !== undefined && !startsAtFirst(node, condition) && !skips(node))
    return `walks the whole index for ${condition}`
  const isExecuted = node['Actual Loops'] !== undefined
  if (!isExecuted && condition === undefined && node['Index Name'] !== undefined)
    return 'walks the whole index'
  const met = rowsMet(node)
  return met > MOST_ROWS ? `met ${met} rows` : undefined
}

const startsAtFirst = (node: PlanNode, condition: string): boolean =>
  new RegExp(`\\b${indexed.get(node['Index Name'] ?? '')?.first ?? ''}\\b`).test(condition)

/** PostgreSQL 18 may leave the first column out where it has few values, and goes from one to the next. */
const skips = (node: PlanNode): boolean => {
  const searches = (node['Index Searches'] ?? 0) / (node['Actual Loops'] ?? 1)
  return searches > 1 && searches < 20
}

const oneLine = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^SELECT "public".*? FROM/, 'SELECT … FROM')
const reasonOf = (text: string): string | undefined =>
  MAY_BE_WHOLE.find(([statement]) => statement.test(oneLine(text)))?.[1]

describe('on a grown database', () => {
  it('every statement reads what it asks for, and little else', () => {
    const faults = watch.executed
      .filter(({ text }) => reasonOf(text) === undefined)
      .flatMap(({ text, plan }) => faultsOf(plan).map((fault) => `${fault}\n    ${oneLine(text)}`))
    expect([...new Set(faults)]).toEqual([])
  })

  it('so does every prepared statement whatever its values', async () => {
    const plans = await connected(database, async (client) => genericPlans(client))
    expect(plans.flatMap(({ name, plan }) => faultsOf(plan).map((fault) => `${name}: ${fault}`))).toEqual([])
  })

  it('every index serves a statement', () => {
    const used = new Set(
      watch.executed.flatMap(({ plan }) => nodesOf(plan).map((node) => node['Index Name'])),
    )
    expect(secondary.filter((name) => !used.has(name))).toEqual([])
  })

  it('nothing was left out', async () => {
    const texts = watch.executed.map(({ text }) => text)
    const written = await writtenStatements()
    expect(written.length).toBeGreaterThan(25)
    expect(written.filter((text) => !texts.some((sent) => sent.includes(text))).map(oneLine)).toEqual([])
    expect(views.length).toBeGreaterThan(5)
    expect(views.filter((view) => !texts.some((sent) => sent.includes(`ops.${view}`)))).toEqual([])
    const hot = [
      'receive_messages',
      'claim_handed_messages',
      'claim_messages',
      'append_events',
      'load_evidence',
      'save_transactions',
      'save_orders',
      'finish_messages',
    ]
    expect([...watch.named.keys()]).toEqual(expect.arrayContaining(hot))
    expect(growing.size).toBeGreaterThan(7)
    expect(secondary.length).toBeGreaterThan(10)
    expect(
      MAY_BE_WHOLE.filter(([statement]) => !texts.some((text) => statement.test(oneLine(text)))),
    ).toEqual([])
  })
})

/** What many rows have in common; each of them has an index that begins with it, for lists. */
const COMMON = ['provider', 'account', 'witness', 'class', 'status', 'reconciliation']

describe('on a database without rows or statistics', () => {
  it('no prepared statement is lured away by an index for lists', async () => {
    const plans = await connected(fresh, async (client) => genericPlans(client))
    const lured = plans.flatMap(({ name, plan }) =>
      nodesOf(plan).flatMap(({ 'Index Name': index = '' }) =>
        COMMON.includes(indexed.get(index)?.first ?? '') ? [`${name}: ${index}`] : [],
      ),
    )
    expect(lured).toEqual([])
  })
})

/** Plans of what is prepared under a name, which may come to serve whatever values. */
async function genericPlans(client: pg.Client): Promise<{ name: string; plan: PlanNode }[]> {
  const plans: { name: string; plan: PlanNode }[] = []
  for (const [name, text] of watch.named) {
    if (isPlanned(text)) plans.push({ name, plan: await genericPlan(client, text) })
  }
  return plans
}

const isPlanned = (text: string): boolean => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text)

/** The texts of the files of src/db that end in .sql.ts; what is written for a table is taken for one of them. */
async function writtenStatements(): Promise<string[]> {
  const folder = fileURLToPath(new URL('../../src/db/', import.meta.url))
  const modules = await Promise.all(
    globSync('**/*.sql.ts', { cwd: folder }).map(
      async (file) => (await import(/* @vite-ignore */ `${folder}${file}`)) as Record<string, unknown>,
    ),
  )
  return modules
    .flatMap((module) => Object.values(module))
    .map((text) =>
      typeof text === 'function' ? (text as (table: string) => unknown)('inbox_messages') : text,
    )
    .filter((text) => typeof text === 'string')
}
