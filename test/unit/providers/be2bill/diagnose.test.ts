import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { be2bill } from '../../../../src/providers/be2bill/index.ts'
import { parseParameters } from '../../../../src/providers/be2bill/payload.ts'
import { clearTextOf, signedParameters } from '../../../../src/providers/be2bill/signature.ts'
import type { Explanation } from '../../../../src/providers/explanation.ts'
import type { Account } from '../../../../src/providers/account.ts'
import { account, NOW, SECRET, secret } from './account.ts'

/** For every cause: a set that the platform signed, met by the mistake, and the sentence that mends it. */

const FIELDS = {
  IDENTIFIER: 'Acme Shop',
  OPERATIONTYPE: 'payment',
  TRANSACTIONID: 'A200000001',
  ORDERID: 'ORD+1/2',
  AMOUNT: '12390',
  EXECCODE: '0000',
  MESSAGE: 'Opération réussie.\n',
  DESCRIPTOR: '',
  CARDFULLNAME: 'ADA MARTIN',
  EXTRADATA: '{"a": "100 % <b>"}',
}

const setOf = (value = SECRET, fields: Record<string, string> = FIELDS): string =>
  be2bill.sign(fields, account({ secrets: [secret(value)] })).body.toString('latin1')

const withoutHash = (set: string): string => set.replace(/&HASH=.*$/, '')

interface Sent {
  body?: string
  query?: string
  to?: Account
  others?: Account[]
}

/** Explained only after `verify` has refused it, as the doctor does. */
function explain({ body = '', query = '', to = account(), others = [] }: Sent): Explanation {
  const request = { method: 'POST', query, headers: {}, body: Buffer.from(body, 'latin1') } as const
  expect(be2bill.verify(request, to, NOW).verified).toBe(false)
  return be2bill.diagnose({ request, account: to, others, now: NOW })
}

const saying = (text: string): unknown => expect.stringContaining(text)

test('what is examined does verify as it was signed, in body and query', () => {
  for (const [body, query] of [
    [setOf(), ''],
    ['', setOf()],
  ] as const) {
    const request = { method: 'POST', query, headers: {}, body: Buffer.from(body, 'latin1') } as const
    expect(be2bill.verify(request, account(), NOW).verified).toBe(true)
  }
})

describe('wrong_algorithm', () => {
  test.each(['sha1', 'sha512'])('%s instead of SHA-256', (algorithm) => {
    const text = withoutHash(setOf())
    const hash = createHash(algorithm)
      .update(clearTextOf(signedParameters(parseParameters(text)), SECRET))
      .digest('hex')
    expect(explain({ body: `${text}&HASH=${hash}` })).toEqual({
      cause: 'wrong_algorithm',
      secretId: 'account-key',
      remedy: `HASH is made with ${algorithm}: let the sender use SHA-256, which is the platform's only algorithm and has no setting.`,
    })
  })
})

describe('other_account', () => {
  const other = account({
    provider: 'dalenys',
    account: 'shop-amex',
    identifiers: ['Acme Amex'],
    secrets: [secret('amex-key', { id: 'amex' })],
  })
  const amex = setOf('amex-key', { ...FIELDS, IDENTIFIER: 'Acme Amex' })

  test('the set of another account, under either name of the provider', () => {
    expect(explain({ body: amex, others: [other] })).toMatchObject({
      cause: 'other_account',
      secretId: 'amex',
      remedy: saying(
        "Secret amex of dalenys/shop-amex signed it: set that account's notification URL to /notifications/dalenys/shop-amex",
      ),
    })
  })

  test('an IDENTIFIER that the account does not list, signed by its own secret', () => {
    expect(explain({ body: setOf(SECRET, { ...FIELDS, IDENTIFIER: 'Acme Amex' }) })).toMatchObject({
      cause: 'other_account',
      secretId: 'account-key',
      remedy: saying('its IDENTIFIER is not among the "identifiers" of be2bill/shop-be: add it there'),
    })
  })

  test('an IDENTIFIER to which that secret is not narrowed', () => {
    const to = account({
      identifiers: ['Acme Shop', 'Acme Amex'],
      secrets: [secret('amex-key', { id: 'amex', identifiers: ['Acme Amex'] })],
    })
    expect(explain({ body: setOf('amex-key'), to })).toMatchObject({
      cause: 'other_account',
      secretId: 'amex',
      remedy: saying('is not among the "identifiers" of that secret'),
    })
  })

  test('a key shared by two accounts: the one that lists the IDENTIFIER is named', () => {
    const shared = { ...other, secrets: [secret(SECRET, { id: 'shared' })] }
    const body = setOf(SECRET, { ...FIELDS, IDENTIFIER: 'Acme Amex' })
    expect(explain({ body, others: [shared] })).toMatchObject({ cause: 'other_account', secretId: 'shared' })
  })
})

