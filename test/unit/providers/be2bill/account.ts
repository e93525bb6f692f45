import { TIMES } from '../../../support/scenarios.ts'
import type { Account, AccountSecret } from '../../../../src/providers/account.ts'

/** What the tests of this folder configure; every value is invented. */
export const SECRET = 'k3y-Inv3nted-0001'
export const NOW = new Date('2026-05-01T10:00:00Z')

export function secret(value: string, changes: Partial<AccountSecret> = {}): AccountSecret {
  return {
    id: 'account-key',
    value,
    notBefore: null,
    notAfter: null,
    hashAlgorithm: 'sha256',
    identifiers: [],
    merchantIds: [],
    ...changes,
  }
}

export function account(changes: Partial<Account> = {}): Account {
  return {
    provider: 'be2bill',
    account: 'shop-be',
    policy: {
      responses: 'announced',
      expectations: 'optional',
      test: null,
      merchantIds: [],
      ...TIMES,
    },
    identifiers: ['Acme Shop'],
    secrets: [secret(SECRET)],
    ignoredQueryParameters: [],
    numericIds: false,
    keep: [],
    silence: null,
    ...changes,
  }
}
