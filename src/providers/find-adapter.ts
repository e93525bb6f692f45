import type { Provider } from './provider.ts'

/** The adapter behind a provider's name; be2bill and dalenys lead to the same one. */
export const adapterOf = (providers: readonly Provider[], name: string): Provider | undefined =>
  providers.find(({ names }) => names.includes(name))

/** Two words for one provider (be2bill, dalenys) share one name space of accounts: that of the adapter's first name. */
export const nameSpace = (providers: readonly Provider[], name: string): string =>
  adapterOf(providers, name)?.names[0] ?? name
