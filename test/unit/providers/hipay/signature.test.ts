import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hipay } from '../../../../src/providers/hipay/index.ts'
import { signatureOf } from '../../../../src/providers/hipay/signature.ts'
import type { AccountSecret, HashAlgorithm } from '../../../../src/providers/account.ts'
import type { Verification } from '../../../../src/providers/provider.ts'
import { accountWith, NOW, PASSPHRASE, secret } from './account.ts'

interface Vectors {
  passphrases: Record<string, string>
  positive: ({ body: string; bytes: number; passphrase: string } & Record<HashAlgorithm, string>)[]
  negative: { body: string; passphrase: string; name: string; sha256_like: string }[]
  redirect: { params_decoded: Record<string, string>; passphrase: string; sha256: string }[]
}

const FIXTURES = new URL('../../../fixtures/hipay/', import.meta.url)
const vectors = JSON.parse(readFileSync(new URL('signature_vectors.json', FIXTURES), 'utf8')) as Vectors
/** `notification_116.form` is the body of the case `notification_116`. */
function bodyOf(name: string): Buffer {
  const folder = new URL(`${name.slice(0, name.lastIndexOf('.'))}/`, FIXTURES)
  const file = readdirSync(folder).find((candidate) => candidate.startsWith('body.')) ?? ''
  return readFileSync(new URL(file, folder))
}

const passphraseOf = (name: string): string => vectors.passphrases[name] ?? ''
const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const

const MINIMAL = bodyOf('minimal.form')
const MINIMAL_SHA256 = '2e9f06049d527dd8dda607ee14ce9f3f9f55486d4c8a61f5e8bb15e906002940'
const MINIMAL_SHA1 = '15b584f6f617ee84dd4bafdfa8de9c088169a2ff'

function verify(
  body: Buffer,
  header: string | string[] | undefined,
  ...secrets: AccountSecret[]
): Verification {
  const request = { method: 'POST', query: '', headers: { 'x-allopass-signature': header }, body } as const
  return hipay.verify(request, accountWith(...secrets), NOW)
}

describe('the payment that a verified body names', () => {
  const referenceIn = (body: string): string | null => {
    const key = secret({ value: 'k' })
    const verification = verify(Buffer.from(body), signatureOf(Buffer.from(body), key), key)
    return verification.verified ? verification.reference : null
  }

  test.each([
    ['transaction_reference=900000000001&status=118', '900000000001'],
    ['acquirer_transaction_reference=1&transaction_reference=2&status=118', '2'],
    [
      '<notification><transaction_reference>900000000001</transaction_reference></notification>',
      '900000000001',
    ],
    ['{"event_key":"fraud"}', ''],
    ['transaction_reference=&status=118', ''],
    ['', ''],
  ])('%s', (body, reference) => {
    expect(referenceIn(body)).toBe(reference)
  })
})

describe('published and computed vectors', () => {
  test.each(
    vectors.positive.flatMap((vector) => ALGORITHMS.map((hashAlgorithm) => ({ ...vector, hashAlgorithm }))),
  )(
    '$body, $passphrase passphrase, $hashAlgorithm',
    ({ body, bytes, passphrase, hashAlgorithm, ...digests }) => {
      const content = bodyOf(body)
      expect(content).toHaveLength(bytes)
      const verification = verify(
        content,
        digests[hashAlgorithm],
        secret({ value: passphraseOf(passphrase), hashAlgorithm }),
      )
      expect(verification).toEqual({
        verified: true,
        secretId: 'main',
        canonical: content,
        reference: expect.any(String) as string,
        content,
      })
    },
  )

  test.each(vectors.negative)('refused: $name', ({ body, passphrase, name, sha256_like: header }) => {
    const value = name === 'empty_passphrase' ? '' : passphraseOf(passphrase)
    const verification = verify(bodyOf(body), header, secret({ value }))
    expect(verification.verified).toBe(false)
    expect(verification).toMatchObject({ plausible: true, content: bodyOf(body) })
  })

  test.each(vectors.redirect)(
    'what the browser’s return URL is signed with is no signature of a notification: $passphrase',
    ({ params_decoded: parameters, passphrase, sha256: hash }) => {
      const signed = new URLSearchParams({ ...parameters, hash }).toString()
      const account = accountWith(secret({ value: passphraseOf(passphrase) }))
      for (const body of [Buffer.from(signed), Buffer.alloc(0)]) {
        const asHeader = { 'x-allopass-signature': hash }
        for (const [headers, reason] of [
          [{}, 'signature_missing'],
          [asHeader, 'signature_mismatch'],
        ] as const) {
          const request = { method: 'POST', query: signed, headers, body } as const
          expect(hipay.verify(request, account, NOW)).toMatchObject({ verified: false, reason })
        }
      }
    },
  )

  test('a synthetic JSON body of a public test', () => {
    const body = Buffer.from('{"status":"118","transactionReference":"800451428387"}')
    const digest = '6663ee693fa0c63c8c8864a094203599cd675c7c4342e10e2e7e0da29e5f0d4e'
    expect(verify(body, digest, secret())).toMatchObject({ verified: true })
    expect(verify(body, digest.replace('6', '7'), secret())).toMatchObject({
      verified: false,
      plausible: true,
    })
  })
})

