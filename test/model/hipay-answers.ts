import { amountText, CURRENCY, envelopeOf, lookedUp, textOf } from './calls.ts'
import { forwardEnd } from './endings.ts'
import { countersAt, finalCode, OPEN_CODES, reasonOf, stamp } from './hipay-provider.ts'
import type { Counters } from './hipay-provider.ts'
import type { Call, Deed, Payment, Truth } from './ledger.ts'
import { deedsOf, isDone } from './ledger.ts'
import { forward } from './network.ts'
import type { Network } from './network.ts'
import type { Told } from './told.ts'

/** What HiPay answers to a call, as the shop forwards it. */

/** How the call ended, as the shop forwards it. */
export function sayEnd(network: Network, call: Call): void {
  if (call.toldAt === null) return
  forwardEnd(network, call, {
    envelope: envelopeOf(network.truth, call),
    notProcessed: refusal('1010201'),
    duplicate: refusal('3010004'),
    sayAnswer,
  })
}

const refusal = (code: string) => ({
  httpStatus: 400,
  body: { code, message: 'Refused', description: '' },
  called: `HTTP 400, ${code}`,
})

/** The shop asked for the payment as it stands, and forwards that. */
export function sayLookup(network: Network, payment: Payment, at: number): void {
  const { truth } = network
  const shown = deedsOf(payment).filter(({ settledAt }) => settledAt <= at)
  const last = shown.at(-1)
  if (last === undefined || last.oddly !== 'no') return
  // While a later step is open its status stands in the answer, which tells of no end.
  if (deedsOf(payment).some(({ begunAt, settledAt }) => begunAt <= at && settledAt > at)) return
  const counters = countersAt(truth, payment, { at, deed: last })
  const status = finalCode(last)
  const body = {
    transaction: { ...orderBody(truth, last, status, counters), dateUpdated: stamp(truth, last.settledAt) },
  }
  const text = `shop forwards a look-up of ${payment.reference}: ${status}, ${amountText(counters.captured)} captured, ${amountText(counters.refunded)} refunded`
  forward(network, { orderId: payment.order.id, httpStatus: 200 }, body, { at, text, tells: lookedUp(shown) })
}

function sayAnswer(network: Network, call: Call): void {
  const { truth } = network
  const [deed] = call.deeds
  const envelope = { ...envelopeOf(truth, call), httpStatus: 200 }
  const at = call.toldAt!
  const ended: Told = { of: 'call', call, end: 'answered' }
  if (call.kind === 'page') {
    const body = {
      forwardUrl: 'https://pages.example/1',
      test: 'true',
      mid: '00001234567',
      order: { id: call.order.id },
    }
    forward(network, envelope, body, { at, text: textOf(truth, call, 'a payment page'), tells: [ended] })
    return
  }
  if (deed === undefined) return
  const { status, word } = answerOf(deed)
  const counters = countersAt(truth, deed.payment, { at: answeredAt(deed), deed: atOnceOf(deed) ?? deed })
  const tells: Told[] = [ended, { of: 'deed', deed, side: 'response', word }]
  const atOnce = atOnceOf(deed)
  if (atOnce !== null && word === 'final') tells.push({ of: 'deed', deed: atOnce, side: 'response', word })
  tells.push(...counters.counted.map((one): Told => ({ of: 'count', deed: one, settled: false })))
  if (deed.oddly === 'names_other') tells.push({ of: 'hint', order: call.order })
  const body =
    call.on === null
      ? orderBody(truth, deed, status, counters)
      : stepBody(truth, call, deed, { status, counters })
  const text = textOf(
    truth,
    call,
    `${status} of ${deed.payment.reference}, ${amountText(counters.captured)} captured, ${amountText(counters.refunded)} refunded`,
  )
  forward(network, envelope, body, { at, text, tells })
}

const answeredAt = (deed: Deed): number => (deed.slowly === 'no' ? deed.settledAt : deed.begunAt)

function atOnceOf({ kind, payment, slowly, oddly }: Deed): Deed | null {
  if (kind !== 'payment' || slowly !== 'no' || oddly === 'answer_wrong') return null
  return payment.steps.find((step) => step.name.endsWith('at once')) ?? null
}

function answerOf(deed: Deed): { status: string; word: 'open' | 'final' } {
  if (deed.oddly === 'answer_wrong') return { status: '113', word: 'final' }
  if (deed.slowly === 'action') return { status: '140', word: 'open' }
  if (deed.slowly === 'pending') return { status: OPEN_CODES[deed.kind] ?? '142', word: 'open' }
  if (isDone(deed) && deed.kind === 'refund') return { status: '124', word: 'open' }
  if (isDone(deed) && deed.kind === 'void') return { status: '175', word: 'open' }
  if (atOnceOf(deed) !== null) return { status: '118', word: 'final' }
  return { status: finalCode(deed), word: 'final' }
}

const STATES: Readonly<Record<string, string>> = { '140': 'forwarding', '142': 'pending', '113': 'declined' }

function orderBody(truth: Truth, deed: Deed, status: string, counters: Counters): object {
  const { payment } = deed
  return {
    state: STATES[status] ?? 'completed',
    reason: status === '113' ? reasonOf(deed) : '',
    ...commonBody(truth, deed, status, counters),
    authorizedAmount: status === '113' || status === '140' ? '0.00' : amountText(payment.amount),
    order: { id: payment.order.id },
  }
}

function stepBody(
  truth: Truth,
  call: Call,
  deed: Deed,
  { status, counters }: { status: string; counters: Counters },
): object {
  return {
    operation: call.kind === 'void' ? 'cancel' : call.kind,
    ...commonBody(truth, deed, status, counters),
    authorizedAmount: amountText(deed.payment.amount),
  }
}

function commonBody(truth: Truth, deed: Deed, status: string, counters: Counters): object {
  return {
    test: 'true',
    mid: '00001234567',
    transactionReference: deed.payment.reference,
    dateCreated: stamp(truth, deed.payment.initial.begunAt),
    dateUpdated: stamp(truth, answeredAt(deed)),
    status,
    message: 'm',
    capturedAmount: amountText(counters.captured),
    refundedAmount: amountText(counters.refunded),
    decimals: '2',
    currency: CURRENCY,
  }
}
