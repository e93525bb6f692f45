import { request as httpRequest } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionEvent } from '../../src/domain/event/transaction-event.ts'
import type { EmailDigest } from '../../src/lib/email-digest.ts'
import { readFact, type FactRow } from '../../src/domain/event/written-fact.ts'
import type { StoredEvent } from '../../src/domain/event/evidence.ts'
import type { Identifiers } from '../../src/card-data/identifiers.ts'
import { emailDigestOf, identifiersOf, withKeptIds } from '../support/identifiers.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { sha256 } from '../../src/lib/crypto.ts'
import { providers } from '../../src/providers/registry.ts'
import { casesOf, nothingStated, RECEIVED_AT, type FixtureCase } from '../support/fixture-cases.ts'
import { startTestService, type TestService } from '../support/service.ts'

/**
 * Every fixture case once more, through HTTP and PostgreSQL: what the unit loop expects of the adapters must be what the
 * service answers, stores and keeps as events, whatever bytes came.
 */

const fixtures = providers.flatMap(casesOf)
const notifications = fixtures.filter(({ request }) => request !== null)
const answers = fixtures.filter(({ request }) => request === null)
const answered = new Map<FixtureCase, { status: number; text: string }>()
let service: TestService
let identifiers: Identifiers
let digestOf: EmailDigest
/** Every event that is stored. */
let facts: Fact[] = []

beforeAll(async () => {
  const clock = { ...systemClock, now: () => RECEIVED_AT }
  service = await startTestService({ idle: true, clock })
  const accounts = new Map(fixtures.map(({ account }) => [`${account.provider}/${account.account}`, account]))
  identifiers = await identifiersOf(service.sql)
  digestOf = await emailDigestOf(service.sql)
  service.service.replaceAccounts([...accounts.values()])
  for (const fixture of notifications) answered.set(fixture, await notify(fixture))
  for (const fixture of answers) answered.set(fixture, await forward(fixture))
  service.service.startProcessing()
  await service.settled()
  const { rows } = await service.sql.query<FactRow>(
    'SELECT id, inbox_id AS "inboxId", fact FROM transaction_events',
  )
  facts = rows.map((row) => factOf(readFact(row)))
})
afterAll(async () => {
  await service.stop()
})

