import { sha256 } from '../../lib/crypto.ts'
import type { NotificationRequest, Provider } from '../../providers/provider.ts'
import type { ContentFault } from '../messages.ts'
import type { KeptEvidence } from '../receive/stores.ts'

/** Why a quarantined message cannot be verified again: its bytes cannot be had as they came. */
export type LostBytes = ContentFault['code'] | 'card_data_overwritten'

/** Rebuilds from kept evidence the parts of the request that verification reads. */
export function keptRequest(
  provider: Provider,
  { content, digest, carrier, signature }: KeptEvidence,
): NotificationRequest | LostBytes {
  if (!Buffer.isBuffer(content)) return content.code
  if (!sha256(content).equals(digest)) return 'card_data_overwritten'
  const query = carrier === 'query' ? content.toString('latin1') : ''
  const body = carrier === 'body' ? content : Buffer.alloc(0)
  return signedRequest(provider, { query, body, signature })
}

/** A posted request with its signature where the provider puts it; not added when the body already has it. */
export function signedRequest(
  { signatureIn }: Provider,
  { query, body, signature }: Pick<NotificationRequest, 'query' | 'body'> & { signature: string | null },
): NotificationRequest {
  const request = { method: 'POST', query, headers: {}, body } as const
  if (signature === null) return request
  if ('header' in signatureIn) return { ...request, headers: { [signatureIn.header]: signature } }
  const assignment = `${signatureIn.parameter}=`
  const isThere = body.length === 0 || body.includes(assignment)
  return isThere
    ? request
    : { ...request, body: Buffer.concat([body, Buffer.from(`&${assignment}${signature}`)]) }
}
