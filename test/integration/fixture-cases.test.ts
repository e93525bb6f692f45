import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toStoredEvent, type EventRow } from '../../src/db/facts.ts'
import type { Identifiers } from '../../src/lib/identifiers.ts'
import { scrub } from '../../src/lib/scrub.ts'
import { identifiersOf, withKeptIds } from '../support/identifiers.ts'
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

beforeAll(async () => {
  const clock = { ...systemClock, now: () => RECEIVED_AT }
  service = await startTestService({ idle: true, clock })
  const accounts = new Map(fixtures.map(({ account }) => [`${account.provider}/${account.account}`, account]))
  identifiers = await identifiersOf(service.sql)
  service.service.replaceAccounts([...accounts.values()])
  for (const fixture of notifications) answered.set(fixture, await notify(fixture))
  for (const fixture of answers) answered.set(fixture, await forward(fixture))
  service.service.startProcessing()
  await service.settled()
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

interface Row {
  id: string
  state: string
  family: string | null
  detail: string | null
  scrubbed: string[]
  content: Buffer
  events: EventRow[]
}

/** A notification is found by its bytes, an answer by the id that its forwarding was given. */
async function rowOf(fixture: FixtureCase): Promise<Row | undefined> {
  const { request } = fixture
  const found = request === null ? 'm.id = $1' : "m.content_digest = $1 AND m.witness = 'notification'"
  const by = request === null ? inboxIdOf(fixture) : sha256(contentOf(fixture))
  const { rows } = await service.sql.query<Row>(
    `SELECT m.id, o.state, o.family, o.detail, m.scrubbed, m.content,
            (SELECT coalesce(json_agg(json_build_object('id', e.id, 'inboxId', e.inbox_id, 'fact', e.fact) ORDER BY e.id), '[]')
             FROM transaction_events e WHERE e.inbox_id = m.id) AS events
     FROM inbox_messages m JOIN inbox_outcomes o ON o.inbox_id = m.id WHERE ${found}`,
    [by],
  )
  return rows[0]
}

function inboxIdOf(fixture: FixtureCase): string | null {
  const { status, text } = answered.get(fixture)!
  return status === 202 ? (JSON.parse(text) as { inboxId: string }).inboxId : null
}

function contentOf(fixture: FixtureCase): Buffer {
  const { provider, account, request, body } = fixture
  return request === null ? body : provider.verify(request, account, RECEIVED_AT).content
}

function expectStored(fixture: FixtureCase, row: Row | undefined): void {
  const { account, request, expected } = fixture
  const { readable, family, detail, events = [] } = expected.translation!
  if (!readable) {
    expect(row).toMatchObject({ state: 'parked', detail, events: [] })
    return
  }
  expect(row).toMatchObject({ family, scrubbed: expected.scrubbed ?? [] })
  expect(row?.state).toMatch(/^(processed|duplicate)$/)
  const blank = nothingStated(account, request === null ? 'response' : 'notification')
  const said = events.map((event) => withKeptIds({ ...blank, ...event }, identifiers))
  const stored = row?.events.map(toStoredEvent).map(({ id: _id, inboxId: _inboxId, ...event }) => event) ?? []
  // What another case has said before is not stored again.
  expect(stored.length > 0).toBe(said.length > 0 && row?.state === 'processed')
  expect(said).toEqual(expect.arrayContaining(stored))
}

describe.each(notifications)('the notification $name', (fixture) => {
  const { verified } = fixture.expected.verification as { verified: boolean }

  it(verified ? 'is acknowledged, stored and processed' : 'is refused', async () => {
    const { status, text } = answered.get(fixture)!
    if (!verified) {
      expect({ status, text }).toMatchObject({ status: 401 })
      return
    }
    expect({ status, text }).toEqual({ status: 200, text: 'OK' })
    const row = await rowOf(fixture)
    expect(row?.content.equals(scrub(contentOf(fixture), { identifiers }).content)).toBe(true)
    expectStored(fixture, row)
  })
})

describe.each(answers)('the answer $name', (fixture) => {
  it('is stored and processed, or refused as tied to nothing', async () => {
    const { status, text } = answered.get(fixture)!
    const row = await rowOf(fixture)
    if (status === 422) expect(text).toContain('response_not_correlatable')
    else {
      expect({ status, text }).toMatchObject({ status: 202 })
      expectStored(fixture, row)
    }
  })
})

it('what was refused is no message, and most of the others reach the events', async () => {
  const distinct = (of: FixtureCase[]): number =>
    new Set(of.map((fixture) => `${fixture.account.account} ${sha256(contentOf(fixture)).toString('hex')}`))
      .size
  const verified = notifications.filter(
    ({ expected }) => (expected.verification as { verified: boolean }).verified,
  )
  const { rows } = await service.sql.query<{ messages: number; speaking: number }>(`
    SELECT (SELECT count(*)::int FROM inbox_messages WHERE witness = 'notification') AS messages,
           (SELECT count(DISTINCT inbox_id)::int FROM transaction_events) AS speaking`)
  expect(rows[0]?.messages).toBe(distinct(verified))
  expect(rows[0]?.speaking).toBeGreaterThan(200)
  const taken = answers.filter((fixture) => answered.get(fixture)?.status === 202)
  expect(taken.length).toBeGreaterThan(80)
})
