import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import type { Diagnosis } from '../../src/inbox/maintain/doctor.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { expectProblem } from '../support/problem.ts'
import { notificationRequest } from '../support/requests.ts'
import { ACCOUNTS, startTestService, stopWith, type TestService } from '../support/service.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** Why a signature fails, asked over HTTP and by the command, about real quarantined and stored messages. */

const BODY = 'status=118&transaction_reference=900000000001&order%5Bid%5D=A+1'

/** A service that knows the shop by a passphrase that HiPay does not use, and what HiPay sends. */
const WRONG = ACCOUNTS.map((entry) =>
  entry.account === 'shop' && entry.provider === 'hipay'
    ? { ...entry, secrets: [{ id: 'copied', value: 'passphrase-new ' }] }
    : entry,
)

const digest = (secret: string, body = BODY): string =>
  createHash('sha256').update(body).update(secret).digest('hex')

const forge = async ({ url }: TestService, body: string, signature: string): Promise<number> =>
  (
    await fetch(`${url}/notifications/hipay/shop`, {
      method: 'POST',
      headers: { 'x-allopass-signature': signature },
      body,
    })
  ).status

const examine = async (service: TestService, question: object, init: RequestInit = {}): Promise<Response> =>
  service.api('/v1/doctor', { method: 'POST', body: JSON.stringify(question), ...init })

const found = async (service: TestService, question: object): Promise<Diagnosis> => {
  const answer = await examine(service, question)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Diagnosis
}

const quarantined = async ({ sql }: TestService): Promise<string[]> =>
  (await sql.query<{ id: string }>('SELECT id FROM quarantined_messages ORDER BY id')).rows.map(
    ({ id }) => id,
  )

/** Rows of every table: what looking must leave as it was. */
const everything = async ({ sql }: TestService): Promise<unknown> => {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
  )
  const counts = rows.map(({ name }) => `(SELECT count(*) FROM "${name}") AS "${name}"`)
  return (await sql.query(`SELECT ${counts.join(', ')}`)).rows
}

