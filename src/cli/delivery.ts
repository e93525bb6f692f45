import type { ResponseEnvelope, SignedRequest } from '../providers/provider.ts'

/** Call a running service as providers and merchants do. */

export interface Answer {
  status: number
  body: string
}

export interface Target {
  /** Of the service, without a slash at the end. */
  baseUrl: string
  /** The provider's name in the URL; be2bill and dalenys may stand for one another. */
  provider: string
  account: string
}

/** Nothing that a service on the same machine answers takes longer; it then hangs. */
const TIMEOUT_MS = 10_000

/** Deliver one signed notification, `times` over, one after the other. Rejects when the service does not answer. */
export async function deliver(target: Target, request: SignedRequest, times = 1): Promise<Answer[]> {
  const query = request.query === '' ? '' : `?${request.query}`
  const answers: Answer[] = []
  for (let turn = 0; turn < times; turn++) {
    const response = await fetch(`${notificationUrl(target)}${query}`, {
      method: request.method,
      headers: request.headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(request.method === 'GET' ? {} : { body: new Uint8Array(request.body) }),
    })
    answers.push({ status: response.status, body: await response.text() })
  }
  return answers
}

export const notificationUrl = ({ baseUrl, provider, account }: Target): string =>
  `${baseUrl}/notifications/${provider}/${account}`

/** A service and a key of its API. */
export interface ApiAccess {
  /** Without a slash at the end. */
  baseUrl: string
  apiKey: string
}

/** A provider's synchronous answer as the merchant's shop forwards it. */
export interface Forwarding extends ResponseEnvelope {
  provider: string
  account: string
  body?: object | undefined
}

/** Forward one synchronous answer. Rejects when the service does not answer. */
export const forward = (
  access: ApiAccess,
  forwarding: Forwarding,
  idempotencyKey?: string,
): Promise<Answer> =>
  callApi(
    access,
    '/v1/responses',
    forwarding,
    idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
  )

/** Call the API: GET without a body, else POST. Rejects when the service does not answer. */
export async function callApi(
  { baseUrl, apiKey }: ApiAccess,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(baseUrl + path, {
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.text() }
}
