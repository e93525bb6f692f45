import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { turnStores } from '../../src/db/maintain/turn-stores.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { NO_KEYS } from '../support/no-keys.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, projection, type Parts } from '../support/parts.ts'
import { startTestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** Raw bodies that were kept long enough go; what they said stays. */

const DAY = 86_400_000
const KEPT = 30 * DAY
/** Long ago for the database's clock too, which has to agree. */
const START = new Date('2020-01-01T00:00:00.000Z')

let database: TestDatabase
let clock: HandClock
let parts: Parts

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  clock = createHandClock(START)
  parts = createParts({ databaseUrl: database.url, clock })
  await forgetAll(parts.pool)
})
afterEach(async () => {
  await parts.close()
})
afterAll(async () => {
  await database.drop()
})

const pay = async (TRANSACTIONID: string, ORDERID = `O-${TRANSACTIONID}`): Promise<string> =>
  parts.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID }))

const purge = async (now = clock.now(), limit = 100): Promise<number> =>
  turnStores(parts.pool, NO_KEYS).bodies.purge({ now, keepMs: KEPT, limit })

/** Ids of the messages that still have their body. */
async function withBody(): Promise<string[]> {
  const { rows } = await parts.pool.query<{ id: string }>(
    'SELECT id FROM inbox_messages WHERE content IS NOT NULL ORDER BY id',
  )
  return rows.map(({ id }) => id)
}

describe('retention', () => {
  it('deletes the bodies that are older, and no others', async () => {
    await pay('A1')
    await clock.advance(1)
    const younger = await pay('A2')
    await parts.settle()
    await clock.advance(KEPT)
    expect(await purge()).toBe(1)
    expect(await withBody()).toEqual([younger])
    await clock.advance(1)
    expect(await purge()).toBe(1)
    expect(await withBody()).toEqual([])
    expect(await purge()).toBe(0)
  })

  it('leaves everything else as it was', async () => {
    const inboxId = await pay('B1')
    await parts.settle()
    const rest = `SELECT to_jsonb(m) - 'content' AS message, to_jsonb(o) AS outcome, to_jsonb(r) AS receipt
      FROM inbox_messages m JOIN inbox_outcomes o ON o.inbox_id = m.id JOIN receipts r ON r.inbox_id = m.id`
    const before = { rest: (await parts.pool.query(rest)).rows, believed: await projection(parts.pool) }
    expect(before.rest).toHaveLength(1)
    await clock.advance(KEPT + 1)
    expect(await purge()).toBe(1)
    expect({ rest: (await parts.pool.query(rest)).rows, believed: await projection(parts.pool) }).toEqual(
      before,
    )
    // A redelivery is still one.
    expect(await pay('B1')).toBe(inboxId)
    await parts.settle()
    expect(await projection(parts.pool)).toEqual(before.believed)
    expect(await withBody()).toEqual([])
  })

  it('spares what is pending or parked, however old, until it is done with', async () => {
    const parked = await pay('', '')
    await parts.settle()
    const pending = await pay('C1')
    await clock.advance(10 * KEPT)
    expect(await purge()).toBe(0)
    expect(await withBody()).toEqual([parked, pending])
    await parts.settle()
    expect(await purge()).toBe(1)
    expect(await withBody()).toEqual([parked])
  })

  it('starts with the oldest and takes no more than asked', async () => {
    const ids: string[] = []
    for (const name of ['D1', 'D2', 'D3', 'D4', 'D5']) {
      ids.push(await pay(name))
      await clock.advance(1_000)
    }
    await parts.settle()
    await clock.advance(KEPT)
    expect(await purge(clock.now(), 2)).toBe(2)
    expect(await withBody()).toEqual(ids.slice(2))
  })

  it('deletes each body in one of several replicas', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `E${index}`)
    await Promise.all(names.map(async (name) => pay(name)))
    await parts.settle()
    await clock.advance(KEPT + 1)
    const store = turnStores(parts.pool, NO_KEYS).bodies
    const replica = async (): Promise<number> => {
      let deleted = 0
      for (let piece = -1; piece !== 0; deleted += piece)
        piece = await store.purge({ now: clock.now(), keepMs: KEPT, limit: 7 })
      return deleted
    }
    const deleted = await Promise.all([replica(), replica(), replica()])
    expect(deleted[0] + deleted[1] + deleted[2]).toBe(names.length)
    expect(await withBody()).toEqual([])
  })

  it('does nothing on the word of one clock that jumped ahead', async () => {
    await parts.close()
    parts = createParts({ databaseUrl: database.url, clock: createHandClock(new Date()) })
    const inboxId = await pay('F1')
    await parts.settle()
    expect(await purge(new Date(Date.now() + 3650 * DAY))).toBe(0)
    expect(await withBody()).toEqual([inboxId])
  })

  it('parks a purged message that an operator queues again, and goes on with the others', async () => {
    const purged = await pay('G1')
    await parts.settle()
    await clock.advance(KEPT + 1)
    expect(await purge()).toBe(1)
    await parts.pool.query('INSERT INTO inbox_queue (inbox_id, due_at) VALUES ($1, now())', [purged])
    await pay('G2')
    await parts.settle()
    const { rows } = await parts.pool.query(
      `SELECT inbox_id = $1 AS purged, state, code FROM inbox_outcomes ORDER BY 1 DESC`,
      [purged],
    )
    expect(rows).toEqual([
      { purged: true, state: 'parked', code: 'content_purged' },
      { purged: false, state: 'processed', code: null },
    ])
  })
})

describe('a service', () => {
  const kept = async (settings: Record<string, string>): Promise<number> => {
    await pay('S1')
    await parts.settle()
    const now = () => new Date(START.getTime() + KEPT + 1)
    const service = await startTestService({ database, settings, clock: { ...systemClock, now } })
    // The drain waits for the round of maintenance that the start began.
    await service.stop()
    return (await withBody()).length
  }

  it('deletes what INBOX_RETENTION_DAYS says', async () => {
    expect(await kept({ INBOX_RETENTION_DAYS: '30' })).toBe(0)
  })

  it('keeps what is younger', async () => {
    expect(await kept({ INBOX_RETENTION_DAYS: '31' })).toBe(1)
  })

  it('keeps everything unless it is told otherwise, and where nothing is processed', async () => {
    expect(await kept({})).toBe(1)
    expect(await kept({ INBOX_RETENTION_DAYS: '30', ROLE: 'receiver' })).toBe(1)
  })
})
