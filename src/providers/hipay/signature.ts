import { hash } from 'node:crypto'
import { equalInConstantTime } from '../../lib/crypto.ts'
import type { Account, AccountSecret, HashAlgorithm } from '../account.ts'
import type { NotificationRequest, RejectedNotification, RejectionReason, Verification } from '../provider.ts'
import { isLive } from '../account.ts'
import { merchantIdIn, padMerchantId } from './merchant-id.ts'

/** "Allopass" is the company's old name; the header never followed the new one. */
export const SIGNATURE_HEADER = 'x-allopass-signature'

export const DIGEST_HEX_LENGTH: Readonly<Record<HashAlgorithm, number>> = {
  sha1: 40,
  sha256: 64,
  sha512: 128,
}

/** Exactly as long as one of the digests: reading hexadecimal as bytes drops an odd last digit silently. */
export const DIGEST_TEXT = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/

/** Other text in the header can never verify and may be a secret of the sender: it is not kept. */
const HEXADECIMAL = /^[0-9a-f,\s]+$/i

type Signing = Pick<AccountSecret, 'value' | 'hashAlgorithm'>

/** Lower-case hex of HASH(body ‖ passphrase): what HiPay puts into the header. */
export const signatureOf = (body: Buffer, secret: Signing): string => digestOf(body, secret).toString('hex')

const digestOf = (body: Buffer, { hashAlgorithm, value }: Signing): Buffer =>
  hash(hashAlgorithm, Buffer.concat([body, Buffer.from(value, 'utf8')]), 'buffer')

/**
 * Decide over the exact bytes whether the holder of one of the account's secrets signed them.
 * The algorithm is the secret's, never the sender's choice; the URL, its query and the content type play no part.
 */
export function verifyNotification(request: NotificationRequest, account: Account, now: Date): Verification {
  const { body } = request
  const header = readHeader(request.headers[SIGNATURE_HEADER])
  const rejected = (reason: RejectionReason): RejectedNotification => ({
    verified: false,
    reason,
    plausible: looksLikeNotification(body),
    content: body,
    signature: header.received !== null && HEXADECIMAL.test(header.received) ? header.received : null,
  })
  if (header.digest === null) return rejected(header.received ? 'signature_malformed' : 'signature_missing')
  const candidates = account.secrets.filter(({ value }) => value !== '')
  const matching = secretsMatching(body, header.digest, candidates)
  const live = matching.find((secret) => isLive(secret, now))
  if (live) {
    return { verified: true, secretId: live.id, canonical: body, reference: referenceIn(body), content: body }
  }
  if (matching.length > 0) return rejected('secret_expired')
  const lengths = new Set(candidates.map(({ hashAlgorithm }) => DIGEST_HEX_LENGTH[hashAlgorithm]))
  // A digest of another length means that the algorithm was changed in the back office: it is counted under a reason of its own.
  return rejected(lengths.has(header.digest.length) ? 'signature_mismatch' : 'signature_malformed')
}

interface Header {
  /** As it came, bounded; null when absent or blank. */
  received: string | null
  /** Lower-case hex of a digest's length; null when the header is anything else. */
  digest: string | null
}

/** Longest header kept as evidence: two SHA-512 digests. */
const RECEIVED_MAX = 256

/** One digest from a header that may be absent, repeated, comma-joined, padded or in capitals. */
export function readHeader(header: string | string[] | undefined): Header {
  if (typeof header === 'string' && DIGEST_TEXT.test(header)) return { received: header, digest: header }
  const received = [header ?? []].flat().join(',').trim()
  const distinct = new Set(received.split(',').map((value) => value.trim().toLowerCase()))
  const [digest = ''] = distinct
  return {
    received: received === '' ? null : received.slice(0, RECEIVED_MAX),
    digest: distinct.size === 1 && DIGEST_TEXT.test(digest) ? digest : null,
  }
}

/**
 * Every configured secret that signed these bytes. One narrowed to merchant ids is checked after its digest matched, so
 * nothing unverified is read.
 */
function secretsMatching(
  body: Buffer,
  digest: string,
  candidates: readonly AccountSecret[],
): AccountSecret[] {
  const received = Buffer.from(digest, 'hex')
  return candidates
    .filter((secret) => equalInConstantTime({ expected: digestOf(body, secret), received }))
    .filter((secret) => mayServe(secret, body))
}

/** A message without a merchant id (the JSON webhooks) contradicts no narrowing. */
export function mayServe(secret: AccountSecret, body: Buffer): boolean {
  if (secret.merchantIds.length === 0) return true
  const merchantId = merchantIdIn(body)
  return merchantId === null || secret.merchantIds.some((id) => padMerchantId(id) === merchantId)
}

const REFERENCE_VALUE = /(?:^|[&<])transaction_reference[=>]([^&<]{1,32})/

/** The reference as a plain form or XML document writes it. The message is translated only after it was verified and stored. */
const referenceIn = (body: Buffer): string => REFERENCE_VALUE.exec(body.toString('latin1'))?.[1] ?? ''

const REFERENCE_FIELD = /(?:^|[&<"])transaction_?reference["=>\s]/i
const STATUS_FIELD = /(?:^|[&<"])status["=>\s]/i

/** Whether it has HiPay's two indispensable field names: then it is kept as evidence although its signature is not valid. */
function looksLikeNotification(body: Buffer): boolean {
  const text = body.toString('latin1')
  return REFERENCE_FIELD.test(text) && STATUS_FIELD.test(text)
}
