import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStores } from '../../src/db/stores.ts'
import { findFreePort } from '../../src/embedded-postgres/free-port.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { NO_KEYS } from '../support/no-keys.ts'
import { SILENT } from '../support/services.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

interface Health {
  status: string
  version: string
  checks: { name: string; ok: boolean; latencyMs: number; detail: string | null }[]
}

const healthOf = async (url: string, path = '/health/ready'): Promise<Health & { code: number }> => {
  const answer = await fetch(url + path)
  return { ...((await answer.json()) as Health), code: answer.status }
}

const checkOf = (health: Health, name: string) => health.checks.find((check) => check.name === name)

describe('a management port', () => {
  it('takes health and metrics off the port that the providers reach', async () => {
    const port = await findFreePort()
    const service = await startTestService({ settings: { MANAGEMENT_PORT: String(port) } })
    const management = `http://127.0.0.1:${port}`
    const statusOf = async (url: string, init?: RequestInit): Promise<number> =>
      (await fetch(url, init)).status
    try {
      for (const path of ['/health', '/health/ready', '/health/live', '/metrics']) {
        expect(await statusOf(service.url + path), path).toBe(404)
        expect(await statusOf(management + path), path).toBe(200)
        expect(await statusOf(management + path, { method: 'HEAD' }), path).toBe(405)
      }
      for (const path of ['/v1/transactions', '/docs', '/openapi.json']) {
        expect(await statusOf(management + path), path).toBe(404)
      }
      expect(await statusOf(`${management}/notifications/hipay/shop`, { method: 'POST' })).toBe(404)
    } finally {
      await service.stop()
    }
  })
})

