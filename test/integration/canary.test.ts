import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { onDatabase } from '../../src/db/database-url.ts'
import { migrate } from '../../src/db/migrations/migrate.ts'
import { startThrowAwayPostgres, type ThrowAwayPostgres } from '../../src/embedded-postgres/throw-away.ts'
import { providerOf, providers } from '../../src/providers/registry.ts'
import type { SignOptions, WireFields } from '../../src/providers/provider.ts'
import { findMark, MARKS, PLACES, readDataTable, readings, type Mark, type Place } from '../support/canary.ts'
import { runSql } from '../support/database.ts'
import { casesOf } from '../support/fixture-cases.ts'
import { documentedRoutes, withId } from '../support/openapi.ts'
import { testPostgresPrograms } from '../support/postgres-programs.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts'
import { until } from '../support/until.ts'

/**
 * Marked values through everything that takes any, then a search of everything that shows any: a mark may be where the table
 * of docs/threat-model.md says so, and nowhere else. The database logs all it can.
 */

const TALKATIVE = {
  ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  ...{ log_statement: 'all', log_parameter_max_length: '-1', log_parameter_max_length_on_error: '-1' },
  ...{ log_error_verbosity: 'verbose', log_min_error_statement: 'debug1', log_min_duration_statement: '0' },
}

const { secret, person: holder, 'card number': pan, 'rest of a request': stray } = MARKS
const API_KEY = `${secret}-api-key-of-the-canary`
const ACCOUNTS = [
  {
    ...{ provider: 'hipay', account: 'shop', test: true, responses: 'expected' },
    secrets: [{ id: 'only', value: `${secret}-passphrase` }],
  },
  {
    ...{ provider: 'be2bill', account: 'shop', test: true, responses: 'expected' },
    identifiers: ['Demo Shop'],
    secrets: [{ id: 'key', value: `${secret}-account-key` }],
  },
]

let server: ThrowAwayPostgres
let collector: TraceCollector
let service: TestService
const seen: Record<Place, string[]> = {
  database: [],
  'its log': [],
  API: [],
  log: [],
  traces: [],
  metrics: [],
  errors: [],
  commands: [],
}
const table = readDataTable()
/** How many notifications and answers were taken: what was refused proves nothing. */
const taken = { notifications: 0, answers: 0 }

