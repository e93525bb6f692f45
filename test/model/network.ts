import type { Expectation } from '../../src/domain/event/evidence.ts'
import type { Account } from '../../src/providers/account.ts'
import type { Provider, ResponseEnvelope, WireFields } from '../../src/providers/provider.ts'
import { providerOf } from '../../src/providers/registry.ts'
import type { Truth } from './ledger.ts'
import { DAY, HOUR, MINUTE, SECOND } from './ledger.ts'
import type { Choices } from './random.ts'
import type { Arrival, Told } from './told.ts'

/** Between those who speak and the service: what is said is put on the wire, and is lost, late, doubled or shuffled there. */

/** How well notifications travel in a world. */
export const LINES = ['good', 'late', 'lossy'] as const
export type Line = (typeof LINES)[number]

export interface Network {
  truth: Truth
  choices: Choices
  line: Line
  account: Account
  adapter: Provider
  arrivals: Arrival[]
}

export function createNetwork(truth: Truth, choices: Choices, line: Line): Network {
  const adapter = providerOf(truth.provider)
  if (adapter === undefined) throw new Error(`no adapter for ${truth.provider}`)
  return { truth, choices, line, account: accountOf(truth), adapter, arrivals: [] }
}

const SECRET = { id: 'only', value: 'for-the-model-only', notBefore: null, notAfter: null }

function accountOf({ provider, policy }: Truth): Account {
  return {
    provider,
    account: 'shop',
    policy,
    identifiers: provider === 'hipay' ? [] : ['Demo Shop'],
    secrets: [{ ...SECRET, hashAlgorithm: 'sha256', identifiers: [], merchantIds: [] }],
    ignoredQueryParameters: [],
    numericIds: false,
    keep: [],
    silence: null,
  }
}

export interface Said {
  at: number
  text: string
  tells: Told[]
}

/** The provider says something; the network decides when it arrives, how often, and whether at all. */
export function notify(network: Network, fields: WireFields, said: Said): void {
  for (const delay of delaysOf(network)) {
    const at = said.at + delay
    const { body } = network.adapter.sign(fields, network.account)
    const translation = network.adapter.translate(
      { content: body, receivedAt: new Date(at) },
      network.account,
    )
    if (!translation.readable) throw new Error(`a notification is unreadable: ${translation.detail}`)
    arrive(network, {
      ...said,
      at,
      events: translation.events,
      input: { kind: 'notification', fields },
    })
  }
}

/** The shop forwards how its call ended. */
export function forward(
  network: Network,
  envelope: ResponseEnvelope,
  body: object | string,
  said: Said,
): void {
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const message = { envelope, content, receivedAt: new Date(said.at) }
  const translation = network.adapter.translateResponse(message, network.account)
  if (!translation.readable) throw new Error(`an answer is unreadable: ${translation.detail}`)
  const { httpStatus, error, ...call } = envelope
  const input = { kind: 'response', envelope: call, httpStatus, error, body: body === '' ? undefined : body }
  arrive(network, { ...said, events: translation.events, input })
}

export function announce(network: Network, announced: Expectation, said: Said): void {
  const { orderId, channel, operation, operationId, parentReference, amount, currency, requestedAt } =
    announced
  const stated = { orderId, channel, operation, operationId, parentReference, amount, currency, requestedAt }
  const given = Object.entries(stated).filter(([, value]) => value !== null)
  const input = { kind: 'expectation', ...Object.fromEntries(given) }
  network.arrivals.push({ ...said, events: [], announced, withdrawn: null, input })
}

export function withdraw(network: Network, id: string, said: Said): void {
  network.arrivals.push({
    ...said,
    events: [],
    announced: null,
    withdrawn: id,
    input: { kind: 'withdrawal' },
  })
}

function arrive({ arrivals }: Network, received: Said & Pick<Arrival, 'events' | 'input'>): void {
  arrivals.push({ ...received, announced: null, withdrawn: null })
}

const SOON = [SECOND, 3 * SECOND]

/** None: lost for ever. What was lost and is sent again from the back office arrives days later. */
function delaysOf({ choices, line }: Network): number[] {
  const soon = choices.pick(SOON)
  if (line === 'good') return [soon]
  const fate = choices.weighted(line === 'late' ? LATE : LOSSY)
  switch (fate) {
    case 'soon':
      return [soon]
    case 'minutes':
      return [choices.pick([2 * MINUTE, 14 * MINUTE, 40 * MINUTE])]
    case 'hours':
      return [choices.pick([2 * HOUR, 20 * HOUR])]
    case 'a day':
      return [DAY + soon]
    case 'twice':
      return [soon, soon + choices.pick([0, MINUTE, DAY])]
    case 'backfilled':
      return [choices.pick([2 * DAY, 5 * DAY])]
    case 'lost':
      return []
  }
}

type Fate = 'soon' | 'minutes' | 'hours' | 'a day' | 'twice' | 'backfilled' | 'lost'

const LATE: readonly (readonly [number, Fate])[] = [
  [50, 'soon'],
  [18, 'minutes'],
  [12, 'hours'],
  [8, 'a day'],
  [8, 'twice'],
  [4, 'backfilled'],
]
const LOSSY: readonly (readonly [number, Fate])[] = [
  [62, 'soon'],
  [8, 'minutes'],
  [4, 'hours'],
  [4, 'a day'],
  [4, 'twice'],
  [6, 'backfilled'],
  [12, 'lost'],
]
