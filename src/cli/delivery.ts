import type { ResponseEnvelope, SignedRequest } from '../providers/provider.ts'

/** Post to a running service as the outside world does. */

export interface Answer {
  status: number
  body: string
}

export interface Target {
  /** Of the service, without a slash at the end. */
  baseUrl: string
  /** The word in the URL; be2bill and dalenys may stand for one another. */
  provider: string
  account: string
}

/** Nothing that a service on the same machine answers takes longer; it then hangs. */
const TIMEOUT_MS = 10_000

/** Deliver one signed notification. Rejects when the service does not answer. */
export async function deliver(target: Target, request: SignedRequest): Promise<Answer> {
  const query = request.query === '' ? '' : `?${request.query}`
  const response = await fetch(`${notificationUrl(target)}${query}`, {
    method: request.method,
    headers: request.headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(request.method === 'GET' ? {} : { body: new Uint8Array(request.body) }),
  })
  return { status: response.status, body: await response.text() }
}

export const notificationUrl = ({ baseUrl, provider, account }: Target): string =>
  `${baseUrl}/notifications/${provider}/${account}`

/** What a merchant tells about a provider's synchronous answer. */
export interface Forwarding extends ResponseEnvelope {
  provider: string
  account: string
  body?: object
}

/** What a merchant tells before the provider is called; money in minor units. */
export interface Announcement {
  provider: string
  account: string
  orderId: string
  channel?: 'direct' | 'hosted'
  operation?: string
  operationId?: string
  parentReference?: string
  amount?: number
  currency?: string
  requestedAt?: string
}

/** A service and a key that may write there. */
export interface MerchantAccess {
  /** Without a slash at the end. */
  baseUrl: string
  apiKey: string
}

/** Forward one synchronous answer as the merchant's shop does. Rejects when the service does not answer. */
export const forward = (
  access: MerchantAccess,
  forwarding: Forwarding,
  idempotencyKey?: string,
): Promise<Answer> =>
  tell(access, '/v1/responses', forwarding, idempotencyKey ? { 'idempotency-key': idempotencyKey } : {})

/** Announce a payment, or a later step of one. Rejects when the service does not answer. */
export const announce = (access: MerchantAccess, announcement: Announcement): Promise<Answer> =>
  tell(access, '/v1/expectations', announcement)

async function tell(
  { baseUrl, apiKey }: MerchantAccess,
  path: string,
  told: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(baseUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    body: JSON.stringify(told),
  })
  return { status: response.status, body: await response.text() }
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
