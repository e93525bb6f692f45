import { amountText, CURRENCY, envelopeOf, iso, textOf, toldUnknown } from './calls.ts'
import type { Call, Deed, Payment, Truth } from './ledger.ts'
import { deedsOf, isDone } from './ledger.ts'
import { forward, notify } from './network.ts'
import type { Network } from './network.ts'
import type { Told } from './told.ts'

/** Be2bill: every step has a TRANSACTIONID of its own and names no other; no clock, no counters; the order is all they share. */

export function sayPayment(network: Network, payment: Payment): void {
  for (const deed of deedsOf(payment)) {
    if (deed.kind === 'chargeback' || deed.kind === 'representment') sayDispute(network, deed)
    else sayDeed(network, deed)
  }
}

const CODES: Readonly<Record<Deed['outcome'], string>> = { done: '0000', refused: '4001' }

function operationType({ kind, payment }: Deed): string {
  if (kind !== 'payment') return kind
  return payment.sale ? 'payment' : 'authorization'
}

function sayDeed(network: Network, deed: Deed): void {
  if (deed.slowly === 'action' && deed.kind === 'payment' && network.choices.chance(1, 4))
    sayWord(network, deed, { at: deed.begunAt, code: '0001', word: 'open' })
  sayWord(network, deed, { at: deed.settledAt, code: CODES[deed.outcome], word: 'final' })
}

interface Word {
  at: number
  code: string
  word: 'open' | 'final'
}

function sayWord(network: Network, deed: Deed, { at, code, word }: Word): void {
  const { payment } = deed
  const type = operationType(deed)
  const schedule = payment.schedule && deed.kind === 'payment' ? payment.schedule : null
  const plan = schedule === null ? '' : `, instalment ${schedule.index}-${schedule.total}`
  const text = `Be2bill notifies ${type} ${code} ${deed.reference} for ${payment.order.id} (${amountText(deed.amount)}${plan})`
  const fields = {
    IDENTIFIER: 'Demo Shop',
    OPERATIONTYPE: type,
    TRANSACTIONID: deed.reference,
    ORDERID: payment.order.id,
    EXECCODE: code,
    AMOUNT: String(deed.amount),
    CURRENCY,
    MESSAGE: 'm',
    ...(schedule === null ? {} : { SCHEDULE: `${schedule.index}-${schedule.total}` }),
    ...echoOf(network.truth, deed),
  }
  notify(network, fields, { at, text, tells: [{ of: 'deed', deed, side: 'notification', word }] })
}

function echoOf({ policy }: Truth, deed: Deed): Record<string, string> {
  if (policy.echoedIn === null || deed.operationId === null || deed.kind !== 'payment') return {}
  return { EXTRADATA: JSON.stringify({ [policy.echoedIn]: deed.operationId }) }
}

const STAGES = { chargeback: 'first chargeback', representment: 'representment' } as const

function sayDispute(network: Network, deed: Deed): void {
  const { payment } = deed
  const status = STAGES[deed.kind as keyof typeof STAGES]
  const fields = {
    IDENTIFIER: 'Demo Shop',
    TRANSACTIONID: payment.reference,
    ORDERID: payment.order.id,
    CURRENCY,
    CHARGEBACKDATE: iso(deed.settledAt).slice(0, 10),
    CHARGEBACKTYPE: deed.kind,
    CHARGEBACKSTATUS: status,
    CHARGEBACKAMOUNT: String(deed.amount),
  }
  const text = `Be2bill notifies ${status} of ${payment.reference} for ${payment.order.id} (${amountText(deed.amount)})`
  notify(network, fields, { at: deed.settledAt, text, tells: [{ of: 'deed', deed, side: 'notification', word: 'final' }] })
}

/** How the call ended, as the shop forwards it; only there a later step names the payment that it acts on. */
export function sayEnd(network: Network, call: Call): void {
  const { truth } = network
  if (call.toldAt === null || call.kind === 'page') return
  const [deed] = call.deeds
  const envelope = deed === undefined ? envelopeOf(truth, call) : envelopeOf(truth, call, operationType(deed))
  const said = (what: string, tells: Told[]) => ({ at: call.toldAt!, text: textOf(truth, call, what), tells })
  const ended: Told = { of: 'call', call, end: call.end }
  switch (call.end) {
    case 'cut_off':
      forward(network, { ...envelope, error: 'timeout' }, '', said('no answer came', toldUnknown(call)))
      return
    case 'server_error':
      forward(network, { ...envelope, httpStatus: 502 }, '', said('HTTP 502', toldUnknown(call)))
      return
    case 'proxy_error':
      forward(network, { ...envelope, httpStatus: 408 }, '<html>', said('HTTP 408 of a gateway', toldUnknown(call)))
      return
    case 'not_processed':
      forward(network, { ...envelope, httpStatus: 200 }, refusal(call, '1002'), said('1002', [ended]))
      return
    case 'duplicate':
      forward(network, { ...envelope, httpStatus: 200 }, refusal(call, '4011'), said('4011', [ended]))
      return
    case 'answered':
      sayAnswer(network, call)
  }
}

const refusal = (call: Call, code: string): object => ({ OPERATIONTYPE: call.kind, EXECCODE: code, MESSAGE: 'm' })

function sayAnswer(network: Network, call: Call): void {
  const { truth } = network
  const [deed] = call.deeds
  if (deed === undefined) return
  const { code, word } = answerOf(deed)
  const type = operationType(deed)
  const body = { OPERATIONTYPE: type, EXECCODE: code, MESSAGE: 'm', TRANSACTIONID: deed.reference }
  const on = call.on === null ? '' : ` on ${call.on.reference}`
  const tells: Told[] = [
    { of: 'call', call, end: 'answered' },
    { of: 'deed', deed, side: 'response', word },
  ]
  const text = textOf(truth, call, `${type} ${code} ${deed.reference}${on}`)
  forward(network, { ...envelopeOf(truth, call, type), httpStatus: 200 }, body, { at: call.toldAt!, text, tells })
}

function answerOf(deed: Deed): { code: string; word: 'open' | 'final' } {
  if (deed.slowly === 'action') return { code: '0001', word: 'open' }
  if (deed.slowly === 'pending') return { code: deed.kind === 'payment' ? '5004' : '0003', word: 'open' }
  return { code: CODES[deed.outcome], word: 'final' }
}

export const isLinked = (deed: Deed): boolean => isDone(deed) && deed.call?.known.told === 'answered'
