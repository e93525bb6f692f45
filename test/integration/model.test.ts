import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAccountDirectory } from '../../src/config/account-directory.ts'
import type { Resolution } from '../../src/domain/event/evidence.ts'
import { providers } from '../../src/providers/registry.ts'
import {
  believedDiscrepancies,
  believedOrder,
  believedTransaction,
  discrepancyText,
  shownOrder,
  shownTransaction,
  type DiscrepancyJson,
  type TransactionJson,
} from '../support/believed-json.ts'
import { announce, resolve, tell } from '../support/clients.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { inRun, named } from '../support/histories.ts'
import { miscounted } from '../support/miscounted.ts'
import { PHASES, plan, type Plan, type Telling, type Word } from '../support/plans.ts'
import { rounds, ROUNDS_TIMEOUT } from '../support/property-rounds.ts'
import { createReferenceModel, type ReferenceModel } from '../support/reference-model.ts'
import { orderRow, SHOWN_ORDER } from '../support/shown-order.ts'
import { startTestService, type TestService, stopWith } from '../support/service.ts'

/**
 * Providers, merchant and operator at once, in any order, again and again, on two replicas of one database; and beside them
 * a model that takes in the same evidence one thing after the other. What is read over HTTP is what the model believes.
 */

const SECOND = 1_000

const clock = createHandClock()
let database: TestDatabase
let replicas: TestService[]
let run = 0

beforeAll(async () => {
  database = await createTestDatabase()
  const settings = { SWEEP_INTERVAL: '1s', API_CALLS_PER_SECOND: '1000000' }
  replicas = await Promise.all([1, 2].map(async () => startTestService({ database, clock, settings })))
})
afterAll(async () => {
  await stopWith(clock, ...replicas)
  await database.drop()
})

interface Round {
  provider: Plan['provider']
  /** Everything of this round was first seen from here on. */
  from: Date
  model: ReferenceModel
  /** Ids of announcements, in the order in which they were answered. */
  announced: string[]
}

