import { hash, timingSafeEqual } from 'node:crypto'
import type { ByteText } from '../../lib/byte-text.ts'
import { bytesOfText } from '../../lib/byte-text.ts'
import type { Parameter, ParameterSet } from './payload.ts'
import { valueOf } from './payload.ts'
import { isLive, type Account, type AccountSecret } from '../account.ts'
import type { RejectionReason } from '../provider.ts'

/**
 * `be2bill_signature` = `dalenys_signature`: a plain SHA-256 over the sorted parameters with the account's secret
 * before, between and after them. Same formula for protocol 2.0 and 3.0.
 */

// The platform itself refuses upper-case digits in requests and never sends them.
const HASH_TEXT = /^[0-9a-f]{64}$/
// What PHP turns into an integer key: canonical decimal within 64 bits (18 digits keep clear of the border).
const INTEGER_KEY = /^(0|-?[1-9][0-9]{0,17})$/

/** The signed parameters in the order of the hash, HASH itself left out. */
export function signedParameters(set: Pick<ParameterSet, 'parameters'>): Parameter[] {
  return set.parameters.filter(({ path }) => path[0] !== 'HASH').sort(byPath)
}

/** Sorted level by level, so that an array stands at the place of its name. A sort of whole names would compare `[` with other characters. */
function byPath(left: Parameter, right: Parameter): number {
  const levels = Math.min(left.path.length, right.path.length)
  for (let level = 0; level < levels; level++) {
    const order = compareKeys(left.path[level] ?? '', right.path[level] ?? '', level)
    if (order !== 0) return order
  }
  return left.path.length - right.path.length
}

/** PHP's `ksort`: names by byte; below them, integer-like keys by their number (0, 1, 2 … 10). */
function compareKeys(left: ByteText, right: ByteText, level: number): number {
  if (left === right) return 0
  if (level > 0 && INTEGER_KEY.test(left) && INTEGER_KEY.test(right)) {
    return BigInt(left) < BigInt(right) ? -1 : 1
  }
  return left < right ? -1 : 1
}

/** Hash of parameters already in the order of `signedParameters`: 64 lower-case hexadecimal digits. */
export function hashOf(signed: readonly Parameter[], secret: string): string {
  return hash('sha256', clearTextOf(signed, secret), 'hex')
}

/** What is hashed. It holds the secret: it is never kept or shown. */
export function clearTextOf(signed: readonly Parameter[], secret: string): Buffer {
  const separator = bytesOfText(secret)
  const clear = signed.reduce((text, { name, value }) => `${text}${name}=${value}${separator}`, separator)
  return Buffer.from(clear, 'latin1')
}

/**
 * What makes two deliveries the same message: the signed pairs without HASH, so that neither order, encoding, method
 * nor the key used matters. Length prefixes keep a value from imitating a border.
 */
export function canonicalOf(signed: readonly Parameter[]): Buffer {
  const pairs = signed.map(({ name, value }) => `${name.length + 1 + value.length}:${name}=${value}\n`)
  return Buffer.from(pairs.join(''), 'latin1')
}

export type SetVerdict =
  { matched: AccountSecret; signed: Parameter[] } | { matched: null; reason: RejectionReason }

/** Decide over one set that holds HASH. Tries only secrets that the unverified IDENTIFIER leads to. */
export function verifySet(set: ParameterSet, account: Account, now: Date): SetVerdict {
  if (set.ambiguous) return { matched: null, reason: 'ambiguous_parameters' }
  const claimed = valueOf(set, 'HASH')
  if (claimed === null || !HASH_TEXT.test(claimed)) return { matched: null, reason: 'signature_malformed' }
  const identifier = knownIdentifier(set, account)
  if (identifier === null) return { matched: null, reason: 'unknown_identifier' }
  const signed = signedParameters(set)
  const matching = secretsFor(account, identifier).filter((secret) =>
    sameHash(hashOf(signed, secret.value), claimed),
  )
  const live = matching.find((secret) => isLive(secret, now))
  if (live) return { matched: live, signed }
  return { matched: null, reason: matching.length > 0 ? 'secret_expired' : 'signature_mismatch' }
}

export function knownIdentifier(set: Pick<ParameterSet, 'parameters'>, account: Account): string | null {
  const claimed = valueOf(set, 'IDENTIFIER')
  return account.identifiers.find((identifier) => bytesOfText(identifier) === claimed) ?? null
}

/** The account's secrets that may sign for an IDENTIFIER. An empty value would make the hash public. */
export function secretsFor(account: Account, identifier: string): AccountSecret[] {
  return account.secrets.filter((secret) => secret.value !== '' && maySignFor(secret, identifier))
}

export const maySignFor = ({ identifiers }: AccountSecret, identifier: string): boolean =>
  identifiers.length === 0 || identifiers.includes(identifier)

function sameHash(expected: string, claimed: ByteText): boolean {
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(claimed, 'latin1'))
}
