import { AppError } from '../lib/errors.ts'
import { adapterOf, nameSpace } from '../providers/find-adapter.ts'
import type { Account } from '../providers/account.ts'
import type { AccountDirectory } from '../providers/account-directory.ts'
import type { Provider } from '../providers/provider.ts'

const ADVICE = 'account: check provider and account against the accounts file'

/** Look-up by either word of a name space; `replace` swaps the whole list at once (SIGHUP). */
export function createAccountDirectory(
  initial: readonly Account[],
  providers: readonly Provider[],
): AccountDirectory & { replace: (accounts: readonly Account[]) => void } {
  const nameOf = (provider: string, account: string): string => `${nameSpace(providers, provider)}/${account}`
  const index = (all: readonly Account[]): Map<string, Account> =>
    new Map(all.map((one) => [nameOf(one.provider, one.account), one]))
  let accounts = initial
  let byName = index(initial)
  const find = (provider: string, account: string): Account | undefined =>
    byName.get(nameOf(provider, account))
  return {
    find,
    resolve: (name, slug, advice = ADVICE) => {
      const account = find(name, slug)
      const provider = adapterOf(providers, name)
      if (!account || !provider) throw new AppError('unknown_account', advice)
      return { account, provider }
    },
    all: () => accounts,
    replace: (next) => {
      accounts = next
      byName = index(next)
    },
  }
}