beforeAll(async () => {
  server = await startThrowAwayPostgres(TALKATIVE, await testPostgresPrograms())
  await runSql(server.url, 'CREATE DATABASE receiver')
  const url = onDatabase(server.url, 'receiver')
  await migrate({ databaseUrl: url, log: { info: () => undefined, warn: () => undefined } })
  collector = await startTraceCollector()
  service = await startTestService({
    database: { url, drop: async () => undefined },
    accounts: ACCOUNTS,
    settings: {
      ...{ LOG_LEVEL: 'trace', API_KEYS: `all:${API_KEY}`, BODY_LIMIT_BYTES: '65536', TRUST_PROXY: '1' },
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret}`,
    },
  })
  await sendEverything()
  await processed()
  await lookEverywhere()
}, 300_000)
afterAll(async () => {
  await service.stop()
  await collector.close()
  await server.stop()
})

/** Hundreds of messages, on whatever machine: only the hook's own time-out ends it. */
async function processed(): Promise<void> {
  const pending = async (): Promise<number | null> =>
    (await service.sql.query('SELECT FROM inbox_queue LIMIT 1')).rowCount
  while ((await pending()) !== 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

// What is sent.

/** In every request: the service needs none of it. */
const STRAY_HEADERS = {
  ...{
    'user-agent': stray,
    cookie: `a=${stray}`,
    referer: `https://${stray}.example/${pan}`,
    'x-marked': `${stray} ${pan}`,
  },
  'x-request-id': `${stray} is not an id`,
  // Ids of the sender's choice: a caller without a key is not believed.
  traceparent: `00-${pan.padStart(32, 'a')}-${pan}-01`,
  tracestate: `${stray.toLowerCase()}=${pan}`,
}

const remember = async (answer: Response): Promise<number> => {
  const headers = JSON.stringify([...answer.headers])
  seen[answer.status >= 400 ? 'errors' : 'API'].push(await answer.text(), headers)
  return answer.status
}

/** What a holder of a key names its trace is its own affair. */
const TRACE_OF_CALLER = `00-${'a1b2'.repeat(8)}-${'c3d4'.repeat(4)}-01`

let senders = 0
const call = async (path: string, init: RequestInit = {}): Promise<number> => {
  senders += 1
  // Each from an address of its own: limits are not what this is about.
  const from = { 'x-forwarded-for': `198.18.${Math.floor(senders / 250)}.${senders % 250}` }
  const headers = new Headers({ ...STRAY_HEADERS, ...from, ...(init.headers as object) })
  if (headers.get('authorization') === `Bearer ${API_KEY}`) headers.set('traceparent', TRACE_OF_CALLER)
  return remember(await fetch(service.url + path, { ...init, headers }))
}

const withKey = async (path: string, body?: unknown, headers: object = {}): Promise<number> =>
  call(path, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
  })

/** A notification as the provider signs it; `tamper` spoils the signature afterwards. */
async function notify(
  provider: string,
  fields: WireFields,
  { tamper = false, ...options }: SignOptions & { tamper?: boolean } = {},
): Promise<void> {
  const signed = providerOf(provider)!.sign(fields, service.account(provider, 'shop'), options)
  const spoil = (text: string): string => (tamper ? `${text}&spoiled=1` : text)
  const query = provider === 'hipay' ? `hash=${stray}&pan=${pan}` : spoil(signed.query)
  const init = {
    method: signed.method,
    headers: signed.headers,
    ...(signed.method === 'GET' ? {} : { body: spoil(signed.body.toString('latin1')) }),
  }
  const status = await call(`/notifications/${provider}/shop${query === '' ? '' : `?${query}`}`, init)
  expect(status).toBe(tamper ? 401 : 200)
  if (!tamper) taken.notifications += 1
}

/** Bytes that no serializer of ours would write, signed all the same. */
async function notifyRaw(text: string): Promise<void> {
  const signature = createHash('sha256').update(text).update(`${secret}-passphrase`).digest('hex')
  const headers = { 'x-allopass-signature': signature }
  expect(await call('/notifications/hipay/shop', { method: 'POST', headers, body: text })).toBe(200)
  taken.notifications += 1
}

async function forward(envelope: object): Promise<number> {
  const status = await withKey('/v1/responses', { account: 'shop', ...envelope })
  if (status === 202) taken.answers += 1
  return status
}

/** What a message cannot do without, by provider. */
const BASE: Readonly<Record<string, Record<string, string>>> = {
  hipay: {
    ...{
      transaction_reference: '900000000001',
      status: '118',
      state: 'completed',
      test: 'true',
      mid: '00001234567',
    },
    ...{ 'order[id]': `${MARKS['name of a thing']}-H`, captured_amount: '50.00', authorized_amount: '50.00' },
    ...{ currency: 'EUR', decimals: '2', date_updated: '2026-04-01T10:00:02+0000' },
  },
  be2bill: {
    ...{
      IDENTIFIER: 'Demo Shop',
      OPERATIONTYPE: 'payment',
      EXECCODE: '0000',
      AMOUNT: '12390',
      CURRENCY: 'EUR',
    },
    ...{
      TRANSACTIONID: `${MARKS['name of a thing']}-T`,
      ORDERID: `${MARKS['name of a thing']}-B`,
      MESSAGE: 'm',
    },
  },
}

/** Names that the providers' documentation gives to what must not be kept, whatever the product takes them for. */
const MARKED: readonly [RegExp, Mark][] = [
  [/(?:result|responsecode)\]?$/i, "merchant's field"],
  [/cavv|authentication_token|REDIRECTHTML|3DSECUREHTML|REDIRECTPOSTPARAMS/i, 'authentication'],
  [/cvv|cvc|security_code/i, 'security code'],
  [/token/i, 'card token'],
  [/iban/i, 'bank account'],
  [/(?:^|\[)(?:pan|card_number|cardcode)\]?$/i, 'card number'],
  [/card_?holder|(?:first|last|sur|full)name|e?mail/i, 'person'],
]
const markOf = (name: string): string =>
  MARKS[MARKED.find(([pattern]) => pattern.test(name))?.[1] ?? "merchant's field"]

