import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import { parseParameters } from '../../../../src/providers/be2bill/payload.ts'
import { hashOf, signedParameters } from '../../../../src/providers/be2bill/signature.ts'
import type { NotificationRequest, WireFields } from '../../../../src/providers/provider.ts'
import { account, NOW, secret, SECRET } from './account.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(`test/fixtures/be2bill/${name}.json`, 'utf8'))

interface HashVector {
  id: string
  password: string
  params?: WireFields
  wire?: string
  hash: string
}
interface NotificationVector {
  id: string
  password?: string
  passwords?: string[]
  query?: string
  wire: string
  valid: boolean | 'policy'
}
const hashVectors = read('hash_vectors') as HashVector[]
const notifications = read('notifications') as NotificationVector[]

const verify = (request: Partial<NotificationRequest>, changes: Parameters<typeof account>[0] = {}) =>
  be2bill.verify(
    { method: 'POST', query: '', headers: {}, body: Buffer.alloc(0), ...request },
    account(changes),
    NOW,
  )
const post = (wire: string, changes: Parameters<typeof account>[0] = {}) =>
  verify({ body: Buffer.from(wire, 'latin1') }, changes)
const get = (query: string, changes: Parameters<typeof account>[0] = {}) =>
  verify({ method: 'GET', query }, changes)
const signed = (fields: WireFields) => be2bill.sign(fields, account()).body.toString('latin1')
const PAYMENT = notifications[0]!.wire

