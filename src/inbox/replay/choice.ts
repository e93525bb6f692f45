import { sha256 } from '../../lib/crypto.ts'
import type { Services } from '../../services.ts'
import type { Choice, ReplayFilter } from './stores.ts'

/** Which messages a replay chooses, and what a plan keeps of that. */
export interface Plan extends Choice {
  /** Of the set of messages, as it was when the plan was made. */
  digest: string
}

type Accounts = Pick<Services, 'accounts'>

/** What the filter chooses by now, for a replay with the translations of this process. */
export const choiceOf = (services: Accounts & Pick<Services, 'clock'>, filter: ReplayFilter): Choice => ({
  filter: inStoredWords(services, filter),
  until: services.clock.now().toISOString(),
  versions: versionsOf(services),
})

/** Without what is left out; rows carry the word of the accounts file: be2bill or dalenys. */
export function inStoredWords({ accounts }: Accounts, filter: ReplayFilter): ReplayFilter {
  const { provider, account } = filter
  const known = provider !== undefined && account !== undefined ? accounts.find(provider, account) : undefined
  const stored = known === undefined ? filter : { ...filter, provider: known.provider }
  const given = Object.entries(stored).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.toSorted(byName))
}

/** The versions of the translations, by the provider's name in the accounts file. */
export function versionsOf({ accounts }: Accounts): Choice['versions'] {
  const named = accounts.all().map(({ provider, account }) => {
    return [provider, accounts.resolve(provider, account).provider.translationVersion] as const
  })
  return Object.fromEntries(named.toSorted(byName))
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : 1

/** A replica of an older build leaves a replay to those of the build that began it. */
export function isMadeBy(services: Accounts, { versions }: Choice): boolean {
  const own = versionsOf(services)
  return Object.entries(versions).every(([provider, version]) => (own[provider] ?? version) >= version)
}

/** What tells a replay from those of other plans. */
export const planMark = ({ filter, until, versions, digest }: Plan): Buffer =>
  sha256(JSON.stringify([filter, until, versions, digest]))
