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
  /** Alarm when nothing verified arrived for that many milliseconds; null: never. */
  silence: number | null
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
