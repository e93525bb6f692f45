import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseAccounts } from '../../src/config/accounts.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { createPool } from '../../src/db/pool.ts'
import { turnStores } from '../../src/db/maintain/turn-stores.ts'
import { createQuarantineStore } from '../../src/db/receive/quarantine-store.ts'
import { createAccountDirectory } from '../../src/config/account-directory.ts'
import type { InboxStore } from '../../src/inbox/receive/stores.ts'
import type { Metrics } from '../../src/telemetry/metrics.ts'
import { servicesOn } from '../support/services.ts'
import { createReceiver } from '../../src/inbox/receive/receive.ts'
import { sha256 } from '../../src/lib/crypto.ts'
import { NO_KEYS } from '../support/no-keys.ts'
import { newId } from '../../src/lib/new-id.ts'
import type { Account } from '../../src/providers/account.ts'
import type { SignOptions, WireFields } from '../../src/providers/provider.ts'
import { providerOf, providers } from '../../src/providers/registry.ts'
import type { QuarantinedMessage, QuarantineStore } from '../../src/inbox/receive/stores.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { ACCOUNTS, startTestService, type TestService, stopWith } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** What failed verification: how much of it is kept, for how long, at whose cost, and how it gets a second chance. */

const HOUR_MS = 3_600_000
const AT = new Date('2026-04-01T12:00:00.000Z')

