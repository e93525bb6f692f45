import { z } from 'zod'
import { accountSchema, type AccountEntry, type SecretEntry } from './account-entry.ts'
import { ConfigurationError, type Environment } from './settings.ts'
import { adapterOf, nameSpace } from '../providers/find-adapter.ts'
import type { Account, AccountSecret } from '../providers/account.ts'
import type { Provider } from '../providers/provider.ts'

/** The accounts file: which merchant accounts exist, which secrets sign for them, what their traffic promises. */

export interface AccountSources {
  /** The registry: which providers there are, and what their accounts need. */
  providers: readonly Provider[]
  production: boolean
  environment: Environment
  readText: (path: string) => string
}

/** Parse the accounts file's text; throws ConfigurationError naming account and field, never a value of a secret. */
export function parseAccounts(text: string, sources: AccountSources): Account[] {
  const problems: string[] = []
  const entries = parseEntries(text, problems)
  const accounts = entries.map((entry) => toAccount(entry, sources, problems))
  problems.push(
    ...entries.flatMap((entry) => entryProblems(entry, sources)),
    ...jointProblems(accounts, sources.providers),
  )
  if (problems.length > 0) throw new ConfigurationError(problems)
  return accounts
}

const listSchema = z.array(z.unknown()).min(1, 'must list at least one account')

/** Those that have an account's shape; entry by entry, so that one of another shape does not hide what the rest lacks. */
function parseEntries(text: string, problems: string[]): AccountEntry[] {
  const list = listSchema.safeParse(parseJson(text))
  problems.push(...issuesOf(list, 'accounts'))
  return (list.data ?? []).flatMap((entry, index) => {
    const result = accountSchema.safeParse(entry)
    problems.push(...issuesOf(result, `accounts[${index}]`))
    return result.success ? [result.data] : []
  })
}

const issuesOf = ({ error }: z.ZodSafeParseResult<unknown>, where: string): string[] =>
  (error?.issues ?? []).map((issue) => `${where}${place(issue.path)}: ${issue.message}`)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConfigurationError(['accounts: the file is not valid JSON'])
  }
}

const place = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')

const label = ({ provider, account }: Pick<AccountEntry, 'provider' | 'account'>): string =>
  `account ${provider}/${account}`

function toAccount(entry: AccountEntry, sources: AccountSources, problems: string[]): Account {
  const { provider, account, identifiers, ignoredQueryParameters, numericIds, keep, silence } = entry
  return {
    provider,
    account,
    identifiers,
    ignoredQueryParameters,
    numericIds,
    keep,
    silence: silence ?? null,
    secrets: entry.secrets.map((secret) => toSecret(secret, entry, sources, problems)),
    policy: {
      responses: entry.responses,
      expectations: entry.expectations,
      test: entry.test ?? null,
      merchantIds: merchantIdsOf(entry, entry.provider, sources),
      deadlines: entry.deadlines,
      callTimeout: entry.callTimeout,
      clockSkew: entry.clockSkew,
      pageAttempts: entry.pageAttempts ?? null,
      echoedIn: entry.echoedIn ?? null,
    },
  }
}

function toSecret(
  secret: SecretEntry,
  entry: AccountEntry,
  sources: AccountSources,
  problems: string[],
): AccountSecret {
  const value = secretValue(secret, sources)
  if (value === null)
    problems.push(`${label(entry)}: secret ${secret.id} cannot be read from its env or file`)
  // An empty secret is known to every sender: each could sign.
  if (value === '') problems.push(`${label(entry)}: secret ${secret.id} is empty`)
  return {
    id: secret.id,
    value: value ?? '',
    notBefore: secret.notBefore === undefined ? null : new Date(secret.notBefore),
    notAfter: secret.notAfter === undefined ? null : new Date(secret.notAfter),
    hashAlgorithm: secret.hashAlgorithm ?? entry.hashAlgorithm,
    identifiers: secret.identifiers,
    merchantIds: merchantIdsOf(secret, entry.provider, sources),
  }
}

