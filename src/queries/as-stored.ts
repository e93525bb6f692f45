import type { AccountDirectory } from '../providers/account-directory.ts'

interface AccountFilter {
  provider?: string | undefined
  account?: string | undefined
}

/** The filter in the words of the rows: be2bill and dalenys name one space of accounts, but rows carry the word of the accounts file. */
export function asStored<Filter extends AccountFilter>(accounts: AccountDirectory, filter: Filter): Filter {
  const { provider, account } = filter
  const known = provider !== undefined && account !== undefined ? accounts.find(provider, account) : undefined
  return known === undefined ? filter : { ...filter, provider: known.provider }
}
