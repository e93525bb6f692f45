import { hash } from 'node:crypto'
import { bytesOf, unescaped, type ByteText } from '../../lib/byte-text.ts'
import { equalInConstantTime } from '../../lib/crypto.ts'
import { BREAK_CHANGES, pastedReadings, undone } from '../changed-text.ts'
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
import { carrierOf } from './carrier.ts'
import { parseParameters, valueOf, type Parameter } from './payload.ts'
import { changedSets, REENCODINGS, type SetReading } from './set-changes.ts'
import { clearTextOf, knownIdentifier, maySignFor, signedParameters } from './signature.ts'

/** Why none of the account's secrets verifies this set: which of them signed it once one or two usual faults are undone. */
export function diagnose(message: RefusedMessage): Explanation {
  const pasted = pastedReadings(textOf(message))
  const own = ownCandidates(message)
  const all = [...foreignCandidates(message), ...withWritings(own)]
  const changed = pasted.flatMap((reading) => [
    ...undone(reading, [...BREAK_CHANGES, ...REENCODINGS]).map(parsed),
    ...changedSets(reading, message),
  ])
  const trials = [
    ...pasted.flatMap((reading) => setTrials(parsed(reading), all)),
    ...changed.flatMap((set) => setTrials(set, own)),
  ]
  return trials.length === 0
    ? { cause: null, secretId: null, remedy: NO_HASH }
    : explainBy(trials, unexplained(message.account))
}

/** The text that holds the set, without what is not looked at in a query. */
function textOf({ request, account }: RefusedMessage): ByteText {
  const { content } = carrierOf(request, account)
  const text = bytesOf(content)
  if (content === request.body) return text
  const isIgnored = (pair: ByteText): boolean =>
    account.ignoredQueryParameters.includes(unescaped(pair.split('=', 1)[0] ?? ''))
  return text
    .split('&')
    .filter((pair) => !isIgnored(pair))
    .join('&')
}

const NO_HASH =
  'The set has no signature that could be compared: it is the parameter HASH of 64 hexadecimal digits, which a proxy in front must pass on.'

const parsed = ({ text, faults }: { text: ByteText; faults: readonly Fault[] }): SetReading => {
  const { parameters, ambiguous } = parseParameters(text)
  return { parameters, faults, ambiguous }
}

/** What was made of a digest, by its length. */
const ALGORITHMS: Readonly<Partial<Record<number, HashAlgorithm>>> = {
  40: 'sha1',
  64: 'sha256',
  128: 'sha512',
}

function claimOf(
  parameters: readonly Parameter[],
): { digest: Buffer; algorithm: HashAlgorithm; text: string } | null {
  const text = valueOf({ parameters }, 'HASH') ?? ''
  const algorithm = ALGORITHMS[text.length]
  return algorithm === undefined || !/^[0-9a-f]+$/i.test(text)
    ? null
    : { digest: Buffer.from(text, 'hex'), algorithm, text }
}

function setTrials({ parameters, faults, ambiguous }: SetReading, candidates: readonly Candidate[]): Trial[] {
  const claim = claimOf(parameters)
  if (claim === null || ambiguous) return []
  const signed = signedParameters({ parameters })
  const { digest, algorithm } = claim
  return candidates.map((candidate) => {
    const expected = hash(algorithm, clearTextOf(signed, candidate.value), 'buffer')
    return {
      secretId: candidate.secret.id,
      faults: [
        ...candidate.faults,
        ...identifierFaults(candidate, parameters),
        ...hashFaults(claim),
        ...faults,
      ],
      isMatch: equalInConstantTime({ expected, received: digest }),
    }
  })
}

/** A secret signs for the IDENTIFIERs of its account, or for those that it is narrowed to. */
function identifierFaults({ owner, secret }: Candidate, parameters: readonly Parameter[]): Fault[] {
  const identifier = knownIdentifier({ parameters }, owner)
  const place =
    identifier === null ? `the "identifiers" of ${nameOf(owner)}` : `the "identifiers" of that secret`
  if (identifier !== null && maySignFor(secret, identifier)) return []
  return [
    {
      cause: 'other_account',
      remedy: `${secretOf(owner, secret)} signed it, and its IDENTIFIER is not among ${place}: add it there, or correct the notification URL of the account that it belongs to`,
    },
  ]
}

function hashFaults({ algorithm, text }: { algorithm: HashAlgorithm; text: string }): Fault[] {
  if (algorithm !== 'sha256')
    return [
      {
        cause: 'wrong_algorithm',
        remedy: `HASH is made with ${algorithm}: let the sender use SHA-256, which is the platform's only algorithm and has no setting`,
      },
    ]
  if (text === text.toLowerCase()) return []
  return [
    {
      cause: 'reencoded_body',
      remedy:
        'HASH came in capitals: the platform writes it in small letters, so let what is in front pass it on unchanged',
    },
  ]
}

const unexplained = (account: Account): string =>
  `No configured secret signed this set in any way that was tried: compare the "secrets" of ${nameOf(account)} with the account key and the notification key of that IDENTIFIER in the extranet, and have the notification sent again.`
