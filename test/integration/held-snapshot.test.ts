import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { createStores, type Stores } from '../../src/db/stores.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { pagesOf, watchStatements, type Watch } from '../support/executed-plans.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { NO_KEYS } from '../support/no-keys.ts'
import { SILENT } from '../support/services.ts'

/**
 * A backup, or a session left in a transaction: PostgreSQL keeps what is deleted meanwhile. The queue is emptied as fast as it is
 * filled, and a claim must not walk over what it once held.
 */

const clock = createHandClock()
let database: TestDatabase
let watch: Watch
let stores: Stores & { close: () => Promise<void> }
let holder: pg.Client

beforeAll(async () => {
  database = await createTestDatabase()
  watch = await watchStatements(database.url)
  const pool = createPool({ databaseUrl: database.url, max: 2, onError: () => undefined })
  stores = createStores({ pool, ring: NO_KEYS, logger: SILENT, clock })
  holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
})
afterAll(async () => {
  watch.stop()
  await holder.end()
  await stores.close()
  await database.drop()
})

/** Messages that came within the last second, `count` of them, acknowledged and queued. */
const store = async (count: number): Promise<void> => {
  await holder.query({
    text: `WITH made AS (
        SELECT (lpad(to_hex($1::bigint - n), 12, '0') || '70008000000000000000')::uuid AS id FROM generate_series(1, $2::int) n
      ), queued AS (
        INSERT INTO inbox_queue (inbox_id, due_at) SELECT id, to_timestamp($1 / 1000.0) FROM made
      )
      INSERT INTO inbox_messages (id, provider, account, witness, content, content_digest, received_at)
      SELECT id, 'hipay', 'shop', 'notification', '', '', to_timestamp($1 / 1000.0) FROM made`,
    values: [clock.now().getTime(), count],
  })
}

/** Claim and finish what is there; answers how many messages and how many pages the claim looked at. */
async function take(): Promise<{ messages: number; pages: number }> {
  watch.executed.length = 0
  const now = clock.now()
  const messages = await stores.processing.inTransaction(async (unit) => {
    const claimed = await unit.claim({ limit: 1_000, now, before: null })
    unit.finish(
      claimed.map(({ inboxId }) => ({
        inboxId,
        state: 'processed',
        family: null,
        code: null,
        detail: null,
        translation: 1,
      })),
      now,
    )
    return claimed.length
  })
  const claim = watch.executed.find(({ text }) => text.includes('FOR UPDATE SKIP LOCKED'))
  return { messages, pages: pagesOf(claim!.plan) }
}

const ROUNDS = 20
const MESSAGES = 300

it('costs claims nothing while it is held, and hides no message', async () => {
  const snapshot = new pg.Client({ connectionString: database.url })
  await snapshot.connect()
  await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await snapshot.query('SELECT FROM inbox_queue')
  const [whole, usual]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    // The first claim after a while begins at the oldest message, the next one where that ended.
    await clock.advance(60_000)
    await store(MESSAGES)
    const first = await take()
    await clock.advance(900)
    await store(1)
    const second = await take()
    expect([first.messages, second.messages]).toEqual([MESSAGES, 1])
    whole.push(first.pages)
    usual.push(second.pages)
  }
  await snapshot.end()
  const [early, late] = [Math.max(...usual.slice(0, 3)), Math.max(...usual.slice(-3))]
  expect(late).toBeLessThanOrEqual(early * 1.5)
  // What was deleted is still there: a claim from the beginning meets all of it.
  expect(whole.at(-1)! - whole.at(ROUNDS / 4)!).toBeGreaterThan(4 * late)
})

it('lets what an operator puts back wait for a second at most', async () => {
  await clock.advance(60_000)
  await store(1)
  await take()
  await holder.query(
    `INSERT INTO inbox_queue (inbox_id, due_at) SELECT min(id::text)::uuid, now() FROM inbox_messages`,
  )
  expect((await take()).messages).toBe(0)
  await clock.advance(1_000)
  expect((await take()).messages).toBe(1)
})
