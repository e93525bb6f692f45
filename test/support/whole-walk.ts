import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { eraseCommand } from '../../src/cli/erase-command.ts'
import { exportCommand } from '../../src/cli/export-command.ts'
import { giveUpCommand } from '../../src/cli/give-up-command.ts'
import { replayCommand } from '../../src/cli/replay-command.ts'
import { rotateKeys } from '../../src/cli/rotate-keys-command.ts'
import { be2billNotification, hipayNotification } from '../../src/cli/sample-notifications.ts'
import { createChoreStore } from '../../src/db/maintain/chore-store.ts'
import { createPool } from '../../src/db/pool.ts'
import { providerOf } from '../../src/providers/registry.ts'
import { lists, operatorStatements, type Known } from '../bench/growth/asked.ts'
import { BENCH_ACCOUNTS } from './bench-accounts.ts'
import { runSql, type TestDatabase } from './database.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'
import { NO_KEYS } from './no-keys.ts'
import { createParts } from './parts.ts'
import { startTestService, type TestService, stopWith } from './service.ts'

const OTHER_SECRET = 'passphrase-that-was-set-up-late'
const hipayProvider = providerOf('hipay')!

/** Its order numbers may look like card numbers, and are shown as they are. */
const NUMERIC_ACCOUNT = {
  provider: 'hipay',
  account: 'numeric',
  secrets: [{ id: 'only', value: 'passphrase-of-numeric' }],
  numericIds: true,
}

/** Who asks by psql. */
const OPERATOR = 'operator'

/** Have the service, its workers and its commands do everything they do, on a database that is filled already. */
export async function walkEverything(database: TestDatabase): Promise<void> {
  const clock = createHandClock(new Date())
  const key = `2026:${randomBytes(32).toString('base64')}`
  const settings = { DATA_KEYS: key, INBOX_RETENTION_DAYS: '29' }
  const accounts = [...BENCH_ACCOUNTS, NUMERIC_ACCOUNT]
  const service = await startTestService({ database, accounts, clock, settings })
  const walk = { service, clock, known: await somePayments(service.sql) }
  await tellOfPayments(walk)
  await announceAndResolve(walk)
  await passTime(walk)
  await askEverything(walk)
  await replayRecent(walk)
  await stopWith(clock, service)
  await setApart(database.url)
  await askAsOperator(database.url, walk.known.hipay)
  await exportDay(database.url, walk.known.hipay.at)
  await erasePersons(database.url, walk.known.hipay)
  await repairByCommands({ DATABASE_URL: database.url, DATA_KEYS: key })
  await rotateKeys({
    DATABASE_URL: database.url,
    DATA_KEYS: `2027:${randomBytes(32).toString('base64')},${key}`,
  })
}

/** A set that counts as a large one from its fifth message on: the sixth gets a turn of its own. */
async function setApart(databaseUrl: string): Promise<void> {
  // Ids are made by the machine's clock, and claims begin at the newest.
  const parts = createParts({
    databaseUrl,
    clock: createHandClock(new Date()),
    accounts: BENCH_ACCOUNTS,
    largeFrom: 5,
  })
  for (let index = 0; index < 6; index += 1) {
    const payment = { ...about, reference: `80000000100${index}`, orderId: 'WALK-LARGE' }
    await parts.notify('hipay', 'shop-fr', hipayNotification('118', payment))
    await parts.settle()
  }
  await parts.close()
}

async function erasePersons(databaseUrl: string, { orderId }: Known): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'erase-'))
  const accounts = join(folder, 'accounts.json')
  writeFileSync(accounts, JSON.stringify(BENCH_ACCOUNTS))
  const streams = { out: () => undefined, err: () => undefined, data: async () => undefined }
  const about = { provider: 'hipay', account: 'shop-fr', accounts }
  for (const subject of [{ order: orderId }, { customer: 'unknown' }])
    await eraseCommand({ ...about, ...subject }, { DATABASE_URL: databaseUrl }, streams)
  rmSync(folder, { recursive: true })
}

interface Walk {
  service: TestService
  clock: HandClock
  known: Record<'hipay' | 'be2bill' | 'later', Known>
}

