import type { BenchDatabase } from '../parts/postgres.ts'
import type { ServerProcess } from '../parts/process.ts'
import { API_KEY } from '../parts/service.ts'
import { percentile } from '../statistics.ts'
import { lists, operatorStatements, type Known } from './asked.ts'

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

/** What is asked beside the lists: pages far back, and the look-ups of one payment and its order. */
const PATHS = [
  '/v1/transactions?cursor={cursor}',
  '/v1/transactions?status=declined&cursor={cursor}',
  '/v1/transactions/{provider}/{account}/{reference}',
  '/v1/transactions/{provider}/{account}/{reference}/events',
  '/v1/transactions/{provider}/{account}/{reference}/explain',
  '/v1/orders/{provider}/{account}/{orderId}',
  '/v1/reconciliation/summary',
  '/metrics',
]

export async function askService(service: ServerProcess, database: BenchDatabase): Promise<Answered[]> {
  const known = await somePayment(database)
  const keys: Readonly<Record<string, string>> = {
    ...known,
    at: '',
    cursor: await cursorOf(service, `/v1/transactions?limit=1&to=${known.at.toISOString()}`),
  }
  const paths = PATHS.map((path) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(keys[name] ?? '')),
  )
  const answers: Answered[] = []
  for (const path of [...lists(known), ...paths]) {
    answers.push(await timed(titleOf(path, known), async () => get(service, path)))
  }
  return answers
}

/** What operators ask of the database. */
export async function askDatabase(database: BenchDatabase): Promise<Answered[]> {
  const known = await somePayment(database)
  const answers: Answered[] = []
  for (const sql of operatorStatements(known)) {
    const [, view] = /FROM (ops\.\w+)/.exec(sql) ?? []
    const title = /^-- (.*)$/m.exec(sql)?.[1]
    const question = title === undefined ? sql : [view, title].filter(Boolean).join(': ')
    answers.push(await timed(titleOf(question, known), async () => database.query(sql)))
  }
  return answers
}

/** The same question about whichever payment, so that databases can be compared. */
const titleOf = (question: string, { reference, orderId }: Known): string =>
  question
    .replaceAll(reference, '{reference}')
    .replaceAll(orderId, '{order}')
    .replaceAll(/cursor=[^&]+/g, 'cursor={cursor}')
    .replaceAll(/\d{4}-\d\d-\d\d(T[\dA-F%.:]+Z)?/g, '{time}')

/** A payment from the middle of all. */
async function somePayment(database: BenchDatabase): Promise<Known> {
  const [middle] = await database.query<Known>(
    `WITH span AS (SELECT min(first_seen_at) + (max(first_seen_at) - min(first_seen_at)) / 2 AS at FROM transactions)
     SELECT t.provider, t.account, t.reference, t.order_id AS "orderId", t.first_seen_at AS at
     FROM transactions t, span WHERE t.first_seen_at >= span.at ORDER BY t.first_seen_at LIMIT 1`,
  )
  if (!middle) throw new Error('there is no payment to ask for')
  return middle
}

const cursorOf = async (service: ServerProcess, path: string): Promise<string> =>
  ((await get(service, path)) as { nextCursor: string | null }).nextCursor ?? ''

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