describe('what is kept', () => {
  let database: TestDatabase
  let pool: Pool
  let store: QuarantineStore

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = createPool({ databaseUrl: database.url, max: 4, onError: () => undefined })
    store = createQuarantineStore(pool, NO_KEYS)
  })
  beforeEach(async () => {
    await pool.query('TRUNCATE quarantined_messages')
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  const evidence = (text: string, more: Partial<QuarantinedMessage> = {}): QuarantinedMessage => ({
    ...{ id: newId(), provider: 'hipay', account: 'shop', digest: sha256(text), content: Buffer.from(text) },
    ...{ scrubbed: [], reason: 'signature_mismatch', method: 'POST', carrier: 'body', signature: null },
    ...{ source: '192.0.2.1', receivedAt: AT, ...more },
  })
  const keepOne = async (message: QuarantinedMessage, known = false): Promise<boolean> =>
    store.keep(message, known)
  const kept = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ text: string }>(
      `SELECT convert_from(content, 'UTF8') AS text FROM quarantined_messages`,
    )
    return rows.map(({ text }) => text).toSorted()
  }

  it('is one row per digest, which counts', async () => {
    expect(await keepOne(evidence('a'))).toBe(true)
    expect(await keepOne(evidence('a', { receivedAt: new Date(AT.getTime() + HOUR_MS) }))).toBe(true)
    expect(await keepOne(evidence('a', { account: 'sha1' }))).toBe(true)
    const { rows } = await pool.query(
      'SELECT account, deliveries, first_seen_at, last_seen_at FROM quarantined_messages ORDER BY account DESC',
    )
    expect(rows).toMatchObject([
      { account: 'shop', deliveries: 2, first_seen_at: AT, last_seen_at: new Date('2026-04-01T13:00:00Z') },
      { account: 'sha1', deliveries: 1 },
    ])
  })

  it('is a hundred of one sender: the first ones, which still count', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`)
    for (const text of texts) expect(await keepOne(evidence(text))).toBe(true)
    expect(await keepOne(evidence('one too many'))).toBe(false)
    expect(await keepOne(evidence('message 0'))).toBe(true)
    expect(await keepOne(evidence('of another', { source: '192.0.2.2' }))).toBe(true)
    expect(await kept()).toEqual([...texts, 'of another'].toSorted())
  })

  it('is a thousand of one account, however many a sender sends', async () => {
    await pool.query(
      `INSERT INTO quarantined_messages
         (id, provider, account, digest, reason, method, content, scrubbed, source, first_seen_at, last_seen_at)
       SELECT gen_random_uuid(), 'hipay', 'shop', sha256(n::text::bytea), 'signature_mismatch', 'POST', '', '{}',
              '10.0.0.' || n % 200, $1, $1 FROM generate_series(1, 1000) n`,
      [AT],
    )
    expect(await keepOne(evidence('one too many', { source: '192.0.2.3' }))).toBe(false)
    expect(await keepOne(evidence('elsewhere', { source: '192.0.2.3', account: 'sha1' }))).toBe(true)
    expect(await kept()).toHaveLength(1_001)
  })

  it('is more of senders that are known, for whom strangers leave room', async () => {
    await pool.query(
      `INSERT INTO quarantined_messages
         (id, provider, account, digest, reason, method, content, scrubbed, source, first_seen_at, last_seen_at)
       SELECT gen_random_uuid(), 'hipay', 'shop', sha256(n::text::bytea), 'signature_mismatch', 'POST', '', '{}',
              '10.0.0.' || n % 200, $1, $1 FROM generate_series(1, 1000) n`,
      [AT],
    )
    for (let turn = 0; turn < 101; turn += 1)
      expect(await keepOne(evidence(`known ${turn}`), true)).toBe(true)
    expect(await keepOne(evidence('of a stranger', { source: '192.0.2.3' }))).toBe(false)
  })

  it('is gone after 72 hours, in pieces, the oldest first', async () => {
    for (const hours of [0, 1, 2]) {
      const receivedAt = new Date(AT.getTime() + hours * HOUR_MS)
      await keepOne(evidence(`after ${hours} h`, { receivedAt }))
    }
    const keepMs = 72 * HOUR_MS
    const purge = async (hours: number, limit = 10): Promise<number> =>
      turnStores(pool, NO_KEYS).quarantine.purge({
        now: new Date(AT.getTime() + hours * HOUR_MS),
        keepMs,
        limit,
      })
    expect([await purge(72), await kept()]).toEqual([0, ['after 0 h', 'after 1 h', 'after 2 h']])
    expect([await purge(74.5, 2), await kept()]).toEqual([2, ['after 2 h']])
    expect([await purge(74.5), await kept()]).toEqual([1, []])
  })

  it('stays when only this clock has jumped ahead', async () => {
    await keepOne(evidence('a', { receivedAt: new Date() }))
    const now = new Date(Date.now() + 1_000 * HOUR_MS)
    expect(await turnStores(pool, NO_KEYS).quarantine.purge({ now, keepMs: 72 * HOUR_MS, limit: 10 })).toBe(0)
  })
})

/** Each from an address of its own, so that neither caps nor limits of one sender play a part. */
let senders = 0
const forge = async (
  { url }: Pick<TestService, 'url'>,
  headers: object = {},
  body = '',
): Promise<Response> => {
  senders += 1
  return fetch(`${url}/notifications/hipay/shop`, {
    method: 'POST',
    headers: {
      'x-allopass-signature': 'f'.repeat(64),
      'x-forwarded-for': `198.18.${Math.floor(senders / 250)}.${senders % 250}`,
      ...headers,
    },
    body: `status=118&transaction_reference=9000${senders}${body}`,
  })
}

const count = async ({ sql }: Pick<TestService, 'sql'>, table = 'quarantined_messages'): Promise<number> =>
  (await sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n ?? -1

describe('a flood', () => {
  let service: TestService
  let clock: HandClock

  beforeAll(async () => {
    clock = createHandClock()
    service = await startTestService({ clock, idle: true, settings: { TRUST_PROXY: '1' } })
  })
  afterAll(async () => {
    await stopWith(clock, service)
  })

  const dropped = async (): Promise<string[]> =>
    (await (await service.api('/metrics')).text())
      .split('\n')
      .filter((line) => /^receiver_quarantine_dropped_total\{.* [1-9]/.test(line))

  it('costs a hundred statements at once and fifty a second; the rest is answered 401 and counted', async () => {
    const flood = async (size: number): Promise<Set<number>> =>
      new Set(
        (await Promise.all(Array.from({ length: size }, async () => forge(service)))).map(
          (answer) => answer.status,
        ),
      )
    // No more at once than may wait for the database.
    for (const size of [60, 60, 60]) expect(await flood(size)).toEqual(new Set([401]))
    expect(await count(service)).toBe(100)
    expect(await dropped()).toEqual(['receiver_quarantine_dropped_total{reason="budget"} 80'])
    await clock.advance(1_000)
    expect(await flood(60)).toEqual(new Set([401]))
    expect(await count(service)).toBe(150)
    expect(await dropped()).toEqual(['receiver_quarantine_dropped_total{reason="budget"} 90'])
  })

  it('costs more where the forgeries are large, and what no provider sends is not kept at all', async () => {
    await clock.advance(10_000)
    await service.sql.query('TRUNCATE quarantined_messages')
    const large = (bytes: number): string => `&custom_data=${'x'.repeat(bytes - 100)}`
    // Twenty kilobytes are ten pieces of a hundred.
    for (let sent = 0; sent < 12; sent += 1)
      expect((await forge(service, {}, large(20 * 1_024))).status).toBe(401)
    expect(await count(service)).toBe(10)
    await clock.advance(10_000)
    expect((await forge(service, {}, large(66_000))).status).toBe(401)
    expect(await count(service)).toBe(10)
    await service.sql.query('TRUNCATE quarantined_messages')
  })

  it('says what else was not kept: its account is full', async () => {
    await service.sql.query(
      `INSERT INTO quarantined_messages
         (id, provider, account, digest, reason, method, content, scrubbed, source, first_seen_at, last_seen_at)
       SELECT gen_random_uuid(), 'hipay', 'shop', sha256(n::text::bytea), 'signature_mismatch', 'POST', '', '{}',
              '10.0.0.' || n % 200, now(), now() FROM generate_series(1, 1000) n`,
    )
    await clock.advance(1_000)
    expect((await forge(service)).status).toBe(401)
    expect(await dropped()).toContain('receiver_quarantine_dropped_total{reason="full"} 1')
  })

  it('leaves room and time for senders who are known by their verified messages', async () => {
    const evidence = async (): Promise<number> => {
      const before = await count(service)
      await forge(service, { 'x-forwarded-for': '192.0.2.7' })
      return (await count(service)) - before
    }
    expect(await evidence()).toBe(0)
    const signed = providerOf('hipay')!.sign(hipayFields(), service.account('hipay', 'shop'))
    const headers = { ...signed.headers, 'x-forwarded-for': '192.0.2.7' }
    const init = { method: 'POST', headers, body: new Uint8Array(signed.body) }
    expect((await fetch(`${service.url}/notifications/hipay/shop`, init)).status).toBe(200)
    for (let turn = 0; turn < 60; turn += 1) await forge(service)
    expect(await evidence()).toBe(1)
  })
})

const testAccount = (provider: string, name: string): Account => {
  const sources = { providers, production: false, environment: {}, readText: () => '' }
  return parseAccounts(JSON.stringify(ACCOUNTS), sources).find(
    (one) => one.provider === provider && one.account === name,
  )!
}

const droppedOf = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.expose()).text
    .split('\n')
    .filter((line) => /^receiver_quarantine_dropped_total\{.* [1-9]/.test(line))

describe('evidence', () => {
  it('is what is dropped first when verified messages wait for the database', async () => {
    const database = await createTestDatabase()
    const pool = createPool({ databaseUrl: database.url, max: 4, onError: () => undefined })
    const clock = createHandClock()
    const services = servicesOn(pool, { clock, accounts: createAccountDirectory([], providers) })
    const { inbox } = services.stores
    const held = Promise.withResolvers<undefined>()
    const account = testAccount('be2bill', 'shop')
    // A database that takes its time.
    const slow: InboxStore = {
      ...inbox,
      receive: async (messages) => held.promise.then(async () => inbox.receive(messages)),
    }
    const receiver = createReceiver(
      { ...services, stores: { ...services.stores, inbox: slow } },
      { acknowledgeTimeoutMs: 2_000, onStored: () => undefined },
    )
    const provider = providerOf('be2bill')!
    const deliver = async (reference: string, tamper: boolean): Promise<unknown> => {
      const request = provider.sign(be2billFields({ TRANSACTIONID: reference }), account)
      if (tamper) request.body = Buffer.from(request.body.toString().replace('12390', '99999'))
      const source = '192.0.2.9'
      const delivery = {
        provider,
        account,
        request,
        source,
        requestId: 'r',
        onUnverified: async () => undefined,
      }
      return receiver.receiveNotification(delivery).catch((error: unknown) => error)
    }
    const verified = Array.from({ length: 300 }, async (_, index) => deliver(`V${index}`, false))
    await new Promise(setImmediate)
    expect(await deliver('F1', true)).toMatchObject({ code: 'signature_invalid' })
    expect(await droppedOf(services.metrics)).toEqual(['receiver_quarantine_dropped_total{reason="busy"} 1'])
    held.resolve(undefined)
    expect(
      new Set((await Promise.all(verified)).map((one) => (one as { duplicate: boolean }).duplicate)),
    ).toEqual(new Set([false]))
    expect(await deliver('F2', true)).toMatchObject({ code: 'signature_invalid' })
    const { rows } = await pool.query<{ text: string }>(
      `SELECT convert_from(content, 'UTF8') AS text FROM quarantined_messages`,
    )
    expect(rows.map(({ text }) => /TRANSACTIONID=(\w+)/.exec(text)?.[1])).toEqual(['F2'])
    await pool.end()
    await database.drop()
  })

  it('is deleted by the service when its time has come', async () => {
    const clock = createHandClock()
    const service = await startTestService({ clock })
    await forge(service)
    expect(await count(service)).toBe(1)
    await clock.advance(72 * HOUR_MS - 1)
    expect(await count(service)).toBe(1)
    while ((await count(service)) > 0) await clock.advance(60_000)
    await stopWith(clock, service)
  })
})

/** The command as the process runs it, with an accounts file of its own. */
async function replay(
  service: TestService,
  accounts: unknown,
  environment: Record<string, string>,
  ...options: string[]
): Promise<{ code: number; out: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-quarantine-'))
  const file = join(directory, 'accounts.json')
  writeFileSync(file, JSON.stringify(accounts))
  let out = ''
  let code = -1
  const print = (text: string): void => {
    out += `${text}\n`
  }
  await buildProgram({
    environment: { DATABASE_URL: service.database.url, ACCOUNTS_FILE: file, ...environment },
    streams: {
      out: print,
      err: print,
      data: async (text) => {
        print(text)
      },
    },
    onEnd: (ended) => {
      code = ended
    },
  }).parseAsync(['replay', '--quarantine', ...options], { from: 'user' })
  rmSync(directory, { recursive: true })
  return { code, out }
}

const NEW_SECRETS = [{ id: 'rotated', value: 'rotated-secret' }]
const ROTATED = ACCOUNTS.map((entry) => ({
  ...entry,
  ...(entry.account === 'shop' ? { secrets: [...entry.secrets, ...NEW_SECRETS] } : {}),
  ...(entry.provider === 'be2bill' ? { ignoredQueryParameters: ['tenant'] } : {}),
}))
const KEYS = { DATA_KEYS: `one:${randomBytes(32).toString('base64')}` }

const hipayCard = (reference: string, more: object = {}): WireFields =>
  hipayFields({
    transaction_reference: reference,
    payment_method: { brand: 'VISA', token: 'qztoken0123456789', ...more },
  })

describe.each([
  ['sealed', KEYS],
  ['in clear', {}],
])('replay --quarantine of bodies %s', (how, keys) => {
  const isSealed = how === 'sealed'
  let service: TestService

  beforeAll(async () => {
    service = await startTestService({
      accounts: ROTATED.map((entry) => ({
        ...entry,
        secrets: entry.secrets.filter(({ id }) => id !== 'rotated'),
      })),
      settings: keys,
    })
  })
  afterEach(async () => {
    // Rows, not tables: the service is at work beside it.
    for (const name of ['inbox_queue', 'inbox_messages', 'receipts', 'quarantined_messages'])
      await service.sql.query(`DELETE FROM ${name}`)
  })
  afterAll(async () => {
    await service.stop()
  })

  /** Signed by the secret that only the accounts file of the command knows. */
  const notify = async (
    provider: string,
    fields: WireFields,
    options: SignOptions = {},
    query = '',
  ): Promise<number> => {
    const account = { ...service.account(provider, 'shop') }
    const rotated = { ...account.secrets[0]!, ...NEW_SECRETS[0]! }
    const signed = providerOf(provider)!.sign(fields, { ...account, secrets: [rotated] }, options)
    const asked = [signed.query, query].filter((part) => part !== '').join('&')
    const { status } = await fetch(
      `${service.url}/notifications/${provider}/shop${asked === '' ? '' : `?${asked}`}`,
      {
        method: signed.method,
        headers: signed.headers,
        ...(signed.method === 'GET' ? {} : { body: new Uint8Array(signed.body) }),
      },
    )
    return status
  }

  const statusOf = async (provider: string, reference: string): Promise<unknown> =>
    (
      (await (await service.api(`/v1/transactions/${provider}/shop/${reference}`)).json()) as {
        status: unknown
      }
    ).status

  it('makes of a refused notification what it would have been, once its secret is known', async () => {
    const [form, xml, card] = isSealed ? ['9001', '9002', '9003'] : ['9011', '9012', '9013']
    const [body, query] = isSealed ? ['Q1', 'Q2'] : ['Q11', 'Q12']
    expect([
      await notify('hipay', hipayFields({ transaction_reference: form })),
      await notify('hipay', hipayFields({ transaction_reference: xml }), { encoding: 'xml' }),
      await notify('be2bill', be2billFields({ TRANSACTIONID: body })),
      await notify('be2bill', be2billFields({ TRANSACTIONID: query }), { method: 'GET' }, 'tenant=7'),
      await notify('hipay', hipayCard(card)),
      (await forge(service)).status,
    ]).toEqual([401, 401, 401, 401, 401, 401])
    const report = JSON.parse((await replay(service, ROTATED, keys, '--json')).out) as object
    const forged = { provider: 'hipay', account: 'shop', reason: 'signature_mismatch', count: 1 }
    const unprovable = { provider: 'hipay', account: 'shop', reason: 'card_data_overwritten', count: 1 }
    expect(report).toEqual({
      ok: true,
      stored: isSealed ? 5 : 4,
      duplicates: 0,
      staying: isSealed ? [forged] : [unprovable, forged],
    })
    await service.settled()
    expect(await Promise.all([form, xml].map(async (one) => statusOf('hipay', one)))).toEqual([
      'captured',
      'captured',
    ])
    expect(await Promise.all([body, query].map(async (one) => statusOf('be2bill', one)))).toEqual([
      'captured',
      'captured',
    ])
    if (isSealed) expect(await statusOf('hipay', card)).toBe('captured')
    // Again: what stays stays, and nothing is there twice.
    expect(JSON.parse((await replay(service, ROTATED, keys, '--json')).out)).toMatchObject({
      stored: 0,
      duplicates: 0,
      staying: [{ count: 1 }, ...(isSealed ? [] : [{ count: 1 }])],
    })
    expect(await count(service, 'receipts')).toBe(isSealed ? 5 : 4)
  })

  it('stores card secrets overwritten, under the secret that verified and the digest of the original', async () => {
    await notify('hipay', isSealed ? hipayCard('9021') : hipayFields({ transaction_reference: '9021' }))
    const { rows: before } = await service.sql.query('SELECT digest FROM quarantined_messages')
    await replay(service, ROTATED, keys)
    const { rows } = await service.sql.query(
      `SELECT secret_id, scrubbed, content_digest AS digest FROM inbox_messages`,
    )
    expect(rows).toEqual([
      { secret_id: 'rotated', scrubbed: isSealed ? ['payment_method[token]'] : [], ...before[0] },
    ])
  })

  it('meets the redelivery that was faster, and a redelivery afterwards meets it', async () => {
    const fields = be2billFields({ TRANSACTIONID: isSealed ? 'Q4' : 'Q14' })
    await notify('be2bill', fields)
    await service.notify('be2bill', 'shop', fields)
    const report = JSON.parse((await replay(service, ROTATED, keys, '--json')).out) as object
    expect(report).toMatchObject({ stored: 0, duplicates: 1, staying: [] })
    expect((await service.notify('be2bill', 'shop', fields)).status).toBe(200)
    const { rows } = await service.sql.query('SELECT deliveries FROM receipts')
    expect(rows).toEqual([{ deliveries: 3 }])
  })

  it('stores each message once when it runs twice at once', async () => {
    const references = Array.from({ length: 60 }, (_, index) => `${isSealed ? 'S' : 'C'}${index}`)
    for (const reference of references) await notify('be2bill', be2billFields({ TRANSACTIONID: reference }))
    const reports = await Promise.all(
      [1, 2].map(
        async () =>
          JSON.parse((await replay(service, ROTATED, keys, '--json')).out) as Record<
            'stored' | 'duplicates',
            number
          >,
      ),
    )
    expect(reports.map(({ stored }) => stored).reduce((sum, stored) => sum + stored)).toBe(60)
    expect(reports.map(({ duplicates }) => duplicates)).toEqual([0, 0])
    const { rows } = await service.sql.query('SELECT deliveries FROM receipts')
    expect(rows).toEqual(references.map(() => ({ deliveries: 1 })))
    expect(await count(service)).toBe(0)
  })

  it('leaves a message whole when it is cut off in the middle of it', async () => {
    await notify('be2bill', be2billFields({ TRANSACTIONID: isSealed ? 'K1' : 'K11' }))
    await service.sql.query(
      `CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
       CREATE TRIGGER cut_off AFTER DELETE ON quarantined_messages FOR EACH ROW EXECUTE FUNCTION cut_off()`,
    )
    expect((await replay(service, ROTATED, keys)).code).toBe(1)
    expect([await count(service), await count(service, 'receipts')]).toEqual([1, 0])
    await service.sql.query('DROP FUNCTION cut_off CASCADE')
    expect((await replay(service, ROTATED, keys)).out).toBe('1 verify now: 1 stored, 0 known already.\n')
    expect([await count(service), await count(service, 'receipts')]).toEqual([0, 1])
  })

  it('never keeps a security code, so that what had one stays', async () => {
    await notify('hipay', hipayCard('9031', { cvc: 'QzCvv9' }))
    const { rows } = await service.sql.query('SELECT scrubbed FROM quarantined_messages')
    expect(rows).toEqual([{ scrubbed: expect.arrayContaining(['payment_method[cvc]']) as unknown }])
    expect((await replay(service, ROTATED, keys)).out).toContain('no signature can verify')
  })

  it('says which accounts are not there, and which bodies it cannot open', async () => {
    await notify('be2bill', be2billFields({ TRANSACTIONID: 'N1' }))
    const others = ROTATED.filter(({ provider }) => provider === 'hipay')
    expect((await replay(service, others, keys)).out).toContain(
      '1 of be2bill/shop stay: no such account in the accounts file.',
    )
    if (isSealed) expect((await replay(service, ROTATED, {})).out).toContain('a key that is not in DATA_KEYS')
    expect(await count(service)).toBe(1)
  })
})

describe('what a forger writes', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startTestService({ settings: { TRUST_PROXY: 'true' } })
  })
  afterAll(async () => {
    await service.stop()
  })

  it('is shown nowhere as it was written', async () => {
    const hostile = '<script>alert(1)</script>'
    const escape = '\u001b[2J'
    const answer = await forge(
      service,
      { 'x-forwarded-for': hostile, 'x-allopass-signature': hostile },
      `&cdata1=${hostile}${escape}&payment_method[${hostile}]=x`,
    )
    const shown = [await answer.text()]
    expect(await count(service)).toBe(1)
    for (const options of [[], ['--json']]) shown.push((await replay(service, ROTATED, {}, ...options)).out)
    const { rows } = await service.sql.query(`SELECT * FROM ops.inbox_failures WHERE state = 'quarantined'`)
    expect(rows).toHaveLength(1)
    shown.push(JSON.stringify(rows), await (await service.api('/metrics')).text(), ...service.logs)
    expect(shown.filter((text) => /<script|\u001b|alert\(/.test(text))).toEqual([])
    const { rows: sources } = await service.sql.query('SELECT source FROM quarantined_messages')
    expect(sources).toEqual([{ source: '127.0.0.1' }])
  })
})
