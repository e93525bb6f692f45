import { createConnection } from '../client/connection.ts'
import { accountNamed } from '../messages/accounts.ts'
import { stories, type Step, type Story } from '../messages/stories.ts'
import { orderOf, referenceOf, templateOf } from '../messages/template.ts'
import type { Queryable } from '../parts/postgres.ts'
import type { ServerProcess } from '../parts/process.ts'

/**
 * The rows that the product itself writes, one notification at a time: what the references are made to write too. Taken
 * from a running service rather than written down here, so that a column more or less cannot be forgotten.
 */
export interface StepRows {
  story: Story
  step: Step
  /** Body of the notification. */
  body: string
  tables: Readonly<Record<SampledTable, Row>>
}

/** Column → its value as PostgreSQL's text; null = NULL. */
export type Row = Readonly<Record<string, string | null>>

export const SAMPLED_TABLES = [
  'receipts',
  'inbox_messages',
  'inbox_outcomes',
  'transaction_events',
  'transactions',
  'orders',
] as const
export type SampledTable = (typeof SAMPLED_TABLES)[number]

/** Filled while a message waits, empty in the end. */
export const PASSING_TABLE = 'inbox_queue'
/** Kept by the database itself, for every writer of transactions. */
const DERIVED_TABLE = 'daily_totals'
/** One row, made with the database. */
const INSTALLATION_TABLE = 'installation_keys'
/** Written once a minute or once a day, whatever the traffic. */
const MAINTENANCE_TABLES = ['chores', 'configured_accounts', 'reconciliation_snapshots']

/** Let the service take every step of every story, wave by wave, and read what each one left. */
export async function sampleRows(
  service: Pick<ServerProcess, 'port'>,
  database: Queryable,
): Promise<StepRows[]> {
  const samples: StepRows[] = []
  for (let at = 0; at < 3; at += 1) {
    const wave = stories.flatMap((story, payment) => {
      const step = story.steps[at]
      return step ? [{ story, step, payment }] : []
    })
    for (const { story, step, payment } of wave) {
      const { request, bodyAt } = templateOf(story, step)
      const bytes = request(payment)
      await post(service.port, bytes)
      await untilProcessed(database)
      const body = bytes.subarray(bodyAt).toString()
      samples.push({ story, step, body, tables: await readRows(database, { story, step, payment }) })
    }
  }
  await refuseOtherTables(database)
  return samples
}

function post(port: number, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(port, ({ status }) => {
      connection.close()
      if (status === 200) resolve()
      else reject(new Error(`a sample was answered ${status}`))
    })
    connection.send(request)
  })
}

/** Until the queue is empty. Rejects when that takes longer than any batch can. */
export async function untilProcessed(database: Queryable, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1_000
  for (;;) {
    const rows = await database.query('SELECT FROM inbox_queue LIMIT 1')
    if (rows.length === 0) return
    if (Date.now() > deadline) throw new Error(`messages were still in the queue after ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The newest message's row in every table. */
async function readRows(
  database: Queryable,
  { story, step, payment }: { story: Story; step: Step; payment: number },
): Promise<StepRows['tables']> {
  const [newest] = await database.query<{ id: string }>(
    'SELECT id::text FROM inbox_messages ORDER BY received_at DESC, id DESC LIMIT 1',
  )
  const { provider, account } = accountNamed(story.account)
  const reference = referenceOf(payment, story, step.ownReference)
  const byMessage = `inbox_id = '${newest?.id ?? ''}'`
  const where: Record<SampledTable, string> = {
    receipts: byMessage,
    inbox_messages: `id = '${newest?.id ?? ''}'`,
    inbox_outcomes: byMessage,
    transaction_events: byMessage,
    transactions: `reference = '${reference}' AND account = '${account}' AND provider = '${provider}'`,
    orders: `order_id = '${orderOf(payment)}' AND account = '${account}' AND provider = '${provider}'`,
  }
  const rows = SAMPLED_TABLES.map(
    async (table) => [table, await readRow(database, table, where[table])] as const,
  )
  return Object.fromEntries(await Promise.all(rows)) as StepRows['tables']
}

async function readRow(database: Queryable, table: string, where: string): Promise<Row> {
  const columns = await database.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  )
  const texts = columns.map(({ name }) => `"${name}"::text`).join(', ')
  const rows = await database.query<Record<string, string | null>>(
    `SELECT ${texts} FROM ${table} WHERE ${where}`,
  )
  const [row] = rows
  if (!row || rows.length > 1) throw new Error(`a notification left ${rows.length} rows in ${table}`)
  return row
}

/** A table that the product fills and the references do not would make the comparison a lie. */
async function refuseOtherTables(database: Queryable): Promise<void> {
  const others = [
    PASSING_TABLE,
    DERIVED_TABLE,
    INSTALLATION_TABLE,
    ...MAINTENANCE_TABLES,
    '_prisma_migrations',
  ]
  const known = new Set<string>([...SAMPLED_TABLES, ...others])
  const tables = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  for (const { name } of tables.filter((table) => !known.has(table.name))) {
    const rows = await database.query(`SELECT FROM ${name} LIMIT 1`)
    if (rows.length > 0) throw new Error(`the product writes ${name}, the references of the bench do not`)
  }
}