describe('the header', () => {
  test.each([
    ['upper case', MINIMAL_SHA256.toUpperCase()],
    ['blanks around', `  ${MINIMAL_SHA256}\t`],
    ['repeated and equal', [MINIMAL_SHA256, MINIMAL_SHA256]],
    ['comma-joined and equal', `${MINIMAL_SHA256}, ${MINIMAL_SHA256}`],
  ])('tolerated: %s', (_name, header) => {
    expect(verify(MINIMAL, header, secret())).toMatchObject({ verified: true })
  })

  test.each([
    ['absent', undefined, 'signature_missing'],
    ['empty', '', 'signature_missing'],
    ['blank', ['  '], 'signature_missing'],
    ['repeated and different', [MINIMAL_SHA256, 'a'.repeat(64)], 'signature_malformed'],
    ['comma-joined and different', `${MINIMAL_SHA256}, ${'a'.repeat(64)}`, 'signature_malformed'],
    ['with an empty element', `${MINIMAL_SHA256},`, 'signature_malformed'],
    ['not hexadecimal', 'g'.repeat(64), 'signature_malformed'],
    ['one digit more', `${MINIMAL_SHA256}0`, 'signature_malformed'],
    ['one digit less', MINIMAL_SHA256.slice(1), 'signature_malformed'],
    ['the right digest of another algorithm', MINIMAL_SHA1, 'signature_malformed'],
    ['prefixed', `sha256=${MINIMAL_SHA256}`, 'signature_malformed'],
    ['of another body', 'a'.repeat(64), 'signature_mismatch'],
  ])('refused: %s', (_name, header, reason) => {
    expect(verify(MINIMAL, header, secret())).toMatchObject({ verified: false, reason })
  })

  test('the rejected signature is kept for a later look, within bounds', () => {
    expect(verify(MINIMAL, 'a'.repeat(64), secret())).toMatchObject({ signature: 'a'.repeat(64) })
    expect(verify(MINIMAL, undefined, secret())).toMatchObject({ signature: null })
    expect(verify(MINIMAL, 'my passphrase', secret())).toMatchObject({ signature: null })
    expect(verify(MINIMAL, 'a'.repeat(5000), secret())).toMatchObject({ signature: 'a'.repeat(256) })
  })
})

describe('several secrets', () => {
  const old = secret({ id: 'old', value: 'former', notAfter: new Date('2026-01-01T00:00:00Z') })
  const next = secret({ id: 'next', value: 'coming', notBefore: new Date('2026-12-01T00:00:00Z') })
  const sha1 = secret({ id: 'moto', hashAlgorithm: 'sha1' })
  const signed = (by: AccountSecret): string =>
    hipay.sign({ status: '116', transaction_reference: '900000412077' }, accountWith(by)).headers[
      'x-allopass-signature'
    ] ?? ''

  test('the one that matched is recorded', () => {
    const all = [old, next, sha1, secret({ id: 'other', value: 'other' }), secret()]
    expect(verify(MINIMAL, MINIMAL_SHA256, ...all)).toMatchObject({ verified: true, secretId: 'main' })
    expect(verify(MINIMAL, MINIMAL_SHA1, ...all)).toMatchObject({ verified: true, secretId: 'moto' })
  })

  test('the right digest by a secret outside its time says so', () => {
    expect(verify(MINIMAL, signed(old), old, secret())).toMatchObject({ reason: 'secret_expired' })
    expect(verify(MINIMAL, signed(next), next, secret())).toMatchObject({ reason: 'secret_expired' })
  })

  test('one value twice: the live entry wins over the expired one', () => {
    const renewed = secret({ id: 'renewed', value: 'former' })
    expect(verify(MINIMAL, signed(old), old, renewed)).toMatchObject({ verified: true, secretId: 'renewed' })
  })

  test('the bounds of its time belong to it', () => {
    const exact = secret({ notBefore: NOW, notAfter: NOW })
    expect(verify(MINIMAL, MINIMAL_SHA256, exact)).toMatchObject({ verified: true })
  })

  test('no secret, or only an empty one, verifies nothing', () => {
    const bySignerOfNothing = 'bf7f561ff459dfe649983e9ca9aadfa4b38e5759ef038592294005770bf563c9'
    expect(verify(bodyOf('notification_116.form'), bySignerOfNothing, secret({ value: '' }))).toMatchObject({
      verified: false,
    })
    expect(verify(MINIMAL, MINIMAL_SHA256)).toMatchObject({ verified: false })
  })
})

describe('narrowing by merchant id', () => {
  const narrowed = secret({ merchantIds: ['9990001'] })
  const request = (fields: Record<string, string>, encoding: 'form' | 'xml' = 'form') =>
    hipay.sign(fields, accountWith(secret()), { encoding })
  const verified = (
    fields: Record<string, string>,
    by: AccountSecret[],
    encoding: 'form' | 'xml' = 'form',
  ) => {
    const { body, headers } = request(fields, encoding)
    return verify(body, headers['x-allopass-signature'], ...by)
  }

  test.each(['form', 'xml'] as const)('a secret serves the ids it names, padded or not (%s)', (encoding) => {
    expect(verified({ mid: '00009990001' }, [narrowed], encoding)).toMatchObject({ verified: true })
    expect(verified({ mid: '00009990002' }, [narrowed], encoding)).toMatchObject({
      verified: false,
      reason: 'signature_mismatch',
    })
  })

  test('another entry with the same passphrase takes over', () => {
    const moto = secret({ id: 'moto', merchantIds: ['00009990002'] })
    expect(verified({ mid: '00009990002' }, [narrowed, moto])).toMatchObject({ secretId: 'moto' })
  })

  test('a message that names no merchant contradicts no narrowing', () => {
    expect(verified({ event_key: 'debit_agreement.available' }, [narrowed])).toMatchObject({ verified: true })
  })

  test('a merchant id inside custom data is not the message’s', () => {
    const body = Buffer.from('custom_data%5Bmid%5D=00009990002&mid=00009990001&cdata1=%26mid%3D00009990002')
    const digest = createHash('sha256').update(body).update(PASSPHRASE).digest('hex')
    expect(verify(body, digest, narrowed)).toMatchObject({ verified: true })
  })
})
