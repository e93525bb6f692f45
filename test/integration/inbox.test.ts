import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support/service.ts'
import { expectProblem } from '../support/problem.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** What was received, in one list, and each message with what became of it. */

const READER = `reader-${'r'.repeat(24)}`
const OPERATOR = `operator-${'o'.repeat(24)}`
const KEY = `2026:${randomBytes(32).toString('base64')}`
const PAN = '4111111111111111'

interface Item {
  id: string
  provider: string
  account: string
  witness: string
  state: string
  code: string | null
  deliveries: number
  receivedAt: string
  references: string[]
}

interface Message extends Item {
  outcome: string
  verification: string
  events: { reference: string | null; transaction: string | null }[]
  transactions: string[]
  orders: string[]
  scrubbed: string[]
  source: string | null
  body: string | null
  bodyMissing: string | null
  waiting: object | null
}

let service: TestService

const get = async (path: string, key = OPERATOR): Promise<Response> =>
  fetch(service.url + path, { headers: { authorization: `Bearer ${key}` } })

async function list(query = ''): Promise<{ items: Item[]; nextCursor: string | null }> {
  const answer = await get(`/v1/inbox${query}`)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as { items: Item[]; nextCursor: string | null }
}

async function message(id: string, key = OPERATOR): Promise<Message> {
  const answer = await get(`/v1/inbox/${id}`, key)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as Message
}

const paid = async (TRANSACTIONID: string, more: Record<string, string> = {}): Promise<Response> =>
  service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID: `O-${TRANSACTIONID}`, ...more }))

