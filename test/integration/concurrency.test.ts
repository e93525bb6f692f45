import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { withFaults, type FaultPlan } from '../support/faults.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { deliver, inRun, message, type Message } from '../support/histories.ts'
import { createParts, forgetAll, projection, type Parts } from '../support/parts.ts'
import { randomFrom, shuffled } from '../support/orderings.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

const REPLICAS = 3

let database: TestDatabase
let replicas: TestService[]

beforeAll(async () => {
  database = await createTestDatabase()
  replicas = await Promise.all(Array.from({ length: REPLICAS }, async () => startTestService({ database })))
})
afterAll(async () => {
  await Promise.all(replicas.map(async (replica) => replica.stop()))
  await database.drop()
})

const replica = (index: number): TestService => replicas[index % REPLICAS]!
const settled = async (): Promise<void> => replica(0).settled()

const pay = async (at: number, reference: string, orderId: string): Promise<Response> =>
  replica(at).notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: orderId }))

const forward = async (at: number, body: object): Promise<Response> =>
  replica(at).api('/v1/responses', { method: 'POST', body: JSON.stringify(body) })

const paidAnswer = (reference: string, orderId: string, code = '0000'): object => ({
  provider: 'be2bill',
  account: 'shop',
  orderId,
  operation: 'payment',
  amount: 12390,
  currency: 'EUR',
  body: { OPERATIONTYPE: 'payment', EXECCODE: code, MESSAGE: 'm', TRANSACTIONID: reference },
})

const read = async (path: string): Promise<Record<string, unknown>> => {
  const answer = await replica(0).api(path)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Record<string, unknown>
}

/** 200 for a notification, 202 for an answer: everything was taken. */
const expectTaken = (answers: Response[]): void => {
  expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([])
}

const errorsLogged = (): string[] =>
  replicas.flatMap(({ logs }) => logs.filter((line) => /"level":"(error|fatal)"/.test(line)))

