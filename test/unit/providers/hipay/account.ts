import type { Account, AccountSecret } from '../../../../src/providers/provider.ts'

/** Passphrase of the published vectors and of every fixture. */
export const PASSPHRASE = 'SecretPassphrase'

export const NOW = new Date('2026-06-01T12:00:00Z')

export function secret(changes: Partial<AccountSecret> = {}): AccountSecret {
  return {
    id: 'main',
    value: PASSPHRASE,
    notBefore: null,
    notAfter: null,
    hashAlgorithm: 'sha256',
    identifiers: [],
    merchantIds: [],
    ...changes,
  }
}

export function accountWith(...secrets: AccountSecret[]): Account {
  const day = 86_400_000
  return {
    provider: 'hipay',
    account: 'shop-fr',
    policy: {
      responses: 'announced',
      expectations: 'optional',
      test: null,
      merchantIds: [],
      deadlines: { notification: day, response: day, expectation: day, action: day, pending: day },
    },
    identifiers: [],
    secrets,
    ignoredQueryParameters: [],
    silence: null,
  }
}