describe.each(['/health', '/health/ready'])('%s', (path) => {
  let database: TestDatabase
  let proxy: TcpProxy
  let service: TestService

  beforeAll(async () => {
    database = await createTestDatabase()
    const url = new URL(database.url)
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.port = String(proxy.port)
    service = await startTestService({ database: { url: url.href, drop: async () => undefined } })
  })
  afterAll(async () => {
    await proxy.close()
    await service.stop()
    await database.drop()
  })

  it('answers 200 with every check by name and how long it took', async () => {
    const health = await healthOf(service.url, path)
    expect(health).toMatchObject({ code: 200, status: 'ok', version: 'test' })
    expect(health.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['database', true],
      ['migrations', true],
      ['accepting', true],
    ])
    for (const { latencyMs } of health.checks) expect(latencyMs).toBeGreaterThanOrEqual(0)
  })

  it('answers 503 naming the migration that is missing', async () => {
    const { rows } = await service.sql.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations ORDER BY started_at DESC LIMIT 1',
    )
    const name = rows[0]!.migration_name
    await service.sql.query(
      'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1',
      [name],
    )
    const health = await healthOf(service.url, path)
    expect(health).toMatchObject({ code: 503, status: 'unavailable' })
    expect(checkOf(health, 'migrations')).toMatchObject({ ok: false, detail: `missing: ${name}` })
    expect(checkOf(health, 'database')).toMatchObject({ ok: true })
    await service.sql.query('UPDATE _prisma_migrations SET rolled_back_at = NULL WHERE migration_name = $1', [
      name,
    ])
    expect((await healthOf(service.url, path)).code).toBe(200)
  })

  it('serves on a database that is newer than this build', async () => {
    await service.sql.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
       VALUES (gen_random_uuid(), 'x', '29990101000000_future', now())`,
    )
    expect((await healthOf(service.url, path)).code).toBe(200)
  })

  it('answers 503 while the database is away, without its words, and 200 again after', async () => {
    proxy.cut()
    const health = await healthOf(service.url, path)
    expect(health).toMatchObject({ code: 503, status: 'unavailable' })
    expect(checkOf(health, 'database')).toMatchObject({ ok: false, detail: 'does not answer' })
    expect(JSON.stringify(health)).not.toMatch(/ECONN|127\.0\.0\.1|password|postgres/)
    const live = await fetch(`${service.url}/health/live`)
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok', version: 'test' }])
    const metrics = await service.api('/metrics')
    expect(metrics.status).toBe(200)
    expect(await metrics.text()).toContain('process_cpu_seconds_total')
    proxy.mend()
    expect((await healthOf(service.url, path)).code).toBe(200)
  })
})

describe('metrics', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startTestService()
  })
  afterAll(async () => {
    await service.stop()
  })

  const figures = async (): Promise<Map<string, number>> => {
    const answer = await service.api('/metrics')
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    )
  }

  it.each(['all', 'worker'])('need a key that may read, wherever others reach them: %s', async (role) => {
    const own = role === 'all' ? service : await startTestService({ settings: { ROLE: role } })
    const statusOf = async (key?: string): Promise<number> => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
      return (await fetch(`${own.url}/metrics`, { headers })).status
    }
    try {
      expect(await statusOf()).toBe(401)
      expect(await statusOf(`writer-${own.apiKey}`)).toBe(403)
      expect(await statusOf(`reader-${own.apiKey}`)).toBe(200)
      expect((await fetch(`${own.url}/health/ready`)).status).toBe(200)
    } finally {
      if (own !== service) await own.stop()
    }
  })

  it('name everything the contract names before anything happened', async () => {
    const text = await (await service.api('/metrics')).text()
    for (const name of [
      'receiver_notifications_total',
      'receiver_acknowledge_seconds',
      'receiver_inbox_pending_messages',
      'receiver_inbox_oldest_pending_timestamp_seconds',
      'receiver_oldest_snapshot_timestamp_seconds',
      'receiver_processing_lag_seconds',
      'receiver_transactions',
      'receiver_open_discrepancies',
      'receiver_open_discrepancy_amount',
      'receiver_quarantined_total',
      'receiver_unrecognized_total',
      'receiver_last_notification_timestamp_seconds',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text).toContain(`# HELP ${name} `)
    }
  })

  it('move with what happens', async () => {
    const paid = be2billFields({ TRANSACTIONID: 'X1', ORDERID: 'O' })
    await service.notify('be2bill', 'shop', paid)
    await service.notify('be2bill', 'shop', paid)
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'X2', ORDERID: 'O' }))
    await service.notify('hipay', 'shop', hipayFields({ status: '188' }))
    await service.notify('hipay', 'shop', hipayFields({ status: '118' }), { secretId: 'gone' })
    await service.settled()
    const now = await figures()
    const expected: [string, number][] = [
      ['receiver_notifications_total{provider="be2bill",account="shop",outcome="stored"}', 2],
      ['receiver_notifications_total{provider="be2bill",account="shop",outcome="duplicate"}', 1],
      ['receiver_notifications_total{provider="hipay",account="shop",outcome="rejected"}', 1],
      ['receiver_quarantined_total{provider="hipay",account="shop",reason="secret_expired"}', 1],
      ['receiver_unrecognized_total{provider="hipay",code="188"}', 1],
      ['receiver_acknowledge_seconds_count', 4],
      ['receiver_processing_lag_seconds_count', 3],
      ['receiver_inbox_pending_messages', 0],
      ['receiver_inbox_oldest_pending_timestamp_seconds', 0],
      ['receiver_transactions{provider="be2bill",account="shop",reconciliation="discrepant",test="true"}', 2],
      [
        'receiver_open_discrepancies{provider="be2bill",account="shop",class="duplicate_payment",test="true"}',
        1,
      ],
      [
        'receiver_open_discrepancy_amount{provider="be2bill",account="shop",class="duplicate_payment",test="true",currency="EUR"}',
        12390,
      ],
    ]
    for (const [name, value] of expected) {
      // A slow count of payments may be a little old.
      if (name.startsWith('receiver_transactions'))
        await expect.poll(async () => (await figures()).get(name)).toBe(value)
      else expect(now.get(name), name).toBe(value)
    }
    const last = 'receiver_last_notification_timestamp_seconds'
    const ago = Date.now() / 1_000 - (now.get(`${last}{provider="be2bill",account="shop"}`) ?? 0)
    expect(ago).toBeGreaterThanOrEqual(0)
    expect(ago).toBeLessThan(60)
    expect(now.get(`${last}{provider="dalenys",account="shop-dalenys"}`)).toBe(0)
    const route = 'method="POST",route="/notifications/be2bill/:account"'
    expect(now.get(`receiver_http_requests_total{${route},status="2xx"}`)).toBe(3)
    expect(now.get(`receiver_http_requests_total{${route},status="5xx"}`)).toBe(0)
    const none = 'receiver_http_requests_total{method="any",route="none",status="4xx"}'
    await service.api(`/nowhere/${'x'.repeat(20)}`)
    await service.api('/v1/transactions', { method: 'DELETE' })
    const [before, after] = [now.get(none) ?? NaN, await figures()]
    expect(after.get(none)).toBe(before + 2)
    expect([...after.keys()].filter((name) => name.includes('nowhere'))).toEqual([])
    expect(now.get(`receiver_http_request_duration_seconds_count{${route}}`)).toBe(3)
  })

  it('show what waits to be processed', async () => {
    const client = await service.sql.connect()
    await client.query('BEGIN; LOCK TABLE transaction_events IN ACCESS EXCLUSIVE MODE')
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID: 'X3', ORDERID: 'O-3' }))
    const waiting = await figures()
    expect(waiting.get('receiver_inbox_pending_messages')).toBe(1)
    expect(waiting.get('receiver_inbox_oldest_pending_timestamp_seconds')).toBeGreaterThan(
      Date.now() / 1_000 - 60,
    )
    await client.query('ROLLBACK')
    client.release()
    await service.settled()
    expect((await figures()).get('receiver_inbox_pending_messages')).toBe(0)
  })
  it('show how long a snapshot has been held, also to a role that may not see since when', async () => {
    const held = async (pool: pg.Pool) => {
      const { close, ...stores } = createStores({ pool, ring: NO_KEYS, logger: SILENT, clock: systemClock })
      const { heldSnapshots } = await stores.health.telemetry([]).finally(close)
      return heldSnapshots.filter(({ holder }) => holder.startsWith(`session ${pid} `))
    }
    const client = await service.sql.connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const pid = rows[0]!.pid
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query('SELECT FROM inbox_queue')
    const plain = new URL(service.database.url)
    const role = plain.pathname.slice(1).replace('test_', 'plain_')
    await service.sql.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'plain'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    )
    ;[plain.username, plain.password] = [role, 'plain']
    const poolOf = (url: string): pg.Pool => new pg.Pool({ connectionString: url })
    try {
      expect((await figures()).get('receiver_oldest_snapshot_timestamp_seconds')).toBeGreaterThan(0)
      const [told] = await held(poolOf(service.database.url))
      expect(told?.seconds).toBeGreaterThan(0)
      const hidden = await held(poolOf(plain.href))
      expect(hidden).toEqual([{ holder: told?.holder, seconds: null }])
      await client.query('COMMIT')
      expect(await held(poolOf(service.database.url))).toEqual([])
    } finally {
      client.release()
      await service.sql.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })
})
