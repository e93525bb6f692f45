import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { transactionEventSchema } from '../../../../src/http/v1/event.ts'
import { scrub } from '../../../../src/card-data/scrub.ts'
import { IDENTIFIERS } from '../../../support/identifiers.ts'
import type {
  ResponseEnvelope,
  Translation,
  VerifiedNotification,
} from '../../../../src/providers/provider.ts'
import { providers } from '../../../../src/providers/registry.ts'
import { casesOf, RECEIVED_AT } from '../../../support/fixture-cases.ts'
import { rounds, ROUNDS_TIMEOUT } from '../../../support/property-rounds.ts'
import { damaged } from './mutations.ts'

/**
 * Every body of the fixtures, damaged at random, through both adapters. `PROPERTY_RUNS=1000000` makes the long run; what
 * it finds becomes a fixture.
 */

const RUNS = 1000

/** Test numbers of the networks, Luhn-valid; none so regular that a repetition could make it by chance. */
const NUMBERS = [
  '4000056655665556',
  '5200828282828210',
  '378282246310005',
  '6011000990139424',
  '3566002020360505',
]
const card = fc.constantFrom(...NUMBERS)
/** How a number may be written in one of the encodings; planted last, so that nothing can grow around it. */
const spelling = fc.constantFrom<(number: string) => string>(
  (number) => number,
  (number) => number.replaceAll(/(\d{4})(?=\d)/g, '$1 '),
  (number) => number.replaceAll(/(\d{4})(?=\d)/g, '$1-'),
  (number) => number.replaceAll(/(\d{4})(?=\d)/g, '$1+'),
  (number) => number.replaceAll(/\d/g, '%3$&'),
  (number) => number.replaceAll(/\d/g, '\\u003$&'),
  (number) => number.replaceAll(/\d/g, '&#x3$&;'),
)
const digitsOf = (text: string): string => text.replaceAll(/[ -]/g, '')

/** Longest event: extra and custom are bounded, every other field is one short text. */
const EVENT_MAX = 40_000

const envelope = fc.record<ResponseEnvelope>(
  {
    orderId: fc.constantFrom('O-1', 'ŌŌ'),
    operation: fc.constantFrom('payment', 'capture', 'refund', 'cancel', 'stopntimes', 'nonsense'),
    operationId: fc.constant('op-1'),
    parentReference: fc.constantFrom('900000000001', 'A1'),
    amount: fc.nat(100_000),
    currency: fc.constantFrom('EUR', 'JPY'),
    httpStatus: fc.constantFrom(200, 201, 302, 400, 401, 404, 500, 503),
  },
  { requiredKeys: [] },
)

/** What two deliveries must have in common to be one message. */
const meantBy = ({ canonical, reference }: VerifiedNotification): unknown => ({
  text: canonical.toString('latin1'),
  reference,
})

const strictEvent = transactionEventSchema.strict()
const AMOUNTS = ['amount', 'authorizedTotal', 'capturedTotal', 'refundedTotal'] as const

function expectSound(translation: Translation): void {
  if (!translation.readable) {
    expect(translation.detail).not.toContain('could not be translated')
    return
  }
  for (const event of translation.events) {
    expect(strictEvent.safeParse(event).error).toBeUndefined()
    for (const name of AMOUNTS) expect(event[name] ?? 0).toBeGreaterThanOrEqual(0)
    const text = JSON.stringify(event)
    expect(text.length).toBeLessThan(EVENT_MAX)
    expectStorable(event)
  }
}

/** PostgreSQL takes neither U+0000 nor half a character, in a name or in a value. */
function expectStorable(event: object): void {
  JSON.stringify(event, (name, value: unknown) => {
    for (const text of [name, value])
      if (typeof text === 'string' && (text.includes('\0') || !text.isWellFormed()))
        expect(text).toBe('storable')
    return value
  })
}

describe.each(providers.map((provider) => [provider.names[0], provider] as const))(
  '%s, damaged',
  (_name, provider) => {
    const cases = casesOf(provider)
    const account = cases[0]!.account
    const bodies = cases.map(({ body }) => body).filter(({ length }) => length > 0 && length < 20_000)
    const content = damaged(bodies)

    const told = (bytes: Buffer, sent: ResponseEnvelope): Translation[] => [
      provider.translate({ content: bytes, receivedAt: RECEIVED_AT }, account),
      provider.translateResponse({ content: bytes, envelope: sent, receivedAt: RECEIVED_AT }, account),
    ]

    test('is told or said to be unreadable', { timeout: ROUNDS_TIMEOUT }, () => {
      fc.assert(
        fc.property(content, envelope, (bytes, sent) => {
          for (const translation of told(bytes, sent)) expectSound(translation)
        }),
        rounds(RUNS),
      )
    })
    test('tells no card number', { timeout: ROUNDS_TIMEOUT }, () => {
      const where = fc.double({ min: 0, max: 1, noNaN: true })
      const planting = fc.record({ number: card, spell: spelling, where })
      fc.assert(
        fc.property(content, planting, envelope, (bytes, { number, spell, where: place }, sent) => {
          const at = Math.floor(place * bytes.length)
          const planted = Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(` x${spell(number)}x `),
            bytes.subarray(at),
          ])
          const { content: kept } = scrub(planted, { identifiers: IDENTIFIERS })
          expect(digitsOf(kept.toString('latin1'))).not.toContain(number)
          for (const translation of told(kept, sent))
            expect(digitsOf(JSON.stringify(translation))).not.toContain(number)
        }),
        rounds(RUNS),
      )
    })

    test('verifies only as it was signed', { timeout: ROUNDS_TIMEOUT }, () => {
      const signed = cases.flatMap(({ request, account: owner }) => {
        // With a set in both, losing the one makes the other count.
        if (request === null || (request.query !== '' && request.body.length > 0)) return []
        const verdict = provider.verify(request, owner, RECEIVED_AT)
        return verdict.verified ? [{ request, owner, meant: meantBy(verdict) }] : []
      })
      const forgery = fc.constantFrom(...signed).chain((original) => {
        const carrier =
          original.request.body.length > 0 ? original.request.body : Buffer.from(original.request.query)
        return damaged([carrier]).map((bytes) => ({ ...original, bytes }))
      })
      fc.assert(
        fc.property(forgery, ({ request, owner, meant, bytes }) => {
          const changed =
            request.body.length > 0
              ? { ...request, body: bytes }
              : { ...request, query: bytes.toString('latin1') }
          const verdict = provider.verify(changed, owner, RECEIVED_AT)
          // Order, spelling and a HASH of its own are no part of what Be2bill signs.
          if (verdict.verified) expect(meantBy(verdict)).toEqual(meant)
        }),
        rounds(RUNS),
      )
    })
  },
)
