import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createExpectations } from '../../src/inbox/reconcile/expectations.ts'
import { createResolutions } from '../../src/inbox/reconcile/resolve.ts'
import { replayMessages, StatementsChanged } from '../../src/inbox/replay/replay-messages.ts'
import type { Replay, ReplayFilter } from '../../src/inbox/replay/stores.ts'
import type { ReplayPlan } from '../../src/inbox/replay/replays.ts'
import { createKeyRing } from '../../src/lib/key-ring.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { be2bill } from '../../src/providers/be2bill/index.ts'
import { hipay } from '../../src/providers/hipay/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { providersThat } from '../support/older-build.ts'
import { createParts, forgetAll, projection, type Parts, type PartsOptions } from '../support/parts.ts'
import { everything } from '../support/replaying.ts'
import { ACCOUNTS } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** What a replay takes back, keeps and leaves alone. Builds share the database, and differ in what they read in a message. */

const clock = createHandClock()
let database: TestDatabase
const open: Parts[] = []

function build(options: Omit<PartsOptions, 'databaseUrl' | 'clock'> = {}): Parts {
  const parts = createParts({ databaseUrl: database.url, clock, ...options })
  open.push(parts)
  return parts
}

let first: Parts
beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  first = build()
  await forgetAll(first.pool)
  await first.pool.query('DELETE FROM expectations; DELETE FROM resolutions')
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (parts) => parts.close()))
})
afterAll(async () => {
  await database.drop()
})

const pay = async (parts: Parts, reference: string, more: object = {}, encoding?: 'xml'): Promise<string> => {
  const fields = hipayFields({ transaction_reference: reference, order: { id: `O-${reference}` }, ...more })
  return parts.notify('hipay', 'shop', fields, encoding && { encoding })
}

/** Begin, and work until nothing is left of it. */
async function replay(parts: Parts, filter: ReplayFilter): Promise<Replay> {
  const { id } = await parts.replays.begin(filter, 'test')
  while ((await parts.replayBatch()) > 0);
  return parts.replays.find(id)
}

const plan = async (parts: Parts, filter: ReplayFilter): Promise<ReplayPlan> =>
  parts.replays.plan(filter, { tryMax: Infinity })

const rows = async (sql: string): Promise<unknown[]> => (await first.pool.query<object>(sql)).rows

const dearer = providersThat(2, (event) => [{ ...event, capturedTotal: 6000 }])
const ALL = { provider: 'hipay' }

/** The same messages, for a build that never knew another translation. */
async function fromTheStart(
  providers: Provider[],
  play: (parts: Parts) => Promise<unknown>,
): Promise<unknown> {
  const fresh = await createTestDatabase()
  const parts = createParts({ databaseUrl: fresh.url, clock, providers })
  await play(parts)
  await parts.settle()
  const state = await projection(parts.pool)
  await parts.close()
  await fresh.drop()
  return state
}