/** Every field that any fixture has, and those of which no fixture may have one. */
function namesOf(provider: string): string[] {
  const inFixtures = casesOf(providerOf(provider)!).flatMap(({ request }) => {
    const text = request?.body.toString('latin1') ?? ''
    return /^[\w%[\].-]+=/.test(text) ? [...new URLSearchParams(text).keys()] : []
  })
  const more = {
    hipay: [
      ...['payment_method[pan]', 'payment_method[cvc]', 'payment_method[card_number]', 'card_token', 'cvv'],
      ...['three_d_secure[cavv]', 'customer[email]', 'order[firstname]', 'order[lastname]', 'order[email]'],
    ],
    be2bill: ['CARDCODE', 'CARDCVV', 'XPAYTOKEN', 'NETWORKTOKENPAN', 'IBAN', '3DSECURECAVV', 'CLIENTEMAIL'],
  }[provider]!
  return [...new Set([...inFixtures, ...more])].filter(
    (name) => /^\w+(?:\[\w+\])*$/.test(name) && !/HASH|__proto__/.test(name),
  )
}

/** `order[id]` as the member `id` of `order`; a name that is a value already stays one. */
function nested(flat: Record<string, string>): WireFields {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(flat)) {
    const path = name.split(/[[\]]+/).filter((part) => part !== '')
    let at = fields
    for (const part of path.slice(0, -1))
      at = (typeof at[part] === 'object' ? at[part] : (at[part] = {})) as typeof fields
    at[path.at(-1)!] = value
  }
  return fields as unknown as WireFields
}

async function sendEverything(): Promise<void> {
  for (const provider of ['hipay', 'be2bill']) await sendAllFields(provider)
  await sendStrangeEncodings()
  for (const provider of ['hipay', 'be2bill']) await forwardAllFields(provider)
  await announceAndResolve()
  await goWrong()
  await breakDatabase()
}

async function sendAllFields(provider: string): Promise<void> {
  const names = namesOf(provider)
  expect(names.length).toBeGreaterThan(50)
  const base = BASE[provider]!
  const marked = { ...Object.fromEntries(names.map((name) => [name, markOf(name)])), ...base }
  const encodings: SignOptions[] = provider === 'hipay' ? [{}, { encoding: 'xml' }] : [{}, { method: 'GET' }]
  for (const options of encodings) {
    await notify(provider, nested(marked), options)
    await notify(provider, nested(marked), { ...options, tamper: true })
  }
  // Another IDENTIFIER is another account's.
  const fields = [...new Set([...names, ...Object.keys(base)])].filter((name) => name !== 'IDENTIFIER')
  for (const [index, some] of chunks(fields, 8).entries()) {
    const payment = { ...base, ...ownNames(provider, index) }
    await Promise.all(
      some.map(async (name) => {
        await notify(provider, nested({ ...payment, [name]: pan }))
        await notify(
          provider,
          nested({ ...payment, [name]: `my card is ${grouped(pan, ' ')}, thank you` }),
          {},
        )
      }),
    )
  }
}

/** Of hundreds of messages about one payment each would be read with all the others. */
const ownNames = (provider: string, index: number): Record<string, string> =>
  provider === 'hipay'
    ? {
        transaction_reference: String(910_000_000_000 + index),
        'order[id]': `${MARKS['name of a thing']}-H${index}`,
      }
    : {
        TRANSACTIONID: `${MARKS['name of a thing']}-T${index}`,
        ORDERID: `${MARKS['name of a thing']}-B${index}`,
      }

const grouped = (digits: string, by: string): string => digits.replace(/(\d{4})(?=\d)/g, `$1${by}`)
const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  )

