import type { AccountPolicy } from '../domain/event/account-policy.ts'
import type { ProviderName } from '../domain/event/transaction-event.ts'

/** One merchant account at one provider, as configured; owns its secrets. */
export interface Account {
  provider: ProviderName
  account: string
  policy: AccountPolicy
  /** Be2bill/Dalenys IDENTIFIERs. */
  identifiers: readonly string[]
  secrets: readonly AccountSecret[]
  /** Names that may stand in a signed query without being part of the set. */
  ignoredQueryParameters: readonly string[]
  /** Its ids are numbers: the originals of replaced ones may be kept and shown. Changes no key. */
  numericIds: boolean
  /** The personal data that its events show. */
  keep: readonly PersonalField[]
  /** The longest silence that is still normal; null: any is. */
  silence: Silence | null
}

/** The longest time without a verified notification, in milliseconds. A day begins at 08:00 and a night at 22:00 of the zone. */
export interface Silence {
  dayMs: number
  nightMs: number
  timezone: string
}

/** Personal data that an adapter puts into events; an account lists in `keep` which of it its events show. */
export const PERSONAL_FIELDS = ['email', 'ipAddress', 'deviceId', 'cardHolder'] as const
export type PersonalField = (typeof PERSONAL_FIELDS)[number]

export interface AccountSecret {
  id: string
  value: string
  notBefore: Date | null
  notAfter: Date | null
  hashAlgorithm: HashAlgorithm
  /** Empty: any of the account's. */
  identifiers: readonly string[]
  /** Empty: any of the account's. */
  merchantIds: readonly string[]
}

export type HashAlgorithm = 'sha1' | 'sha256' | 'sha512'

/** Whether the secret signs at that time; both ends belong to it. */
export const isLive = ({ notBefore, notAfter }: AccountSecret, now: Date): boolean =>
  (notBefore === null || notBefore <= now) && (notAfter === null || now <= notAfter)

/** A secret of an account that ends, and whether another one takes over. */
export interface EndingSecret {
  secret: AccountSecret
  notAfter: Date
  isReplaced: boolean
}

export const endingSecrets = (account: Account): EndingSecret[] =>
  account.secrets.flatMap((secret) => {
    const { notAfter } = secret
    if (notAfter === null) return []
    const isReplaced = account.secrets.some(
      (other) => isLiveBeyond(other, notAfter) && covers(account, other, secret),
    )
    return [{ secret, notAfter, isReplaced }]
  })

/** Live at `end`, and longer. */
const isLiveBeyond = (secret: AccountSecret, end: Date): boolean =>
  isLive(secret, end) && (secret.notAfter === null || secret.notAfter > end)

/** Whether `other` signs for all that `secret` signs for. */
const covers = ({ identifiers, policy }: Account, other: AccountSecret, secret: AccountSecret): boolean =>
  holds(other.identifiers, secret.identifiers, identifiers) &&
  holds(other.merchantIds, secret.merchantIds, policy.merchantIds)

/** An empty list stands for any of the account's. */
function holds(others: readonly string[], own: readonly string[], ofAccount: readonly string[]): boolean {
  const wanted = own.length > 0 ? own : ofAccount
  return others.length === 0 || (wanted.length > 0 && wanted.every((id) => others.includes(id)))
}

/**
 * What `sign` signs with: the named secret of the account, else the first usable one without an end, since no clock tells here
 * which of the others are live. Throws `TypeError` when there is none.
 */
export function signingSecret(
  { account, secrets }: Account,
  usable: readonly AccountSecret[],
  secretId: string | undefined,
): AccountSecret {
  const secret =
    secretId === undefined
      ? (usable.find(({ notAfter }) => notAfter === null) ?? usable[0])
      : secrets.find(({ id }) => id === secretId)
  if (!secret) throw new TypeError(`account ${account} has no secret ${secretId ?? 'to sign with'}`)
  return secret
}
