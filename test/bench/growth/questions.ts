import { readFileSync } from 'node:fs'
import { codeBlocks } from '../../unit/docs/markdown.ts'
import type { BenchDatabase } from '../parts/postgres.ts'
import type { ServerProcess } from '../parts/process.ts'
import { API_KEY } from '../parts/service.ts'
import { percentile } from '../statistics.ts'

/** How long what merchants and operators ask takes to answer. */
export interface Answered {
  question: string
  /** Milliseconds. */
  p50: number
  p95: number
}

const TIMES = 40
/** What takes longer than this in all is not asked so often. */
const ENOUGH_MS = 10_000

/** Every list of the API with each of its filters, among them such as nothing matches, and every look-up. */
const PATHS = [
  '/v1/transactions',
  '/v1/transactions?limit=200',
  '/v1/transactions?cursor={cursor}',
  '/v1/transactions?from={from}&to={to}',
  '/v1/transactions?provider=be2bill&account=shop-be',
  '/v1/transactions?status=declined',
  '/v1/transactions?status=charged_back',
  '/v1/transactions?reconciliation=discrepant',
  '/v1/transactions?reconciliation=awaiting_notification',
  '/v1/transactions?overdue=true',
  '/v1/transactions?test=true',
  '/v1/transactions?linked=false',
  '/v1/transactions?orderId={order}',
  '/v1/transactions/{provider}/{account}/{reference}',
  '/v1/transactions/{provider}/{account}/{reference}/events',
  '/v1/transactions/{provider}/{account}/{reference}/explain',
  '/v1/orders/{provider}/{account}/{order}',
  '/v1/discrepancies',
  '/v1/discrepancies?open=true',
  '/v1/discrepancies?open=false',
  '/v1/discrepancies?class=amount_mismatch',
  '/v1/discrepancies?class=duplicate_payment',
  '/v1/discrepancies?provider=be2bill&account=shop-be',
  '/v1/reconciliation/summary',
  '/metrics',
]

export async function askService(service: ServerProcess, database: BenchDatabase): Promise<Answered[]> {
  const keys = await someKeys(service, database)
  const answers: Answered[] = []
  for (const path of PATHS) {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(keys[name] ?? ''))
    answers.push(await timed(path, async () => get(service, filled)))
  }
  return answers
}

/** The queries of docs/operations.md: the supported ways to read each view. */
export async function askDatabase(service: ServerProcess, database: BenchDatabase): Promise<Answered[]> {
  const keys = await someKeys(service, database)
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const answers: Answered[] = []
  for (const sql of codeBlocks(page, 'sql')) {
    const [, view] = /^FROM (ops\.\w+)/m.exec(sql) ?? []
    if (view === undefined) continue
    const title = /^-- (.*)$/m.exec(sql)?.[1] ?? sql
    const filled = sql.replaceAll("'A-1001'", `'${keys['order'] ?? ''}'`)
    answers.push(await timed(`${view}: ${title}`, async () => database.query(filled)))
  }
  return answers
}

/** A payment from the middle of all, and a page that begins there. */
async function someKeys(service: ServerProcess, database: BenchDatabase): Promise<Record<string, string>> {
  const [middle] = await database.query<Record<string, string>>(
    `WITH span AS (SELECT min(first_seen_at) + (max(first_seen_at) - min(first_seen_at)) / 2 AS at FROM transactions)
     SELECT t.provider, t.account, t.reference, t.order_id AS "order", t.first_seen_at AS at
     FROM transactions t, span WHERE t.first_seen_at >= span.at ORDER BY t.first_seen_at LIMIT 1`,
  )
  if (!middle) throw new Error('there is no payment to ask for')
  const at = new Date(middle['at'] ?? '')
  const to = at.toISOString()
  const page = (await get(service, `/v1/transactions?limit=1&to=${to}`)) as { nextCursor: string | null }
  const from = new Date(at.getTime() - 86_400_000).toISOString()
  return { ...middle, from, to, cursor: page.nextCursor ?? '' }
}

async function get({ port }: ServerProcess, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}: ${text}`)
  return response.headers.get('content-type')?.startsWith('application/json') === true
    ? JSON.parse(text)
    : text
}

async function timed(question: string, ask: () => Promise<unknown>): Promise<Answered> {
  await ask()
  const times: number[] = []
  const begin = performance.now()
  while (times.length < TIMES && (times.length < 3 || performance.now() - begin < ENOUGH_MS)) {
    const asked = performance.now()
    await ask()
    times.push(performance.now() - asked)
  }
  times.sort((a, b) => a - b)
  return { question, p50: percentile(times, 0.5), p95: percentile(times, 0.95) }
}
