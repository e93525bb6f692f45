import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { inRun, message, type Message } from '../../support/histories.ts'
import { randomFrom, shuffled } from '../../support/orderings.ts'
import { story } from '../../support/stories.ts'
import { answerRequest, notificationRequest } from '../../support/requests.ts'
import type { Parcel } from '../../support/sender.ts'
import { accountOf, API_KEY } from './accounts.ts'

/** What the providers and the merchant send: histories drawn at random, several of them at once, without end. */

const AUTHORIZED = { authorization: `Bearer ${API_KEY}` }

/** Histories that are told at the same time, message by message in any order. */
const AT_ONCE = 4
/** Payments as they really went, and whatever else may come. */
const history = fc
  .oneof(
    story.map(({ messages }) => messages.map(({ told }) => told)),
    fc.array(message, { minLength: 2, maxLength: 9 }),
  )
  .map((messages) => messages.flatMap(retold))
/** How often a HiPay fact comes as form and as XML: two messages, one event. */
const RETOLD_EVERY = 5

function retold(given: Message, index: number): Message[] {
  if (given.kind === 'answer' || given.provider !== 'hipay' || index % RETOLD_EVERY !== 0) return [given]
  return [given, { ...given, options: { encoding: given.options.encoding === 'xml' ? 'form' : 'xml' } }]
}

/** The same for the same seed. Runs are numbered from `first`, so that two streams share nothing. */
export function* createTraffic(seed: number, first = 1): Generator<Parcel, never> {
  const random = randomFrom(seed)
  for (let run = first; ; run += AT_ONCE) {
    const drawn = fc.sample(history, { seed: seed + run, numRuns: AT_ONCE })
    const parcels = drawn.flatMap((messages, index) =>
      messages.flatMap((one, at) => parcelsOf(run + index, inRun(run + index, one, at), at)),
    )
    yield* shuffled(parcels, random)
  }
}

/** How often a call is announced before its answer is forwarded. */
const ANNOUNCED_EVERY = 3

function parcelsOf(run: number, given: Message, at: number): Parcel[] {
  if (given.kind === 'notification') return [notificationParcel(run, given)]
  const announced = at % ANNOUNCED_EVERY === 0 ? announcementParcels(run, given) : []
  return [...announced, answerParcel(run, given)]
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

function notificationParcel(
  run: number,
  { provider, fields, options }: Extract<Message, { kind: 'notification' }>,
): Parcel {
  const request = notificationRequest(accountOf(provider), fields, options)
  const digest = sha256(request.init.body ?? '')
  return { run, identity: `${provider}:${digest}`, kind: 'notification', digest, ...request }
}

type Answer = Extract<Message, { kind: 'answer' }>

function answerParcel(run: number, message: Answer): Parcel {
  const { provider, forwarded, key = '' } = message
  // As text, so that its bytes are known here.
  const body = typeof forwarded.body === 'object' ? JSON.stringify(forwarded.body) : forwarded.body
  const { path, init } = answerRequest(accountOf(provider), { ...message, forwarded: { ...forwarded, body } })
  return {
    ...{ run, identity: `${provider}:${key}`, kind: 'response', digest: sha256(body ?? '') },
    path,
    init: { ...init, headers: { ...AUTHORIZED, ...init.headers } },
  }
}

/** The call that this is the answer of; none for a call that names no order. */
function announcementParcels(run: number, { provider, forwarded }: Answer): Parcel[] {
  const { orderId, operation, operationId, parentReference, amount, currency } = forwarded
  if (orderId === undefined) return []
  return [
    {
      run,
      identity: ['announcement', provider, orderId, operation ?? 'payment', operationId ?? ''].join(':'),
      kind: 'announcement',
      digest: '',
      path: '/v1/expectations',
      init: {
        method: 'POST',
        headers: { ...AUTHORIZED, 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ provider, account: 'shop', orderId, channel: 'direct' },
          ...{ operation: operation ?? 'payment', operationId, parentReference, amount, currency },
        }),
      },
    },
  ]
}