describe('expired_secret', () => {
  test.each([
    [{ notAfter: new Date('2026-01-01T00:00:00Z') }, 'set its "notAfter" later'],
    [{ notBefore: new Date('2027-01-01T00:00:00Z') }, 'set its "notBefore" earlier'],
  ])('%o', (changes, words) => {
    const to = account({ secrets: [secret('live'), secret(SECRET, { id: 'gone', ...changes })] })
    expect(explain({ body: setOf(), to })).toMatchObject({
      cause: 'expired_secret',
      secretId: 'gone',
      remedy: saying(words),
    })
  })
})

describe('secret_whitespace', () => {
  test.each([
    [`${SECRET} `, SECRET],
    [`${SECRET}\r\n`, SECRET],
    [`"${SECRET}"`, SECRET],
    ['Y#iK&gt;E&lt;:7Ai', 'Y#iK>E<:7Ai'],
    [SECRET, `${SECRET}\n`],
    [SECRET, `${SECRET} `],
  ])('configured %j, used %j', (configured, used) => {
    const to = account({ secrets: [secret(configured)] })
    const found = explain({ body: setOf(used), to })
    expect(found).toMatchObject({ cause: 'secret_whitespace', secretId: 'account-key' })
    expect(found.remedy).not.toContain(SECRET)
  })
})

describe('body_newline', () => {
  test.each([
    ['at the end, in HASH', (set: string) => `${set}\n`],
    ['CR LF at the end', (set: string) => `${set}\r\n`],
    ['several', (set: string) => `${set}\n\n`],
    [
      'at the end, in another value',
      (set: string) => `${set.slice(set.indexOf('HASH='))}&${withoutHash(set)}\n`,
    ],
    ['inside MESSAGE, as CR LF', (set: string) => set.replace('%0A', '%0D%0A')],
    ['trimmed from MESSAGE', (set: string) => set.replace('%0A', '')],
  ])('%s', (_what, change) => {
    expect(explain({ body: change(setOf()) })).toMatchObject({
      cause: 'body_newline',
      secretId: 'account-key',
    })
  })
})

describe('reencoded_body', () => {
  test.each([
    [
      'decoded, so that its plus signs and percents mean themselves',
      (set: string) => decodeURIComponent(withoutHash(set).replaceAll('+', '%20')),
    ],
    ['encoded twice', (set: string) => withoutHash(set).replaceAll('%', '%25')],
    [
      'its plus signs escaped no more',
      (set: string) => withoutHash(set).replaceAll('+', '%20').replaceAll('%2B', '+'),
    ],
    ['from UTF-8 to ISO 8859-1', (set: string) => withoutHash(set).replaceAll('%C3%A9', '%E9')],
    ['as UTF-8 twice', (set: string) => withoutHash(set).replaceAll('%C3%A9', '%C3%83%C2%A9')],
  ])('%s', (_what, change) => {
    const set = setOf()
    const hash = /HASH=(.*)$/.exec(set)?.[1] ?? ''
    const body = Buffer.from(`${change(set)}&HASH=${hash}`, 'utf8').toString('latin1')
    expect(explain({ body })).toMatchObject({ cause: 'reencoded_body', secretId: 'account-key' })
  })

  test('HASH in capitals', () => {
    const set = setOf()
    const hash = /HASH=(.*)$/.exec(set)?.[1] ?? ''
    expect(explain({ body: set.replace(hash, hash.toUpperCase()) })).toMatchObject({
      cause: 'reencoded_body',
      remedy: saying('HASH came in capitals'),
    })
  })
})