describe('messages that state one event', () => {
  const REFERENCE = '900000000101'
  const play = async (parts: Parts): Promise<{ form: string; xml: string }> => {
    const form = await pay(parts, REFERENCE)
    await parts.settle()
    const xml = await pay(parts, REFERENCE, {}, 'xml')
    await parts.settle()
    return { form, xml }
  }

  it.each(['form', 'xml'] as const)('are translated together, whichever is asked for: %s', async (which) => {
    const ids = await play(first)
    const expected = await fromTheStart(dearer, play)
    expect(await replay(build({ providers: dearer }), { id: ids[which] })).toMatchObject({ replayed: 1 })
    expect(await projection(first.pool)).toEqual(expected)
    expect(await rows('SELECT inbox_id, translation, state FROM inbox_outcomes ORDER BY 1')).toEqual([
      { inbox_id: ids.form, translation: 2, state: 'processed' },
      { inbox_id: ids.xml, translation: 2, state: 'duplicate' },
    ])
    expect(await rows('SELECT inbox_id FROM event_repetitions')).toEqual([{ inbox_id: ids.xml }])
  })

  it('go apart when only one of them is read otherwise, and nothing is lost', async () => {
    const { form, xml } = await play(first)
    const onlyForm = providersThat(2, (event) => [event])
    const [own] = onlyForm
    const split: Provider = {
      ...own!,
      translate: (message, account) => {
        const said = hipay.translate(message, account)
        const isXml = message.content.subarray(0, 1).toString() === '<'
        return !said.readable || isXml
          ? said
          : { ...said, events: said.events.map((event) => ({ ...event, capturedTotal: 6000 })) }
      },
    }
    expect(await replay(build({ providers: [split, be2bill] }), { id: form })).toMatchObject({ replayed: 1 })
    const events = await rows('SELECT inbox_id FROM transaction_events ORDER BY 1')
    expect(events).toEqual([{ inbox_id: form }, { inbox_id: xml }])
    expect(await rows('SELECT inbox_id FROM event_repetitions')).toEqual([])
    expect(await rows('SELECT state FROM inbox_outcomes')).toEqual([
      { state: 'processed' },
      { state: 'processed' },
    ])
  })

  it('count as before when the body of one was deleted', async () => {
    const { form } = await play(first)
    await first.pool.query('UPDATE inbox_messages SET content = NULL WHERE id = $1', [form])
    const before = await everything(first.pool)
    const staying = { content_purged: 1, stated_together: 1 }
    const newer = build({ providers: dearer })
    expect(await plan(newer, ALL)).toMatchObject({ messages: 2, staying, changes: [] })
    expect(await replay(newer, ALL)).toMatchObject({ replayed: 0, staying })
    const after = await everything(first.pool)
    expect({ ...after, replays: [], audit_log: [] }).toEqual({ ...before, replays: [], audit_log: [] })
  })
})

describe('an event', () => {
  it('that was taken back comes again with the translation that stated it', async () => {
    await pay(first, '900000000111')
    await first.settle()
    const before = await projection(first.pool)
    await replay(build({ providers: dearer }), ALL)
    expect(await projection(first.pool)).not.toEqual(before)
    await clock.advance(1_000)
    await replay(build({ providers: providersThat(3, (event) => [event]) }), ALL)
    expect(await projection(first.pool)).toEqual(before)
    expect(await rows('SELECT count(*)::int AS events FROM superseded_events')).toEqual([{ events: 2 }])
  })

  it('that was taken back comes again with another message that states it', async () => {
    await pay(first, '900000000112')
    await first.settle()
    await replay(build({ providers: dearer }), ALL)
    await pay(first, '900000000112', {}, 'xml')
    await first.settle()
    expect(await rows('SELECT state FROM inbox_outcomes')).toEqual([
      { state: 'processed' },
      { state: 'processed' },
    ])
    expect(await rows('SELECT fact FROM transaction_events')).toHaveLength(2)
  })

  it('that is not stated any more leaves no payment, order, deadline or open discrepancy behind', async () => {
    await pay(first, '900000000113', { test: 'false' })
    await pay(first, '900000000114')
    await first.settle()
    expect(await rows('SELECT 1 FROM discrepancies WHERE resolved_at IS NULL')).not.toEqual([])
    const newer = build({
      providers: providersThat(2, (event) => (event.reference === '900000000113' ? [] : [event])),
    })
    const { changes } = await plan(newer, ALL)
    expect(changes).toMatchObject([
      { kind: 'transaction', id: '900000000113', after: null },
      { kind: 'order', id: 'O-900000000113', after: null },
    ])
    await replay(newer, ALL)
    const left = [{ reference: '900000000114' }]
    expect(await rows('SELECT reference FROM transactions')).toEqual(left)
    expect(await rows('SELECT order_id FROM orders')).toEqual([{ order_id: 'O-900000000114' }])
    expect(await rows('SELECT 1 FROM discrepancies WHERE resolved_at IS NULL')).toEqual([])
    expect(await rows("SELECT 1 FROM deadlines WHERE subject LIKE '%113'")).toEqual([])
    // Throws unless the totals of days are those of the payments.
    await projection(first.pool)
  })

  it('that names another order and payment moves there', async () => {
    const moved = providersThat(2, (event) =>
      event.reference === '900000000115'
        ? [{ ...event, reference: '900000000199', orderId: 'O-moved' }]
        : [event],
    )
    const play = async (parts: Parts): Promise<void> => {
      await pay(parts, '900000000115', { status: '116', captured_amount: '0.00' })
      await pay(parts, '900000000115')
      await pay(parts, '900000000116', { order: { id: 'O-900000000115' } })
    }
    await play(first)
    await first.settle()
    await replay(build({ providers: moved }), ALL)
    expect(await projection(first.pool)).toEqual(await fromTheStart(moved, play))
    expect(await rows('SELECT order_id FROM orders ORDER BY 1')).toEqual([
      { order_id: 'O-900000000115' },
      { order_id: 'O-moved' },
    ])
  })
})

