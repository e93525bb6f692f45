import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { redirectHashOf, verifyRedirectHash } from '../../../../src/providers/hipay/redirect-hash.ts'
import type { HashAlgorithm } from '../../../../src/providers/provider.ts'

interface Vectors {
  passphrases: Record<string, string>
  redirect: ({ params_decoded: Record<string, string>; passphrase: string } & Record<HashAlgorithm, string>)[]
}

const file = new URL('../../../fixtures/hipay/signature_vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const

describe('vectors', () => {
  test.each(
    vectors.redirect.flatMap((vector) => ALGORITHMS.map((algorithm) => [algorithm, vector] as const)),
  )('%s', (hashAlgorithm, { params_decoded: parameters, passphrase: name, ...digests }) => {
    const passphrase = vectors.passphrases[name] ?? ''
    const given = new Map(Object.entries({ ...parameters, hash: 'ignored', ref: 'the merchant’s own' }))
    const options = { passphrase, hashAlgorithm, merchantParameters: ['ref'] }
    expect(redirectHashOf(given, options)).toBe(digests[hashAlgorithm])
    expect(verifyRedirectHash(given, digests[hashAlgorithm].toUpperCase(), options)).toBe(true)
    expect(verifyRedirectHash(given.set('orderid', 'other'), digests[hashAlgorithm], options)).toBe(false)
  })

  test.each([
    ['sha1', '9cf701f5d7519f1aeabe69a2857ee85fefbf31a3'],
    ['sha256', '9664430560899c4a1eeff059f4244265d783bdba077c525943ec1438db04b8bc'],
  ] as const)('of the PHP SDK’s own test, %s', (hashAlgorithm, digest) => {
    const given = new Map([['signature', 'testSignature']])
    expect(redirectHashOf(given, { passphrase: 'testSignature', hashAlgorithm })).toBe(digest)
  })
})

test('an empty passphrase verifies nothing', () => {
  const options = { passphrase: '', hashAlgorithm: 'sha256' } as const
  const given = new Map([['orderid', '1']])
  expect(verifyRedirectHash(given, redirectHashOf(given, options), options)).toBe(false)
})

test('nothing that receives notifications can reach it', () => {
  const folder = new URL('../../../../src/providers/hipay/', import.meta.url)
  const others = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'redirect-hash.ts')
  expect(others.length).toBeGreaterThan(5)
  for (const name of others)
    expect(readFileSync(new URL(name, folder), 'utf8')).not.toContain('redirect-hash')
})
