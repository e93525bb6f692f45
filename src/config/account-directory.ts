import { nameSpace } from '../providers/names.ts'
import type { Account, AccountDirectory, Provider } from '../providers/provider.ts'

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
  return {
    find: (provider, account) => byName.get(nameOf(provider, account)),
    all: () => accounts,
    replace: (next) => {
      accounts = next
      byName = index(next)
    },
  }
}