/** Payments of the first days, the last ones of every list; `later` is a capture that nothing links to its payment. */
async function somePayments(sql: pg.Pool): Promise<Walk['known']> {
  const one = async (condition: string): Promise<Known> => {
    const { rows } = await sql.query<Known>(
      `SELECT provider, account, reference, order_id AS "orderId", first_seen_at AS at FROM transactions
       WHERE ${condition} ORDER BY first_seen_at OFFSET 100 LIMIT 1`,
    )
    if (!rows[0]) throw new Error(`no payment with ${condition}`)
    return rows[0]
  }
  return {
    hipay: await one(`account = 'shop-fr' AND status = 'captured'`),
    be2bill: await one(`account = 'shop-be' AND linked AND status = 'authorized'`),
    later: await one(`account = 'shop-be' AND NOT linked AND status = 'captured'`),
  }
}

type Named = Pick<Known, 'reference' | 'orderId'>

const about = { amount: 10_000, currency: 'EUR', at: new Date('2026-11-01T10:00:00Z'), test: false }

async function tellOfPayments(walk: Walk): Promise<void> {
  const { service, known } = walk
  const hipay = async (status: string, payment: Named): Promise<Response> =>
    service.notify('hipay', 'shop-fr', hipayNotification(status, { ...about, ...payment }))
  const fresh = { reference: '800000000001', orderId: 'WALK-1' }
  await acknowledged(hipay('124', known.hipay), hipay('124', known.hipay), hipay('116', fresh))
  const numeric = { reference: '800000000002', orderId: '4111111111111111' }
  await acknowledged(service.notify('hipay', 'numeric', hipayNotification('116', { ...about, ...numeric })))
  await processed(walk)
  await acknowledged(hipay('118', fresh))
  // The same fact in other words.
  const inXml = hipayNotification('118', { ...about, ...fresh })
  await acknowledged(service.notify('hipay', 'shop-fr', inXml, { encoding: 'xml' }))
  // The database is asked about the second delivery; the third is counted when the service stops, at the latest.
  for (let time = 0; time < 3; time += 1) await acknowledged(hipay('118', fresh))
  const capture = be2billNotification('capture', '0000', { ...about, reference: 'W1', orderId: 'WALK-2' })
  await acknowledged(service.notify('be2bill', 'shop-be', capture))
  // The link from a later step to its payment takes the step's row away.
  const linking = {
    EXECCODE: '0000',
    OPERATIONTYPE: 'capture',
    TRANSACTIONID: known.later.reference,
    MESSAGE: 'ok',
  }
  const call = {
    provider: 'be2bill',
    account: 'shop-be',
    operation: 'capture',
    amount: 10_000,
    currency: 'EUR',
  }
  await say(walk, '/v1/responses', { ...call, parentReference: known.be2bill.reference, body: linking }, 202)
  await say(
    walk,
    '/v1/responses',
    { ...call, operationId: 'WALK-3/1', orderId: 'WALK-3', error: 'timeout' },
    202,
  )
  const otherAmount = {
    state: 'completed',
    status: '118',
    transactionReference: fresh.reference,
    capturedAmount: '77.00',
    currency: 'EUR',
  }
  await say(
    walk,
    '/v1/responses',
    { provider: 'hipay', account: 'shop-fr', orderId: fresh.orderId, body: otherAmount },
    202,
  )
  await failing(walk, hipay)
  await processed(walk)
}

