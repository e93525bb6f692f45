import { wordAt } from './fields.ts'
import type { Payload } from './payload.ts'
import { UnreadablePayload } from './unreadable.ts'

/**
 * What kind of message a body is. HiPay sends several to one URL; only `transaction` speaks of payments as notified.
 * - `webhook`: JSON with an `event_key` (fraud reports, debit agreements)
 * - `settlement`: pay-out reports
 * - `kyc`: marketplace identification; its root is `notification` too, so the children decide
 * - `wallet`: HiPay Professional, another product, posting XML in a form field
 */
export type Family = 'transaction' | 'webhook' | 'settlement' | 'kyc' | 'wallet' | 'unknown'

/** Throws `UnreadablePayload` when the body has nothing of any message. */
export function familyOf(payload: Payload): Family {
  const { fields } = payload
  if (fields.has('event_key')) return 'webhook'
  if (payload.root === 'settlement' || wordAt(fields, 'notification_type') === 'settlement')
    return 'settlement'
  if (fields.has('transaction_reference') && fields.has('status')) return 'transaction'
  if (payload.root === 'mapi' || (payload.encoding === 'form' && fields.has('xml'))) return 'wallet'
  if (fields.has('md5content')) return 'kyc'
  // One of the two indispensable fields alone is a broken notification, which the translation reports.
  if (fields.has('transaction_reference')) return 'transaction'
  refuseNonsense(payload)
  return 'unknown'
}

/**
 * Any text at all is a form; one with names like those of a program is taken for a message. A single wrong character
 * must not hide a payment, but ill-formed XML without a payment in it is no message of any family.
 */
function refuseNonsense({ encoding, fields, flawed }: Payload): void {
  if (flawed) throw new UnreadablePayload('the XML is not well-formed')
  if (encoding !== 'form' || [...fields.keys()].every((name) => /^[\w.[\]-]{1,100}$/.test(name))) return
  throw new UnreadablePayload('the body is neither XML, JSON nor a form')
}
