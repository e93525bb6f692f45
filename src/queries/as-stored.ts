import type { AccountDirectory } from '../providers/account-directory.ts'

interface AccountFilter {
  provider?: string | undefined
  account?: string | undefined
}

/** Replaces the asked provider name by that of the accounts file, which rows carry: be2bill and dalenys name one space of accounts. */
export function asStored<Filter extends AccountFilter>(accounts: AccountDirectory, filter: Filter): Filter {
  const { provider, account } = filter
  const known = provider !== undefined && account !== undefined ? accounts.find(provider, account) : undefined
  return known === undefined ? filter : { ...filter, provider: known.provider }
}