function wireOf(fields: WireFields, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const name = prefix === '' ? key : `${prefix}[${key}]`
    return typeof value === 'string'
      ? [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`]
      : wireOf(value, name)
  })
}

describe('hash', () => {
  test.each(hashVectors)('$id', ({ password, params, wire, hash }) => {
    const pairs = wire === undefined ? wireOf(params ?? {}) : [wire]
    for (const text of [pairs.join('&'), pairs.toReversed().join('&')]) {
      expect(hashOf(signedParameters(parseParameters(text)), password)).toBe(hash)
    }
  })

  test('names sort by byte even where they are numbers', () => {
    const sorted = signedParameters(parseParameters('9=1&A[9]=2&10=3&A[10]=4&3DSECURE=5')).map(
      ({ name }) => name,
    )
    expect(sorted).toEqual(['10', '3DSECURE', '9', 'A[9]', 'A[10]'])
  })

  test.each([
    ['A=1&A=2', 'a name twice'],
    ['A=1&A[x]=2', 'a value and an array'],
    ['A[x]=2&A=1', 'an array and a value'],
    ['A[x]=2&A[x][y]=1', 'the same one level deeper'],
    ['A[]=1&A[]=2', 'the next index twice'],
    ['A%5B0%5D=1&A[]=2', 'the next index after another'],
    ['A%3DB=1', 'an equals sign in a name'],
    ['A.B=1', 'a name outside the alphabet'],
    ['=1', 'no name'],
    ['A[x=1', 'an open bracket'],
    ['A[x]y=1', 'text behind a bracket'],
    ['A%00=1', 'a zero byte in a name'],
    [`A${'[a]'.repeat(8)}=1`, 'nested too deeply'],
  ])('%s is refused: %s', (text) => {
    expect(post(`${PAYMENT}&${text}`)).toMatchObject({
      verified: false,
      reason: 'ambiguous_parameters',
      plausible: true,
    })
  })

  test('an array without indices means the first one', () => {
    expect(hashOf(signedParameters(parseParameters('A[]=1')), 's')).toBe(
      hashOf(signedParameters(parseParameters('A[0]=1')), 's'),
    )
  })
})

describe('notifications', () => {
  test.each(notifications)('$id', ({ password, passwords, query = '', wire, valid }) => {
    const secrets = (passwords ?? [password ?? '']).map((value, index) =>
      secret(value, { id: `key-${index}` }),
    )
    const verification = verify({ body: Buffer.from(wire, 'latin1'), query }, { secrets })
    // A HASH in upper case is a matter of policy: the platform never sends one, so it is refused.
    expect(verification.verified).toBe(valid === true)
    if (verification.verified) {
      expect(verification.secretId).toBe(`key-${secrets.length - 1}`)
      expect(verification.content.toString('latin1')).toBe(wire)
    }
  })

  test.each([
    [PAYMENT.replace('HASH=', 'NOHASH='), 'signature_missing'],
    [PAYMENT.replace('HASH=8', 'HASH=G'), 'signature_malformed'],
    [`${PAYMENT}0`, 'signature_malformed'],
    [PAYMENT.replace('HASH=', 'HASH%5B%5D='), 'signature_malformed'],
    [`${PAYMENT}&HASH=${'0'.repeat(64)}`, 'ambiguous_parameters'],
    [PAYMENT.replace('AMOUNT=12390', 'AMOUNT=12391'), 'signature_mismatch'],
    [PAYMENT.replace('Acme+Shop', 'Other+Shop'), 'unknown_identifier'],
    [PAYMENT.replace('IDENTIFIER=Acme+Shop&', ''), 'unknown_identifier'],
    [PAYMENT.replace('IDENTIFIER=', 'IDENTIFIER[0]='), 'unknown_identifier'],
    ['', 'signature_missing'],
    [
      '{"id":"tr_1","execCode":"0000","amount":12390,"orderId":"ORD-1","account":{"id":"Acme Shop"}}',
      'signature_missing',
    ],
  ])('%#: refused with its reason: %s', (wire, reason) => {
    expect(post(wire)).toMatchObject({ verified: false, reason })
  })

  test('only what looks like the platform is worth keeping', () => {
    expect(post(PAYMENT.replace('AMOUNT=1', 'AMOUNT=2'))).toMatchObject({ plausible: true })
    expect(post('IDENTIFIER=a&HASH=b&CHARGEBACKDATE=2026-01-01')).toMatchObject({ plausible: true })
    expect(post('IDENTIFIER=a&HASH=b')).toMatchObject({ plausible: false })
    expect(post('EXECCODE=0000&HASH=b')).toMatchObject({ plausible: false })
    expect(post('{"a":1}')).toMatchObject({ plausible: false })
  })
})

describe('where the set travels', () => {
  test('by GET, or by POST with the set in the query', () => {
    expect(get(PAYMENT)).toMatchObject({ verified: true, content: Buffer.from(PAYMENT) })
    expect(verify({ query: PAYMENT })).toMatchObject({ verified: true })
    expect(verify({ query: PAYMENT, body: Buffer.from('ping=1') })).toMatchObject({ verified: true })
  })

  test('the same message in body and query has the same canonical form, whatever the order or encoding', () => {
    const shuffled = PAYMENT.split('&').toReversed().join('&').replace('ORD-1001', '%4FRD%2D1001')
    const forms = [post(PAYMENT), get(PAYMENT), post(shuffled)].map((it) =>
      it.verified ? it.canonical.toString() : '',
    )
    expect(new Set(forms).size).toBe(1)
    expect(forms[0]).toContain('AMOUNT=12390')
    expect(forms[0]).not.toContain('HASH')
    expect(forms[0]).not.toContain(SECRET)
  })

  test('a value cannot imitate the border of another in the canonical form', () => {
    const canonical = (fields: WireFields) => {
      const verification = be2bill.verify(be2bill.sign(fields, account()), account(), NOW)
      return verification.verified ? verification.canonical.toString() : ''
    }
    expect(canonical({ A: '1\nB=2' })).not.toBe(canonical({ A: '1', B: '2' }))
    expect(canonical({ A: '1\n3:B=2' })).not.toBe(canonical({ A: '1', B: '2' }))
  })

  test('with the set in the body the query changes nothing, not even another set', () => {
    for (const query of ['AMOUNT=1', 'a[=1&a=2', PAYMENT.replace('12390', '1'), '%']) {
      expect(verify({ body: Buffer.from(PAYMENT), query })).toEqual(post(PAYMENT))
    }
  })

  test('a bad set in the body is not rescued by a good one in the query', () => {
    const body = Buffer.from(PAYMENT.replace('12390', '1'))
    expect(verify({ body, query: PAYMENT })).toMatchObject({ verified: false, reason: 'signature_mismatch' })
  })

  test("the merchant's own query parameters are left out only where configured", () => {
    const query = `tenant=fr&${PAYMENT}&notification=1`
    expect(get(query)).toMatchObject({ verified: false, reason: 'signature_mismatch' })
    const ignoring = get(query, { ignoredQueryParameters: ['tenant', 'notification'] })
    const plain = get(PAYMENT)
    expect(ignoring).toMatchObject({ verified: true, content: Buffer.from(query) })
    expect(ignoring.verified && plain.verified && ignoring.canonical.equals(plain.canonical)).toBe(true)
    expect(post(query, { ignoredQueryParameters: ['tenant', 'notification'] })).toMatchObject({
      verified: false,
    })
  })

  test('bytes that are no UTF-8 verify, in the body and in the query', () => {
    const fields = 'EXECCODE=0000&IDENTIFIER=Acme+Shop&CARDFULLNAME=Zo%E9'
    const hash = hashOf(signedParameters(parseParameters(fields)), SECRET)
    expect(post(`${fields}&HASH=${hash}`)).toMatchObject({ verified: true })
    expect(get(`${fields.replace('%E9', '\xe9')}&HASH=${hash}`)).toMatchObject({ verified: true })
  })
})

describe('key ring', () => {
  const two = { identifiers: ['Acme Shop', 'Acme Amex'] }
  const amex = be2bill
    .sign({ EXECCODE: '0000' }, account({ identifiers: ['Acme Amex'], secrets: [secret('other')] }))
    .body.toString()

  test('a secret that names its identifiers signs for no other', () => {
    const secrets = [secret(SECRET), secret('other', { id: 'amex', identifiers: ['Acme Amex'] })]
    expect(post(amex, { ...two, secrets })).toMatchObject({ verified: true, secretId: 'amex' })
    const narrowed = [secret(SECRET), secret('other', { id: 'amex', identifiers: ['Acme Shop'] })]
    expect(post(amex, { ...two, secrets: narrowed })).toMatchObject({
      verified: false,
      reason: 'signature_mismatch',
    })
  })

  test('an unknown identifier is refused without trying any secret', () => {
    expect(post(amex, { secrets: [secret('other')] })).toMatchObject({
      verified: false,
      reason: 'unknown_identifier',
    })
  })

  test('validity: expired, not yet valid, and a live one beside them', () => {
    const past = secret(SECRET, { id: 'past', notAfter: new Date(NOW.getTime() - 1) })
    const future = secret(SECRET, { id: 'future', notBefore: new Date(NOW.getTime() + 1) })
    const live = secret(SECRET, { id: 'live', notBefore: NOW, notAfter: NOW })
    expect(post(PAYMENT, { secrets: [past] })).toMatchObject({ verified: false, reason: 'secret_expired' })
    expect(post(PAYMENT, { secrets: [future] })).toMatchObject({ verified: false, reason: 'secret_expired' })
    expect(post(PAYMENT, { secrets: [past, future, live] })).toMatchObject({
      verified: true,
      secretId: 'live',
    })
    expect(post(amex, { ...two, secrets: [past] })).toMatchObject({
      verified: false,
      reason: 'signature_mismatch',
    })
  })

  test('an empty secret verifies nothing', () => {
    const hash = hashOf(signedParameters(parseParameters('EXECCODE=0000&IDENTIFIER=Acme+Shop')), '')
    expect(post(`EXECCODE=0000&IDENTIFIER=Acme+Shop&HASH=${hash}`, { secrets: [secret('')] })).toMatchObject({
      verified: false,
    })
  })
})

describe('sign', () => {
  test('what it builds verifies, whatever method, nesting and secret', () => {
    const fields = {
      EXECCODE: '0000',
      MESSAGE: ' é & = % \n',
      CART: { 0: { NAME: 'a' }, 10: { NAME: 'b' }, 9: { NAME: 'c' } },
      CARTID: '',
    }
    const secrets = [secret('old', { id: 'old', notAfter: NOW }), secret(SECRET, { id: 'new' })]
    for (const options of [{}, { method: 'GET' }, { secretId: 'old' }] as const) {
      const request = be2bill.sign(fields, account({ secrets }), options)
      const expected = 'secretId' in options ? 'old' : 'new'
      expect(be2bill.verify(request, account({ secrets }), NOW)).toMatchObject({
        verified: true,
        secretId: expected,
      })
    }
  })

  test('it adds the identifier, replaces a HASH and refuses what cannot be sent', () => {
    expect(signed({ EXECCODE: '0000', HASH: 'x' })).toMatch(
      /^IDENTIFIER=Acme\+Shop&EXECCODE=0000&HASH=[0-9a-f]{64}$/,
    )
    expect(() => be2bill.sign({}, account(), { encoding: 'xml' })).toThrow(TypeError)
    expect(() => be2bill.sign({}, account(), { secretId: 'none' })).toThrow('no secret none')
  })
})
