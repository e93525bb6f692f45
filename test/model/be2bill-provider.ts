import { amountText, CURRENCY, envelopeOf, iso, lookedUp, textOf } from './calls.ts'
import { forwardEnd } from './endings.ts'
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
  const unknown = deed.oddly === 'unknown_code'
  const [code, word] = unknown ? (['0007', 'open'] as const) : ([codeOf(deed), 'final'] as const)
  sayWord(network, deed, { at: deed.settledAt, code, word })
}

const codeOf = ({ oddly, outcome }: Deed): string => (oddly === 'names_other' ? '4011' : CODES[outcome])

/** The shop asked for the payment and its steps as they stand, and forwards that. */
export function sayLookup(network: Network, payment: Payment, at: number): void {
  const shown = deedsOf(payment).filter(
    ({ settledAt, kind }) => settledAt <= at && kind !== 'chargeback' && kind !== 'representment',
  )
  if (shown.length === 0 || shown.some(({ oddly }) => oddly !== 'no')) return
  const rows = shown.map((deed) => ({
    TRANSACTIONID: deed.reference,
    ORDERID: payment.order.id,
    OPERATIONTYPE: operationType(deed),
    EXECCODE: isDone(deed) ? '0' : CODES.refused,
    AMOUNT: amountText(deed.amount),
    CURRENCY,
    ...linkOf(deed),
  }))
  const body = { OPERATIONTYPE: 'getTransactions', EXECCODE: '0000', MESSAGE: 'm', DATA: rows }
  const text = `shop forwards a look-up of ${payment.order.id}: ${rows.map((row) => `${row.OPERATIONTYPE} ${row.EXECCODE} ${row.TRANSACTIONID}`).join(', ')}`
  forward(network, { orderId: payment.order.id, httpStatus: 200 }, body, { at, text, tells: lookedUp(shown) })
}

function linkOf({ kind, payment }: Deed): Record<string, string> {
  if (kind === 'capture') return { AUTHORIZEDBY: payment.reference }
  if (kind === 'refund') return { REFUNDED: payment.reference }
  return kind === 'void' ? { VOIDED: payment.reference } : {}
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
  const tells: Told[] = [{ of: 'deed', deed, side: 'notification', word }]
  if (code === '4011') tells.push({ of: 'hint', order: payment.order })
  notify(network, fields, { at, text, tells })
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
  notify(network, fields, {
    at: deed.settledAt,
    text,
    tells: [{ of: 'deed', deed, side: 'notification', word: 'final' }],
  })
}

/** How the call ended, as the shop forwards it; only there a later step names the payment that it acts on. */
export function sayEnd(network: Network, call: Call): void {
  if (call.toldAt === null || call.kind === 'page') return
  const [deed] = call.deeds
  forwardEnd(network, call, {
    envelope: envelopeOf(network.truth, call, deed === undefined ? undefined : operationType(deed)),
    notProcessed: refusal(call, '1002'),
    duplicate: refusal(call, '4011'),
    sayAnswer,
  })
}

const refusal = (call: Call, code: string) => ({
  httpStatus: 200,
  body: { OPERATIONTYPE: call.kind, EXECCODE: code, MESSAGE: 'm' },
  called: code,
})

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
  if (code === '4011') tells.push({ of: 'hint', order: call.order })
  const text = textOf(truth, call, `${type} ${code} ${deed.reference}${on}`)
  forward(network, { ...envelopeOf(truth, call, type), httpStatus: 200 }, body, {
    at: call.toldAt!,
    text,
    tells,
  })
}

function answerOf(deed: Deed): { code: string; word: 'open' | 'final' } {
  if (deed.oddly === 'answer_wrong') return { code: '4001', word: 'final' }
  if (deed.slowly === 'action') return { code: '0001', word: 'open' }
  if (deed.slowly === 'pending') return { code: deed.kind === 'payment' ? '5004' : '0003', word: 'open' }
  return { code: codeOf(deed), word: 'final' }
}
