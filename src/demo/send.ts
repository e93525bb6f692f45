import { callApi, deliver, forward, notificationUrl, type Answer, type ApiAccess } from '../cli/delivery.ts'
import { signNotification } from '../cli/signed-notification.ts'
import type { Account } from '../providers/account.ts'
import type { SignedRequest } from '../providers/provider.ts'
import type {
  ExpectationInput,
  Input,
  NotificationInput,
  ResolutionInput,
  ResponseInput,
} from './scenario.ts'
import { readOrder, readUntil } from './state.ts'

/** What was asked of the service, as method and path for the reader, and what it answered. */
export interface Sent {
  request: string
  answers: Answer[]
}

/**
 * One input over HTTP, as its sender would send it. `idempotencyKey` tells forwarded answers of equal content apart.
 * Rejects when the service does not answer, and when the discrepancy to resolve does not open.
 */
export function send(
  input: Input,
  account: Account,
  access: ApiAccess,
  idempotencyKey: string,
): Promise<Sent> {
  if (input.kind === 'notification') return notify(input, account, access)
  if (input.kind === 'response') return forwardResponse(input, account, access, idempotencyKey)
  return input.kind === 'expectation' ? announce(input, account, access) : resolve(input, account, access)
}

async function notify(input: NotificationInput, account: Account, { baseUrl }: ApiAccess): Promise<Sent> {
  const { fields, sign, tamper, unsigned, via = account.provider, times } = input
  const signed = signNotification(fields, account, { ...sign, tamper })
  const request = unsigned === true ? withoutSignature(signed) : signed
  const target = { baseUrl, provider: via, account: account.account }
  const answers = await deliver(target, request, times)
  return { request: `${request.method} ${notificationUrl({ ...target, baseUrl: '' })}`, answers }
}

const withoutSignature = (request: SignedRequest): SignedRequest => ({
  ...request,
  headers: { 'content-type': request.headers['content-type'] ?? '' },
})

async function forwardResponse(
  { envelope, httpStatus, error, body }: ResponseInput,
  { provider, account }: Account,
  access: ApiAccess,
  idempotencyKey: string,
): Promise<Sent> {
  const forwarding = { provider, account, ...envelope, httpStatus, error, body }
  const answer = await forward(access, forwarding, idempotencyKey)
  return { request: `POST /v1/responses for ${account}`, answers: [answer] }
}

async function announce(
  { kind: _kind, account: _account, answers: _answers, leadsTo: _leadsTo, ...announced }: ExpectationInput,
  { provider, account }: Account,
  access: ApiAccess,
): Promise<Sent> {
  const answer = await callApi(access, '/v1/expectations', { provider, account, ...announced })
  return { request: `POST /v1/expectations for ${account}`, answers: [answer] }
}

async function resolve(
  { orderId, class: wanted, note }: ResolutionInput,
  account: Account,
  access: ApiAccess,
): Promise<Sent> {
  const readOpen = async () => {
    const order = await readOrder(access, account, orderId)
    return order?.discrepancies.find((one) => one.class === wanted && one.resolvedAt === null)
  }
  const open = await readUntil(readOpen, (found) => found !== undefined)
  if (open === undefined) throw new Error(`no ${wanted} opened at the order ${orderId}`)
  const answer = await callApi(access, `/v1/discrepancies/${open.id}/resolve`, {
    note,
    version: open.version,
  })
  return { request: 'POST /v1/discrepancies/…/resolve', answers: [answer] }
}