/** A build that cannot read some messages. */
const blind = (translationVersion: number, sees: (content: string) => boolean): Provider[] => [
  {
    ...hipay,
    translationVersion,
    translate: (message, account) =>
      sees(message.content.toString('utf8'))
        ? hipay.translate(message, account)
        : { readable: false, detail: 'this build does not read it' },
  },
  be2bill,
]

describe('a message', () => {
  it('that cannot be read any more counts as before, and the plan says so', async () => {
    await pay(first, '900000000121')
    await pay(first, '900000000122')
    await first.settle()
    const before = await projection(first.pool)
    const newer = build({ providers: blind(2, (content) => !content.includes('900000000121')) })
    const staying = { unreadable_now: 1 }
    expect(await plan(newer, { older: true })).toMatchObject({ messages: 2, staying, changes: [] })
    expect(await replay(newer, { older: true })).toMatchObject({ replayed: 1, staying })
    expect(await projection(first.pool)).toEqual(before)
    expect(await plan(newer, { older: true })).toMatchObject({ messages: 1, staying })
  })

  it('that was parked is processed by a build that reads it, by its reason, and others stay parked', async () => {
    const older = build({ providers: blind(0, () => false) })
    const read = await pay(older, '900000000123')
    const unread = await pay(older, '900000000124')
    await older.settle()
    const newer = build({ providers: blind(1, (content) => content.includes('900000000123')) })
    const found = await replay(newer, { reason: 'unreadable_message' })
    expect(found).toMatchObject({ messages: 2, replayed: 1, staying: { unreadable_message: 1 } })
    expect(await rows('SELECT inbox_id, state, translation FROM inbox_outcomes ORDER BY 1')).toEqual([
      { inbox_id: read, state: 'processed', translation: 1 },
      { inbox_id: unread, state: 'parked', translation: 1 },
    ])
    expect(await rows('SELECT paid FROM orders')).toEqual([{ paid: true }])
  })

  it('on which a rule fails counts as before, and the others are replayed', async () => {
    for (const last of [1, 2, 3]) await pay(first, `90000000013${last}`)
    await first.settle()
    const newer = build({
      providers: providersThat(2, (event) => {
        if (event.reference === '900000000132') throw new TypeError('planted')
        return [{ ...event, capturedTotal: 6000 }]
      }),
    })
    expect(await plan(newer, ALL)).toMatchObject({ staying: { failed: 1 } })
    expect(await replay(newer, ALL)).toMatchObject({ replayed: 2, staying: { failed: 1 } })
    expect(await rows('SELECT reference, captured_total::int AS total FROM transactions ORDER BY 1')).toEqual(
      [
        { reference: '900000000131', total: 6000 },
        { reference: '900000000132', total: 5000 },
        { reference: '900000000133', total: 6000 },
      ],
    )
  })

  it('that is sealed is opened for it, and counts as before where its key is missing', async () => {
    const ring = createKeyRing([{ id: 'k', bytes: randomBytes(32) }])
    const sealing = build({ ring })
    await pay(sealing, '900000000141')
    await sealing.settle()
    expect(await replay(build({ providers: dearer }), ALL)).toMatchObject({
      staying: { data_key_missing: 1 },
    })
    expect(await replay(build({ providers: dearer, ring }), ALL)).toMatchObject({ replayed: 1, staying: {} })
    expect(await rows('SELECT captured_total::int AS total FROM transactions')).toEqual([{ total: 6000 }])
  })

  it('of an account that is not configured counts as before', async () => {
    await pay(first, '900000000142')
    await first.settle()
    const without = build({ accounts: ACCOUNTS.slice(1), providers: dearer })
    expect(await replay(without, ALL)).toMatchObject({ staying: { account_not_configured: 1 } })
  })

  it('that is pending, or was given up, is chosen by no filter', async () => {
    await pay(first, '900000000143')
    const givenUp = await pay(first, '900000000144')
    await first.pool.query(
      `WITH gone AS (DELETE FROM inbox_queue WHERE inbox_id = $1)
       INSERT INTO inbox_outcomes (inbox_id, state, code, detail, processed_at)
       VALUES ($1, 'parked', 'processing_failed', 'given up: its account was taken out', now() - interval '10 years')`,
      [givenUp],
    )
    expect(await plan(first, ALL)).toMatchObject({ messages: 0 })
    expect(await plan(first, { id: givenUp })).toMatchObject({ messages: 1 })
  })
})

