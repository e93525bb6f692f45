import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { STATUS_CODES } from '../../../../src/providers/hipay/codes.ts'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import type { SignedRequest, Translation, WireFields } from '../../../../src/providers/provider.ts'
import { accountWith, NOW, secret } from './account.ts'

const ACCOUNT = accountWith(secret(), secret({ id: 'moto', value: 'other', hashAlgorithm: 'sha1' }))
const RECEIVED_AT = new Date('2026-06-01T12:00:00Z')
const translate = (request: SignedRequest): Translation =>
  hipay.translate({ content: request.body, receivedAt: RECEIVED_AT }, ACCOUNT)

/** One payment with every section a notification can have, and text that every encoding has to escape. */
function factsOf(status: string): WireFields {
  return {
    state: 'completed',
    reason: { code: '4010101', message: 'Refusal <"no" & \'explicit\' reason>' },
    test: 'true',
    mid: '00001342917',
    attempt_id: '1',
    authorization_code: '007',
    transaction_reference: '900000600001',
    date_updated: '2026-04-10T10:00:02+0000',
    date_authorized: '',
    status,
    message: 'Statut é € 😀 ]]> &amp; %41 +',
    authorized_amount: '149.90',
    captured_amount: '99.90',
    refunded_amount: '10.00',
    real_captured_amount: '99.90',
    decimals: '2',
    currency: 'EUR',
    cdata1: '  <b>kept & not trimmed</b> ]]> \n line 2 ',
    cdata2: '',
    custom_data: { shop: 'café', nested: { deep: '1' }, __proto__x: 'y' },
    eci: '7',
    payment_product: 'visa',
    payment_method: { brand: 'VISA', pan: '411111******1111', card_expiry_month: '07', issuer: '' },
    three_d_secure: '',
    fraud_screening: { scoring: '40', result: 'accepted', review: '' },
    order: { id: 'A/1 b', customer_id: 'C&1', language: 'fr_FR', email: 'x@example.test' },
    operation: { type: 'capture', id: 'op-1', reference: '810000000001', amount: '99.90', currency: 'EUR' },
    debit_agreement: { id: '7', status: 'available' },
    basket: '[{"name":"é","price":1.50}]',
  }
}

describe('form and XML of the same facts', () => {
  test.each([...STATUS_CODES, '188'])('status %s gives byte for byte the same event', (status) => {
    const form = translate(hipay.sign(factsOf(status), ACCOUNT))
    const xml = translate(hipay.sign(factsOf(status), ACCOUNT, { encoding: 'xml' }))
    expect(form).toMatchObject({ readable: true, events: [{ providerCode: status }] })
    expect(JSON.stringify(xml)).toBe(JSON.stringify(form))
  })
})

describe('sign', () => {
  test.each(['form', 'xml'] as const)('what it posts verifies, by the secret asked for (%s)', (encoding) => {
    for (const secretId of ['main', 'moto']) {
      const request = hipay.sign(factsOf('118'), ACCOUNT, { encoding, secretId })
      expect(hipay.verify(request, ACCOUNT, NOW)).toMatchObject({ verified: true, secretId })
    }
  })

  test('without a secret’s id it takes the first that has no end', () => {
    const ending = secret({ id: 'ending', value: 'ending', notAfter: new Date('2030-01-01T00:00:00Z') })
    const account = accountWith(ending, secret())
    expect(hipay.verify(hipay.sign({ status: '116' }, account), account, NOW)).toMatchObject({
      secretId: 'main',
    })
    const only = accountWith(ending)
    expect(hipay.verify(hipay.sign({ status: '116' }, only), only, NOW)).toMatchObject({ secretId: 'ending' })
    expect(() => hipay.sign({}, ACCOUNT, { secretId: 'absent' })).toThrow(TypeError)
  })

  test('a real notification is written back to its very bytes', () => {
    const wanted = readFileSync(
      new URL('../../../fixtures/hipay/notification_116/body.form', import.meta.url),
    )
    const fields: Record<string, string | Record<string, string>> = {}
    for (const [name, value] of new URLSearchParams(wanted.toString())) {
      const [, head = '', key] = /^([^[]+)(?:\[(.+)\])?$/.exec(name) ?? []
      const nested = fields[head]
      if (key === undefined) fields[head] = value
      else fields[head] = { ...(typeof nested === 'object' ? nested : {}), [key]: value }
    }
    expect(hipay.sign(fields, ACCOUNT).body.toString()).toBe(wanted.toString())
  })

  test('a name that XML cannot carry is refused, not mangled', () => {
    const fields = { custom_data: { 'not a name': '1' } }
    expect(() => hipay.sign(fields, ACCOUNT, { encoding: 'xml' })).toThrow(/not a name/)
    expect(hipay.sign(fields, ACCOUNT).body.toString()).toBe('custom_data%5Bnot+a+name%5D=1')
  })
})