describe('several replicas on one database', () => {
  it('store a message once that arrives at all of them at the same instant', async () => {
    for (let round = 0; round < 10; round += 1) {
      const reference = `S-${String(round)}`
      expectTaken(
        await Promise.all(
          Array.from({ length: 4 * REPLICAS }, async (_, index) => pay(index, reference, `O-${reference}`)),
        ),
      )
    }
    await settled()
    const stored = async () =>
      replica(0).sql.query(
        `SELECT count(*)::int AS messages, sum(r.deliveries)::int AS deliveries, count(DISTINCT o.inbox_id)::int AS outcomes
         FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id JOIN inbox_outcomes o ON o.inbox_id = m.id
         WHERE convert_from(m.content, 'UTF8') LIKE '%ORDERID=O-S-%'`,
      )
    await expect
      .poll(stored, { timeout: 5_000 })
      .toMatchObject({ rows: [{ messages: 10, deliveries: 40 * REPLICAS, outcomes: 10 }] })
    expect(await read('/v1/transactions/be2bill/shop/S-9')).toMatchObject({
      capturedTotal: 12390,
      version: 1,
    })
  })

  it('match both witnesses of a payment that arrive at the same instant', async () => {
    const rounds = Array.from({ length: 30 }, (_, round) => `M-${String(round)}`)
    expectTaken(
      (
        await Promise.all(
          rounds.map(async (reference, round) =>
            Promise.all([
              pay(round, reference, `O-${reference}`),
              forward(round + 1, paidAnswer(reference, `O-${reference}`)),
            ]),
          ),
        )
      ).flat(),
    )
    await settled()
    for (const reference of rounds) {
      expect(await read(`/v1/transactions/be2bill/shop/${reference}`)).toMatchObject({
        status: 'captured',
        reconciliation: 'matched',
        capturedTotal: 12390,
      })
    }
  })

  it('never miss a duplicate payment, whichever of the two commits first', async () => {
    const random = randomFrom(7)
    const rounds = Array.from({ length: 60 }, (_, round) => `D-${String(round)}`)
    // Few at a time, so that the two payments of an order meet in different batches of different replicas.
    for (let start = 0; start < rounds.length; start += 4) {
      const sends = rounds
        .slice(start, start + 4)
        .flatMap((name, index) => [
          async () => pay(start + index, `${name}-1`, `O-${name}`),
          async () => pay(start + index + 1, `${name}-2`, `O-${name}`),
        ])
      expectTaken(await Promise.all(shuffled(sends, random).map(async (send) => send())))
    }
    await settled()
    for (const name of rounds) {
      const order = await read(`/v1/orders/be2bill/shop/O-${name}`)
      expect(order['discrepancies'], name).toMatchObject([
        { class: 'duplicate_payment', amountAtRisk: 12390, resolvedAt: null },
      ])
      expect(order['transactions'], name).toMatchObject([
        { reconciliation: 'discrepant' },
        { reconciliation: 'discrepant' },
      ])
    }
  })

  it('absorb a child whose link arrives at the same instant as itself and its payment', async () => {
    const random = randomFrom(11)
    const rounds = Array.from({ length: 40 }, (_, round) => `L-${String(round + 1)}`)
    const step = (name: string, type: string, reference: string, amount: string) =>
      be2billFields({ OPERATIONTYPE: type, TRANSACTIONID: reference, ORDERID: `O-${name}`, AMOUNT: amount })
    for (let start = 0; start < rounds.length; start += 4) {
      const sends = rounds.slice(start, start + 4).flatMap((name, index) => [
        async () =>
          replica(index).notify('be2bill', 'shop', step(name, 'authorization', `${name}-a`, '5000')),
        async () => replica(index + 1).notify('be2bill', 'shop', step(name, 'capture', `${name}-c`, '4500')),
        async () =>
          forward(index + 2, {
            provider: 'be2bill',
            account: 'shop',
            orderId: `O-${name}-capture`,
            operation: 'capture',
            parentReference: `${name}-a`,
            amount: 4500,
            currency: 'EUR',
            body: { OPERATIONTYPE: 'capture', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: `${name}-c` },
          }),
      ])
      expectTaken(await Promise.all(shuffled(sends, random).map(async (send) => send())))
    }
    await settled()
    for (const name of rounds) {
      expect(await read(`/v1/transactions/be2bill/shop/${name}-c`), name).toMatchObject({
        reference: `${name}-a`,
        status: 'partially_captured',
        authorizedTotal: 5000,
        capturedTotal: 4500,
      })
    }
    const { rows } = await replica(0).sql.query(
      `SELECT reference FROM transactions WHERE reference LIKE 'L-%-c'`,
    )
    expect(rows).toEqual([])
  })

  it('say `duplicate` of the second of two equal facts, also within one batch', async () => {
    const fields = hipayFields({ transaction_reference: '900000007000', order: { id: 'H-7000' } })
    expectTaken(
      await Promise.all(
        (['form', 'xml'] as const).map(async (encoding, index) =>
          replica(index).notify('hipay', 'shop', fields, { encoding }),
        ),
      ),
    )
    await settled()
    const { rows } = await replica(0).sql.query(
      `SELECT o.state FROM inbox_outcomes o JOIN inbox_messages m ON m.id = o.inbox_id
       WHERE convert_from(m.content, 'UTF8') LIKE '%900000007000%' ORDER BY o.state`,
    )
    expect(rows).toEqual([{ state: 'duplicate' }, { state: 'processed' }])
  })

  it('have met no deadlock and failed at nothing', () => {
    expect(errorsLogged()).toEqual([])
    expect(replicas.flatMap(({ logs }) => logs).join('')).not.toMatch(/40P01|40001|55P03/)
  })
})

describe('workers side by side', () => {
  it('come to the state of one worker that takes message by message', { timeout: 60_000 }, async () => {
    const clock = createHandClock()
    const together = await createTestDatabase()
    const alone = await createTestDatabase()
    const one = createParts({ databaseUrl: alone.url, clock })
    const workers = Array.from({ length: 4 }, () => createParts({ databaseUrl: together.url, clock }))
    try {
      for (const sent of entangled()) {
        await deliver(one, sent)
        await one.settle()
      }
      const random = randomFrom(3)
      await Promise.all(
        shuffled(entangled(), random).map(async (sent, index) => {
          const worker = workers[index % workers.length]!
          await deliver(worker, sent)
          await worker.processor.runOnce()
        }),
      )
      await Promise.all(workers.map(async (worker) => worker.settle()))
      expect(await projection(workers[0]!.pool)).toEqual(await projection(one.pool))
    } finally {
      await Promise.all([one, ...workers].map(async (parts) => parts.close()))
      await Promise.all([together.drop(), alone.drop()])
    }
  })
})

type Send = (parts: Parts) => Promise<string>

const captureAnswer = (reference: string, orderId: string, parentReference: string) => ({
  orderId,
  operation: 'capture',
  parentReference,
  amount: 4500,
  currency: 'EUR',
  body: { OPERATIONTYPE: 'capture', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: reference },
})