/** A notification that no known secret signed, from an address of its own. */
async function forge(TRANSACTIONID: string, more: Record<string, string> = {}): Promise<void> {
  const fields = be2billFields({ TRANSACTIONID, HASH: 'f'.repeat(64), ...more }) as Record<string, string>
  const answer = await fetch(`${service.url}/notifications/be2bill/shop`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
  expect(answer.status).toBe(401)
}

const looks = async (): Promise<{ actor: string; target: { inboxId: string } }[]> =>
  (
    await service.sql.query<{ actor: string; target: { inboxId: string } }>(
      `SELECT actor, target FROM audit_log WHERE action = 'show_body' ORDER BY id`,
    )
  ).rows

beforeAll(async () => {
  service = await startTestService({
    settings: {
      DATA_KEYS: KEY,
      API_KEYS: `reader:read:${READER},oncall:operate:${OPERATOR},shop:ingest:${'i'.repeat(30)}`,
    },
  })
  await paid('A1', { CLIENTEMAIL: 'ada@example.org', CARDFULLNAME: 'Ada Lovelace', CARDCODE: PAN })
  await service.settled()
  await paid('A1', { CLIENTEMAIL: 'ada@example.org', CARDFULLNAME: 'Ada Lovelace', CARDCODE: PAN })
  // The same fact in other bytes.
  await paid('A1', { CLIENTEMAIL: 'ada@example.org', CARDFULLNAME: 'A. Lovelace', CARDCODE: PAN })
  await service.notify('hipay', 'shop', hipayFields())
  const nothing = { TRANSACTIONID: '', ORDERID: '', IDENTIFIER: 'Dalenys Shop' }
  await service.notify('dalenys', 'shop-dalenys', be2billFields(nothing))
  await service.settled()
  await fetch(`${service.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${'i'.repeat(30)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ provider: 'be2bill', account: 'shop', orderId: 'O-A1', operation: 'payment', httpStatus: 200 },
      body: { OPERATIONTYPE: 'payment', EXECCODE: '0000', TRANSACTIONID: 'A1', MESSAGE: 'm' },
    }),
  })
  await service.settled()
  await forge('F1', { CARDCODE: PAN, CLIENTEMAIL: 'eve@example.org', CARDFULLNAME: 'Eve' })
  await service.sql.query(
    `INSERT INTO inbox_messages (id, provider, account, witness, content, content_digest, secret_id, received_at)
     SELECT overlay(id::text PLACING '7fff' FROM 15 FOR 4)::uuid, provider, account, witness, 'x', '', secret_id, received_at
     FROM inbox_messages WHERE provider = 'hipay' AND account = 'shop'`,
  )
  await service.sql.query(
    `INSERT INTO inbox_queue (inbox_id, due_at, attempts) SELECT id, now() + interval '5 minutes', 3 FROM inbox_messages WHERE content = 'x'`,
  )
})
afterAll(() => service.stop())

describe('GET /v1/inbox', () => {
  it('lists verified and quarantined messages, the latest first, without bodies', async () => {
    const { items, nextCursor } = await list()
    expect(items.map(({ witness, state }) => `${witness} ${state}`).toSorted()).toEqual([
      'notification duplicate',
      'notification parked',
      'notification pending',
      'notification processed',
      'notification processed',
      'notification quarantined',
      'response processed',
    ])
    expect(items.map(({ id }) => id)).toEqual(
      items
        .map(({ id }) => id)
        .toSorted()
        .reverse(),
    )
    expect(nextCursor).toBeNull()
    expect(items.at(-1)).toMatchObject({ state: 'processed', deliveries: 2, references: ['A1'] })
    expect(items.some((item) => 'body' in item || 'events' in item)).toBe(false)
  })

  it.each([
    ['?state=pending', 1],
    ['?state=processed', 3],
    ['?state=duplicate', 1],
    ['?state=parked', 1],
    ['?state=quarantined', 1],
    ['?state=parked&account=shop', 0],
    ['?state=processed&account=shop&provider=be2bill', 2],
    ['?provider=hipay', 2],
    ['?account=shop', 6],
    ['?account=shop&provider=dalenys', 4],
    ['?account=elsewhere', 0],
    ['?code=unreadable_message', 1],
    ['?code=signature_mismatch', 1],
    ['?code=signature_mismatch&state=parked', 0],
    ['?code=data_key_missing', 0],
    ['?reference=A1', 3],
    ['?reference=A1&state=duplicate', 1],
    ['?reference=A1&state=quarantined', 0],
    ['?reference=900000000001', 1],
    ['?reference=9000000000011', 0],
    ['?reference=unknown', 0],
    ['?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z', 0],
    ['?from=2020-01-01T00:00:00Z', 7],
    ['?to=2999-01-01T00:00:00%2B01:00&state=quarantined', 1],
  ])('%s finds %i', async (query, count) => {
    expect((await list(query)).items.length).toBe(count)
  })

  it('begins at from and ends before to', async () => {
    const { items } = await list()
    for (const { id, receivedAt } of items) {
      const at = encodeURIComponent(receivedAt)
      expect((await list(`?from=${at}`)).items.map((item) => item.id)).toContain(id)
      expect((await list(`?to=${at}`)).items.map((item) => item.id)).not.toContain(id)
    }
  })

  it.each(['', '?account=shop', '?state=processed', '?code=signature_mismatch'])(
    'pages %s without overlap or gap',
    async (query) => {
      const all = (await list(query)).items
      const paged: Item[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await list(`${query || '?'}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
        expect(page.items.length).toBeLessThanOrEqual(2)
        paged.push(...page.items)
        cursor = page.nextCursor
      }
      expect(paged).toEqual(all)
    },
  )

  it('goes on where it was while messages come in', async () => {
    const before = (await list('?state=processed')).items
    const first = await list('?state=processed&limit=1')
    await paid('NEW1')
    await expect.poll(async () => (await list('?state=processed&reference=NEW1')).items.length).toBe(1)
    const second = await list(`?state=processed&limit=200&cursor=${first.nextCursor}`)
    expect([...first.items, ...second.items]).toEqual(before)
    await service.sql.query(
      `DELETE FROM inbox_messages m USING transaction_events e WHERE e.inbox_id = m.id AND e.reference = 'NEW1'`,
    )
  })

  const cursorOf = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

  it.each([
    '?state=lost',
    '?limit=0',
    '?from=yesterday',
    '?cursor=nonsense',
    `?cursor=${cursorOf(['2026-04-01T00:00:00Z'])}`,
    '?colour=red',
  ])('400 for %s', async (query) => {
    await expectProblem(await get(`/v1/inbox${query}`), 400, 'invalid_request')
  })

  it('a cursor whose id was made up is no failure of ours', async () => {
    expect((await list(`?cursor=${cursorOf(['2026-04-01T00:00:00Z', "'; DROP TABLE x"])}`)).items).toEqual([])
  })
})