/** What is refused, what cannot be read, what cannot be processed, and what waits for an account that is not configured any more. */
async function failing(
  walk: Walk,
  hipay: (status: string, payment: Named) => Promise<Response>,
): Promise<void> {
  const { service } = walk
  const account = service.account('hipay', 'shop-fr')
  const early = hipayNotification('116', { ...about, reference: '800000000008', orderId: 'WALK-8' })
  const secrets = account.secrets.map((secret) => ({ ...secret, value: OTHER_SECRET }))
  const { method, headers, body } = hipayProvider.sign(early, { ...account, secrets })
  await fetch(`${service.url}/notifications/hipay/shop-fr`, { method, headers, body: new Uint8Array(body) })
  await acknowledged(service.notify('hipay', 'shop-fr', { status: '118', test: 'false' }))
  await runSql(
    service.database.url,
    `WITH waiting AS (
       INSERT INTO inbox_messages (id, provider, account, witness, content, content_digest, received_at)
       VALUES (gen_random_uuid(), 'hipay', 'closed', 'notification', '', '', now()) RETURNING id
     )
     INSERT INTO inbox_queue (inbox_id, due_at) SELECT id, now() FROM waiting`,
  )
  await runSql(
    service.database.url,
    `ALTER TABLE transaction_events ADD CONSTRAINT poisoned CHECK (order_id <> 'POISON') NOT VALID`,
  )
  await acknowledged(hipay('116', { reference: '800000000009', orderId: 'POISON' }))
}

async function announceAndResolve(walk: Walk): Promise<void> {
  const { service, known } = walk
  const announced = { provider: 'hipay', account: 'shop-fr', orderId: 'WALK-5', amount: 500, currency: 'EUR' }
  const { id } = await say(walk, '/v1/expectations', announced, 201)
  await say(walk, '/v1/expectations', { ...announced, account: 'numeric', orderId: '4012888888881881' }, 201)
  await say(walk, '/v1/expectations', announced, 200)
  await say(
    walk,
    '/v1/expectations',
    { ...announced, operation: 'refund', parentReference: known.hipay.reference },
    201,
  )
  await service.api(`/v1/expectations/${id}`, { method: 'DELETE' })
  const dropped = await say(walk, '/v1/expectations', { ...announced, orderId: 'WALK-7' }, 201)
  await service.api(`/v1/expectations/${dropped.id}`, { method: 'DELETE' })
  const open = await service.api('/v1/discrepancies?open=true&limit=1')
  const { items } = (await open.json()) as { items: { id: string }[] }
  await say(walk, `/v1/discrepancies/${items[0]?.id ?? ''}/resolve`, { note: 'asked them' }, 200)
}

/** Deadlines that have come, one of them of an account that is not configured any more, and maintenance. */
async function passTime(walk: Walk): Promise<void> {
  const { known, service } = walk
  await service.sql.query(
    `UPDATE transactions SET next_deadline_at = now() - interval '1 minute' WHERE reference = $1`,
    [known.hipay.reference],
  )
  await service.sql.query(
    `INSERT INTO deadlines (provider, account, kind, subject, due_at) VALUES ('hipay', 'closed', 'order', 'WALK-6', now())`,
  )
  await until(
    walk,
    `SELECT FROM deadlines WHERE account = 'closed' AND due_at < now() + interval '30 minutes'`,
  )
  await until(walk, `SELECT FROM transactions WHERE next_deadline_at < now()`)
  await until(
    walk,
    `SELECT FROM inbox_messages WHERE content IS NOT NULL AND received_at < now() - interval '29 days 1 hour'`,
  )
  // What a task that fails leaves behind.
  const pool = createPool({ databaseUrl: service.database.url, max: 1, onError: () => undefined })
  await createChoreStore(pool, NO_KEYS).putOff('purge_bodies', new Date(), 'Error')
  await pool.end()
}

