import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { turnStores } from '../../src/db/maintain/turn-stores.ts'
import { createBodyStore } from '../../src/db/maintain/body-store.ts'
import { reencryptAll } from '../../src/inbox/maintain/reencrypt.ts'
import { createKeyRing, type DataKey, type KeyRing } from '../../src/lib/key-ring.ts'
import { NO_KEYS } from '../support/no-keys.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { createParts, forgetAll, type Parts } from '../support/parts.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Raw bodies where they are stored: sealed, opened by other processes, sealed anew. */

const newKey = (id: string): DataKey => ({ id, bytes: randomBytes(32) })
const OLD = newKey('old')
const NEW = newKey('new')
const setting = (...keys: DataKey[]): string =>
  keys.map(({ id, bytes }) => `${id}:${bytes.toString('base64')}`).join(',')

let database: TestDatabase
const open: Parts[] = []

/** A process with those keys, on the database of this file. */
function processWith(ring: KeyRing): Parts {
  const parts = createParts({ databaseUrl: database.url, clock: createHandClock(), ring })
  open.push(parts)
  return parts
}

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  await forgetAll(processWith(NO_KEYS).pool)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (parts) => parts.close()))
})
afterAll(async () => {
  await database.drop()
})

const pay = async (
  { notify }: Parts,
  TRANSACTIONID: string,
  ORDERID = `O-${TRANSACTIONID}`,
): Promise<string> => notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID }))

interface State {
  state: string
  code: string | null
  detail: string | null
}

async function stateOf({ pool }: Parts, inboxId: string): Promise<State | undefined> {
  const { rows } = await pool.query<State>(
    'SELECT state, code, detail FROM inbox_outcomes WHERE inbox_id = $1',
    [inboxId],
  )
  return rows[0]
}

/** How many bodies each key sealed. */
async function sealedBy({ pool }: Parts): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ key: string; count: number }>(
    `SELECT coalesce(data_key, 'clear') AS key, count(*)::int FROM inbox_messages GROUP BY data_key`,
  )
  return Object.fromEntries(rows.map(({ key, count }) => [key, count]))
}

const nameOf = (key: DataKey): string => createKeyRing([key]).names[0] ?? ''

const inHex = (text: string): string => `%${Buffer.from(text).toString('hex')}%`

describe('a service with data keys', () => {
  /** Personal: no event takes it up. */
  const MARK = 'xq7@example.test'

  /** One message of every kind that is kept, each with the mark; where that is found in the database. */
  async function marksIn(settings: Record<string, string>): Promise<string[]> {
    const service = await startTestService({ settings })
    try {
      await service.notify('hipay', 'shop', hipayFields({ email: MARK }))
      await service.notify('hipay', 'shop', hipayFields({ email: MARK, status: '116' }), {
        encoding: 'xml',
      })
      await service.notify('be2bill', 'shop', be2billFields({ CLIENTEMAIL: MARK }), { method: 'GET' })
      const body = JSON.stringify({ status: '118', transactionReference: '900000000001', email: MARK })
      const forwarded = { provider: 'hipay', account: 'shop', orderId: 'H-1', body }
      await service.api('/v1/responses', { method: 'POST', body: JSON.stringify(forwarded) })
      const forged = await fetch(`${service.url}/notifications/be2bill/shop`, {
        method: 'POST',
        body: new URLSearchParams({ ...be2billFields({ CLIENTEMAIL: MARK }), HASH: '0'.repeat(64) } as never),
      })
      expect(forged.status).toBe(401)
      await service.settled()
      const { rows } = await service.sql.query<{ states: string[]; kept: number }>(
        `SELECT (SELECT array_agg(state) FROM inbox_outcomes) AS states,
                (SELECT count(*)::int FROM quarantined_messages) AS kept`,
      )
      expect(rows[0]).toEqual({ states: ['processed', 'processed', 'processed', 'processed'], kept: 1 })
      return await findMark(service.sql)
    } finally {
      await service.stop()
    }
  }

  /** `table: rows` wherever a row, as PostgreSQL prints it, holds the mark in any case, as text or as bytes. */
  async function findMark(sql: Parts['pool']): Promise<string[]> {
    const { rows: tables } = await sql.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
    )
    const found: string[] = []
    for (const { name } of tables) {
      const { rows } = await sql.query<{ count: number }>(
        `SELECT count(*)::int FROM ${name} t WHERE t::text ILIKE ANY ($1)`,
        [[`%${MARK}%`, `%${encodeURIComponent(MARK)}%`, inHex(MARK), inHex(encodeURIComponent(MARK))]],
      )
      if (rows[0]!.count > 0) found.push(`${name}: ${rows[0]!.count}`)
    }
    return found
  }

  it('keeps nothing of a body in clear, in any table, quarantine included', async () => {
    expect(await marksIn({ DATA_KEYS: setting(NEW, OLD) })).toEqual([])
  })

  it('would be caught by this test if it did', async () => {
    expect(await marksIn({})).toEqual(['inbox_messages: 4', 'quarantined_messages: 1'])
  })
})

