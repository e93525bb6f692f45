import type { Account } from './account.ts'
import type { Provider } from './provider.ts'

/** The configured accounts, by either word of a shared name space. */
export interface AccountDirectory {
  find(provider: string, account: string): Account | undefined
  /** The account and the adapter of its provider. Throws `unknown_account`, with `advice` for the caller. */
  resolve(provider: string, account: string, advice?: string): ConfiguredAccount
  all(): readonly Account[]
}

export interface ConfiguredAccount {
  account: Account
  provider: Provider
}
