import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { startTestService, stopWith, type TestService } from '../support/service.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { be2billFields } from '../support/wire.ts'

/** A valid message that comes again and again: acknowledged from memory, counted in bulk, and never instead of a message that is lost. */

const COUNTED_MS = 1_000
const LOGGED_MS = 60_000
/** So long after its last answer the database may be another one. */
const HEARD_MS = 5_000

const clock = createHandClock()
let database: TestDatabase
let proxy: TcpProxy
let service: TestService

beforeAll(async () => {
  database = await createTestDatabase()
  const url = new URL(database.url)
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  service = await startTestService({
    database: { url: url.href, drop: async () => undefined },
    clock,
    idle: true,
  })
})
afterAll(async () => {
  await stopWith(clock, service)
  await proxy.close()
  await database.drop()
})

const deliver = async (reference: string, count = 1): Promise<number[]> => {
  const statuses: number[] = []
  for (let time = 0; time < count; time += 1) {
    const answer = await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference }))
    if (answer.status === 200) expect(await answer.text()).toBe('OK')
    statuses.push(answer.status)
  }
  return statuses
}

const ALL_OK = [200, 200, 200, 200, 200]

/** Stored, asked for and found there already, and then known. */
const makeKnown = async (reference: string): Promise<void> => {
  expect(await deliver(reference, 2)).toEqual([200, 200])
}

interface Row {
  deliveries: number
  last: Date
}

const rowsOf = async (reference: string): Promise<Row[]> =>
  (
    await service.sql.query<Row>(
      `SELECT r.deliveries, r.last_delivered_at AS last FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
       WHERE convert_from(m.content, 'UTF8') LIKE '%' || $1 || '%'`,
      [`TRANSACTIONID=${reference}&`],
    )
  ).rows

const countOf = async (reference: string): Promise<number | undefined> =>
  (await rowsOf(reference))[0]?.deliveries

/** As a failover that lost the commit leaves it. */
async function lose(reference: string): Promise<void> {
  await service.sql.query(
    `WITH lost AS (SELECT id FROM inbox_messages WHERE convert_from(content, 'UTF8') LIKE '%' || $1 || '%'),
          queue AS (DELETE FROM inbox_queue WHERE inbox_id IN (SELECT id FROM lost)),
          ledger AS (DELETE FROM receipts WHERE inbox_id IN (SELECT id FROM lost))
     DELETE FROM inbox_messages WHERE id IN (SELECT id FROM lost)`,
    [`TRANSACTIONID=${reference}&`],
  )
}

const receiptCounts = async (): Promise<string | undefined> => {
  const text = await (await service.api('/metrics')).text()
  return /receiver_notifications_total\{provider="be2bill",account="shop",outcome="duplicate"\} (\d+)/.exec(
    text,
  )?.[1]
}

const linesOf = (words: string): Record<string, unknown>[] =>
  service.logs.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === words)

const inBulk = (): Record<string, unknown>[] => linesOf('deliveries repeated what is stored')

describe('repetitions of what is committed', () => {
  it('are acknowledged without the database, counted in it within a second and logged once a minute', async () => {
    // Opens the connections that it needs: every new one makes the service ask the database again.
    await receiptCounts()
    await makeKnown('R-1')
    const lines = linesOf('message duplicate').length
    const counted = Number(await receiptCounts())
    const { last } = (await rowsOf('R-1'))[0]!
    await clock.advance(10)
    expect(await deliver('R-1', 5)).toEqual(ALL_OK)
    expect(await countOf('R-1')).toBe(2)
    expect(Number(await receiptCounts()) - counted).toBe(5)
    expect(linesOf('message duplicate')).toHaveLength(lines)
    await clock.advance(COUNTED_MS)
    await expect.poll(async () => countOf('R-1')).toBe(7)
    expect((await rowsOf('R-1'))[0]!.last.getTime() - last.getTime()).toBe(10)
    expect(inBulk()).toEqual([])
    await clock.advance(LOGGED_MS)
    expect(inBulk()).toEqual([
      expect.objectContaining({ provider: 'be2bill', account: 'shop', count: 5 }) as object,
    ])
  })

  it('have to be signed like the first', async () => {
    await makeKnown('R-2')
    const fields = be2billFields({ TRANSACTIONID: 'R-2' })
    const answer = await service.notify('be2bill', 'shop', fields, { secretId: 'key' })
    expect(answer.status).toBe(200)
    const forged = await fetch(`${service.url}/notifications/be2bill/shop`, {
      method: 'POST',
      body: 'IDENTIFIER=Demo+Shop&EXECCODE=0000&TRANSACTIONID=R-2&AMOUNT=12390&HASH=' + 'f'.repeat(64),
    })
    expect(forged.status).toBe(401)
  })

  it('are stored again when the database was reconnected and has lost them', async () => {
    await makeKnown('R-3')
    await lose('R-3')
    // Every connection ends, as those to a server that was restarted do.
    const broken = 'an idle database connection broke'
    const before = linesOf(broken).length
    proxy.cut()
    await expect.poll(() => linesOf(broken).length).toBeGreaterThan(before)
    proxy.mend()
    const statuses = await deliver('R-3', 3)
    expect(statuses.at(-1)).toBe(200)
    await clock.advance(COUNTED_MS)
    const acknowledged = statuses.filter((status) => status === 200).length
    await expect.poll(async () => countOf('R-3')).toBe(acknowledged)
  })

  it('are stored again when the database has not been heard for a while', async () => {
    await makeKnown('R-4')
    expect(await deliver('R-4')).toEqual([200])
    await clock.advance(COUNTED_MS)
    await expect.poll(async () => countOf('R-4')).toBe(3)
    await clock.advance(HEARD_MS)
    await lose('R-4')
    expect(await deliver('R-4')).toEqual([200])
    expect(await countOf('R-4')).toBe(1)
  })

  it('are stored again once the count finds that the ledger has lost them', async () => {
    await makeKnown('R-5')
    await lose('R-5')
    expect(await deliver('R-5')).toEqual([200])
    expect(await rowsOf('R-5')).toEqual([])
    await clock.advance(COUNTED_MS)
    await expect
      .poll(async () => {
        await deliver('R-5')
        return (await rowsOf('R-5')).length
      })
      .toBe(1)
  })

  it('are refused while the database is away', async () => {
    await makeKnown('R-6')
    proxy.cut()
    await expect.poll(async () => (await deliver('R-6'))[0]).toBe(503)
    proxy.mend()
    await expect.poll(async () => (await deliver('R-6'))[0]).toBe(200)
  })

  it('are all counted when the service stops', async () => {
    const other = await startTestService({ database, clock, idle: true })
    const send = async (): Promise<Response> =>
      other.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'R-7' }))
    for (let time = 0; time < 9; time += 1) expect((await send()).status).toBe(200)
    expect(await countOf('R-7')).toBe(2)
    await stopWith(clock, other)
    expect(await countOf('R-7')).toBe(9)
  })
})
