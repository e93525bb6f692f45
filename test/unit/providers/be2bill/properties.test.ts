import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import { parseParameters } from '../../../../src/providers/be2bill/payload.ts'
import { hashOf, signedParameters } from '../../../../src/providers/be2bill/signature.ts'
import type { ResponseEnvelope, WireFields } from '../../../../src/providers/provider.ts'
import { scrub } from '../../../../src/card-data/scrub.ts'
import { IDENTIFIERS } from '../../../support/identifiers.ts'
import { account, NOW, SECRET } from './account.ts'

const AMOUNT_OF_RUNS = { numRuns: 400 }
const NAMES = [
  'IDENTIFIER',
  'HASH',
  'EXECCODE',
  'AMOUNT',
  'CART',
  '__proto__',
  'constructor',
  'a',
  '3DSECURE',
  '10',
  '9',
]
const fragment = fc.constantFrom(
  '&',
  '=',
  '[',
  ']',
  '%',
  '%5B',
  '%5D',
  '+',
  '%00',
  '%E9',
  '\0',
  '[0]',
  '[]',
  ...NAMES,
)
const hostile = fc.oneof(
  fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString('latin1')),
)
const key = fc.oneof(
  fc.constantFrom(...NAMES.filter((name) => name !== 'HASH')),
  fc.stringMatching(/^[0-9A-Za-z_]{1,8}$/),
)
const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const wireFields: fc.Arbitrary<WireFields> = fc.dictionary(
  key,
  fc.oneof(
    text,
    fc.dictionary(key, fc.oneof(text, fc.dictionary(key, text, { minKeys: 1, maxKeys: 3 })), {
      minKeys: 1,
      maxKeys: 12,
    }),
  ),
  { maxKeys: 15 },
)

const verify = (body: string, query = '') =>
  be2bill.verify({ method: 'POST', query, headers: {}, body: Buffer.from(body, 'latin1') }, account(), NOW)

describe('hostile input', () => {
  test('never throws and never verifies', () => {
    fc.assert(
      fc.property(hostile, hostile, (body, query) => {
        expect(verify(body, query).verified).toBe(false)
        be2bill.translate({ content: Buffer.from(body, 'latin1'), receivedAt: NOW }, account())
      }),
      AMOUNT_OF_RUNS,
    )
  })

  test('no answer, however odd, makes translateResponse throw', () => {
    const envelope = fc.record<ResponseEnvelope>(
      {
        orderId: text,
        operation: fc.oneof(text, fc.constant('refund')),
        parentReference: text,
        amount: fc.nat(),
        httpStatus: fc.constant(200),
      },
      { requiredKeys: [] },
    )
    const member = fc.constantFrom(
      'EXECCODE',
      'OPERATIONTYPE',
      'TRANSACTIONID',
      'DATA',
      'AMOUNT',
      '__proto__',
      'CURRENCY',
      'REFUNDEDBY',
    )
    const answer = fc.dictionary(
      member,
      fc.oneof(fc.jsonValue(), fc.constantFrom('0000', 'payment', '1.00', 'EUR')),
    )
    fc.assert(
      fc.property(
        envelope,
        fc.oneof(
          answer.map((it) => JSON.stringify(it)),
          hostile,
        ),
        (sent, body) => {
          const translation = be2bill.translateResponse(
            { envelope: sent, content: Buffer.from(body), receivedAt: NOW },
            account(),
          )
          expect(translation.readable).toBe(true)
          expect(JSON.stringify(translation)).not.toMatch(/\\u0000|\\ud[89a-f]/)
        },
      ),
      AMOUNT_OF_RUNS,
    )
  })

  test('names of object properties stay names', () => {
    const content = Buffer.from('__proto__=1&constructor[prototype][polluted]=1&ORDERID=__proto__')
    const translation = be2bill.translate({ content, receivedAt: NOW }, account())
    expect(translation.readable && Object.entries(translation.events[0]!.extra)).toEqual([
      ['__proto__', '1'],
      ['constructor[prototype][polluted]', '1'],
    ])
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })

  test('an event stays small however large its message', () => {
    const many = Array.from({ length: 1_500 }, (_, index) => `X${index}=${index}`).join('&')
    const content = Buffer.from(
      `EXECCODE=0000&ORDERID=${'o'.repeat(5000)}&MESSAGE=${'é'.repeat(90_000)}&${many}`,
    )
    const stored = scrub(content, { identifiers: IDENTIFIERS }).content
    const translation = be2bill.translate({ content: stored, receivedAt: NOW }, account())
    expect(JSON.stringify(translation).length).toBeLessThan(20_000)
    expect(translation.readable && translation.events[0]!.orderId).toHaveLength(85)
  })
})

describe('hash', () => {
  test('what is signed verifies by either method, and its canonical form knows neither order nor method', () => {
    fc.assert(
      fc.property(wireFields, (fields) => {
        const named = { ...fields, IDENTIFIER: 'Acme Shop' }
        const posted = be2bill.sign(named, account())
        const asked = be2bill.sign(named, account(), { method: 'GET' })
        const [one, other] = [posted, asked].map((request) => be2bill.verify(request, account(), NOW))
        expect(one).toMatchObject({ verified: true })
        expect(other).toMatchObject({ verified: true })
        expect(one!.verified && other!.verified && one!.canonical.equals(other!.canonical)).toBe(true)
      }),
      AMOUNT_OF_RUNS,
    )
  })

  test('any change of any value is refused', () => {
    fc.assert(
      fc.property(wireFields, key, text, text, (fields, name, before, after) => {
        fc.pre(before !== after && name !== 'IDENTIFIER')
        const signed = be2bill.sign({ ...fields, [name]: before }, account())
        const forged = be2bill.sign({ ...fields, [name]: after }, account())
        const hashOfSigned = /HASH=([0-9a-f]{64})$/.exec(signed.body.toString('latin1'))![1]!
        const body = forged.body.toString('latin1').replace(/HASH=[0-9a-f]{64}$/, `HASH=${hashOfSigned}`)
        expect(verify(body).verified).toBe(false)
      }),
      AMOUNT_OF_RUNS,
    )
  })

  test('borders cannot be moved between a name and its value', () => {
    const [one, other] = ['A=b%3Dc', 'A=b&B=c'].map((wire) =>
      hashOf(signedParameters(parseParameters(wire)), SECRET),
    )
    expect(one).not.toBe(other)
    expect(parseParameters('A%3Db=c').ambiguous).toBe(true)
  })
})
