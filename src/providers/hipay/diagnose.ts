import { createHash, createHmac, hash } from 'node:crypto'
import { bytesOf } from '../../lib/byte-text.ts'
import { equalInConstantTime } from '../../lib/crypto.ts'
import { BREAK_CHANGES, pastedReadings, undone, type Reading } from '../changed-text.ts'
import {
  explainBy,
  foreignCandidates,
  nameOf,
  ownCandidates,
  secretOf,
  withWritings,
  type Candidate,
  type Trial,
} from '../diagnosis.ts'
import type { Explanation, Fault } from '../explanation.ts'
import type { Account, HashAlgorithm } from '../account.ts'
import type { RefusedMessage } from '../provider.ts'
import { bodyChanges } from './body-changes.ts'
import { redirectClearText, redirectHashIn, redirectSets } from './redirect.ts'
import { DIGEST_HEX_LENGTH, DIGEST_TEXT, mayServe, readHeader, SIGNATURE_HEADER } from './signature.ts'

/** A digest as it was received. Its length tells the algorithm that it was made with. */
interface Claim {
  digest: Buffer
  algorithm: HashAlgorithm
}

/** Why none of the account's secrets verifies this message: which of them signed it once one or two usual faults are undone. */
export function diagnose(message: RefusedMessage): Explanation {
  const { request } = message
  const claim = claimOf(message)
  if (claim === null) return { cause: null, secretId: null, remedy: NO_DIGEST }
  const raw = bytesOf(request.body)
  const pasted = pastedReadings(raw)
  const changes = [...BREAK_CHANGES, ...bodyChanges(request.query)]
  const own = ownCandidates(message)
  const exact = [...foreignCandidates(message), ...own]
  const trials = [
    ...pasted.flatMap((reading) => bodyTrials(reading, [...exact, ...withWritings(own)], claim)),
    ...pasted.flatMap((reading) =>
      undone(reading, changes).flatMap((changed) => bodyTrials(changed, own, claim)),
    ),
    ...pasted.flatMap((reading) => otherFormulas(reading, own, claim)),
    ...[raw, request.query].flatMap((text) => redirectTrials(text, exact, claim)),
  ]
  return explainBy(trials, unexplained(message.account, claim))
}

const NO_DIGEST =
  'The message has no signature that could be compared: it is a digest of 40, 64 or 128 hexadecimal digits, in the header X-Allopass-Signature of the notification, which a proxy in front must pass on.'

/** The digest of the header; of a customer's return, which has none, the one among its parameters. */
function claimOf({ request: { headers, query, body } }: RefusedMessage): Claim | null {
  const { digest, received } = readHeader(headers[SIGNATURE_HEADER])
  const claimed =
    digest ?? (received === null ? (redirectHashIn(query) ?? redirectHashIn(bytesOf(body))) : null)
  if (claimed === null || !DIGEST_TEXT.test(claimed)) return null
  const algorithms = Object.keys(DIGEST_HEX_LENGTH) as HashAlgorithm[]
  const algorithm = algorithms.find((name) => DIGEST_HEX_LENGTH[name] === claimed.length)
  return algorithm === undefined ? null : { digest: Buffer.from(claimed, 'hex'), algorithm }
}

/** HASH(body ‖ passphrase), the body hashed once for all candidates. */
function bodyTrials(reading: Reading, candidates: readonly Candidate[], claim: Claim): Trial[] {
  const content = Buffer.from(reading.text, 'latin1')
  const hashed = createHash(claim.algorithm).update(content)
  return candidates.map((candidate) => {
    const expected = hashed.copy().update(candidate.value, 'utf8').digest()
    const isMatch = equalInConstantTime({ expected, received: claim.digest })
    const faults = [
      ...(isMatch ? merchantFaults(candidate, content) : []),
      ...keyFaults(candidate, claim),
      ...reading.faults,
    ]
    return { secretId: candidate.secret.id, faults, isMatch }
  })
}

const keyFaults = ({ owner, secret, faults }: Candidate, { algorithm }: Claim): Fault[] => [
  ...faults,
  ...(secret.hashAlgorithm === algorithm
    ? []
    : [
        {
          cause: 'wrong_algorithm' as const,
          remedy: `the signature is made with ${algorithm}, and ${secretOf(owner, secret)} is set to ${secret.hashAlgorithm}: set its "hashAlgorithm" to "${algorithm}", or the algorithm in HiPay's back office (Integration, Security Settings) to ${secret.hashAlgorithm}`,
        },
      ]),
]

/** A secret may be narrowed to merchant ids, and sign for these only. */
function merchantFaults({ owner, secret }: Candidate, content: Buffer): Fault[] {
  if (mayServe(secret, content)) return []
  return [
    {
      cause: 'other_account',
      remedy: `${secretOf(owner, secret)} signed it, and the message names a merchant id (mid) that is not among its "merchantIds": add it there, or correct the notification URL of the account that it belongs to`,
    },
  ]
}

/** What senders that are not HiPay compute, after pages that describe the rule wrongly. */
function otherFormulas(
  { text, faults }: Reading,
  own: readonly Candidate[],
  { algorithm, digest }: Claim,
): Trial[] {
  const content = Buffer.from(text, 'latin1')
  const trial = (candidate: Candidate, expected: Buffer, formula: string): Trial => ({
    secretId: candidate.secret.id,
    faults: [...candidate.faults, { cause: 'wrong_algorithm', remedy: remedyOf(formula) }, ...faults],
    isMatch: equalInConstantTime({ expected, received: digest }),
  })
  return own.flatMap((candidate) => [
    trial(candidate, createHmac(algorithm, candidate.value).update(content).digest(), 'an HMAC of the body'),
    trial(
      candidate,
      createHash(algorithm).update(candidate.value).update(content).digest(),
      'the hash of the passphrase followed by the body',
    ),
  ])
}

const remedyOf = (formula: string): string =>
  `the sender computes ${formula}: let it compute the plain hash of the body followed by the passphrase, as HiPay does`

/** Whether it is the hash of the URL by which a customer returns to the shop. */
function redirectTrials(
  text: string,
  candidates: readonly Candidate[],
  { algorithm, digest }: Claim,
): Trial[] {
  return redirectSets(text).flatMap((set) =>
    candidates.map((candidate) => ({
      secretId: candidate.secret.id,
      faults: [REDIRECT, ...candidate.faults],
      isMatch: equalInConstantTime({
        expected: hash(algorithm, redirectClearText(set, candidate.value), 'buffer'),
        received: digest,
      }),
    })),
  )
}

const REDIRECT: Fault = {
  cause: 'redirect_signature',
  remedy:
    "this is the hash of the URL by which the customer returned to the shop, not of a notification: set the notification URL in HiPay's back office (Integration, Notifications), and keep it apart from accept_url, decline_url and the other return pages",
}

function unexplained(account: Account, { algorithm }: Claim): string {
  const isForeign = account.secrets.every(({ hashAlgorithm }) => hashAlgorithm !== algorithm)
  const mismatch = isForeign
    ? ` It is a digest of ${algorithm}, to which no secret of the account is set.`
    : ''
  return `No configured secret signed this message in any way that was tried: compare the "secrets" of ${nameOf(account)} with the passphrase in HiPay's back office (Integration, Security Settings), where stage and production differ, and have the notification sent again.${mismatch}`
}
