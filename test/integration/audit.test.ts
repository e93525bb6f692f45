import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem } from '../support/problem.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { be2billFields } from '../support/wire.ts'

/** Who did what: written with the deed, and never changed afterwards. */

const READER = `reader-${'r'.repeat(24)}`
const OPERATOR = `operator-${'o'.repeat(24)}`

interface Entry {
  id: string
  at: string
  actor: string
  action: string
  target: Record<string, string | null>
  count: number | null
  note: string | null
}

let service: TestService

const call = async (path: string, { key = OPERATOR, ...init }: RequestInit & { key?: string } = {}) =>
  fetch(service.url + path, {
    ...init,
    headers: {
      authorization: `Bearer ${key}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  })

async function audit(query = ''): Promise<{ items: Entry[]; nextCursor: string | null }> {
  const answer = await call(`/v1/audit${query}`)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as { items: Entry[]; nextCursor: string | null }
}

let discrepancyId: string

beforeAll(async () => {
  const all = `all-${'a'.repeat(26)}`
  service = await startTestService({
    settings: { API_KEYS: `reader:read:${READER},oncall:operate:${OPERATOR},shop:${all}` },
  })
  for (const TRANSACTIONID of ['A1', 'A2'])
    await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID: 'O-1' }))
  await service.settled()
  const { rows } = await service.sql.query<{ id: string }>('SELECT id FROM discrepancies')
  discrepancyId = rows[0]!.id
  const announced = await call('/v1/expectations', {
    ...{ method: 'POST', key: all },
    body: JSON.stringify({ provider: 'hipay', account: 'shop', orderId: 'H-1', amount: 5 }),
  })
  const { id } = (await announced.json()) as { id: string }
  for (const _twice of [1, 2])
    expect((await call(`/v1/expectations/${id}`, { method: 'DELETE', key: all })).status).toBe(204)
  const resolved = await call(`/v1/discrepancies/${discrepancyId}/resolve`, {
    method: 'POST',
    body: JSON.stringify({ note: 'both are meant', outcome: 'separate_payments' }),
  })
  expect(resolved.status).toBe(200)
})
afterAll(() => service.stop())

describe('GET /v1/audit', () => {
  it('lists what was done, by whom and to what, the latest first; a withdrawal that changed nothing is no deed', async () => {
    const { items, nextCursor } = await audit()
    expect(items).toMatchObject([
      {
        actor: 'oncall',
        action: 'resolve_discrepancy',
        target: {
          discrepancyId,
          provider: 'be2bill',
          account: 'shop',
          orderId: 'O-1',
          outcome: 'separate_payments',
        },
        note: 'both are meant',
      },
      {
        actor: 'shop',
        action: 'withdraw_expectation',
        target: { provider: 'hipay', orderId: 'H-1' },
        note: null,
      },
    ])
    expect(nextCursor).toBeNull()
  })

  it.each([
    ['?actor=oncall', 1],
    ['?actor=nobody', 0],
    ['?action=withdraw_expectation', 1],
    ['?action=rotate_keys', 0],
    ['?from=2020-01-01T00:00:00Z', 2],
    ['?from=2999-01-01T00:00:00Z', 0],
  ])('%s finds %i', async (query, count) => {
    expect((await audit(query)).items.length).toBe(count)
  })

  it('pages without overlap or gap, while entries come in', async () => {
    const all = (await audit()).items
    const first = await audit('?limit=1')
    await service.sql.query(
      `INSERT INTO audit_log (id, at, actor, action, target) VALUES (gen_random_uuid(), now(), 'later', 'show_body', '{}')`,
    )
    const second = await audit(`?limit=200&cursor=${first.nextCursor}`)
    expect([...first.items, ...second.items]).toEqual(all)
  })

  it('is for the role operate alone', async () => {
    await expectProblem(await call('/v1/audit', { key: READER }), 403, 'forbidden')
  })

  it.each(['?action=nothing', '?from=yesterday', '?cursor=nonsense', '?to=2026-01-01T00:00:00Z'])(
    '400 for %s',
    async (query) => {
      await expectProblem(await call(`/v1/audit${query}`), 400, 'invalid_request')
    },
  )
})

describe('the audit log', () => {
  it.each([
    `UPDATE audit_log SET note = 'nothing happened'`,
    `UPDATE audit_log SET note = 'nothing happened' WHERE false`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'TRUNCATE audit_log, inbox_messages CASCADE',
    `INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (id) DO UPDATE SET note = 'nothing happened'`,
    `SET session_replication_role = replica; DELETE FROM audit_log`,
  ])('refuses its owner: %s', async (sql) => {
    const before = (await audit()).items
    const client = new pg.Client({ connectionString: service.database.url })
    await client.connect()
    await expect(client.query(sql).finally(async () => client.end())).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('append-only') as string,
    })
    expect((await audit()).items).toEqual(before)
  })

  it('has no entry of what was refused or failed', async () => {
    const before = (await audit()).items
    const resolve = async (body: object) =>
      call(`/v1/discrepancies/${discrepancyId}/resolve`, { method: 'POST', body: JSON.stringify(body) })
    expect((await resolve({ note: 'too late', version: 99 })).status).toBe(409)
    await service.sql.query(`ALTER TABLE audit_log ADD CONSTRAINT nothing_more CHECK (false) NOT VALID`)
    try {
      expect((await resolve({ note: 'once more' })).status).toBe(500)
      const { rows } = await service.sql.query(`SELECT FROM resolutions WHERE note = 'once more'`)
      expect(rows).toEqual([])
    } finally {
      await service.sql.query('ALTER TABLE audit_log DROP CONSTRAINT nothing_more')
    }
    expect((await audit()).items).toEqual(before)
  })
})
