import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSweeper, type Sweeper } from '../../src/inbox/reconcile/sweep.ts'
import { orderIdOf, type Message } from '../../src/demo/scenario.ts'
import { accountNameOf, readExamples, renamed, type WorkedExample } from '../../src/demo/worked-example.ts'
import type { DiscrepancyClass } from '../../src/domain/reconciliation/discrepancy-classes.ts'
import type { ProcessingStore } from '../../src/inbox/reconcile/stores.ts'
import { inForm } from '../support/form.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { orderingsOf, randomFrom } from '../support/orderings.ts'
import { createParts, type Parts } from '../support/parts.ts'
import { accountOf, send } from '../support/played-scenarios.ts'
import { startTestService, type TestService, stopWith } from '../support/service.ts'

/**
 * Every worked example over HTTP into PostgreSQL, in every order of arrival (6 of them where there are more than three
 * inputs, all in the long form), with repetitions, in batches cut anywhere, by two workers; some with the deadlines passing in the middle.
 */

const SECOND = 1_000
const DAY = 86_400 * SECOND
/** Fewer than the service has connections, and its patience long: on a busy machine it would say 503 to some of more. */
const SENDERS = 8
/** Four thousand messages, or in the long form fifty thousand, on whatever machine this is. */
const PATIENCE = inForm(600_000, 7_200_000)

const scenarios = ['hipay', 'be2bill'].flatMap(readExamples)
const clock = createHandClock()
const random = randomFrom(20_260_401)

/** One order of arrival of one example, under names of its own. */
interface Playing {
  scenario: WorkedExample
  /** Appended to every reference and order id. */
  name: string
  now: Message[]
  /** What comes a day later, after everything awaited has become overdue. */
  later: Message[]
}

const playings = scenarios.flatMap((scenario) =>
  orderingsOf(scenario.inputs, 3, 6).map((inputs, turn) => playingOf(scenario, inputs, turn)),
)

function playingOf(scenario: WorkedExample, inputs: readonly Message[], turn: number): Playing {
  const repeated = inputs.filter(() => random() < 0.3)
  const all = turn === 0 ? inputs : [...inputs, ...repeated]
  const drawn = turn % 2 === 1 ? Math.floor(random() * all.length) : all.length
  const cut = isFreeInTime(scenario) ? drawn : all.length
  return { scenario, name: `-p${turn}`, now: all.slice(0, cut), later: all.slice(cut) }
}

/**
 * Only where the deadlines have passed anyway does it make no difference when a message came; and never for a call without an
 * answer, which was made shortly before it was told of (R-12): a day later it is another call.
 */
function isFreeInTime({ clock: when, inputs }: WorkedExample): boolean {
  return (
    when === 'after_deadlines' &&
    !inputs.some((input) => input.kind === 'response' && input.error !== undefined)
  )
}

let service: TestService
let workers: Parts[]
let sweepers: Sweeper[]

beforeAll(async () => {
  const accounts = scenarios.map(accountOf)
  service = await startTestService({
    accounts,
    clock,
    idle: true,
    settings: { LOG_LEVEL: 'silent', ACKNOWLEDGE_TIMEOUT_MS: '30000' },
  })
  const databaseUrl = service.database.url
  workers = [1, 2].map(() => createParts({ databaseUrl, clock, accounts, wrapStore: inSmallBatches }))
  sweepers = workers.map(sweeperOf)
})

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()))
  await stopWith(clock, service)
})

/** Batches of one to sixty messages, of several playings at once, so that they end anywhere. */
const inSmallBatches = (store: ProcessingStore): ProcessingStore => ({
  ...store,
  inTransaction: async (work) =>
    store.inTransaction(async (unit) =>
      work({
        ...unit,
        claim: async (options) => unit.claim({ ...options, limit: 1 + Math.floor(random() * 60) }),
      }),
    ),
})

const sweeperOf = ({ services, swept }: Parts): Sweeper => ({
  runOnce: async () => {
    const judged = await createSweeper(services).runOnce()
    const failed = swept.flatMap((report) => report.failed)
    if (failed.length > 0) throw new Error('a subject could not be judged', { cause: failed[0]?.error })
    return judged
  },
})

/** All of it, by several senders at once, while two workers process what has come so far. */
async function play(part: (playing: Playing) => Message[]): Promise<void> {
  const waiting = [...playings]
  const sending = { done: false }
  const sender = async (): Promise<void> => {
    for (let playing = waiting.shift(); playing; playing = waiting.shift())
      await sendAll(playing, part(playing))
  }
  const worker = async ({ processor }: Parts): Promise<void> => {
    for (;;) {
      const last = sending.done
      if ((await processor.runOnce()) === 0 && last) return
    }
  }
  const working = Promise.all(workers.map(worker))
  await Promise.all(Array.from({ length: SENDERS }, sender))
  sending.done = true
  await working
}

