import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { startTestService, type TestService, stopWith } from '../support/service.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { be2billFields } from '../support/wire.ts'

const ACKNOWLEDGE_MS = 1_234
const clock = createHandClock()
let database: TestDatabase
let proxy: TcpProxy
let service: TestService
let admin: pg.Pool

beforeAll(async () => {
  database = await createTestDatabase()
  const url = new URL(database.url)
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  service = await startTestService({
    database: { url: url.href, drop: async () => undefined },
    clock,
    settings: { ACKNOWLEDGE_TIMEOUT_MS: String(ACKNOWLEDGE_MS) },
  })
  admin = new pg.Pool({ connectionString: database.url, max: 3 })
})
afterAll(async () => {
  // First, so that the test does not wait for a silent connection to close.
  await proxy.close()
  await stopWith(clock, service)
  await admin.end()
  await database.drop()
})

const pay = async (reference: string): Promise<Response> =>
  service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: reference, ORDERID: `O-${reference}` }))

/** Let time pass until all are answered: some of them may have come only after some of it had passed. */
async function passDeadline(...answers: readonly Promise<Response>[]): Promise<Response[]> {
  const all = Promise.all(answers)
  const pass = async (): Promise<Response[]> => {
    await clock.advance(ACKNOWLEDGE_MS)
    const answered = await Promise.race([all, pause(5, null)])
    return answered ?? pass()
  }
  return pass()
}

const forge = async (): Promise<Response> =>
  fetch(`${service.url}/notifications/hipay/shop`, {
    method: 'POST',
    headers: { 'x-allopass-signature': 'f'.repeat(64) },
    body: 'status=118&transaction_reference=900000000400',
  })

const deliveries = async (reference: string): Promise<number[]> => {
  const { rows } = await admin.query<{ deliveries: number }>(
    `SELECT r.deliveries FROM receipts r JOIN inbox_messages m ON m.id = r.inbox_id
     WHERE convert_from(m.content, 'UTF8') LIKE '%' || $1 || '%'`,
    [`TRANSACTIONID=${reference}&`],
  )
  return rows.map((row) => row.deliveries)
}

/** Hold the ledger's table, so that a flush stands still until the test lets it go. */
async function holdLedger(): Promise<{ blocked: () => Promise<number>; release: () => Promise<void> }> {
  const client = await admin.connect()
  await client.query('BEGIN; LOCK TABLE receipts IN ACCESS EXCLUSIVE MODE')
  return {
    blocked: async () => {
      for (;;) {
        const { rows } = await admin.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO receipts%'
           AND datname = current_database()`,
        )
        if (rows[0]) return rows[0].pid
      }
    },
    release: async () => {
      await client.query('ROLLBACK')
      client.release()
    },
  }
}

const expectUnavailable = async (answer: Response, code: string): Promise<void> => {
  expect(answer.status).toBe(503)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await answer.json()).toMatchObject({ code, status: 503 })
}

/**
 * Look until the payment is there. The clock stands still unless told, so no loop looks at the queue by itself: only a nudge
 * leads there. It looks into the database, past the proxy: the API allows a key so many calls a second.
 */
async function processed(reference: string, passingMs = 0): Promise<void> {
  const payments = async (): Promise<number | null> => {
    await clock.advance(passingMs)
    return (await admin.query('SELECT FROM transactions WHERE reference = $1', [reference])).rowCount
  }
  await expect.poll(payments, { timeout: 25_000 }).toBe(1)
}

/** What failed while the database was away is tried again after a rest. */
const RESTS = 1_000

/** Redeliver as the provider would, until it is acknowledged. */
async function redeliver(reference: string): Promise<void> {
  for (;;) {
    const answer = await pay(reference)
    if (answer.status === 200) return
    expect(answer.status).toBe(503)
  }
}

describe('receipt under faults', () => {
  it('answers 503 when its backend is terminated in the middle of a flush; the redelivery is stored once', async () => {
    const ledger = await holdLedger()
    const answers = [pay('T1'), pay('T2')]
    await admin.query('SELECT pg_terminate_backend($1)', [await ledger.blocked()])
    const settled = await Promise.race(answers)
    await expectUnavailable(settled, 'storage_unavailable')
    await ledger.release()
    await Promise.all(answers)
    await redeliver('T1')
    await redeliver('T2')
    expect(await deliveries('T1')).toHaveLength(1)
    expect(await deliveries('T2')).toHaveLength(1)
  })

  it('answers 503 within its deadline while the ledger is locked, and takes the redelivery afterwards', async () => {
    const ledger = await holdLedger()
    for (const answer of await passDeadline(pay('L1'), pay('L2')))
      await expectUnavailable(answer, 'acknowledge_timeout')
    await ledger.release()
    await redeliver('L1')
    await redeliver('L2')
    expect(await deliveries('L1')).toHaveLength(1)
    expect(await deliveries('L2')).toHaveLength(1)
    await processed('L1')
  })

  it('does not write what was given up before its flush began', async () => {
    const ledger = await holdLedger()
    const first = pay('G1')
    await ledger.blocked()
    for (const answer of await passDeadline(first, pay('G2')))
      await expectUnavailable(answer, 'acknowledge_timeout')
    await ledger.release()
    await redeliver('G3')
    expect(await deliveries('G2')).toEqual([])
  })

  it('processes at once what was committed only after its deadline', async () => {
    const ledger = await holdLedger()
    const late = pay('N1')
    await ledger.blocked()
    const [answer] = await passDeadline(late)
    await expectUnavailable(answer!, 'acknowledge_timeout')
    await ledger.release()
    await processed('N1')
  })

  it('answers a forgery 401 within its deadline although the quarantine stands still', async () => {
    const client = await admin.connect()
    await client.query('BEGIN; LOCK TABLE quarantined_messages IN ACCESS EXCLUSIVE MODE')
    const [answer] = await passDeadline(forge())
    expect(answer!.status).toBe(401)
    await client.query('ROLLBACK')
    client.release()
  })

  it('answers 503 while the database is away and takes traffic again without a restart', async () => {
    await redeliver('A0')
    proxy.cut()
    await expectUnavailable(await pay('A1'), 'storage_unavailable')
    await expectUnavailable(await service.api('/v1/transactions'), 'storage_unavailable')
    const health = await fetch(`${service.url}/health/ready`)
    expect(health.status).toBe(503)
    proxy.mend()
    await redeliver('A1')
    expect(await deliveries('A1')).toEqual([1])
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200)
    await processed('A1', RESTS)
  })

  it('outlives a database that fell silent without closing anything', { timeout: 60_000 }, async () => {
    await redeliver('B0')
    proxy.silence()
    const asked = service.api('/v1/transactions')
    const [silent] = await passDeadline(pay('B1'))
    await expectUnavailable(silent!, 'acknowledge_timeout')
    const health = await fetch(`${service.url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
    expect(health.status).toBe(503)
    await expectUnavailable(await asked, 'storage_unavailable')
    proxy.mend()
    await redeliver('B1')
    expect(await deliveries('B1')).toHaveLength(1)
    await processed('B1', RESTS)
  })
})