const api = async <Body>(path: string, replica = 0): Promise<Body> => {
  const answer = await replicas[replica]!.api(path)
  if (answer.status !== 200) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`)
  return (await answer.json()) as Body
}

async function playRound({ provider, tellings, words, passing }: Plan): Promise<void> {
  run += 1
  await clock.advance(SECOND)
  const account = replicas[0]!.account(provider, 'shop')
  const model = createReferenceModel(createAccountDirectory([account], providers), account)
  const round: Round = { provider, from: clock.now(), model, announced: [] }
  const mine = tellings.map((telling, index) => ({
    ...telling,
    message: inRun(run, telling.message, index),
  }))
  for (const phase of Array.from({ length: PHASES }).keys()) {
    await Promise.all([
      ...mine.map(async (telling, index) => tellIn(round, phase, telling, index)),
      ...words.filter((word) => word.phase === phase).map(async (word) => say(round, named(run, word))),
    ])
    await compare(round)
    await clock.advance(passing[phase]!)
    await compare(round)
  }
}

async function tellIn({ model }: Round, phase: number, telling: Telling, index: number): Promise<void> {
  if (phase !== telling.phase && phase !== telling.phase + (telling.again ?? 0)) return
  model.tell(telling.message, index, clock.now())
  await tell(replicas, telling)
}

async function say({ provider, model, announced }: Round, word: Word): Promise<void> {
  const replica = replicas[word.replica]!
  if (word.kind === 'announce') {
    for (const kept of await announce(replica, provider, word)) {
      model.announce(kept)
      announced.push(kept.id)
    }
  } else if (word.kind === 'withdraw') {
    const id = announced[word.which]
    if (id === undefined) return
    const answer = await replica.api(`/v1/expectations/${id}`, { method: 'DELETE' })
    expect(answer.status).toBe(204)
    model.withdraw(id)
  } else {
    const found = (await openDiscrepancies(provider))[word.which]
    if (found === undefined || (await isAboutCall(found.id))) return
    const at = clock.now().toISOString()
    if (await resolve(replica, found.id, word.outcome))
      model.resolve({ ...(await statedAbout(found.id)), outcome: word.outcome, at })
  }
}

/** A call is named by its message, which the model names otherwise: no operator speaks of one here. */
async function isAboutCall(id: string): Promise<boolean> {
  const { rows } = await replicas[0]!.sql.query<{ key: string }>(
    'SELECT key FROM discrepancies WHERE id = $1',
    [id],
  )
  return /:(?:call|request):/.test(rows[0]!.key)
}

/** Key and coverage are not shown over HTTP; the model knows discrepancies by nothing else. */
async function statedAbout(id: string): Promise<Pick<Resolution, 'key' | 'covers'>> {
  const { rows } = await replicas[0]!.sql.query<Pick<Resolution, 'key' | 'covers'>>(
    'SELECT key, covers FROM resolutions WHERE discrepancy_id = $1 ORDER BY stated_at DESC LIMIT 1',
    [id],
  )
  return rows[0]!
}

/** Until nothing is pending and nothing is due. Failed runs and the other replica's loop wait by the clock. */
async function settled(): Promise<void> {
  for (let look = 1; look < 3_000; look += 1) {
    const { rows } = await replicas[0]!.sql.query<{ left: number }>(
      `SELECT (SELECT count(*) FROM inbox_queue) + (SELECT count(*) FROM transactions WHERE next_deadline_at <= $1)
            + (SELECT count(*) FROM deadlines WHERE due_at <= $1) AS left`,
      [clock.now()],
    )
    if (Number(rows[0]?.left) === 0) return
    await new Promise((again) => setTimeout(again, 2))
    if (look % 20 === 0) await clock.advance(SECOND)
  }
  throw new Error('something stayed pending or due')
}

/** Those of this round, told apart by their names. */
async function openDiscrepancies(provider: string): Promise<DiscrepancyJson[]> {
  const query = `open=true&provider=${provider}&account=shop&limit=200`
  const { items } = await api<{ items: DiscrepancyJson[] }>(`/v1/discrepancies?${query}`)
  const names = new RegExp(`/${String(run)}$|-${String(run)}$|^90${String(run).padStart(9, '0')}\\d$`)
  return items
    .filter(({ reference, orderId }) => names.test(reference ?? '') || names.test(orderId ?? ''))
    .sort((left, right) => (discrepancyText(left) < discrepancyText(right) ? -1 : 1))
}

async function compare({ provider, from, model }: Round): Promise<void> {
  await settled()
  const believed = model.believed(clock.now())
  const query = `provider=${provider}&account=shop&limit=200&from=${from.toISOString()}`
  const { items } = await api<{ items: TransactionJson[] }>(`/v1/transactions?${query}`, 1)
  expect(items.sort(byReference).map(shownTransaction)).toEqual(
    believed.transactions.map(believedTransaction),
  )
  for (const { reference, absorbed } of believed.transactions)
    for (const child of absorbed)
      expect(await api(`/v1/transactions/${provider}/shop/${child}`)).toMatchObject({ reference })
  for (const order of believed.orders) {
    const path = `/v1/orders/${provider}/shop/${encodeURIComponent(order.orderId)}`
    expect(shownOrder(await api(path))).toEqual(believedOrder(order))
  }
  expect(await shownInSql(provider)).toEqual(believed.orders.map(orderRow))
  const open = await openDiscrepancies(provider)
  expect(open.map(discrepancyText)).toEqual(believedDiscrepancies(believed))
  expect(await miscounted(replicas[0]!.sql)).toEqual([])
}

/** The rows of the orders of this round, in byte order. */
async function shownInSql(provider: string): Promise<unknown[]> {
  const { rows } = await replicas[0]!.sql.query<Record<string, unknown>>(
    `SELECT ${SHOWN_ORDER} FROM ops.orders WHERE provider = $1 AND account = 'shop' AND order_id LIKE '%/' || $2
     ORDER BY order_id COLLATE "C"`,
    [provider, String(run)],
  )
  return rows
}

const byReference = (left: TransactionJson, right: TransactionJson): number =>
  left.reference < right.reference ? -1 : 1

it(
  'P-1 two replicas and their callers believe what the model believes',
  { timeout: ROUNDS_TIMEOUT },
  async () => {
    await fc.assert(fc.asyncProperty(plan, playRound), rounds(25))
    const errors = replicas.flatMap(({ logs }) => logs.filter((line) => /"level":"(error|fatal)"/.test(line)))
    expect(errors).toEqual([])
  },
)
