import { randomBytes } from 'node:crypto'
import { parseAccounts } from '../../../src/config/accounts.ts'
import type { Account } from '../../../src/providers/account.ts'
import { providers } from '../../../src/providers/registry.ts'

/** All roles. */
export const API_KEY = randomBytes(24).toString('base64url')

/**
 * So short that every absence is judged before the end, while messages still come: the sweep takes part in everything, and
 * what it says of silence is compared as well.
 */
const deadlines = { notification: '2s', response: '2s', expectation: '2s', action: '2s', pending: '2s' }

const shop = { account: 'shop', test: true, responses: 'expected', deadlines }

/** The accounts file of the services under test. */
export const ACCOUNTS_JSON = JSON.stringify([
  { ...shop, provider: 'hipay', secrets: [{ id: 'only', value: 'passphrase' }] },
  {
    ...shop,
    provider: 'be2bill',
    identifiers: ['Demo Shop'],
    secrets: [{ id: 'only', value: 'account-key' }],
  },
])

const accounts: readonly Account[] = parseAccounts(ACCOUNTS_JSON, {
  providers,
  production: false,
  environment: {},
  readText: () => '',
})

export const accountOf = (provider: string): Account =>
  accounts.find((account) => account.provider === provider)!
