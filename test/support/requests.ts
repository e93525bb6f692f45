import type { Account } from '../../src/providers/account.ts'
import type { SignOptions, WireFields } from '../../src/providers/provider.ts'
import { providerOf } from '../../src/providers/registry.ts'

/** Messages as their senders put them on the wire. */
export interface OutgoingRequest {
  /** With its query; the service's address comes before it. */
  path: string
  init: { method: string; headers: Record<string, string>; body?: Uint8Array<ArrayBuffer> | string }
}

/** What the provider of this account sends. */
export function notificationRequest(
  account: Account,
  fields: WireFields,
  options?: SignOptions,
): OutgoingRequest {
  const { method, headers, query, body } = providerOf(account.provider)!.sign(fields, account, options)
  const path = `/notifications/${account.provider}/${account.account}`
  return {
    path: query === '' ? path : `${path}?${query}`,
    init: { method, headers: { ...headers }, ...(method === 'POST' ? { body: new Uint8Array(body) } : {}) },
  }
}

/** What the merchant forwards: envelope and body. Its sender adds the key of the API. */
export function answerRequest(
  { provider, account }: Pick<Account, 'provider' | 'account'>,
  { forwarded, key = '' }: { forwarded: object; key?: string },
): OutgoingRequest {
  return {
    path: '/v1/responses',
    init: {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ provider, account, ...forwarded }),
    },
  }
}
