import { TIMES } from '../../../support/scenarios.ts'
import type { Account, AccountSecret } from '../../../../src/providers/account.ts'

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
  return {
    provider: 'hipay',
    account: 'shop-fr',
    policy: {
      responses: 'announced',
      expectations: 'optional',
      test: null,
      merchantIds: [],
      ...TIMES,
    },
    identifiers: [],
    secrets,
    ignoredQueryParameters: [],
    numericIds: false,
    keep: [],
    silence: null,
  }
}