async function sendStrangeEncodings(): Promise<void> {
  const reference = 'transaction_reference=900000000002&status=118&order[id]=o'
  const percent = pan.replaceAll(/\d/g, '%3$&')
  await notifyRaw(`${reference}&note=${percent}&payment_method%5Btoken%5D=${MARKS['card token']}`)
  await notifyRaw(
    `${reference}&note=${grouped(pan, '-')}&note2=${grouped(pan, '+')}&note3=${grouped(pan, '%20')}`,
  )
  await notifyRaw(
    `${reference}&cdata1=${encodeURIComponent(JSON.stringify({ token: MARKS['card token'], cvv: MARKS['security code'], n: pan }))}`,
  )
  const element = (name: string, text: string): string => `<${name}>${text}</${name}>`
  const xml = (inside: string): string =>
    `<?xml version="1.0"?><notification><transaction_reference>900000000003</transaction_reference><status>118</status>${inside}</notification>`
  const entities = pan.replaceAll(/\d/g, '&#x3$&;')
  await notifyRaw(
    xml(
      element('note', entities) +
        element('payment_method', element('token', `<![CDATA[${MARKS['card token']}]]>`)),
    ),
  )
  // Unreadable, and kept all the same.
  await notifyRaw(xml(element('payment_method', `<cvc>${MARKS['security code']}</cvc><pan>${pan}</b>`)))
  await notifyRaw(
    `{"status": 118, "transaction_reference": "1", "payment_method": {"token": "${MARKS['card token']}", "pan": ${pan}, "cvv": "${MARKS['security code']}"`,
  )
}

async function forwardAllFields(provider: string): Promise<void> {
  const about = {
    provider,
    orderId: `${MARKS['name of a thing']}-R`,
    operation: 'payment',
    operationId: `${MARKS['name of a thing']}-op`,
    amount: 5000,
    currency: 'EUR',
  }
  const names = namesOf(provider)
  const base =
    provider === 'hipay'
      ? { transactionReference: '900000000004', state: 'completed', status: '118', message: 'm' }
      : { OPERATIONTYPE: 'payment', EXECCODE: '0000', MESSAGE: 'm', TRANSACTIONID: 'A4' }
  const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const marked = nested(
    Object.fromEntries(
      names.flatMap((name) => [
        [name, markOf(name)],
        [camel(name), markOf(name)],
      ]),
    ),
  )
  const card = {
    paymentMethod: { pan, token: MARKS['card token'], cardHolder: holder, cvc: MARKS['security code'] },
  }
  for (const body of [
    { ...marked, ...card, ...base },
    JSON.stringify({ ...marked, ...card, ...base }),
    `{"half": "${pan}`,
  ]) {
    expect(await forward({ ...about, body })).toBe(202)
  }
  for (const name of names) await forward({ ...about, body: { ...base, [name]: pan } })
  expect(await forward({ ...about, error: 'timeout' })).toBe(202)
}

/** What the merchant's systems and an operator say of their own accord. */
async function announceAndResolve(): Promise<void> {
  const announcement = {
    provider: 'hipay',
    account: 'shop',
    orderId: `${MARKS['name of a thing']}-A`,
    channel: 'direct',
    amount: 5000,
    currency: 'EUR',
  }
  expect(await withKey('/v1/expectations', announcement)).toBe(201)
  for (const field of [
    'provider',
    'account',
    'orderId',
    'operation',
    'operationId',
    'parentReference',
    'currency',
    'channel',
  ]) {
    for (const value of [pan, `x ${grouped(pan, ' ')}`]) {
      await withKey('/v1/expectations', { ...announcement, [field]: value })
      await withKey('/v1/expectations', {
        ...announcement,
        operation: 'capture',
        parentReference: '900000000001',
        [field]: value,
      })
      await forward({
        provider: 'hipay',
        orderId: 'o',
        [field]: value,
        body: { transactionReference: '5', status: '118', state: 'completed' },
      })
    }
  }
  await withKey(
    '/v1/responses',
    { provider: 'hipay', account: 'shop', orderId: 'o', error: 'timeout' },
    { 'idempotency-key': `${pan} ${stray}` },
  )
  await processed()
  const open = (await (
    await service.api('/v1/discrepancies?open=true', { headers: { authorization: `Bearer ${API_KEY}` } })
  ).json()) as { items: { id: string }[] }
  expect(open.items.length).toBeGreaterThan(0)
  for (const note of [`the customer read me ${grouped(pan, ' ')}`, pan]) {
    await withKey(`/v1/discrepancies/${open.items[0]!.id}/resolve`, { note })
  }
}

