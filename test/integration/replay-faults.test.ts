import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Replay } from '../../src/inbox/replay/stores.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { withFaults, type FaultPlan } from '../support/faults.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { providersThat } from '../support/older-build.ts'
import { createParts, forgetAll, projection, type Parts } from '../support/parts.ts'
import { everything } from '../support/replaying.ts'
import { hipayFields } from '../support/wire.ts'

/** A replay that dies between any two steps, runs in two places, or meets live traffic for the same payments. */

const clock = createHandClock()
let database: TestDatabase
let admin: pg.Pool
let first: Parts
let plan: FaultPlan = {}
const open: Parts[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Pool({ connectionString: database.url, max: 2 })
})
beforeEach(async () => {
  plan = {}
  await forgetAll(admin)
  first = build()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (parts) => parts.close()))
})
afterAll(async () => {
  await admin.end()
  await database.drop()
})

function build(providers?: readonly Provider[], faulty = false): Parts {
  const parts = createParts({
    ...{ databaseUrl: database.url, clock },
    ...(providers && { providers }),
    ...(faulty && { wrapPool: (pool: pg.Pool) => withFaults(pool, () => plan) }),
  })
  open.push(parts)
  return parts
}

const ALL = { provider: 'hipay' }
const referenceOf = (n: number): string => `90000000${2000 + n}`

const pay = async (parts: Parts, n: number, more: object = {}, encoding?: 'xml'): Promise<string> => {
  const fields = hipayFields({ transaction_reference: referenceOf(n), order: { id: `O-${n}` }, ...more })
  return parts.notify('hipay', 'shop', fields, encoding && { encoding })
}

/** Changes, takes back, moves and keeps. */
const NEWER = providersThat(2, (event) => {
  if (event.reference === referenceOf(1)) return [{ ...event, capturedTotal: 6000 }]
  if (event.reference === referenceOf(2)) return []
  if (event.reference === referenceOf(3)) return [{ ...event, orderId: 'O-4' }]
  return [event]
})

async function seed(parts: Parts, payments = 4): Promise<void> {
  for (let n = 1; n <= payments; n += 1) {
    await pay(parts, n, { status: '116', captured_amount: '0.00' })
    await pay(parts, n, { test: n === 2 ? 'false' : 'true' })
  }
  await pay(parts, 1, {}, 'xml')
  await parts.settle()
}

async function fromTheStart(payments?: number): Promise<unknown> {
  const fresh = await createTestDatabase()
  const parts = createParts({ databaseUrl: fresh.url, clock, providers: NEWER })
  await seed(parts, payments)
  const state = await projection(parts.pool)
  await parts.close()
  await fresh.drop()
  return state
}

const work = async (parts: Parts): Promise<void> => {
  while ((await parts.replayBatch()) > 0);
}

const terminate = async (pid: number): Promise<void> => {
  await admin.query('SELECT pg_terminate_backend($1, 5000)', [pid])
}