describe('html_escaped_body', () => {
  test('as a back office shows it', () => {
    expect(explain({ body: setOf().replaceAll('&', '&amp;') })).toMatchObject({
      cause: 'html_escaped_body',
      secretId: 'account-key',
    })
  })

  test('and saved by an editor', () => {
    expect(explain({ body: `${setOf().replaceAll('&', '&amp;')}\n` })).toMatchObject({
      cause: 'html_escaped_body',
    })
  })
})

describe('merged_parameters', () => {
  test('names of the URL that the account does not list, in the query', () => {
    expect(explain({ query: `tenant=fr&website_id=2&${setOf()}` })).toEqual({
      cause: 'merged_parameters',
      secretId: 'account-key',
      remedy:
        'The set holds parameters that the platform did not sign: where they stand in the query of your notification URL, add "tenant", "website_id" to "ignoredQueryParameters" of the account; where query and body were merged, let the framework or proxy in front pass the set on unchanged, before it parses it.',
    })
  })

  test('a name that could be the platform’s', () => {
    expect(explain({ body: `SHOP=7&${setOf()}` }).remedy).toContain('add "SHOP" to "ignoredQueryParameters"')
  })

  test('several such names, known by the query that came with the body', () => {
    expect(explain({ body: `SHOP=7&LANG=fr&${setOf()}`, query: 'SHOP=7&LANG=fr' })).toMatchObject({
      cause: 'merged_parameters',
    })
  })

  test('the whole set twice', () => {
    expect(explain({ body: `${setOf()}&${setOf()}` })).toMatchObject({
      cause: 'merged_parameters',
      remedy: saying('holds parameters twice'),
    })
  })

  test('a name that is no plain word is not repeated', () => {
    const { cause, remedy } = explain({ body: `%3Cscript%3E4111111111111111=1&${setOf()}` })
    // Such a name makes the set ambiguous: what was signed cannot be told.
    expect(cause).not.toBe(null)
    expect(remedy).not.toMatch(/script|4111/)
  })

  test('what is ignored already explains nothing by itself', () => {
    const to = account({ ignoredQueryParameters: ['tenant'] })
    expect(explain({ query: `tenant=fr&${setOf('never configured')}`, to })).toMatchObject({
      cause: 'wrong_secret',
    })
    expect(explain({ query: `tenant=fr&${setOf(`${SECRET} `)}`, to })).toMatchObject({
      cause: 'secret_whitespace',
    })
  })
})

describe('wrong_secret', () => {
  test('is what remains, and says where to look', () => {
    expect(explain({ body: setOf('never configured') })).toEqual({
      cause: 'wrong_secret',
      secretId: null,
      remedy:
        'No configured secret signed this set in any way that was tried: compare the "secrets" of be2bill/shop-be with the account key and the notification key of that IDENTIFIER in the extranet, and have the notification sent again.',
    })
  })

  test('is a changed amount too', () => {
    expect(explain({ body: setOf().replace('12390', '12391') })).toMatchObject({ cause: 'wrong_secret' })
  })

  test.each(['', 'HASH=', 'HASH=xyz', 'AMOUNT=1'])('is not said of a set without a hash: %j', (body) => {
    expect(explain({ body })).toMatchObject({ cause: null, secretId: null })
  })
})
