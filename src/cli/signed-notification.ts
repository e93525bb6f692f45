import type { Account } from '../providers/account.ts'
import type { SignOptions, SignedRequest, WireFields } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'

/** Build the request of a notification as its provider would post it, or as a forger would. */

export interface SignatureOptions extends SignOptions {
  /** Raise the amount after signing. */
  tamper?: boolean | undefined
}

/**
 * The fields as the account's provider writes them, signed with a secret of the account. Throws when the provider never
 * notifies by the asked method, and when an amount has to be forged that the fields do not state.
 */
export function signNotification(
  fields: WireFields,
  account: Account,
  { tamper = false, ...how }: SignatureOptions = {},
): SignedRequest {
  const provider = providerOf(account.provider)
  if (!provider) throw new Error(`no adapter for ${account.provider}`)
  const { method = 'POST' } = how
  if (!provider.methods.includes(method)) throw new Error(`${account.provider} never notifies by ${method}`)
  const signed = provider.sign(fields, account, how)
  return tamper ? tampered(signed) : signed
}

/**
 * The same request with a larger amount under the old signature, as a forger would have it. Throws when the message
 * states no amount.
 */
export function tampered(request: SignedRequest): SignedRequest {
  const query = withLargerAmount(request.query)
  const body = Buffer.from(withLargerAmount(request.body.toString('latin1')), 'latin1')
  if (query === request.query && body.equals(request.body)) {
    throw new TypeError('the message states no amount that could be forged')
  }
  return { ...request, query, body }
}

const withLargerAmount = (text: string): string => text.replace(/(amount[=>])(?=\d)/i, '$19')