it('a replay that reads the same changes no row but the outcomes, and none of what people stated', async () => {
  const { services } = first
  const call = { provider: 'hipay', account: 'shop', orderId: 'O-900000000151' } as const
  await createExpectations(services).register({ ...call, amount: 5000, currency: 'EUR' })
  await pay(first, '900000000151', { test: 'false' })
  await first.answer('hipay', 'shop', { orderId: 'O-x', operationId: 'op', error: 'timeout' })
  await first.notify('be2bill', 'shop', be2billFields())
  await first.settle()
  const [open] = (await rows('SELECT id FROM discrepancies WHERE resolved_at IS NULL')) as { id: string }[]
  const finding = { note: 'looked at it', outcome: null, author: 'test' }
  await createResolutions(services).resolve(open!.id, { finding, version: null })
  const before = await everything(first.pool)
  expect(await replay(first, { state: 'processed' })).toMatchObject({ replayed: 3, staying: {} })
  const after = await everything(first.pool)
  const itself = { inbox_outcomes: [], replays: [], audit_log: [] }
  expect({ ...after, ...itself }).toEqual({ ...before, ...itself })
})

it('a build that is older than the one that began a replay leaves it alone', async () => {
  await pay(first, '900000000161')
  await first.settle()
  const newer = build({ providers: dearer })
  const { id } = await newer.replays.begin(ALL, 'test')
  expect(await first.replayBatch()).toBe(0)
  expect(await newer.replays.find(id)).toMatchObject({ replayed: 0, endedAt: null })
  while ((await newer.replayBatch()) > 0);
  expect(await newer.replays.find(id)).toMatchObject({ replayed: 1 })
})

it('a body that is erased while the locks are waited for is not translated from memory', async () => {
  const inboxId = await pay(first, '900000000171')
  await first.settle()
  const { services } = build({ providers: dearer })
  const choice = { filter: ALL, until: new Date(Date.now() + 60_000).toISOString(), versions: { hipay: 2 } }
  const attempt = services.stores.replays.inTransaction(async (unit) => {
    const read: typeof unit.read = async (keys) => {
      await first.pool.query('UPDATE inbox_messages SET content = NULL, data_key = NULL')
      return unit.read(keys)
    }
    return replayMessages(services, { ...unit, read }, { inboxIds: [inboxId], choice }, clock.now())
  })
  await expect(attempt).rejects.toThrow(StatementsChanged)
  expect(await rows('SELECT FROM superseded_events')).toEqual([])
})
