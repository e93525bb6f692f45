import { createHash } from 'node:crypto'
import { equalInConstantTime } from '../../lib/crypto.ts'
import type { HashAlgorithm } from '../provider.ts'

/** Never part of the preimage, wherever they come from. */
const NEVER_HASHED = new Set(['hash', 'response'])

export interface RedirectHashOptions {
  passphrase: string
  hashAlgorithm: HashAlgorithm
  /** Names that the merchant itself put into the return URL; HiPay does not hash them. */
  merchantParameters?: readonly string[]
}

/**
 * Lower-case hex of the `hash` parameter of a browser's return: HiPay's non-empty parameters, decoded, by name in
 * byte order, each followed by the passphrase. Another rule than the notifications' header, and no proof of payment:
 * only the offline diagnosis uses it, and nothing that receives notifications may import it.
 */
export function redirectHashOf(
  parameters: ReadonlyMap<string, string>,
  options: RedirectHashOptions,
): string {
  const ignored = new Set([...NEVER_HASHED, ...(options.merchantParameters ?? [])])
  const preimage = [...parameters]
    .filter(([name, value]) => !ignored.has(name) && value !== '')
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => name + value + options.passphrase)
    .join('')
  return createHash(options.hashAlgorithm).update(preimage, 'utf8').digest('hex')
}

/** Whether `hash` is the redirect hash of the parameters. An empty passphrase never verifies. */
export function verifyRedirectHash(
  parameters: ReadonlyMap<string, string>,
  hash: string,
  options: RedirectHashOptions,
): boolean {
  const expected = Buffer.from(redirectHashOf(parameters, options))
  return (
    options.passphrase !== '' && equalInConstantTime({ expected, received: Buffer.from(hash.toLowerCase()) })
  )
}