/** Every way to be refused, with marks in the path, the query, the headers and the body. */
async function goWrong(): Promise<void> {
  const path = `${stray}-${pan}`
  const own = MARKS["merchant's field"]
  const body = `status=118&transaction_reference=1&note=${pan}&payment_method[token]=${MARKS['card token']}&name=${holder}`
  const post = { method: 'POST', body }
  const statuses = [
    await call(`/${path}?${path}=${path}`),
    await call(`/notifications/${path}/${path}?${path}`, post),
    await call(`/notifications/hipay/${path}`, post),
    await call(`/notifications/hipay/shop?pan=${pan}`, post),
    await call(`/notifications/hipay/shop`, {
      ...post,
      headers: { 'x-allopass-signature': `${stray}${pan}` },
    }),
    await call(`/notifications/hipay/shop`, { ...post, headers: { 'content-encoding': stray } }),
    await call(`/notifications/hipay/shop`, { method: 'POST', body: `${body}&x=${stray.repeat(10_000)}` }),
    await call(`/notifications/hipay/shop?${body}`, { method: 'PUT', body }),
    await call(`/notifications/be2bill/shop?CARDCODE=${pan}&${path}`, { method: 'HEAD' }),
    await call(`/notifications/be2bill/shop?CARDCODE=${pan}&${path}`, { method: 'OPTIONS' }),
    await call(`/notifications/be2bill/shop?HASH=${own}&IDENTIFIER=${own}&EXECCODE=0000&CARDCODE=${pan}`),
    await call(`/v1/transactions?cursor=${path}`, {
      headers: { authorization: `Bearer ${secret}-${stray}-${pan}` },
    }),
    await call(`/v1/orders/hipay/shop/${path}`, {
      method: 'HEAD',
      headers: { authorization: `Basic ${secret}` },
    }),
    await call(`/health?${path}`),
    await call(`/%E0%A4%A?${path}`),
  ]
  expect(statuses).toEqual([404, 404, 404, 401, 401, 415, 413, 405, 405, 405, 401, 401, 405, 200, 400])
  await askForMarks(`${MARKS['name of a thing']}-${pan}`)
  await breakOff(`GET /${path} HTTP/1.1\r\n${path}: ${stray.repeat(6_000)}\r\n\r\n`)
  await breakOff(`${path} nonsense ${secret}\r\n\r\n`)
}

const FILTERS = [
  ...[
    'status',
    'reconciliation',
    'overdue',
    'provider',
    'account',
    'orderId',
    'test',
    'linked',
    'from',
    'to',
  ],
  ...['cursor', 'limit', 'wait', 'until', 'class', 'open', 'reference', 'state', 'code', 'actor', 'action'],
]

/** Every call of the merchant's, about ids that are not known. */
async function askForMarks(name: string): Promise<void> {
  for (const { method, path: pattern } of await documentedRoutes(service.url)) {
    const asked = `${withId(pattern, name)}?${name}=${name}`
    const json = method === 'POST' ? { body: JSON.stringify({ [name]: name, note: 7, provider: name }) } : {}
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
    for (const url of [asked, asked.replace(/\?.*/, '')]) {
      await call(url, { method, headers, ...json })
      if (method === 'GET') await call(url, { method: 'HEAD', headers })
      if (method === 'POST') await call(url, { method, headers, body: `{"${name}` })
    }
  }
  for (const filter of FILTERS) {
    for (const list of ['transactions', 'discrepancies', 'reconciliation/summary', 'inbox', 'audit'])
      await withKey(`/v1/${list}?${filter}=${name}`)
  }
}

/** Say so much, which `fetch` would refuse to. */
async function breakOff(bytes: string): Promise<void> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  await new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve()
    })
    socket.on('error', () => undefined)
    socket.write(bytes, () => {
      socket.end()
    })
  })
  seen.errors.push(text)
}

