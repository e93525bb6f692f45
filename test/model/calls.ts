import type { Expectation } from '../../src/domain/event/evidence.ts'
import type { Operation } from '../../src/domain/event/vocabulary.ts'
import type { ResponseEnvelope } from '../../src/providers/provider.ts'
import type { Call, Deed, Truth } from './ledger.ts'
import { announce, withdraw } from './network.ts'
import type { Network } from './network.ts'
import type { Told } from './told.ts'

/** What the shop says of its calls by itself: announcements, and the envelope around an answer or around its absence. */

export const CURRENCY = 'EUR'

export function sayAnnouncement(network: Network, call: Call): void {
  const { announcement, order } = call
  if (announcement === null) return
  const { truth } = network
  // The shop announces after it has told of the call before: the next millisecond at the soonest.
  const at = announcement.at + 1
  const announced: Expectation = {
    id: announcement.id,
    provider: truth.provider,
    account: 'shop',
    orderId: order.id,
    channel: call.channel,
    operation: operationOf(call),
    operationId: call.operationId,
    parentReference: call.on?.reference ?? null,
    amount: statesAmount(call) ? call.amount : null,
    currency: statesAmount(call) ? CURRENCY : null,
    createdAt: iso(at),
    saidAt: iso(at),
    requestedAt: announcement.statesTime ? iso(call.at + truth.shopClock) : null,
  }
  const text = `shop announces ${call.name} (${call.kind}, ${call.channel}, ${amountText(announced.amount)}${named(call)}${announced.requestedAt === null ? '' : ', requestedAt'})`
  announce(network, announced, { at, text, tells: [{ of: 'announcement', call }] })
  if (announcement.withdrawnAt === null) return
  const taken = { at: announcement.withdrawnAt, text: `shop takes the announcement of ${call.name} back` }
  withdraw(network, announcement.id, { ...taken, tells: [{ of: 'withdrawal', call }] })
}

export const statesAmount = ({ on, order }: Call): boolean => on !== null || order.statesAmount

const OPERATIONS: Readonly<Record<Call['kind'], Operation | null>> = {
  payment: null,
  page: null,
  capture: 'capture',
  refund: 'refund',
  void: 'void',
}

const operationOf = ({ kind }: Call): Operation | null => OPERATIONS[kind]

const WORDS: Readonly<Record<Call['kind'], string>> = {
  payment: 'payment',
  page: 'payment',
  capture: 'capture',
  refund: 'refund',
  void: 'void',
}

export function envelopeOf({ shopClock }: Truth, call: Call, word = WORDS[call.kind]): ResponseEnvelope {
  const { gives, at, endedAt } = call
  return {
    orderId: call.order.id,
    operation: word,
    amount: call.amount,
    currency: CURRENCY,
    ...(call.operationId === null ? {} : { operationId: call.operationId }),
    ...(call.on === null ? {} : { parentReference: call.on.reference }),
    ...(gives === 'both' || gives === 'requestedAt' ? { requestedAt: iso(at + shopClock) } : {}),
    ...(gives === 'both' || gives === 'receivedAt' ? { receivedAt: iso(endedAt + shopClock) } : {}),
  }
}

/** The service hears that the provider did not answer: whatever the call led to stays unknown by it. */
export function toldUnknown(call: Call): Told[] {
  const [deed] = call.deeds
  const unknown: Told[] = deed === undefined ? [] : [{ of: 'deed', deed, side: 'response', word: 'unknown' }]
  return [{ of: 'call', call, end: call.end }, ...unknown]
}

/** Asked for by itself: it names the order, and no call. */
export function lookedUp(deeds: readonly Deed[]): Told[] {
  return deeds.map((deed) => ({ of: 'count', deed, settled: false, lookup: true }))
}

export function textOf(truth: Truth, call: Call, said: string): string {
  const { requestedAt, receivedAt } = envelopeOf(truth, call)
  const times = [
    requestedAt && `requestedAt ${clock(requestedAt)}`,
    receivedAt && `receivedAt ${clock(receivedAt)}`,
  ]
  const given = times.filter(Boolean).join(', ') || 'no times'
  return `shop forwards ${call.name}: ${said} (${call.kind} ${amountText(call.amount)}${named(call)}, ${given})`
}

const named = ({ operationId }: Call): string => (operationId === null ? '' : `, operation id ${operationId}`)

export const iso = (at: number): string => new Date(at).toISOString()

/** Day and time of day are enough in a story. */
export const clock = (time: string | number): string => {
  const text = typeof time === 'number' ? iso(time) : time
  return `${text.slice(5, 10)} ${text.slice(11, 19)}`
}

export const amountText = (minor: number | null): string =>
  minor === null ? 'no amount' : (minor / 100).toFixed(2)
