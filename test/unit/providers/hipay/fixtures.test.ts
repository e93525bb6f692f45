import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { TransactionEvent } from '../../../../src/domain/transaction-event.ts'
import { scrub } from '../../../../src/lib/card-data.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import type {
  NotificationRequest,
  ResponseEnvelope,
  Translation,
} from '../../../../src/providers/provider.ts'
import { accountWith, NOW, secret } from './account.ts'

/**
 * One folder, one case: `body.*` as received; `headers.json` of a notification, or `envelope.json` of a forwarded
 * answer; `expected.json`, which lists of each event only what differs from "not stated".
 */
interface Expected {
  /** Absent for answers, and `main` where nothing else is said. */
  secretId?: string
  rejected?: string
  unreadable?: string
  family?: string
  events?: Partial<TransactionEvent>[]
}

const FIXTURES = new URL('../../../fixtures/hipay/', import.meta.url)
const RECEIVED_AT = new Date('2026-06-01T12:00:00.000Z')
const ACCOUNT = accountWith(
  secret(),
  secret({ id: 'moto', hashAlgorithm: 'sha1', merchantIds: ['00009990002'] }),
  secret({ id: 'long', hashAlgorithm: 'sha512', merchantIds: ['00009990003'] }),
  secret({ id: 'retired', value: 'FormerPassphrase', notAfter: new Date('2026-01-01T00:00:00Z') }),
)

const NOTHING_STATED: TransactionEvent = {
  provider: 'hipay',
  account: 'shop-fr',
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
  receivedAt: RECEIVED_AT.toISOString(),
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

const cases = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const read = (name: string, file: string): unknown =>
  JSON.parse(readFileSync(new URL(`${name}/${file}`, FIXTURES), 'utf8'))

function bodyOf(name: string): Buffer {
  const file = readdirSync(new URL(`${name}/`, FIXTURES)).find((candidate) => candidate.startsWith('body.'))
  return file === undefined ? Buffer.alloc(0) : readFileSync(new URL(`${name}/${file}`, FIXTURES))
}

function expectedTranslation({ family, events = [], unreadable }: Expected): Translation {
  if (unreadable !== undefined) return { readable: false, detail: unreadable }
  const filled = events.map((event) => ({ ...NOTHING_STATED, ...event }))
  return { readable: true, family: family ?? 'transaction', events: filled }
}

describe('fixture cases', () => {
  test('there are enough of them', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60)
  })

  test.each(cases)('%s', (name) => {
    const expected = read(name, 'expected.json') as Expected
    const content = bodyOf(name)
    if (existsSync(new URL(`${name}/envelope.json`, FIXTURES))) {
      const envelope = read(name, 'envelope.json') as ResponseEnvelope
      const translation = hipay.translateResponse({ envelope, content, receivedAt: RECEIVED_AT }, ACCOUNT)
      expect(translation).toEqual(expectedTranslation(expected))
      return
    }
    const headers = read(name, 'headers.json') as NotificationRequest['headers']
    const verification = hipay.verify({ method: 'POST', query: '', headers, body: content }, ACCOUNT, NOW)
    if (expected.rejected !== undefined) {
      expect(verification).toMatchObject({ verified: false, reason: expected.rejected })
      return
    }
    expect(verification).toMatchObject({ verified: true, secretId: expected.secretId ?? 'main' })
    const translate = (bytes: Buffer): Translation =>
      hipay.translate({ content: bytes, receivedAt: RECEIVED_AT }, ACCOUNT)
    expect(translate(content)).toEqual(expectedTranslation(expected))
    // What is stored is the body without card data, and a replay must read the same from it.
    expect(translate(scrub(content).content)).toEqual(expectedTranslation(expected))
  })
})
