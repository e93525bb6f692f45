import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { providerOf } from '../../../src/providers/registry.ts'
import { inRun, message, type Message } from '../../support/histories.ts'
import { randomFrom, shuffled } from '../../support/orderings.ts'
import { accountOf, API_KEY } from './accounts.ts'

/** What the providers and the merchant send: histories drawn at random, several of them at once, without end. */

/** One request, to be sent again byte for byte until it is acknowledged. */
export interface Parcel {
  /** Which history it belongs to; histories share no payment and no order. */
  run: number
  /** Two parcels of equal identity are one message to the service. */
  identity: string
  witness: 'notification' | 'response'
  /** SHA-256 of what the service has to keep, hexadecimal. */
  digest: string
  path: string
  init: { method: string; headers: Record<string, string>; body?: Uint8Array<ArrayBuffer> | string }
}

/** Histories that are told at the same time, message by message in any order. */
const AT_ONCE = 4
const history = fc.array(message, { minLength: 2, maxLength: 9 }).map((messages) => messages.flatMap(retold))
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
      messages.map((one, at) => toParcel(run + index, inRun(run + index, one, at))),
    )
    yield* shuffled(parcels, random)
  }
}

function toParcel(run: number, given: Message): Parcel {
  return given.kind === 'notification' ? notificationParcel(run, given) : answerParcel(run, given)
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

function notificationParcel(
  run: number,
  { provider, fields, options }: Extract<Message, { kind: 'notification' }>,
): Parcel {
  const { method, headers, body } = providerOf(provider)!.sign(fields, accountOf(provider), options)
  const digest = sha256(body)
  return {
    run,
    identity: `${provider}:${digest}`,
    witness: 'notification',
    digest,
    path: `/notifications/${provider}/shop`,
    init: { method, headers: { ...headers }, body: new Uint8Array(body) },
  }
}

function answerParcel(
  run: number,
  { provider, forwarded, key = '' }: Extract<Message, { kind: 'answer' }>,
): Parcel {
  const { body, ...envelope } = forwarded
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  return {
    run,
    identity: `${provider}:${key}`,
    witness: 'response',
    digest: sha256(text ?? ''),
    path: '/v1/responses',
    init: {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ provider, account: 'shop', ...envelope, body: text }),
    },
  }
}
