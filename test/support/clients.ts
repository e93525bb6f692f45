import { FIND_EXPECTATION } from '../../src/db/reconcile/announce.sql.ts'
import type { Expectation } from '../../src/domain/event/evidence.ts'
import type { Message } from './histories.ts'
import type { Plan, Telling, Word } from './plans.ts'
import { answerRequest, notificationRequest, type OutgoingRequest } from './requests.ts'
import type { TestService } from './service.ts'

/** Provider, merchant and operator as they call the service, each with its own way of trying again. */

interface Sending {
  path: string
  init: RequestInit
}

/** Send it as the plan says, all senders at once; resolves when one of them was told that it is stored. */
export async function tell(
  replicas: readonly TestService[],
  { message, sends, encoding, held }: Telling,
): Promise<void> {
  const answers = await Promise.all(
    sends.map(async ({ replica, impatient }) => {
      const service = replicas[replica]!
      const request = requestOf(service, message, { encoding, held: held && !impatient })
      return impatient ? abandoned(service, request) : acknowledged(service, request)
    }),
  )
  // A sender that hung up knows nothing, and tries again elsewhere.
  if (!answers.includes(true)) {
    const service = replicas[1 - sends[0]!.replica]!
    await acknowledged(service, requestOf(service, message, { encoding, held }))
  }
}

function requestOf(
  { account }: Pick<TestService, 'account'>,
  message: Message,
  { encoding, held }: Pick<Telling, 'encoding' | 'held'>,
): OutgoingRequest {
  const { provider } = message
  const to = account(provider, 'shop')
  if (message.kind === 'notification')
    return notificationRequest(to, message.fields, provider === 'hipay' ? { encoding } : {})
  const { path, init } = answerRequest(to, message)
  return { path: held ? `${path}?wait=20` : path, init }
}

const call = async (service: TestService, { path, init }: Sending): Promise<Response> =>
  path.startsWith('/v1/') ? service.api(path, init) : fetch(`${service.url}${path}`, init)

async function acknowledged(service: TestService, request: OutgoingRequest): Promise<true> {
  const answer = await call(service, request)
  const text = await answer.text()
  if (answer.status >= 300) throw new Error(`${request.path}: ${String(answer.status)} ${text}`)
  return true
}

/** Hang up as soon as the request may be on its way. */
async function abandoned(service: TestService, { path, init }: OutgoingRequest): Promise<false> {
  const hangUp = new AbortController()
  const answer = call(service, { path, init: { ...init, signal: hangUp.signal } })
  setImmediate(() => {
    hangUp.abort()
  })
  await answer.then(async (one) => one.arrayBuffer()).catch(() => undefined)
  return false
}

/** What the service says that it keeps, once for each time it was said. */
export async function announce(
  service: TestService,
  provider: Plan['provider'],
  { announcement, times }: Extract<Word, { kind: 'announce' }>,
): Promise<Expectation[]> {
  const body = JSON.stringify({ provider, account: 'shop', ...announcement })
  return Promise.all(
    Array.from({ length: times }, async () => {
      const answer = await service.api('/v1/expectations', { method: 'POST', body })
      const text = await answer.text()
      if (answer.status === 409) return announcedBefore(service, text)
      if (answer.status >= 300) throw new Error(`${String(answer.status)} ${text}`)
      return JSON.parse(text) as Expectation
    }),
  )
}

/** Announced in other words stays what it was, and has been said again. */
async function announcedBefore(service: TestService, refusal: string): Promise<Expectation> {
  const [, id] = /withdraw ([0-9a-f-]{36})/.exec(refusal) ?? []
  const { rows } = await service.sql.query<object>(FIND_EXPECTATION, [id])
  return JSON.parse(JSON.stringify(rows[0])) as Expectation
}

/** True: the operator's word was taken; false: evidence had settled it before. */
export async function resolve(
  service: TestService,
  id: string,
  outcome: 'not_processed' | null,
): Promise<boolean> {
  const body = JSON.stringify({
    note: 'looked at the provider’s side',
    ...(outcome === null ? {} : { outcome }),
  })
  const answer = await service.api(`/v1/discrepancies/${id}/resolve`, { method: 'POST', body })
  if (answer.status === 200) return true
  if (answer.status === 409) return false
  throw new Error(`${String(answer.status)} ${await answer.text()}`)
}