/** Header for header and byte for byte as the case has it; fetch would add a content type. */
async function notify({ account, request, body }: FixtureCase): Promise<{ status: number; text: string }> {
  const { method, query, headers } = request!
  const path = `/notifications/${account.provider}/${account.account}${query === '' ? '' : `?${query}`}`
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(service.url, { path, method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function forward({ name, account, envelope, body }: FixtureCase) {
  const content = envelope.error === undefined ? { body: body.toString() } : {}
  const forwarding = { provider: account.provider, account: account.account, ...envelope, ...content }
  const response = await service.api('/v1/responses', {
    method: 'POST',
    body: JSON.stringify(forwarding),
    // Some answers are equal but for their name, and some name nothing that tells them apart.
    headers: { 'idempotency-key': name },
  })
  return { status: response.status, text: await response.text() }
}

/** An event with the message it was drawn from, and without its own id, which no case can know. */
type Fact = Omit<StoredEvent, 'id'>

const factOf = ({ id: _id, ...fact }: StoredEvent): Fact => fact

interface Row {
  id: string
  state: string
  family: string | null
  detail: string | null
  scrubbed: string[]
  content: Buffer
}

/** A notification is found by its account and bytes, an answer by the id that its forwarding was given. */
async function rowOf(fixture: FixtureCase): Promise<Row> {
  const { request, account } = fixture
  const found = request === null ? 'm.id = $3' : "m.content_digest = $3 AND m.witness = 'notification'"
  const by = request === null ? inboxIdOf(fixture) : sha256(contentOf(fixture))
  const { rows } = await service.sql.query<Row>(
    `SELECT m.id, o.state, o.family, o.detail, m.scrubbed, m.content
     FROM inbox_messages m JOIN inbox_outcomes o ON o.inbox_id = m.id
     WHERE m.provider = $1 AND m.account = $2 AND ${found}`,
    [account.provider, account.account, by],
  )
  expect(rows).toHaveLength(1)
  return rows[0]!
}

const inboxIdOf = (fixture: FixtureCase): string =>
  (JSON.parse(answered.get(fixture)!.text) as { inboxId: string }).inboxId

function contentOf(fixture: FixtureCase): Buffer {
  const { provider, account, request, body } = fixture
  return request === null ? body : provider.verify(request, account, RECEIVED_AT).content
}

/** A message with the values of some fields taken out, however it writes them; the rest stays byte for byte. */
function without(fields: readonly string[], content: Buffer): string {
  return fields.reduce((text, field) => {
    const name = [field, encodeURIComponent(field)].map((one) => one.replaceAll(/[[\]]/g, '\\$&')).join('|')
    return text
      .replaceAll(new RegExp(`(?<=(?:^|&)(?:${name})=)[^&]*`, 'gi'), '')
      .replaceAll(new RegExp(`(?<=<(?:${name})>)[^<]*`, 'gi'), '')
      .replaceAll(new RegExp(`(?<="(?:${name})" *: *)"(?:[^"\\\\]|\\\\.)*"`, 'gi'), '')
  }, content.toString('latin1'))
}

/** But for the fields that the case names, a body is stored as it came; of those not one value is. */
function expectContent({ expected: { scrubbed = [] } }: FixtureCase, received: Buffer, stored: Buffer): void {
  expect(without(scrubbed, stored)).toBe(without(scrubbed, received))
  expect(stored.equals(received)).toBe(scrubbed.length === 0)
  for (const field of scrubbed) {
    const others = scrubbed.filter((other) => other !== field)
    expect(without(others, stored), field).not.toBe(without(others, received))
  }
}

/** Two messages that say the same, but for the provider's prose, are one fact; a request is one for each message. */
const isTold = (said: Fact, stored: Fact): boolean =>
  isDeepStrictEqual(
    { ...said, inboxId: said.reference === null ? said.inboxId : stored.inboxId, providerMessage: null },
    { ...stored, providerMessage: null },
  )

/** `expected.json` names no e-mail address: what each event's digest is made of, the adapter says. */
function emailHashesOf(fixture: FixtureCase): (string | null)[] {
  const { provider, account, request, envelope } = fixture
  const content = contentOf(fixture)
  const translation =
    request === null
      ? provider.translateResponse({ envelope, content, receivedAt: RECEIVED_AT }, account)
      : provider.translate({ content, receivedAt: RECEIVED_AT }, account)
  if (!translation.readable) return []
  return translation.events.map(({ customer }) => (customer?.email ? digestOf(customer.email) : null))
}

function withEmailHash<Event extends TransactionEvent>(event: Event, emailHash: string | null): Event {
  if (emailHash === null) return event
  const nothing = { id: null, ipCountry: null, language: null, email: null, ipAddress: null, deviceId: null }
  return { ...event, customer: { ...nothing, ...event.customer, emailHash } }
}

function expectStored(fixture: FixtureCase, row: Row): void {
  const { account, request, expected } = fixture
  const { readable, family, detail, events = [] } = expected.translation!
  const own = facts.filter(({ inboxId }) => inboxId === row.id)
  if (!readable) {
    expect({ ...row, own }).toMatchObject({ state: 'parked', detail, own: [] })
    return
  }
  expect(row).toMatchObject({ family, scrubbed: expected.scrubbed ?? [] })
  const blank = nothingStated(account, request === null ? 'response' : 'notification')
  const hashes = emailHashesOf(fixture)
  const said = events.map((event, index): Fact => ({
    ...withEmailHash(withKeptIds({ ...blank, ...event }, identifiers), hashes[index] ?? null),
    inboxId: row.id,
  }))
  // Each fact is stored exactly once: with this message, or with another case that said it before.
  for (const fact of said) expect(facts.filter((stored) => isTold(fact, stored))).toHaveLength(1)
  const news = said.filter((fact) => own.some((stored) => isTold(fact, stored)))
  expect(own).toHaveLength(news.length)
  expect(own).toEqual(expect.arrayContaining(news))
  expect(row.state).toBe(said.length > 0 && news.length === 0 ? 'duplicate' : 'processed')
}

describe.each(notifications)('the notification $name', (fixture) => {
  const { verified } = fixture.expected.verification as { verified: boolean }

  it(verified ? 'is acknowledged, stored and processed' : 'is refused', async () => {
    const { status, text } = answered.get(fixture)!
    if (!verified) {
      expect(status).toBe(401)
      expect(JSON.parse(text)).toMatchObject({ code: 'signature_invalid' })
      return
    }
    expect({ status, text }).toEqual({ status: 200, text: 'OK' })
    const row = await rowOf(fixture)
    expectContent(fixture, contentOf(fixture), row.content)
    expectStored(fixture, row)
  })
})

describe.each(answers)('the answer $name', (fixture) => {
  const { refused } = fixture.expected

  it(refused === undefined ? 'is stored and processed' : `is refused: ${refused}`, async () => {
    const { status, text } = answered.get(fixture)!
    if (refused !== undefined) {
      expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([422, refused])
      return
    }
    expect(status, text).toBe(202)
    const row = await rowOf(fixture)
    expectContent(fixture, fixture.body, row.content)
    expectStored(fixture, row)
  })
})

it('what was refused is no message, and every event was said by a case', async () => {
  const verified = notifications.filter(
    ({ expected }) => (expected.verification as { verified: boolean }).verified,
  )
  const distinct = new Set(
    verified.map((fixture) => `${fixture.account.account} ${sha256(contentOf(fixture)).toString('hex')}`),
  )
  const taken = answers.filter(({ expected }) => expected.refused === undefined)
  const { rows } = await service.sql.query<{ witness: string; messages: number }>(
    'SELECT witness, count(*)::int AS messages FROM inbox_messages GROUP BY witness ORDER BY witness',
  )
  expect(rows).toEqual([
    { witness: 'notification', messages: distinct.size },
    { witness: 'response', messages: taken.length },
  ])
  const messages = await Promise.all([...verified, ...taken].map(rowOf))
  const known = new Set(messages.map(({ id }) => id))
  expect(facts.filter(({ inboxId }) => !known.has(inboxId))).toEqual([])
})
