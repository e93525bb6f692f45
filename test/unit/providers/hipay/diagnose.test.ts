import { createHash, createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { signatureOf } from '../../../../src/providers/hipay/signature.ts'
import type { Explanation } from '../../../../src/providers/explanation.ts'
import type { Account, AccountSecret, HashAlgorithm } from '../../../../src/providers/account.ts'
import { accountWith, NOW, PASSPHRASE, secret } from './account.ts'

/** For every cause: a message that HiPay signed, met by the mistake, and the sentence that mends it. */

const FIXTURES = new URL('../../../fixtures/hipay/', import.meta.url)
const bodyOf = (name: string): Buffer => {
  const folder = new URL(`${name}/`, FIXTURES)
  return readFileSync(new URL(readdirSync(folder).find((file) => file.startsWith('body.')) ?? '', folder))
}
const FORM = bodyOf('notification_116')
const XML = bodyOf('notification_118_partial_capture')
const { redirect, negative } = JSON.parse(
  readFileSync(new URL('signature_vectors.json', FIXTURES), 'utf8'),
) as {
  redirect: { params_decoded: Record<string, string>; passphrase: string; [algorithm: string]: unknown }[]
  negative: { name: string; sha256_like: string }[]
}

const signed = (body: Buffer | string, value = PASSPHRASE, hashAlgorithm: HashAlgorithm = 'sha256'): string =>
  signatureOf(Buffer.from(body), { value, hashAlgorithm })

interface Sent {
  body: Buffer | string
  signature?: string
  query?: string
  account?: Account
  others?: Account[]
}

/** Explained only after `verify` has refused it, as the doctor does. */
function explain({
  body,
  signature,
  query = '',
  account = accountWith(secret()),
  others = [],
}: Sent): Explanation {
  const headers = signature === undefined ? {} : { 'x-allopass-signature': signature }
  const request = { method: 'POST', query, headers, body: Buffer.from(body) } as const
  expect(hipay.verify(request, account, NOW).verified).toBe(false)
  return hipay.diagnose({ request, account, others, now: NOW })
}

const shopDe = (...secrets: AccountSecret[]): Account => ({ ...accountWith(...secrets), account: 'shop-de' })

/** What a back office shows: PHP's htmlspecialchars. */
const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#039;')

describe('wrong_algorithm', () => {
  test.each(['sha1', 'sha512'] as const)('%s, while the secret is set to sha256', (algorithm) => {
    expect(explain({ body: FORM, signature: signed(FORM, PASSPHRASE, algorithm) })).toEqual({
      cause: 'wrong_algorithm',
      secretId: 'main',
      remedy: `The signature is made with ${algorithm}, and secret main of hipay/shop-fr is set to sha256: set its "hashAlgorithm" to "${algorithm}", or the algorithm in HiPay's back office (Integration, Security Settings) to sha256.`,
    })
  })

  test.each([
    ['an HMAC', createHmac('sha256', PASSPHRASE).update(FORM).digest('hex')],
    ['the passphrase in front', createHash('sha256').update(PASSPHRASE).update(FORM).digest('hex')],
    ['an HMAC, as the vectors have it', negative.find(({ name }) => name === 'hmac')?.sha256_like ?? ''],
    [
      'in front, as the vectors have it',
      negative.find(({ name }) => name === 'prefix_key')?.sha256_like ?? '',
    ],
  ])('%s instead of the plain hash', (_what, signature) => {
    expect(explain({ body: FORM, signature })).toMatchObject({
      cause: 'wrong_algorithm',
      secretId: 'main',
      remedy: expect.stringContaining('plain hash of the body followed by the passphrase') as unknown,
    })
  })
})

describe('other_account', () => {
  test('the secret of another account, live or not, in its algorithm', () => {
    const other = shopDe(secret({ id: 'de', value: 'passphrase-de', hashAlgorithm: 'sha1' }))
    const { cause, secretId, remedy } = explain({
      body: XML,
      signature: signed(XML, 'passphrase-de', 'sha1'),
      others: [other],
    })
    expect({ cause, secretId }).toEqual({ cause: 'other_account', secretId: 'de' })
    expect(remedy).toBe(
      "Secret de of hipay/shop-de signed it: set that account's notification URL to /notifications/hipay/shop-de, and leave /notifications/hipay/shop-fr to the account hipay/shop-fr.",
    )
  })

  test('a merchant id to which no secret of the account is narrowed', () => {
    const account = accountWith(secret({ merchantIds: ['00000000001'] }))
    const body = 'status=118&transaction_reference=900000000001&mid=00000000002'
    expect(explain({ body, signature: signed(body), account })).toMatchObject({
      cause: 'other_account',
      secretId: 'main',
      remedy: expect.stringContaining('is not among its "merchantIds": add it there') as unknown,
    })
    const other = shopDe(secret({ id: 'de', merchantIds: ['00000000002'] }))
    expect(explain({ body, signature: signed(body), account, others: [other] })).toMatchObject({
      secretId: 'de',
      remedy: expect.stringContaining('/notifications/hipay/shop-de') as unknown,
    })
  })
})

describe('expired_secret', () => {
  test.each([
    [
      { notAfter: new Date('2026-01-01T00:00:00Z') },
      'was valid until 2026-01-01T00:00:00.000Z: set its "notAfter" later',
    ],
    [
      { notBefore: new Date('2027-01-01T00:00:00Z') },
      'is valid from 2027-01-01T00:00:00.000Z on: set its "notBefore" earlier',
    ],
  ])('%o', (changes, words) => {
    const account = accountWith(secret({ id: 'now', value: 'live' }), secret({ id: 'gone', ...changes }))
    expect(explain({ body: FORM, signature: signed(FORM), account })).toMatchObject({
      cause: 'expired_secret',
      secretId: 'gone',
      remedy: expect.stringContaining(words) as unknown,
    })
  })
})

describe('secret_whitespace', () => {
  test.each([
    ['a trailing blank', `${PASSPHRASE} `, PASSPHRASE, 'remove the blanks'],
    ['a leading blank', ` ${PASSPHRASE}`, PASSPHRASE, 'remove the blanks'],
    ['two line breaks', `${PASSPHRASE}\n\n`, PASSPHRASE, 'remove the blanks'],
    ['double quotes', `"${PASSPHRASE}"`, PASSPHRASE, 'remove the quotes'],
    ['single quotes and a line break', `'${PASSPHRASE}'\n`, PASSPHRASE, 'remove the quotes'],
    ['HTML entities', 'a&amp;b&lt;c', 'a&b<c', 'HTML entities'],
    ['a blank at the provider', PASSPHRASE, `${PASSPHRASE} `, 'at the provider again'],
    ['a line break at the provider', PASSPHRASE, `${PASSPHRASE}\n`, 'at the provider again'],
    ['a blank before it at the provider', PASSPHRASE, ` ${PASSPHRASE}`, 'at the provider again'],
    ['quotes at the provider', PASSPHRASE, `"${PASSPHRASE}"`, 'at the provider again'],
  ])('%s', (_what, configured, used, words) => {
    const account = accountWith(secret({ value: configured }))
    const { cause, secretId, remedy } = explain({ body: FORM, signature: signed(FORM, used), account })
    expect({ cause, secretId }).toEqual({ cause: 'secret_whitespace', secretId: 'main' })
    expect(remedy.toLowerCase()).toContain(words.toLowerCase())
    expect(remedy).not.toContain(PASSPHRASE)
  })
})

describe('body_newline', () => {
  test.each([
    ['added at the end', (text: string) => `${text}\n`],
    ['added at the end, CR LF', (text: string) => `${text}\r\n`],
    ['several added', (text: string) => `${text}\n\n\n`],
    ['converted to CR LF', (text: string) => text.replaceAll('\n', '\r\n')],
  ])('%s', (_what, change) => {
    expect(explain({ body: change(XML.toString()), signature: signed(XML) })).toMatchObject({
      cause: 'body_newline',
      secretId: 'main',
    })
  })

  test.each(['\n', '\r\n'])('taken from the end: %j', (ending) => {
    expect(explain({ body: FORM, signature: signed(`${FORM.toString()}${ending}`) })).toMatchObject({
      cause: 'body_newline',
    })
  })

  test('converted to LF', () => {
    const crlf = bodyOf('notification_118_partial_capture.crlf')
    expect(
      explain({ body: crlf.toString().replaceAll('\r\n', '\n'), signature: signed(crlf) }),
    ).toMatchObject({
      cause: 'body_newline',
    })
  })
})

describe('reencoded_body', () => {
  const ACCENTS = Buffer.from('status=118&transaction_reference=900000000001&name=Zoé')

  test.each([
    ['by URLSearchParams', FORM, new URLSearchParams(FORM.toString()).toString()],
    ['with blanks as %20', FORM, FORM.toString().replaceAll('+', '%20')],
    [
      'with small escapes',
      FORM,
      FORM.toString().replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    ],
    ['with plain brackets', FORM, FORM.toString().replaceAll('%5B', '[').replaceAll('%5D', ']')],
    [
      'from Latin 1',
      Buffer.from('status=118&transaction_reference=1&n=Zo\xe9', 'latin1'),
      'status=118&transaction_reference=1&n=Zoé',
    ],
    ['to Latin 1', ACCENTS, Buffer.from(ACCENTS.toString(), 'latin1')],
    ['as UTF-8 twice', ACCENTS, ACCENTS.toString('latin1')],
    ['with a byte order mark', XML, `\ufeff${XML.toString()}`],
    ['without its byte order mark', Buffer.from(`\ufeff${XML.toString()}`), XML],
  ])('%s', (_what, original, arrived) => {
    expect(explain({ body: arrived, signature: signed(original) })).toMatchObject({
      cause: 'reencoded_body',
      secretId: 'main',
      remedy: expect.stringContaining('pass the bytes on unchanged, before it parses them') as unknown,
    })
  })

  test('decoded', () => {
    const body = 'status=118&transaction_reference=900000000001&order%5Bid%5D=A+1%2F2%2A'
    expect(
      explain({
        body: 'status=118&transaction_reference=900000000001&order[id]=A 1/2*',
        signature: signed(body),
      }),
    ).toMatchObject({ cause: 'reencoded_body' })
  })

  test('XML written again with an indentation', () => {
    const dense = '<notification><status>118</status><mid>1</mid></notification>'
    const indented = '<notification>\n  <status>118</status>\n  <mid>1</mid>\n</notification>'
    expect(explain({ body: indented, signature: signed(dense) })).toMatchObject({ cause: 'reencoded_body' })
  })
})

describe('html_escaped_body', () => {
  test.each([
    ['a form', FORM],
    ['XML', XML],
  ])('%s, as the back office shows it', (_what, body) => {
    expect(explain({ body: escapeHtml(body.toString()), signature: signed(body) })).toMatchObject({
      cause: 'html_escaped_body',
      secretId: 'main',
      remedy: expect.stringMatching(/^The body is HTML-escaped .*: unescape what you pasted/) as unknown,
    })
  })

  test('with the line break of the editor that saved it: both are named, this one first', () => {
    const { cause, remedy } = explain({ body: `${escapeHtml(FORM.toString())}\n`, signature: signed(FORM) })
    expect(cause).toBe('html_escaped_body')
    expect(remedy).toContain('; and the line break at the end')
  })

  test('of a message that another mistake explains: that one is named first', () => {
    const body = `${escapeHtml(FORM.toString())}\n`
    const { cause, remedy } = explain({ body, signature: signed(FORM, PASSPHRASE, 'sha1') })
    expect(cause).toBe('wrong_algorithm')
    expect(remedy).toContain('HTML-escaped')
  })
})

describe('redirect_signature', () => {
  const [published] = redirect
  if (published === undefined) throw new Error('the vectors have no redirect')
  const set = new URLSearchParams(published.params_decoded).toString()

  test.each(['sha1', 'sha256', 'sha512'] as const)('the published vector in %s', (algorithm) => {
    const account = accountWith(secret({ hashAlgorithm: algorithm }))
    const hash = published[algorithm]
    expect(typeof hash).toBe('string')
    expect(explain({ body: set, signature: String(hash), account })).toMatchObject({
      cause: 'redirect_signature',
      secretId: 'main',
      remedy: expect.stringContaining('set the notification URL') as unknown,
    })
  })

  test('the whole URL as it stands in the browser, with its own hash and the shop’s own parameters', () => {
    const body = `https://shop.example/return?basket=77&${set}&hash=${String(published['sha256'])}`
    expect(explain({ body })).toMatchObject({ cause: 'redirect_signature' })
  })
})

describe('merged_parameters', () => {
  const text = FORM.toString()

  test.each([
    ['after the body', `${text}&tenant=fr&shop=7`, ''],
    ['before the body', `tenant=fr&shop=7&${text}`, ''],
    ['amid the body, by the query that it came with', text.replace('&', '&tenant=fr&'), 'tenant=fr'],
  ])('%s', (_what, body, query) => {
    expect(explain({ body, query, signature: signed(FORM) })).toMatchObject({
      cause: 'merged_parameters',
      secretId: 'main',
    })
  })
})

describe('wrong_secret', () => {
  test('is what remains, and says where to look', () => {
    const { cause, secretId, remedy } = explain({ body: FORM, signature: signed(FORM, 'never configured') })
    expect({ cause, secretId }).toEqual({ cause: 'wrong_secret', secretId: null })
    expect(remedy).toContain('compare the "secrets" of hipay/shop-fr')
    expect(remedy).not.toContain('digest of')
  })

  test('tells of a digest to which nothing is set', () => {
    expect(explain({ body: FORM, signature: signed(FORM, 'other', 'sha512') }).remedy).toContain(
      'It is a digest of sha512, to which no secret of the account is set.',
    )
  })

  test('is an empty secret too: it never explains a message', () => {
    const account = accountWith(secret({ value: '' }))
    expect(explain({ body: FORM, signature: signed(FORM, ''), account })).toMatchObject({
      cause: 'wrong_secret',
    })
  })

  test.each(['', 'f'.repeat(63), 'sha256=abc', 'f'.repeat(64) + ',' + 'e'.repeat(64)])(
    'is not said of a signature that could not be compared: %j',
    (signature) => {
      expect(explain({ body: FORM, signature })).toMatchObject({ cause: null, secretId: null })
    },
  )
})
