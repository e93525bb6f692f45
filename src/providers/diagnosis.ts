import { withoutEntities } from './changed-text.ts'
import type { Explanation, Fault } from './explanation.ts'
import { isLive, type Account, type AccountSecret } from './account.ts'
import type { RefusedMessage } from './provider.ts'

/** Whether a secret signed the message once these faults are undone. */
export interface Trial {
  secretId: string
  faults: readonly Fault[]
  isMatch: boolean
}

/** A secret as its sender may have it. */
export interface Candidate {
  owner: Account
  secret: AccountSecret
  value: string
  faults: readonly Fault[]
}

/** No longer message may be handed in: each trial hashes all of it, and no provider's message comes near. */
export const EXAMINED_BYTES_MAX = 65_536

/**
 * The match that needs the fewest faults, of several the first. Every trial is made, whatever comes out of the others: how long it
 * takes does not tell how close a secret came.
 */
export function explainBy(trials: readonly Trial[], unexplained: string): Explanation {
  const [best] = trials
    .filter(({ isMatch }) => isMatch)
    .toSorted((one, other) => one.faults.length - other.faults.length)
  const [main] = best?.faults ?? []
  if (best === undefined || main === undefined)
    return { cause: 'wrong_secret', secretId: null, remedy: unexplained }
  return {
    cause: main.cause,
    secretId: best.secretId,
    remedy: sentence(best.faults.map(({ remedy }) => remedy)),
  }
}

/** One sentence of its parts. */
function sentence(parts: readonly string[]): string {
  const text = parts.join('; and ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** How a sentence names an account. */
export const nameOf = ({ provider, account }: Account): string => `${provider}/${account}`

/** How a sentence names a secret. */
export const secretOf = (owner: Account, { id }: AccountSecret): string => `secret ${id} of ${nameOf(owner)}`

/** The usable secrets of the account as they are configured; one that is not valid now has that fault. */
export const ownCandidates = ({ account, now }: RefusedMessage): Candidate[] =>
  usable(account).map((secret) => ({
    owner: account,
    secret,
    value: secret.value,
    faults: isLive(secret, now) ? [] : [expiryOf(account, secret, now)],
  }))

/** Those of the other accounts. */
export const foreignCandidates = ({ account, others }: RefusedMessage): Candidate[] =>
  others.flatMap((owner) =>
    usable(owner).map((secret) => ({
      owner,
      secret,
      value: secret.value,
      faults: [
        {
          cause: 'other_account',
          remedy: `${secretOf(owner, secret)} signed it: set that account's notification URL to /notifications/${nameOf(owner)}, and leave /notifications/${nameOf(account)} to the account ${nameOf(account)}`,
        },
      ],
    })),
  )

/** An empty value would make the signature public. */
const usable = ({ secrets }: Account): AccountSecret[] => secrets.filter(({ value }) => value !== '')

function expiryOf(owner: Account, secret: AccountSecret, now: Date): Fault {
  const { notBefore, notAfter } = secret
  const isEarly = notBefore !== null && now < notBefore
  const bound = isEarly
    ? `is valid from ${notBefore.toISOString()} on: set its "notBefore" earlier`
    : `was valid until ${notAfter?.toISOString() ?? ''}: set its "notAfter" later`
  return {
    cause: 'expired_secret',
    remedy: `${secretOf(owner, secret)} signed it and ${bound}, or let the provider sign with a secret that is valid now`,
  }
}

/** A way in which a secret is often copied wrongly: the value that the sender has, from the one that is configured. */
interface Writing {
  write: (value: string) => string
  remedy: (secret: string) => string
}

const WRITINGS: readonly Writing[] = [
  {
    write: (value) => value.trim(),
    remedy: (secret) =>
      `remove the blanks and line breaks around ${secret}, where its "env", "file" or "value" holds it`,
  },
  {
    write: (value) => value.trim().replace(/^(["'])(.*)\1$/s, '$2'),
    remedy: (secret) => `remove the quotes around ${secret}, where its "env", "file" or "value" holds it`,
  },
  {
    write: withoutEntities,
    remedy: (secret) =>
      `write the characters of ${secret} as they are, where its "env", "file" or "value" holds HTML entities such as &amp;`,
  },
  ...[' ', '\n', '\r\n', '\t'].map((blank) => ({
    write: (value: string) => value + blank,
    remedy: (secret: string) =>
      `enter ${secret} at the provider again without the blank or line break after it`,
  })),
  {
    write: (value) => ` ${value}`,
    remedy: (secret) => `enter ${secret} at the provider again without the blank before it`,
  },
  ...['"', "'"].map((quote) => ({
    write: (value: string) => quote + value + quote,
    remedy: (secret: string) => `enter ${secret} at the provider again without the quotes around it`,
  })),
]

/** The same candidates, and each of them as it is often copied wrongly. */
export const withWritings = (candidates: readonly Candidate[]): Candidate[] => [
  ...candidates,
  ...candidates.flatMap((candidate) =>
    WRITINGS.map(({ write, remedy }) => ({
      ...candidate,
      value: write(candidate.value),
      faults: [
        { cause: 'secret_whitespace' as const, remedy: remedy(secretOf(candidate.owner, candidate.secret)) },
        ...candidate.faults,
      ],
    })).filter(({ value }) => value !== candidate.value && value !== ''),
  ),
]
