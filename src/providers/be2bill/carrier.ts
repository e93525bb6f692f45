import { bytesOf } from '../../lib/byte-text.ts'
import type { Account } from '../account.ts'
import type { NotificationRequest } from '../provider.ts'
import type { ParameterSet } from './payload.ts'
import { bytesOfQuery, parseParameters } from './payload.ts'

export interface Carrier {
  set: ParameterSet
  /** The text that holds the set, as bytes. */
  content: Buffer
}

/**
 * The platform may send the set in the body, in the query or in both. Whichever holds HASH is the set, the body first
 * because the query may also hold the merchant's own parameters; the two are never merged.
 */
export function carrierOf({ body, query }: NotificationRequest, account: Account): Carrier {
  const posted = { set: parseParameters(bytesOf(body)), content: body }
  if (posted.set.names.has('HASH')) return posted
  const raw = bytesOfQuery(query)
  const asked = {
    set: parseParameters(raw, account.ignoredQueryParameters),
    content: Buffer.from(raw, 'latin1'),
  }
  return asked.set.names.has('HASH') || body.length === 0 ? asked : posted
}
