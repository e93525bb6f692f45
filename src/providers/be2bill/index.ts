import { bytesOf } from '../../lib/byte-text.ts'
import { referenceTest } from '../provider.ts'
import type { Account, NotificationRequest, Provider, Verification } from '../provider.ts'
import { CHARGEBACK_FIELDS } from './chargeback.ts'
import { operationOf } from './event.ts'
import type { ParameterSet } from './payload.ts'
import { bytesOfQuery, parseParameters, valueOf } from './payload.ts'
import { translateResponse } from './translate-response.ts'
import { sign } from './sign.ts'
import { canonicalOf, verifySet } from './signature.ts'
import { translate } from './translate.ts'

/** Be2bill, renamed Dalenys: one protocol under two names. Quirks and sources: README.md. */
export const be2bill: Provider = {
  names: ['be2bill', 'dalenys'],
  accountsDifferBy: 'identifiers',
  // Its messages name the IDENTIFIER, which is any text.
  merchantIdOf: (text) => text,
  isReference: referenceTest(/^(?=.*[1-9])[\w-]{2,64}$/),
  methods: ['GET', 'POST'],
  signatureHeader: null,
  acknowledgement: 'OK',
  verify,
  translate,
  translateResponse,
  operationOf,
  sign,
}

interface Carrier {
  set: ParameterSet
  /** The text that holds the set, as bytes. */
  content: Buffer
}

function verify(request: NotificationRequest, account: Account, now: Date): Verification {
  const { set, content } = carrierOf(request, account)
  const plausible = isPlausible(set)
  const rejected = { verified: false, plausible, content, signature: null } as const
  if (!set.names.has('HASH')) return { ...rejected, reason: 'signature_missing' }
  const verdict = verifySet(set, account, now)
  if (verdict.matched === null) return { ...rejected, reason: verdict.reason }
  const canonical = canonicalOf(verdict.signed)
  const reference = valueOf(set, 'TRANSACTIONID') ?? ''
  return { verified: true, secretId: verdict.matched.id, canonical, reference, content }
}

/**
 * The platform may send the set in the body, in the query or in both. Whichever holds HASH is the set, the body first
 * because the query may also hold the merchant's own parameters; the two are never merged.
 */
function carrierOf({ body, query }: NotificationRequest, account: Account): Carrier {
  const posted = { set: parseParameters(bytesOf(body)), content: body }
  if (posted.set.names.has('HASH')) return posted
  const raw = bytesOfQuery(query)
  const asked = {
    set: parseParameters(raw, account.ignoredQueryParameters),
    content: Buffer.from(raw, 'latin1'),
  }
  return asked.set.names.has('HASH') || body.length === 0 ? asked : posted
}

/** Has the platform's own field names: worth keeping as evidence although nothing vouches for it. */
function isPlausible({ names }: ParameterSet): boolean {
  return (
    ['IDENTIFIER', 'HASH'].every((name) => names.has(name)) &&
    ['EXECCODE', ...CHARGEBACK_FIELDS].some((name) => names.has(name))
  )
}