describe('POST /v1/doctor', () => {
  let service: TestService
  let clock: HandClock

  beforeAll(async () => {
    clock = createHandClock()
    service = await startTestService({ clock, idle: true, accounts: WRONG, settings: { TRUST_PROXY: '1' } })
  })
  afterAll(async () => {
    await stopWith(clock, service)
  })

  it('explains a quarantined message, and stores nothing but the look', async () => {
    expect(await forge(service, BODY, digest('passphrase-new'))).toBe(401)
    const [inboxId] = await quarantined(service)
    const before = await everything(service)
    expect(await found(service, { inboxId })).toEqual({
      verified: false,
      cause: 'secret_whitespace',
      secretId: 'copied',
      remedy:
        'Remove the blanks and line breaks around secret copied of hipay/shop, where its "env", "file" or "value" holds it.',
    })
    expect(await everything(service)).toEqual(before)
    const looks = service.logs.filter((line) => line.includes('signature examined'))
    expect(looks.map((line) => JSON.parse(line) as object)).toMatchObject([
      { inboxId, provider: 'hipay', account: 'shop', key: 'all', outcome: 'secret_whitespace' },
    ])
    expect(service.logs.join('')).not.toMatch(/passphrase-new|900000000001/)
    expect(await (await service.api('/metrics')).text()).toContain(
      'receiver_signatures_examined_total{outcome="secret_whitespace"} 1',
    )
  })

  it('explains a message that a person has copied, as text, as bytes, and with its query', async () => {
    const about = { provider: 'hipay', account: 'sha512' }
    const signature = createHash('sha512').update(BODY).update('p512').digest('hex')
    const escaped = BODY.replaceAll('&', '&amp;')
    const sent = [
      [{ body: BODY }, { verified: true, cause: null, secretId: 'only' }],
      [{ bodyBase64: Buffer.from(BODY).toString('base64') }, { verified: true }],
      [{ body: escaped }, { verified: false, cause: 'html_escaped_body', secretId: 'only' }],
      [{ body: `${BODY}\n` }, { cause: 'body_newline' }],
      [{ body: BODY.replace('&', '&shop=7&'), query: 'shop=7' }, { cause: 'merged_parameters' }],
      [{ body: `${BODY}&x=9`.replace('118', '116') }, { cause: 'wrong_secret', secretId: null }],
    ] as const
    for (const [body, expected] of sent)
      expect(await found(service, { ...about, signature, ...body })).toMatchObject(expected)
    await clock.advance(10_000)
  })

  it('explains a set of Be2bill or Dalenys, under either name, in body or query', async () => {
    const set = notificationRequest(service.account('be2bill', 'shop'), be2billFields(), { method: 'GET' })
    const query = set.path.slice(set.path.indexOf('?') + 1)
    const [, hash = ''] = /HASH=(\w+)/.exec(query) ?? []
    for (const provider of ['be2bill', 'dalenys']) {
      const about = { provider, account: 'shop' }
      expect(await found(service, { ...about, body: query })).toMatchObject({
        verified: true,
        secretId: 'key',
      })
      expect(await found(service, { ...about, query })).toMatchObject({ verified: true })
      const apart = { body: query.replace(/&HASH=\w+/, ''), signature: hash }
      expect(await found(service, { ...about, ...apart })).toMatchObject({ verified: true })
      expect(await found(service, { ...about, query: `tenant=fr&${query}` })).toMatchObject({
        cause: 'merged_parameters',
      })
    }
    await clock.advance(10_000)
  })

  it('accepts nothing: a message that verifies here stays unknown', async () => {
    const before = await everything(service)
    const body = 'status=118&transaction_reference=900000000077'
    const question = { provider: 'hipay', account: 'sha1', body, signature: '' }
    question.signature = createHash('sha1').update(body).update('p1').digest('hex')
    expect(await found(service, question)).toMatchObject({ verified: true })
    expect(await everything(service)).toEqual(before)
    expect((await service.api('/v1/transactions/hipay/sha1/900000000077')).status).toBe(404)
  })

  it('says of a stored message which secret verified it, and of a forwarded answer that it has none', async () => {
    expect((await service.notify('hipay', 'sha512', hipayFields())).status).toBe(200)
    const forwarded = await service.api('/v1/responses', {
      method: 'POST',
      body: JSON.stringify({
        ...{ provider: 'hipay', account: 'sha512', httpStatus: 200 },
        body: { state: 'completed', status: '118', transactionReference: '900000000001', currency: 'EUR' },
      }),
    })
    const { inboxId } = (await forwarded.json()) as { inboxId: string }
    const { rows } = await service.sql.query<{ id: string }>(
      `SELECT id FROM inbox_messages WHERE witness = 'notification'`,
    )
    expect(await found(service, { inboxId: rows[0]?.id })).toEqual({
      verified: true,
      cause: null,
      secretId: 'only',
      remedy: 'Nothing is to be mended: secret only verified this message when it came.',
    })
    expect(await found(service, { inboxId })).toMatchObject({ verified: false, cause: null, secretId: null })
  })

  it('says when card data was overwritten, so that no signature can be checked', async () => {
    const before = await quarantined(service)
    const body = `${BODY}&payment_method%5Bcvc%5D=123`
    expect(await forge(service, body, digest('passphrase-new', body))).toBe(401)
    const inboxId = (await quarantined(service)).find((id) => !before.includes(id))
    expect(await found(service, { inboxId })).toMatchObject({
      verified: false,
      cause: null,
      remedy: expect.stringContaining('Card data was overwritten') as unknown,
    })
  })

  it('does not look into what is longer than any notification', async () => {
    const question = {
      provider: 'hipay',
      account: 'shop',
      signature: 'f'.repeat(64),
      body: 'a'.repeat(65_537),
    }
    expect(await found(service, question)).toMatchObject({
      verified: false,
      cause: null,
      remedy: expect.stringContaining('longer than 65536 bytes') as unknown,
    })
    await clock.advance(10_000)
  })

  it('is for operators: every other key is refused before anything is looked at', async () => {
    const question = { provider: 'hipay', account: 'shop', body: BODY, signature: digest('passphrase-new') }
    for (const role of ['reader', 'writer']) {
      const headers = { authorization: `Bearer ${role}-${service.apiKey}` }
      await expectProblem(await examine(service, question, { headers }), 403, 'forbidden')
    }
    await expectProblem(
      await examine(service, question, { headers: { authorization: '' } }),
      401,
      'unauthorized',
    )
  })

  it.each([
    [{}, 400, 'invalid_request'],
    [{ inboxId: 'x' }, 400, 'invalid_request'],
    [{ inboxId: '01980000-0000-7000-8000-000000000000', body: 'x' }, 400, 'invalid_request'],
    [{ provider: 'hipay', account: 'shop' }, 400, 'invalid_request'],
    [{ provider: 'hipay', body: 'x' }, 400, 'invalid_request'],
    [{ provider: 'hipay', account: 'shop', body: 'x', bodyBase64: 'eA==' }, 400, 'invalid_request'],
    [{ provider: 'hipay', account: 'shop', bodyBase64: '%%%' }, 400, 'invalid_request'],
    [{ inboxId: '01980000-0000-7000-8000-000000000000' }, 404, 'unknown_message'],
    [{ provider: 'hipay', account: 'none', body: 'x' }, 404, 'unknown_account'],
  ])('refuses %o', async (question, status, code) => {
    await clock.advance(1_000)
    await expectProblem(await examine(service, question), status, code)
  })

  it('answers 429 to more looks than people make, whatever the key', async () => {
    await clock.advance(10_000)
    const question = { provider: 'hipay', account: 'shop', body: BODY, signature: digest('other') }
    const answers = await Promise.all(Array.from({ length: 21 }, async () => examine(service, question)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    await clock.advance(1_000)
    expect((await examine(service, question)).status).toBe(200)
  })

  it('is described, with an example of the question and of the answer', async () => {
    const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
      paths: Record<string, { post: { description: string; requestBody: object; responses: object } }>
    }
    const { description, requestBody, responses } = document.paths['/v1/doctor']!.post
    expect(description).toContain('Nothing is accepted')
    expect(description).toContain('Needs an API key with the role `operate`.')
    expect(JSON.stringify(requestBody)).toContain('"value":{"inboxId":')
    expect(JSON.stringify(responses)).toContain('"cause":"wrong_algorithm"')
  })
})

describe('receiver doctor', () => {
  let service: TestService
  let directory: string
  const keys = { DATA_KEYS: `one:${randomBytes(32).toString('base64')}` }

  beforeAll(async () => {
    service = await startTestService({ idle: true, accounts: WRONG, settings: keys })
    directory = mkdtempSync(join(tmpdir(), 'receiver-doctor-'))
  })
  afterAll(async () => {
    await service.stop()
    rmSync(directory, { recursive: true })
  })

  interface Printed {
    code: number
    out: string
    err: string
  }

  async function doctor(
    args: readonly string[],
    { accounts = WRONG, environment = {} }: { accounts?: unknown; environment?: Record<string, string> } = {},
  ): Promise<Printed> {
    const file = join(directory, 'accounts.json')
    writeFileSync(file, JSON.stringify(accounts))
    const printed = { code: -1, out: '', err: '' }
    await buildProgram({
      environment: { DATABASE_URL: service.database.url, ACCOUNTS_FILE: file, ...keys, ...environment },
      streams: {
        out: (text) => (printed.out += text),
        err: (text) => (printed.err += text),
        data: async (text) => void (printed.out += text),
      },
      onEnd: (code) => (printed.code = code),
    }).parseAsync(['doctor', ...args], { from: 'user' })
    return printed
  }

  const fileWith = (name: string, content: string | Buffer): string => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return path
  }
  const about = ['--provider', 'hipay', '--account', 'shop']

  it('finds the cause of a sealed quarantined message, and says when it is mended', async () => {
    expect(await forge(service, BODY, digest('passphrase-new'))).toBe(401)
    const [id = ''] = await quarantined(service)
    const first = await doctor(['--inbox', id])
    expect(first).toEqual({
      code: 1,
      out: 'Remove the blanks and line breaks around secret copied of hipay/shop, where its "env", "file" or "value" holds it.',
      err: '',
    })
    const mended = await doctor(['--inbox', id, '--json'], { accounts: ACCOUNTS })
    expect(mended.code).toBe(0)
    expect(JSON.parse(mended.out)).toMatchObject({
      ...{ verified: true, cause: null, secretId: 'new' },
      remedy: expect.stringContaining('replay --quarantine') as unknown,
    })
    const keyless = await doctor(['--inbox', id], { environment: { DATA_KEYS: '' } })
    expect(keyless).toMatchObject({ code: 2, out: expect.stringContaining('DATA_KEYS') as unknown })
  })

  it('explains a file as it was pasted: 0 verified, 1 explained, 2 unexplained', async () => {
    const signature = ['--signature', digest('passphrase-new ')]
    const ran = async (content: string): Promise<Printed> =>
      doctor([...about, '--body', fileWith('body.txt', content), ...signature, '--json'])
    expect(await ran(BODY)).toMatchObject({ code: 0 })
    const pasted = await ran(`${BODY.replaceAll('&', '&amp;')}\n`)
    expect(pasted.code).toBe(1)
    expect(JSON.parse(pasted.out)).toMatchObject({
      verified: false,
      cause: 'html_escaped_body',
      secretId: 'copied',
    })
    const other = await ran(BODY.replace('118', '116'))
    expect(other.code).toBe(2)
    expect(JSON.parse(other.out)).toMatchObject({ verified: false, cause: 'wrong_secret', secretId: null })
    for (const { out, err } of [pasted, other]) expect(out + err).not.toContain('passphrase-new')
  })

  it('takes the set of Be2bill from a file, and needs no database for it', async () => {
    const set = 'IDENTIFIER=Demo+Shop&EXECCODE=0000&AMOUNT=1'
    const clear = ['AMOUNT=1', 'EXECCODE=0000', 'IDENTIFIER=Demo Shop'].map((pair) => `${pair}account-key`)
    const hash = createHash('sha256')
      .update(`account-key${clear.join('')}`)
      .digest('hex')
    const path = fileWith('set.txt', `${set}&HASH=${hash}`)
    const away = { environment: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } }
    for (const provider of ['be2bill', 'dalenys'])
      expect(await doctor(['--provider', provider, '--account', 'shop', '--body', path], away)).toMatchObject(
        {
          code: 0,
        },
      )
    fileWith('set.txt', `${set}&HASH=${hash}\n`)
    expect(await doctor(['--provider', 'be2bill', '--account', 'shop', '--body', path], away)).toMatchObject({
      code: 1,
      out: expect.stringContaining('line break') as unknown,
    })
  })

  it.each([
    [['--provider', 'hipay'], '--account'],
    [[...about, '--body', '/nowhere/at/all'], 'the file cannot be read'],
    [['--inbox', 'x'], 'must be the id of a message'],
    [['--inbox', '01980000-0000-7000-8000-000000000000', ...about], 'leave it out'],
    [['--inbox', '01980000-0000-7000-8000-000000000000'], 'no message is stored'],
  ])('says what is missing, with 2: %j', async (args, words) => {
    expect(await doctor(args)).toMatchObject({ code: 2, err: expect.stringContaining(words) as unknown })
  })

  it('alone says that configuration, database and clock are in order', async () => {
    const { code, out } = await doctor(['--json'], { accounts: ACCOUNTS })
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      checks: [
        { name: 'configuration', ok: true },
        { name: 'database', ok: true },
        { name: 'clock', ok: true },
      ],
    })
    expect(code).toBe(0)
  })

  it('alone names what is wrong with the configuration, each by its name, and goes on', async () => {
    const { code, err } = await doctor([], { environment: { PORT: 'abc', ACKNOWLEDGE_TIMEOUT_MS: '1' } })
    expect(code).toBe(1)
    expect(err).toMatch(/^WRONG configuration: .*PORT.*ACKNOWLEDGE_TIMEOUT_MS.*/m)
    const { err: secrets } = await doctor([])
    expect(secrets).toMatch(
      /^WRONG configuration: account hipay\/shop: secret copied begins or ends with a blank/m,
    )
    expect(secrets).toMatch(/^ok {4}database: /m)
    expect(secrets).not.toContain('passphrase')
  })

  it('alone names a database that is away, without the password of its URL', async () => {
    const environment = { DATABASE_URL: 'postgresql://receiver:hush-hush@127.0.0.1:1/none' }
    const { code, err } = await doctor([], { accounts: ACCOUNTS, environment })
    expect(code).toBe(1)
    expect(err).toMatch(/^WRONG database: it cannot be asked \(.*ECONNREFUSED.*\): check DATABASE_URL/m)
    expect(err).not.toContain('hush')
  })

  it('alone makes no embedded database where there is none', async () => {
    const environment = { DATABASE_URL: '', DATA_DIRECTORY: join(directory, 'data') }
    const { code, err } = await doctor([], { accounts: ACCOUNTS, environment })
    expect(code).toBe(1)
    expect(err).toContain('there is none: set DATABASE_URL')
  })

  describe('on a database that is not in order', () => {
    let database: TestDatabase
    let owner: pg.Client
    beforeAll(async () => {
      database = await createTestDatabase()
      owner = new pg.Client({ connectionString: database.url })
      await owner.connect()
    })
    afterAll(async () => {
      await owner.query('DROP OWNED BY doctors_guest; DROP ROLE doctors_guest')
      await owner.end()
      await database.drop()
    })

    it('names the rights that its role lacks', async () => {
      await owner.query(
        `CREATE ROLE doctors_guest LOGIN PASSWORD 'guest'; GRANT USAGE ON SCHEMA public TO doctors_guest;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO doctors_guest;
         REVOKE DELETE ON inbox_queue FROM doctors_guest`,
      )
      const url = new URL(database.url)
      url.username = 'doctors_guest'
      url.password = 'guest'
      const { code, err } = await doctor([], { accounts: ACCOUNTS, environment: { DATABASE_URL: url.href } })
      expect(code).toBe(1)
      expect(err).toMatch(/^WRONG database: the role of DATABASE_URL lacks DELETE on inbox_queue: /m)
    })

    it.each([
      ['+', 'behind'],
      ['-', 'ahead of'],
    ])('names a clock that differs: %s one hour', async (sign, words) => {
      const { rows } = await owner.query<{ name: string }>('SELECT current_database() AS name')
      await owner.query(
        `CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
           AS $$ SELECT pg_catalog.clock_timestamp() ${sign} interval '1 hour' $$;
         ALTER DATABASE "${rows[0]?.name ?? ''}" SET search_path = public, pg_catalog`,
      )
      const environment = { DATABASE_URL: database.url }
      const { code, err } = await doctor([], { accounts: ACCOUNTS, environment })
      expect(code).toBe(1)
      expect(err).toMatch(
        new RegExp(`^WRONG clock: it is 3[56]\\d\\d\\.\\d s ${words} that of the database`, 'm'),
      )
    })

    it('names the migrations that it lacks', async () => {
      await owner.query(
        `DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)`,
      )
      const environment = { DATABASE_URL: database.url }
      const { err } = await doctor([], { accounts: ACCOUNTS, environment })
      expect(err).toMatch(/^WRONG database: it lacks the migrations \w+: run npm run receiver -- migrate$/m)
    })
  })
})