describe('a replay', () => {
  let expected: unknown
  beforeAll(async () => {
    expected = await fromTheStart()
  })

  /** The statements of its transaction. */
  async function cleanSteps(): Promise<string[]> {
    const steps: string[] = []
    await seed(first)
    const newer = build(NEWER, true)
    await newer.replays.begin(ALL, 'test')
    plan = {
      before: async (_step, statement) => {
        steps.push(statement)
      },
    }
    await newer.replayBatch()
    plan = {}
    return steps
  }

  it('takes the steps that the faults below are put between', async () => {
    const steps = await cleanSteps()
    expect(steps.join('\n')).toMatch(
      /hold_replay[^]*read_statements[^]*lock_keys[^]*load_evidence[^]*read_statements/,
    )
    expect(steps.join('\n')).toMatch(
      /superseded_events[^]*append_events[^]*save_transactions[^]*change_outcomes[^]*advance_replay\nCOMMIT$/,
    )
  })

  it.each([
    ['an error in the process', async () => Promise.reject(new Error('planted'))],
    ['a terminated backend', terminate],
  ])(
    'leaves nothing half done after %s before any step, and goes on',
    { timeout: 120_000 },
    async (_what, strike) => {
      const steps = await cleanSteps()
      for (const victim of steps.keys()) {
        await forgetAll(admin)
        await seed(first)
        const newer = build(NEWER, true)
        const { id } = await newer.replays.begin(ALL, 'test')
        const before = await everything(admin)
        plan = {
          before: async (step, _statement, pid) => {
            if (step === victim + 1) await strike(pid)
          },
        }
        await expect(newer.replayBatch(), `step ${String(victim + 1)}`).rejects.toThrow()
        plan = {}
        expect(await everything(admin), `after a fault before ${steps[victim] ?? ''}`).toEqual(before)
        await work(newer)
        expect(await newer.replays.find(id)).toMatchObject({ messages: 9, replayed: 9, staying: {} })
        expect(await projection(admin)).toEqual(expected)
      }
    },
  )

  it('is done once when only the answer to its commit was lost', async () => {
    await seed(first)
    const newer = build(NEWER, true)
    const { id } = await newer.replays.begin(ALL, 'test')
    plan = {
      after: async (_step, statement) => {
        if (statement === 'COMMIT') throw new Error('the answer was lost')
      },
    }
    await expect(newer.replayBatch()).rejects.toThrow('the answer was lost')
    plan = {}
    await work(newer)
    expect(await newer.replays.find(id)).toMatchObject({ replayed: 9 })
    expect(await projection(admin)).toEqual(expected)
  })

  it('waits for a lock that another transaction holds, and then goes on', async () => {
    await seed(first)
    const newer = build(NEWER)
    const { id } = await newer.replays.begin(ALL, 'test')
    const holder = await admin.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT pg_advisory_xact_lock(1, hashtext($1))', [`hipay:4:shop:${referenceOf(4)}`])
    await expect(newer.replayBatch()).rejects.toThrow(/lock timeout/)
    await holder.query('ROLLBACK')
    holder.release()
    await work(newer)
    expect(await newer.replays.find(id)).toMatchObject({ replayed: 9, staying: {} })
    expect(await projection(admin)).toEqual(expected)
  })
})

describe('at the same time', () => {
  const PAYMENTS = 30

  it('replicas share one replay, and no message is replayed twice', async () => {
    await seed(first, PAYMENTS)
    const replicas = [build(NEWER), build(NEWER), build(NEWER)]
    const { id, messages } = await replicas[0]!.replays.begin(ALL, 'test')
    const until = async (parts: Parts): Promise<void> => {
      while ((await parts.replays.find(id)).endedAt === null) await parts.replayBatch()
    }
    await Promise.all(replicas.map(until))
    expect(await first.replays.find(id)).toMatchObject({ messages, replayed: messages, staying: {} })
    expect(await projection(admin)).toEqual(await fromTheStart(PAYMENTS))
  })

  it(
    'two operators and live traffic for the same payments end in one state',
    { timeout: 60_000 },
    async () => {
      await seed(first, PAYMENTS)
      const replicas = [build(NEWER), build(NEWER)]
      const begun = [
        await replicas[0]!.replays.begin(ALL, 'one'),
        await replicas[1]!.replays.begin({ older: true }, 'two'),
      ]
      const late = async (parts: Parts): Promise<void> => {
        for (let n = 1; n <= PAYMENTS; n += 1) {
          const refunded = {
            status: '125',
            refunded_amount: '50.00',
            date_updated: '2026-04-01T11:00:00+0000',
          }
          await pay(parts, n, refunded)
          await pay(parts, n, {}, 'xml')
        }
      }
      const live = build(NEWER)
      let isReceiving = true
      const process = async (): Promise<void> => {
        while (isReceiving) await live.processor.runOnce()
      }
      const ended = async (replay: Replay): Promise<boolean> =>
        (await first.replays.find(replay.id)).endedAt !== null
      const drive = async (parts: Parts): Promise<void> => {
        for (;;) {
          if ((await ended(begun[0]!)) && (await ended(begun[1]!))) return
          // What another transaction holds, or changed, is tried again: as the loop of the service does.
          await parts.replayBatch().catch(() => undefined)
        }
      }
      const processing = process()
      await Promise.all([late(live), ...replicas.map(drive)])
      isReceiving = false
      await processing
      await live.settle()

      const fresh = await createTestDatabase()
      const known = createParts({ databaseUrl: fresh.url, clock, providers: NEWER })
      await seed(known, PAYMENTS)
      await late(known)
      await known.settle()
      const { outcomes: _outcomes, ...expected } = await projection(known.pool)
      await known.close()
      await fresh.drop()
      const { outcomes: _own, ...state } = await projection(admin)
      expect(state).toEqual(expected)
    },
  )
})