describe('services that follow one another on one database', () => {
  it('park what they have no key for, and take it up again by themselves once they have', async () => {
    const own = await createTestDatabase()
    const states = 'SELECT state, code FROM inbox_outcomes'
    const run = async (keys: DataKey[], work: (service: TestService) => Promise<void>): Promise<void> => {
      const service = await startTestService({ database: own, settings: { DATA_KEYS: setting(...keys) } })
      await work(service).finally(async () => service.stop())
    }
    try {
      const receiver = await startTestService({
        database: own,
        settings: { DATA_KEYS: setting(OLD), ROLE: 'receiver' },
      })
      await receiver.notify('hipay', 'shop', hipayFields())
      await receiver.stop()
      await run([NEW], async ({ sql, settled, logs }) => {
        await settled()
        expect((await sql.query(states)).rows).toEqual([{ state: 'parked', code: 'data_key_missing' }])
        expect(logs.join()).toContain(nameOf(OLD))
      })
      await run([NEW, OLD], async ({ sql, api }) => {
        await expect
          .poll(async () => (await sql.query<Partial<State>>(states)).rows, { timeout: 20_000 })
          .toEqual([{ state: 'processed', code: null }])
        expect((await api('/v1/transactions/hipay/shop/900000000001')).status).toBe(200)
      })
    } finally {
      await own.drop()
    }
  })
})

describe('a sealed message', () => {
  it('is processed by a process that started later, with a newer key in front', async () => {
    const inboxId = await pay(processWith(createKeyRing([OLD])), 'S1')
    const later = processWith(createKeyRing([NEW, OLD]))
    await later.settle()
    expect(await stateOf(later, inboxId)).toMatchObject({ state: 'processed' })
  })

  it('is a duplicate of the same message that was stored in clear', async () => {
    const first = await pay(processWith(NO_KEYS), 'S2')
    expect(await pay(processWith(createKeyRing([NEW])), 'S2')).toBe(first)
    expect(await sealedBy(processWith(NO_KEYS))).toEqual({ clear: 1 })
  })

  it.each([
    ['no key', NO_KEYS],
    ['another key', createKeyRing([NEW])],
    ['another key under the same id', createKeyRing([newKey('old')])],
  ])('is parked by a process with %s, which goes on with the others', async (_what, ring) => {
    const sealed = await pay(processWith(createKeyRing([OLD])), 'S3')
    const without = processWith(ring)
    const own = await pay(without, 'S4')
    await without.settle()
    expect(await stateOf(without, own)).toMatchObject({ state: 'processed' })
    expect(await stateOf(without, sealed)).toEqual({
      state: 'parked',
      code: 'data_key_missing',
      detail: `the body is sealed by ${nameOf(OLD)}, which is not in DATA_KEYS`,
    })
  })

  it('is queued again once its key is back, and no other parked message is', async () => {
    const sealed = await pay(processWith(createKeyRing([OLD])), 'S5')
    const foreign = await pay(processWith(createKeyRing([newKey('foreign')])), 'S6')
    const without = processWith(createKeyRing([NEW]))
    const unreadable = await pay(without, '', '')
    await without.settle()
    const back = processWith(createKeyRing([NEW, OLD]))
    const { bodies } = turnStores(back.pool, createKeyRing([NEW, OLD]))
    const now = new Date()
    expect(await bodies.putBackSealed(now, 10)).toBe(1)
    expect(await bodies.putBackSealed(now, 10)).toBe(0)
    await back.settle()
    expect(await stateOf(back, sealed)).toMatchObject({ state: 'processed', code: null, detail: null })
    expect(await stateOf(back, foreign)).toMatchObject({ state: 'parked', code: 'data_key_missing' })
    expect(await stateOf(back, unreadable)).toMatchObject({ state: 'parked', code: 'unreadable_message' })
  })

  it('that was moved into another row is parked, and so is the one it was moved over', async () => {
    const parts = processWith(createKeyRing([NEW]))
    const ids = [await pay(parts, 'S7'), await pay(parts, 'S8')]
    const whole = await pay(parts, 'S9')
    await parts.pool.query(
      `UPDATE inbox_messages m SET content = other.content FROM inbox_messages other
       WHERE m.id = ANY ($1) AND other.id = ANY ($1) AND m.id <> other.id`,
      [ids],
    )
    await parts.settle()
    for (const id of ids)
      expect(await stateOf(parts, id)).toMatchObject({ state: 'parked', code: 'content_altered' })
    expect(await stateOf(parts, whole)).toMatchObject({ state: 'processed' })
  })
})