/** Constraints that quote the row that they refuse. */
async function breakDatabase(): Promise<void> {
  await service.sql.query(
    `ALTER TABLE inbox_messages ADD CONSTRAINT canary CHECK (position('REFUSED'::bytea IN content) = 0);
     ALTER TABLE transaction_events ADD CONSTRAINT canary CHECK (order_id NOT LIKE 'POISON%') NOT VALID;
     ALTER TABLE expectations ADD CONSTRAINT canary CHECK (order_id NOT LIKE 'POISON%') NOT VALID`,
  )
  const card = {
    ...BASE['hipay'],
    'payment_method[pan]': pan,
    'payment_method[token]': MARKS['card token'],
    'payment_method[card_holder]': holder,
  }
  const refused = providerOf('hipay')!.sign(
    nested({ ...card, cdata1: 'REFUSED' }),
    service.account('hipay', 'shop'),
  )
  expect(
    await call('/notifications/hipay/shop', {
      method: 'POST',
      headers: refused.headers,
      body: new Uint8Array(refused.body),
    }),
  ).toBe(503)
  expect(
    await withKey('/v1/expectations', {
      provider: 'hipay',
      account: 'shop',
      orderId: `POISON-${MARKS['name of a thing']}`,
    }),
  ).toBe(500)
  expect(
    await forward({
      provider: 'hipay',
      orderId: 'o',
      body: { transactionReference: '6', status: '118', note: 'REFUSED', token: MARKS['card token'] },
    }),
  ).toBe(503)
  await notify(
    'hipay',
    nested({
      ...card,
      transaction_reference: '900000000009',
      'order[id]': `POISON-${MARKS['name of a thing']}`,
    }),
  )
  while (!service.logs.some((line) => line.includes('tried again'))) await service.sql.query('SELECT 1')
  await service.sql.query(
    `ALTER TABLE transaction_events DROP CONSTRAINT canary; UPDATE inbox_queue SET due_at = now()`,
  )
}

// Where it is looked for.

async function lookEverywhere(): Promise<void> {
  await readApi()
  await runCommands()
  seen.metrics.push(await (await fetch(`${service.url}/metrics`)).text())
  seen.database.push(...(await everythingStored()))
  seen.log.push(...service.logs)
  seen.traces.push(...(await everySpan()))
  seen['its log'].push(await server.log())
}

/** Every answer to every question about everything that is known. */
async function readApi(): Promise<void> {
  const get = async (path: string): Promise<void> => {
    expect(await withKey(path)).toBe(200)
  }
  for (const list of ['transactions?limit=200', 'discrepancies?limit=200', 'reconciliation/summary'])
    await get(`/v1/${list}`)
  const { rows } = await service.sql.query<{ provider: string; reference: string; order: string | null }>(
    'SELECT provider, reference, order_id AS "order" FROM transactions',
  )
  for (const { provider, reference, order } of rows) {
    const path = `/v1/transactions/${provider}/shop/${encodeURIComponent(reference)}`
    for (const view of ['', '/events', '/explain']) await get(path + view)
    if (order !== null) await get(`/v1/orders/${provider}/shop/${encodeURIComponent(order)}`)
  }
  for (const id of await everyMessage()) await get(`/v1/inbox/${id}`)
  for (const list of ['inbox?limit=200', 'audit?limit=200']) await get(`/v1/${list}`)
}

const everyMessage = async (): Promise<string[]> =>
  (
    await service.sql.query<{ id: string }>(
      'SELECT id FROM inbox_messages UNION ALL SELECT id FROM quarantined_messages ORDER BY id',
    )
  ).rows.map(({ id }) => id)