/** Every list with every filter of its schema, and every look-up. */
async function askEverything(walk: Walk): Promise<void> {
  const { service, known } = walk
  const answer = async (path: string, status = 200): Promise<{ nextCursor?: string | null }> => {
    const response = await service.api(path)
    if (response.status !== status)
      throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
    return path.startsWith('/v1') ? ((await response.json()) as { nextCursor: string }) : {}
  }
  for (const path of lists(known.hipay)) await answer(path)
  const middle = encodeURIComponent(known.hipay.at.toISOString())
  for (const list of [
    `/v1/transactions?limit=5&to=${middle}`,
    '/v1/discrepancies?limit=1',
    '/v1/inbox?limit=5',
    '/v1/audit?limit=1',
  ]) {
    const { nextCursor } = await answer(list)
    await answer(`${list.replace(/&to=.*/, '')}&cursor=${nextCursor ?? ''}`)
  }
  for (const [provider, account, payment] of [
    ['hipay', 'shop-fr', known.hipay],
    ['be2bill', 'shop-be', known.later],
  ] as const) {
    const one = `/v1/transactions/${provider}/${account}/${payment.reference}`
    for (const path of [one, `${one}/events`, `${one}/explain`]) await answer(path)
    await answer(`/v1/orders/${provider}/${account}/${payment.orderId}`)
  }
  const { rows } = await service.sql.query<{ id: string }>(
    `(SELECT id FROM inbox_messages ORDER BY id DESC LIMIT 1) UNION ALL (SELECT id FROM quarantined_messages LIMIT 1)`,
  )
  for (const { id } of rows) {
    await answer(`/v1/inbox/${id}`)
    await say(walk, '/v1/doctor', { inboxId: id }, 200)
  }
  await answer('/v1/orders/hipay/numeric/4111111111111111')
  await answer('/v1/transactions/hipay/shop-fr/unknown', 404)
  for (const path of ['/v1/reconciliation/summary', '/metrics', '/health', '/health/ready'])
    await answer(path)
}

/** Planned, then applied twice: the second time it runs already. */
async function replayRecent(walk: Walk): Promise<void> {
  const filter = { from: new Date(Date.now() - 120_000).toISOString() }
  const path = '/v1/inbox/replay'
  const { planId } = (await say(walk, path, { filter, dryRun: true }, 200)) as unknown as { planId: string }
  for (let time = 0; time < 2; time += 1) await say(walk, path, { planId }, 202)
}

async function exportDay(databaseUrl: string, from: Date): Promise<void> {
  const nothing = (): undefined => undefined
  await exportCommand(
    { from, to: new Date(from.getTime() + 86_400_000) },
    { DATABASE_URL: databaseUrl },
    { out: nothing, err: nothing, data: async () => undefined },
  )
}

/** What was refused for its secret is verified again, parked messages are replayed, and those of a closed account are given up. */
async function repairByCommands(environment: Record<string, string>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'walk-'))
  const file = join(directory, 'accounts.json')
  const accounts = BENCH_ACCOUNTS.map((one) =>
    one.account === 'shop-fr' ? { ...one, secrets: [{ id: 'other', value: OTHER_SECRET }] } : one,
  )
  writeFileSync(file, JSON.stringify(accounts))
  const streams = { err: () => undefined }
  await replayCommand({ quarantine: true, accounts: file }, environment, streams)
  await giveUpCommand({ provider: 'hipay', account: 'closed', accounts: file }, environment)
  await replayCommand({ state: 'parked', accounts: file }, environment, streams)
  const from = new Date(Date.now() - 60_000)
  await replayCommand({ older: true, from, accounts: file, dryRun: true }, environment, streams)
  await replayCommand({ from, accounts: file, yes: true }, environment, streams)
  rmSync(directory, { recursive: true })
}

async function askAsOperator(databaseUrl: string, known: Known): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: OPERATOR })
  await client.connect()
  for (const sql of operatorStatements(known)) await client.query(sql)
  await client.end()
}

async function acknowledged(...answers: Promise<Response>[]): Promise<void> {
  for (const answer of await Promise.all(answers)) {
    if (answer.status !== 200) throw new Error(`a notification was answered ${answer.status}`)
  }
}

async function say({ service }: Walk, path: string, body: object, status: number): Promise<{ id: string }> {
  const answer = await service.api(path, { method: 'POST', body: JSON.stringify(body) })
  const text = await answer.text()
  if (answer.status !== status) throw new Error(`POST ${path}: ${answer.status} ${text}`)
  return JSON.parse(text) as { id: string }
}

/** Until nothing waits but what has failed. */
const processed = async (walk: Walk): Promise<void> =>
  until(walk, 'SELECT FROM inbox_queue WHERE attempts + put_off = 0')

/** Let time pass until there is no such row. */
async function until({ service, clock }: Walk, rowsLeft: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const { rows } = await service.sql.query(`${rowsLeft} LIMIT 1`)
    if (rows.length === 0) return
    if (Date.now() > deadline) throw new Error(`there are rows after a minute: ${rowsLeft}`)
    await clock.advance(1_000)
  }
}