describe('rotation of data keys', () => {
  it('seals what is in clear and what older keys sealed, and then only the new key is needed', async () => {
    const clear = await pay(processWith(NO_KEYS), 'R1')
    const sealed = await pay(processWith(createKeyRing([OLD])), 'R2')
    const ring = createKeyRing([NEW, OLD])
    const rotating = processWith(ring)
    const current = await pay(rotating, 'R3')
    const report = await reencryptAll(createBodyStore(rotating.pool, ring))
    expect(report).toEqual({ resealed: { inbox: 2, quarantine: 0 }, late: 0, staying: [] })
    expect(await sealedBy(rotating)).toEqual({ [nameOf(NEW)]: 3 })
    const after = processWith(createKeyRing([NEW]))
    await after.settle()
    for (const id of [clear, sealed, current])
      expect(await stateOf(after, id)).toMatchObject({ state: 'processed' })
    expect(await reencryptAll(createBodyStore(after.pool, createKeyRing([NEW])))).toEqual({
      resealed: { inbox: 0, quarantine: 0 },
      late: 0,
      staying: [],
    })
  })

  it('walks over many pages', async () => {
    const before = processWith(NO_KEYS)
    await Promise.all(Array.from({ length: 250 }, async (_, index) => pay(before, `M${index}`)))
    const report = await reencryptAll(createBodyStore(before.pool, createKeyRing([NEW])))
    expect(report.resealed.inbox).toBe(250)
    expect(await sealedBy(before)).toEqual({ [nameOf(NEW)]: 250 })
  })

  it('leaves what it cannot open as it is, and says why', async () => {
    const [first] = [
      await pay(processWith(createKeyRing([OLD])), 'L1'),
      await pay(processWith(createKeyRing([OLD])), 'L2'),
    ]
    const altered = await pay(processWith(createKeyRing([NEW])), 'L3')
    const ring = createKeyRing([newKey('newest'), NEW])
    const { pool } = processWith(NO_KEYS)
    await pool.query(`UPDATE inbox_messages SET content = content || '\\x00' WHERE id = $1`, [altered])
    const report = await reencryptAll(createBodyStore(pool, ring))
    expect(report.resealed.inbox).toBe(0)
    expect(report.staying).toMatchObject([
      { code: 'data_key_missing', count: 2, id: first },
      { code: 'content_altered', count: 1, id: altered },
    ])
    expect(await sealedBy(processWith(NO_KEYS))).toEqual({ [nameOf(OLD)]: 2, [nameOf(NEW)]: 1 })
  })

  it('says so when a process went on sealing by the former key', async () => {
    const ring = createKeyRing([NEW, OLD])
    const { pool } = processWith(NO_KEYS)
    await pay(processWith(NO_KEYS), 'T1')
    const bodies = createBodyStore(pool, ring)
    const behind = processWith(createKeyRing([OLD]))
    let paid = false
    const report = await reencryptAll({
      ...bodies,
      reencryptPage: async (home, after) => {
        const page = await bodies.reencryptPage(home, after)
        if (!paid) await pay(behind, 'T2')
        paid = true
        return page
      },
    })
    expect(report).toMatchObject({ resealed: { inbox: 2 }, late: 1, staying: [] })
  })

  it('runs beside traffic and beside itself', async () => {
    const ring = createKeyRing([NEW, OLD])
    const sender = processWith(createKeyRing([OLD]))
    const worker = processWith(createKeyRing([OLD, NEW]))
    const rotating = [processWith(ring), processWith(ring)]
    const sent = Promise.all(Array.from({ length: 300 }, async (_, index) => pay(sender, `C${index}`)))
    await Promise.all([
      sent,
      worker.settle(),
      ...rotating.map(async ({ pool }) => reencryptAll(createBodyStore(pool, ring))),
    ])
    await worker.settle()
    await reencryptAll(createBodyStore(worker.pool, ring))
    const ids = await sent
    expect(new Set(ids).size).toBe(300)
    expect(await sealedBy(worker)).toEqual({ [nameOf(NEW)]: 300 })
    const { rows } = await worker.pool.query<State>('SELECT state FROM inbox_outcomes')
    expect(rows.map(({ state }) => state)).toEqual(ids.map(() => 'processed'))
  })
})