describe('GET /v1/inbox/:id', () => {
  const one = async (query: string): Promise<string> => (await list(query)).items.at(-1)!.id

  it('shows what came of a message, and its body without card and personal data, sealed as it is', async () => {
    const id = await one('?reference=A1')
    const shown = await message(id)
    expect(shown).toMatchObject({
      state: 'processed',
      verification: 'signature',
      secretId: 'key',
      family: 'transaction',
      transactions: ['A1'],
      orders: ['O-A1'],
      deliveries: 2,
      outcome: expect.stringContaining('captured') as string,
      bodyMissing: null,
    })
    expect(shown.scrubbed).toContain('CARDCODE')
    expect(shown.body).toContain('TRANSACTIONID=A1')
    expect(shown.body).not.toMatch(/ada|Lovelace|4111111111111111|HASH=[^*]/)
  })

  it('shows a key with the role read everything but the body, and leaves no trace of a look', async () => {
    const before = await looks()
    const id = await one('?reference=A1')
    const shown = await message(id, READER)
    expect(shown).toMatchObject({ id, state: 'processed', body: null })
    expect(shown.bodyMissing).toContain('operate')
    expect(await looks()).toEqual(before)
  })

  it('writes each look at a body into the audit log, a log line and a counter', async () => {
    const before = await looks()
    const id = await one('?state=parked')
    await message(id)
    expect((await looks()).slice(before.length)).toEqual([{ actor: 'oncall', target: { inboxId: id } }])
    expect(service.logs.some((line) => line.includes('a stored body was shown') && line.includes(id))).toBe(
      true,
    )
    expect(await (await get('/metrics', READER)).text()).toMatch(/^receiver_bodies_shown_total [1-9]/m)
  })

  it('shows no body when the look cannot be written down', async () => {
    const id = await one('?state=parked')
    await service.sql.query(`ALTER TABLE audit_log ADD CONSTRAINT nothing_more CHECK (false) NOT VALID`)
    try {
      const answer = await get(`/v1/inbox/${id}`)
      expect(await expectProblem(answer, 500, 'internal_error')).not.toContain('TRANSACTIONID')
    } finally {
      await service.sql.query('ALTER TABLE audit_log DROP CONSTRAINT nothing_more')
    }
  })

  it('shows what was quarantined, sealed as it came, without what a card or a person is told by', async () => {
    const shown = await message(await one('?state=quarantined'))
    expect(shown).toMatchObject({
      state: 'quarantined',
      verification: 'failed',
      code: 'signature_mismatch',
      secretId: null,
      source: '127.0.0.1',
      events: [],
    })
    expect(shown.outcome).toContain('signature_mismatch')
    expect(shown.body).toContain('TRANSACTIONID=F1')
    expect(shown.body).not.toMatch(/eve|4111111111111111|Eve/)
  })

  it('says why a message is parked, when a pending one has its next turn, and that a duplicate is none', async () => {
    expect(await message(await one('?state=parked'))).toMatchObject({
      code: 'unreadable_message',
      outcome: expect.stringContaining('not translated') as string,
    })
    expect((await message(await one('?state=duplicate'))).outcome).toContain('nothing that another message')
    expect(await message(await one('?state=processed&provider=be2bill'), READER)).toMatchObject({
      waiting: null,
    })
  })

  it('says why a body cannot be had', async () => {
    const id = await one('?reference=900000000001')
    const before = await looks()
    await service.sql.query('UPDATE inbox_messages SET content = NULL, data_key = NULL WHERE id = $1', [id])
    expect(await message(id)).toMatchObject({
      body: null,
      bodyMissing: expect.stringContaining('retention') as string,
    })
    expect(await looks()).toEqual(before)
  })

  it.each(['x', '00000000-0000-7000-8000-000000000000'])('404 for %s', async (id) => {
    await expectProblem(await get(`/v1/inbox/${id}`), 404, 'unknown_message')
  })
})