async function runCommands(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-canary-'))
  const file = join(directory, 'accounts.json')
  writeFileSync(file, JSON.stringify(ACCOUNTS))
  const print = (text: string): void => void seen.commands.push(text)
  const program = [
    'replay --quarantine',
    'migrate',
    'accounts check',
    `send hipay 118 --response --url ${service.url} --api-key ${API_KEY}`,
    `send be2bill payment 0000 --tamper --url ${service.url}`,
    'export --from 2020-01-01 --to 2999-12-31',
    // One of the first ones, which have every field.
    `inbox show ${(await everyMessage())[0]}`,
  ]
  for (const line of program.flatMap((words) => [words, `${words} --json`])) {
    await buildProgram({
      environment: { DATABASE_URL: service.database.url, ACCOUNTS_FILE: file },
      streams: {
        out: print,
        err: print,
        data: async (text) => {
          print(text)
        },
      },
      onEnd: (code) => {
        expect([line, code]).toEqual([line, 0])
      },
    }).parseAsync(line.split(' '), { from: 'user' })
  }
  rmSync(directory, { recursive: true })
}

/** Spans are exported within a second of their end; that of this call is the last one. */
async function everySpan(): Promise<string[]> {
  await call('/this-is-no-path')
  const of = (name: string): number => collector.spans().filter((span) => span.name === name).length
  await until(() => of('POST /notifications/be2bill/:account') > 0 && of('process messages') > 0, {
    what: 'spans of requests and batches were exported',
  })
  return collector.bodies
}

/** Every row of every table as text; bytes are read as the text that they are. */
async function everythingStored(): Promise<string[]> {
  const { rows: tables } = await service.sql.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  )
  const rows = await Promise.all(
    tables.map(
      async ({ name }) => (await service.sql.query<Record<string, unknown>>(`SELECT * FROM ${name}`)).rows,
    ),
  )
  return rows.flat().map((row) =>
    Object.values(row)
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
      .join('\n'),
  )
}

describe('marked values', () => {
  it('were taken, and everything that could show them has said something', () => {
    expect(providers.map(({ names }) => names[0])).toEqual(['hipay', 'be2bill'])
    expect(taken.notifications).toBeGreaterThanOrEqual(353)
    expect(taken.answers).toBeGreaterThanOrEqual(187)
    for (const place of PLACES) expect(seen[place].join('').length, place).toBeGreaterThan(100)
  })

  describe.each(PLACES)('in %s', (place) => {
    it('are what may be there, and nothing else', () => {
      const texts = seen[place].map(readings)
      const found = Object.keys(MARKS).filter((mark) =>
        texts.some((text) => findMark(MARKS[mark as Mark], text) !== null),
      )
      const where = found
        .filter((mark) => !table[mark as Mark].includes(place))
        .flatMap((mark) =>
          texts
            .flatMap((text) => findMark(MARKS[mark as Mark], text) ?? [])
            .slice(0, 5)
            .map((around) => `${mark}: ${around}`),
        )
      expect(where).toEqual([])
    })
  })

  it.each(Object.entries(table).filter(([, places]) => places.length > 0))(
    'of the kind %s are found where they belong, so that the search is known to see them',
    (mark, places) => {
      for (const place of places) {
        expect(
          seen[place].map(readings).some((text) => findMark(MARKS[mark as Mark], text) !== null),
          place,
        ).toBe(true)
      }
    },
  )
})

describe('the search', () => {
  it.each([
    ['as it is', pan],
    ['with blanks', grouped(pan, ' ')],
    ['with dashes', grouped(pan, '-')],
    ['percent-encoded', pan.replaceAll(/\d/g, '%3$&')],
    ['as references of XML', pan.replaceAll(/\d/g, '&#x3$&;')],
    ['as escapes of JSON', pan.replaceAll(/\d/g, '\\u003$&')],
    ['in hexadecimal', `DETAIL: Parameters: $1 = '\\x${Buffer.from(`a=${pan}&b`).toString('hex')}'`],
    ['in base64', Buffer.from(`a=${pan}&b`).toString('base64')],
    ['in base64, a byte on', Buffer.from(`ab=${pan}&b`).toString('base64')],
    ['in base64, two bytes on', Buffer.from(`abc=${pan}&b`).toString('base64')],
  ])('sees a mark %s', (_how, text) => {
    expect(findMark(pan, readings(text))).not.toBeNull()
  })

  it('does not see one that is masked', () => {
    expect(findMark(pan, readings(`${pan.slice(0, 6)}******${pan.slice(-4)}`))).toBeNull()
  })
})
