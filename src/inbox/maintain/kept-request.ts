import { sha256 } from '../../lib/crypto.ts'
import type { NotificationRequest, Provider } from '../../providers/provider.ts'
import type { ContentFault } from '../messages.ts'
import type { KeptEvidence } from '../receive/stores.ts'

/** Why a quarantined message cannot be verified again: its bytes cannot be had as they came. */
export type LostBytes = ContentFault['code'] | 'card_data_overwritten'

/** What of the request verification looks at, from the evidence that was kept of it. */
export function keptRequest(
  { signatureHeader }: Provider,
  { content, digest, carrier, signature }: KeptEvidence,
): NotificationRequest | LostBytes {
  if (!Buffer.isBuffer(content)) return content.code
  if (!sha256(content).equals(digest)) return 'card_data_overwritten'
  return {
    method: 'POST',
    query: carrier === 'query' ? content.toString('latin1') : '',
    headers: signatureHeader === null || signature === null ? {} : { [signatureHeader]: signature },
    body: carrier === 'body' ? content : Buffer.alloc(0),
  }
}