async function sendAll({ scenario, name }: Playing, inputs: readonly Message[]): Promise<void> {
  for (const input of inputs) {
    const key = `${scenario.id}${name}#${scenario.inputs.indexOf(input)}`
    await send(service, scenario, renamed(input, name), key)
  }
}

const sweep = async (): Promise<void> => {
  await Promise.all(
    sweepers.map(async ({ runOnce }) => {
      while ((await runOnce()) > 0);
    }),
  )
}

interface TransactionJson {
  reference: string
  discrepancies: { class: DiscrepancyClass; resolvedAt: string | null }[]
  [field: string]: unknown
}

interface TransactionPage {
  items: TransactionJson[]
  nextCursor: string | null
}

const read = async <Body>(path: string): Promise<Body> => {
  const answer = await service.api(path)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Body
}

const transactionsOf = async (scenario: WorkedExample): Promise<TransactionJson[]> => {
  const query = `provider=${scenario.provider}&account=${accountNameOf(scenario)}&limit=200`
  const found: TransactionJson[] = []
  for (let after = ''; ;) {
    const page = await read<TransactionPage>(`/v1/transactions?${query}${after}`)
    found.push(...page.items)
    if (page.nextCursor === null) return found
    after = `&cursor=${page.nextCursor}`
  }
}

/** What the service answers about one playing, in the shape in which the example states it. */
async function answered(
  { scenario, name }: Playing,
  transactions: readonly TransactionJson[],
): Promise<WorkedExample['expect']> {
  const mine = transactions.filter(({ reference }) => reference.endsWith(name))
  const orderId = orderIdOf(scenario.inputs)
  const path = `/v1/orders/${scenario.provider}/${accountNameOf(scenario)}/${encodeURIComponent(`${orderId ?? ''}${name}`)}`
  const order =
    orderId === null
      ? null
      : await read<{ paid: boolean; safeToRetry: boolean } & Pick<TransactionJson, 'discrepancies'>>(path)
  const found = [...mine.flatMap(({ discrepancies }) => discrepancies), ...(order?.discrepancies ?? [])]
  const open = found.filter(({ resolvedAt }) => resolvedAt === null).map((discrepancy) => discrepancy.class)
  return {
    transactions: mine.map(stated).sort((left, right) => (left.reference < right.reference ? -1 : 1)),
    order: order && { paid: order.paid, safeToRetry: order.safeToRetry },
    discrepancies: [...new Set(open)].sort(),
  }
}

const STATED = ['reference', 'status', 'authorizedTotal', 'capturedTotal', 'refundedTotal', 'reconciliation']

const stated = (transaction: TransactionJson) =>
  Object.fromEntries(
    STATED.map((field) => [field, transaction[field]]),
  ) as WorkedExample['expect']['transactions'][number]

function holds(when: WorkedExample['clock']): void {
  test.each(scenarios.filter((scenario) => scenario.clock === when))(
    '$id: $why',
    { timeout: PATIENCE },
    async (scenario) => {
      const transactions = await transactionsOf(scenario)
      for (const playing of playings.filter((candidate) => candidate.scenario === scenario)) {
        const arrival = [...playing.now, '|', ...playing.later].map((input) =>
          typeof input === 'string' ? input : scenario.inputs.indexOf(input),
        )
        expect({ arrival, ...(await answered(playing, transactions)) }).toEqual({
          arrival,
          ...renamed(scenario.expect, playing.name),
        })
      }
    },
  )
}

describe('before the deadlines', () => {
  beforeAll(async () => {
    await play(({ now }) => now)
    await clock.advance(SECOND)
    await sweep()
  }, PATIENCE)

  holds('before_deadlines')
})

describe('after the deadlines', () => {
  beforeAll(async () => {
    await clock.advance(DAY + DAY / 2)
    await sweep()
    await play(({ later }) => later)
    await clock.advance(2 * DAY)
    await sweep()
  }, PATIENCE)

  holds('after_deadlines')

  test('nothing is left to do, and no message was given up', async () => {
    const { rows } = await service.sql.query(
      `SELECT (SELECT count(*)::int FROM inbox_queue) AS pending,
              (SELECT count(*)::int FROM inbox_outcomes WHERE state = 'parked') AS parked,
              (SELECT count(*)::int FROM transactions WHERE next_deadline_at <= $1) AS due_transactions,
              (SELECT count(*)::int FROM deadlines WHERE due_at <= $1) AS due_others`,
      [clock.now()],
    )
    expect(rows).toEqual([{ pending: 0, parked: 0, due_transactions: 0, due_others: 0 }])
  })
})