/** As the provider's messages write them, so that they compare; one that can be none is told by `entryProblems`. */
function merchantIdsOf(
  { merchantIds }: Pick<AccountEntry, 'merchantIds'>,
  provider: string,
  { providers }: Pick<AccountSources, 'providers'>,
): string[] {
  return merchantIds.map((id) => adapterOf(providers, provider)?.merchantIdOf(id) ?? id)
}

/** Blanks, line breaks and quotes at either end: nearly always copied along by mistake. */
const MISWRITTEN = /^[\s"']|[\s"']$/

/** Secrets that were probably copied wrongly. The service takes them as they are: only the provider knows the right one. */
export const miswrittenSecrets = (accounts: readonly Account[]): string[] =>
  accounts.flatMap((account) =>
    account.secrets
      .filter(({ value }) => MISWRITTEN.test(value))
      .map(
        ({ id }) =>
          `${label(account)}: secret ${id} begins or ends with a blank, a line break or a quote; remove it where its env, file or value holds the secret`,
      ),
  )

function secretValue(secret: SecretEntry, { environment, readText }: AccountSources): string | null {
  if (secret.value !== undefined) return secret.value
  if (secret.env !== undefined) return environment[secret.env] ?? null
  try {
    return readText(secret.file ?? '')
  } catch {
    return null
  }
}

function entryProblems(entry: AccountEntry, { production, providers }: AccountSources): string[] {
  const provider = adapterOf(providers, entry.provider)
  const known = providers.flatMap(({ names }) => names).join(', ')
  const needsIdentifiers = provider?.accountsDifferBy === 'identifiers'
  const ids = entry.secrets.map((secret) => secret.id)
  const merchantIds = [entry, ...entry.secrets].flatMap((one) => one.merchantIds)
  return [
    provider === undefined && `provider must be one of ${known}`,
    needsIdentifiers && entry.identifiers.length === 0 && 'needs identifiers (its IDENTIFIERs)',
    merchantIds.some((id) => provider?.merchantIdOf(id) === null) &&
      'merchantIds names one that this provider cannot have issued',
    production && entry.test === undefined && 'needs test: true or false in production',
    production &&
      entry.secrets.some((s) => s.value !== undefined) &&
      'must take its secrets from env or file in production',
    new Set(ids).size < ids.length && 'has two secrets with one id',
  ].flatMap((problem) => (problem === false ? [] : [`${label(entry)}: ${problem}`]))
}

function jointProblems(accounts: readonly Account[], providers: readonly Provider[]): string[] {
  const problems: string[] = []
  accounts.forEach((one, index) => {
    for (const other of accounts.slice(index + 1)) {
      if (nameSpace(providers, one.provider) !== nameSpace(providers, other.provider)) continue
      if (one.account === other.account) problems.push(`${label(one)}: the name ${one.account} is used twice`)
      const byMerchant = adapterOf(providers, one.provider)?.accountsDifferBy === 'merchantIds'
      if (byMerchant && sharesSecretAmbiguously(one, other)) {
        problems.push(
          `${label(one)} and ${label(other)}: they share a secret, so both need merchantIds that differ`,
        )
      }
    }
  })
  return problems
}

/** With one passphrase for two accounts only the merchant id can tell whose notification it is. */
function sharesSecretAmbiguously(one: Account, other: Account): boolean {
  return one.secrets.some((left) =>
    other.secrets.some((right) => {
      const isShared = left.value !== '' && left.value === right.value
      return isShared && !areDisjoint(merchantsOf(left, one), merchantsOf(right, other))
    }),
  )
}

/** A secret's own merchant ids are narrower than its account's. */
const merchantsOf = (secret: AccountSecret, { policy }: Account): readonly string[] =>
  secret.merchantIds.length > 0 ? secret.merchantIds : policy.merchantIds

/** An empty list stands for any id. */
const areDisjoint = (left: readonly string[], right: readonly string[]): boolean =>
  left.length > 0 && right.length > 0 && left.every((id) => !right.includes(id))
