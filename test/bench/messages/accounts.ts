import { parseAccounts } from '../../../src/config/accounts.ts'
import type { Account } from '../../../src/providers/account.ts'
import { providers } from '../../../src/providers/registry.ts'

/** The merchant accounts that the generated traffic is addressed to: two of HiPay, one of Be2bill. */

/** Secrets by environment variable, as a production accounts file wants them. */
export const SECRETS = {
  BENCH_SHOP_FR: 'passphrase-of-the-french-shop',
  BENCH_SHOP_DE: 'passphrase-of-the-german-shop',
  BENCH_SHOP_BE: 'key-of-the-belgian-shop-account',
}

/** Text of the accounts file. */
export const ACCOUNTS_JSON = JSON.stringify([
  hipayEntry('shop-fr', 'BENCH_SHOP_FR'),
  hipayEntry('shop-de', 'BENCH_SHOP_DE'),
  {
    provider: 'be2bill',
    account: 'shop-be',
    test: false,
    identifiers: ['Demo Shop'],
    secrets: [{ id: 'key', env: 'BENCH_SHOP_BE' }],
  },
])

function hipayEntry(account: string, env: string): object {
  return { provider: 'hipay', account, test: false, secrets: [{ id: '2026-a', env }] }
}

export const accounts: readonly Account[] = parseAccounts(ACCOUNTS_JSON, {
  providers,
  production: true,
  environment: SECRETS,
  readText: () => '',
})

export function accountNamed(name: string): Account {
  const found = accounts.find(({ account }) => account === name)
  if (!found) throw new Error(`no account ${name} in the bench`)
  return found
}