const notified =
  (type: string, reference: string, orderId: string): Send =>
  async (parts) =>
    parts.notify(
      'be2bill',
      'shop',
      be2billFields({ OPERATIONTYPE: type, TRANSACTIONID: reference, ORDERID: orderId, AMOUNT: '4500' }),
    )

const withoutOrder = (status: string): Send => {
  const { order: _order, ...fields } = hipayFields({ transaction_reference: '900000008000', status })
  return async (parts) => parts.notify('hipay', 'shop', { ...fields, order: {} })
}

/** Stored messages, those that one worker processes, and those that another worker claims meanwhile. */
const MEETINGS: [string, Send[], Send, Send][] = [
  ['two facts of a payment without an order', [], withoutOrder('116'), withoutOrder('118')],
  ['two payments of an order', [], notified('payment', 'W1', 'O-w'), notified('payment', 'W2', 'O-w')],
  [
    'a link and its child',
    [notified('authorization', 'A1', 'O-a')],
    async (parts) => parts.answer('be2bill', 'shop', captureAnswer('C1', 'O-c', 'A1')),
    notified('capture', 'C1', 'O-c'),
  ],
  [
    'a child and its link',
    [notified('authorization', 'A1', 'O-a')],
    notified('capture', 'C1', 'O-c'),
    async (parts) => parts.answer('be2bill', 'shop', captureAnswer('C1', 'O-c', 'A1')),
  ],
  [
    'a link and another payment of the same order',
    [notified('authorization', 'A1', 'O-a'), notified('capture', 'C1', 'O-c')],
    async (parts) => parts.answer('be2bill', 'shop', captureAnswer('C1', 'O-c', 'A1')),
    notified('payment', 'B1', 'O-a'),
  ],
  [
    'a call that was cut off and its step under an order id of its own',
    [notified('authorization', 'A1', 'O-a')],
    async (parts) =>
      parts.answer(
        'be2bill',
        'shop',
        { orderId: 'O-c', operation: 'capture', parentReference: 'A1', error: 'timeout' },
        'cut',
      ),
    notified('capture', 'C1', 'O-c'),
  ],
]

describe('two workers that meet', () => {
  it.each(MEETINGS)(
    'over %s come to the same state wherever they meet',
    async (_what, before, first, second) => {
      const clock = createHandClock()
      const meeting = await createTestDatabase()
      let plan: FaultPlan = {}
      const one = createParts({
        databaseUrl: meeting.url,
        clock,
        wrapPool: (pool) => withFaults(pool, () => plan),
      })
      const other = createParts({ databaseUrl: meeting.url, clock })
      const reset = async (): Promise<void> => {
        await forgetAll(other.pool)
        for (const send of before) await send(other)
        await other.settle()
      }
      try {
        await reset()
        await first(other)
        await other.settle()
        await second(other)
        await other.settle()
        const expected = await projection(other.pool)
        let statement = ''
        for (let step = 1; statement !== 'COMMIT'; step += 1) {
          await reset()
          await first(one)
          const gate = createGate()
          plan = {
            before: async (at, sent) => {
              if (at !== step) return
              statement = sent
              await gate.pass()
            },
          }
          const running = one.processor.runOnce()
          await gate.reached
          plan = {}
          await second(other)
          const others = other.settle()
          await blockedOrDone(other, others)
          gate.open()
          await Promise.all([running, others])
          await other.settle()
          expect(await projection(other.pool), `before ${statement}`).toEqual(expected)
        }
      } finally {
        await Promise.all([one.close(), other.close()])
        await meeting.drop()
      }
    },
  )
})

function createGate(): { pass: () => Promise<void>; reached: Promise<void>; open: () => void } {
  const reached = Promise.withResolvers<undefined>()
  const opened = Promise.withResolvers<undefined>()
  return {
    pass: async () => {
      reached.resolve(undefined)
      await opened.promise
    },
    reached: reached.promise,
    open: () => {
      opened.resolve(undefined)
    },
  }
}

/** Until the work is done, or waits for a lock that the other worker holds. */
async function blockedOrDone({ pool }: Parts, work: Promise<void>): Promise<void> {
  const state = { done: false }
  void work.finally(() => {
    state.done = true
  })
  for (;;) {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (state.done || rows.length > 0) return
  }
}

/** Few orders, many payments, answers, steps and links across them: every message waits for every other. */
const entangled = (): Message[] =>
  fc.sample(message, { seed: 1, numRuns: 60 }).map((drawn, index) => inRun(1, drawn, index))
