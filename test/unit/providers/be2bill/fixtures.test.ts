import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TransactionEvent } from '../../../../src/domain/transaction-event.ts'
import { scrub } from '../../../../src/lib/card-data.ts'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import type { Account, AccountSecret, ResponseEnvelope } from '../../../../src/providers/provider.ts'
import { account, NOW, secret } from './account.ts'

/**
 * One folder of test/fixtures/be2bill is one case; a new case is a new folder.
 * body.form and/or query.txt: a notification. body.json with envelope.json: a forwarded answer.
 * account.json: what differs from the common account. expected.json: the verification, the fields that the scrubber
 * touched, and the events, of which only what differs from an event that states nothing is written down.
 */
const ROOT = 'test/fixtures/be2bill'
const CASES = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory())

interface Expected {
  verification?: object
  scrubbed?: string[]
  translation?: { readable: boolean; family?: string; events?: Partial<TransactionEvent>[] }
}
interface WrittenSecret extends Pick<AccountSecret, 'id' | 'value'> {
  identifiers?: string[]
  notAfter?: string
}
type WrittenAccount = Omit<Partial<Account>, 'secrets'> & { secrets?: WrittenSecret[] }

const NOTHING: TransactionEvent = {
  provider: 'be2bill',
  account: 'shop-be',
  witness: 'notification',
  type: 'unrecognized',
  reference: null,
  parentReference: null,
  orderId: null,
  operationId: null,
  operationReference: null,
  operation: null,
  statesAuthorization: false,
  channel: null,
  amount: null,
  authorizedTotal: null,
  capturedTotal: null,
  refundedTotal: null,
  currency: null,
  invalidAmounts: [],
  providerCode: null,
  providerState: null,
  providerMessage: null,
  reason: null,
  occurredAt: null,
  receivedAt: NOW.toISOString(),
  test: null,
  merchantId: null,
  paymentMethod: null,
  threeDSecure: null,
  fraud: null,
  customer: null,
  schedule: null,
  chargeback: null,
  custom: {},
  extra: {},
}

const has = (name: string, file: string) => existsSync(join(ROOT, name, file))
const bytes = (name: string, file: string) =>
  has(name, file) ? readFileSync(join(ROOT, name, file)) : Buffer.alloc(0)
const json = (name: string, file: string): unknown =>
  has(name, file) ? JSON.parse(bytes(name, file).toString()) : {}

function accountOf(name: string): Account {
  const { secrets, ...rest } = json(name, 'account.json') as WrittenAccount
  const ring = secrets?.map(({ id, value, identifiers = [], notAfter }) =>
    secret(value, { id, identifiers, notAfter: notAfter === undefined ? null : new Date(notAfter) }),
  )
  return account(ring ? { ...rest, secrets: ring } : rest)
}

/** What the service does with a message: verify, redact, store, translate. */
function play(name: string) {
  if (has(name, 'envelope.json')) return playResponse(name)
  const method: 'GET' | 'POST' = has(name, 'body.form') ? 'POST' : 'GET'
  const request = {
    method,
    query: bytes(name, 'query.txt').toString('latin1'),
    headers: json(name, 'headers.json') as Record<string, string>,
    body: bytes(name, 'body.form'),
  }
  const verification = be2bill.verify(request, accountOf(name), NOW)
  const { content, scrubbed } = scrub(verification.content)
  const translation = be2bill.translate({ content, receivedAt: NOW }, accountOf(name))
  return { verification, scrubbed, translation }
}

function playResponse(name: string) {
  const { content, scrubbed } = scrub(bytes(name, 'body.json'))
  const envelope = json(name, 'envelope.json') as ResponseEnvelope
  const translation = be2bill.translateResponse({ envelope, content, receivedAt: NOW }, accountOf(name))
  return { verification: undefined, scrubbed, translation }
}

describe('cases', () => {
  test.each(CASES.map(({ name }) => name))('%s', (name) => {
    const expected = json(name, 'expected.json') as Expected
    const { verification, scrubbed, translation } = play(name)
    if (expected.verification) expect(verification).toMatchObject(expected.verification)
    expect(scrubbed).toEqual(expected.scrubbed ?? [])
    if (!expected.translation) return
    const { events, ...outside } = expected.translation
    expect(translation).toEqual({
      ...outside,
      ...(events && { events: events.map((event) => ({ ...NOTHING, ...event })) }),
    })
  })
})

test('there are enough of them, and each says something', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(40)
  for (const { name } of CASES) {
    const { verification, translation } = json(name, 'expected.json') as Expected
    expect(verification ?? translation, name).toBeDefined()
  }
})
