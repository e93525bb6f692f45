import type { WireFields } from '../../src/providers/provider.ts'
import { amountText, clock, CURRENCY, envelopeOf, iso, lookedUp, textOf, toldUnknown } from './calls.ts'
import type { Call, Deed, Payment, Truth } from './ledger.ts'
import { deedsOf, isDone, sum } from './ledger.ts'
import { forward, notify } from './network.ts'
import type { Network } from './network.ts'
import type { Told } from './told.ts'

/** HiPay: counters per transaction that hold what is only asked for too, a clock of its own, operation ids where the call had one. */

export function sayPayment(network: Network, payment: Payment): void {
  const moments = deedsOf(payment).flatMap(momentsOf)
  moments.sort((left, right) => left.at - right.at)
  for (const moment of moments) sayMoment(network, payment, moment)
}

interface Moment {
  at: number
  code: string
  deed: Deed
  word: 'open' | 'final'
}

function momentsOf(deed: Deed): Moment[] {
  const open = OPEN_CODES[deed.kind]
  const begun: Moment[] =
    deed.slowly === 'pending' && open !== undefined
      ? [{ at: deed.begunAt, code: open, deed, word: 'open' }]
      : []
  const last =
    deed.oddly === 'unknown_code'
      ? ({ code: '199', word: 'open' } as const)
      : ({ code: finalCode(deed), word: 'final' } as const)
  return [...begun, { at: deed.settledAt, deed, ...last }]
}

const OPEN_CODES: Partial<Record<Deed['kind'], string>> = {
  payment: '142',
  capture: '117',
  refund: '124',
  void: '175',
}

function finalCode(deed: Deed): string {
  const { kind, outcome, payment } = deed
  if (outcome === 'refused')
    return { payment: '113', capture: '173', refund: '165' }[kind as 'payment'] ?? '113'
  if (kind !== 'refund') return DONE_CODES[kind]
  const before = payment.steps.filter((step) => step.settledAt <= deed.settledAt && isDone(step))
  const total = (of: Deed['kind']): number => sum(before.filter((step) => step.kind === of))
  return total('refund') >= total('capture') ? '125' : '126'
}

const DONE_CODES: Readonly<Record<Exclude<Deed['kind'], 'refund'>, string>> = {
  payment: '116',
  capture: '118',
  void: '115',
  expiry: '114',
  chargeback: '181',
  representment: '120',
}

interface Counters {
  captured: number
  refunded: number
  counted: Deed[]
}

/** What was asked for up to then, less what was refused by then where this account's counters fall. */
function countersAt(
  { countersFall }: Truth,
  payment: Payment,
  moment: Pick<Moment, 'at' | 'deed'>,
): Counters {
  const counted = payment.steps.filter((step) => {
    if (step.kind !== 'capture' && step.kind !== 'refund') return false
    if (step.begunAt > moment.at || (step.begunAt === moment.at && isAfter(step, moment.deed))) return false
    return !(countersFall && step.outcome === 'refused' && step.settledAt <= moment.at)
  })
  const total = (kind: Deed['kind']): number => sum(counted.filter((step) => step.kind === kind))
  return { captured: total('capture'), refunded: total('refund'), counted }
}

/** Within one moment the steps count in their order. */
function isAfter(step: Deed, deed: Deed): boolean {
  const all = deedsOf(step.payment)
  return all.indexOf(step) > all.indexOf(deed)
}

/** Every code but a refusal of the payment itself, and its beginning, says that it was granted. */
const SILENT_ON_GRANT = new Set(['113', '142', '199'])

function sayMoment(network: Network, payment: Payment, { at, code, deed, word }: Moment): void {
  const counters = countersAt(network.truth, payment, { at, deed })
  const settled = word === 'final'
  const tells: Told[] = [
    { of: 'deed', deed, side: 'notification', word },
    ...counters.counted.map((one): Told => ({ of: 'count', deed: one, settled })),
  ]
  if (!SILENT_ON_GRANT.has(code))
    tells.push({ of: 'deed', deed: payment.initial, side: 'notification', word: 'final' })
  if (deed.oddly === 'names_other') tells.push({ of: 'hint', order: payment.order })
  const fields = { ...transactionFields(network.truth, payment, counters, { at, code, deed, word }) }
  const counted = `${amountText(counters.captured)} captured, ${amountText(counters.refunded)} refunded`
  const own = deed.operationId === null ? '' : `, operation ${deed.operationId} ${amountText(deed.amount)}`
  const text = `HiPay notifies ${code} of ${payment.reference} for ${payment.order.id} (${counted}${own}, dated ${clock(wallTime(network.truth, at))})`
  notify(network, fields, { at, text, tells })
}

const wallTime = ({ providerClock }: Truth, at: number): number => at + providerClock

const stamp = (truth: Truth, at: number): string => `${iso(wallTime(truth, at)).slice(0, 19)}+0000`

function transactionFields(truth: Truth, payment: Payment, counters: Counters, moment: Moment): WireFields {
  const { code, deed } = moment
  const declined = code === '113'
  return {
    state: declined ? 'declined' : code === '142' ? 'pending' : 'completed',
    ...(declined ? { reason: reasonOf(deed) } : {}),
    test: 'true',
    mid: '00001234567',
    transaction_reference: payment.reference,
    date_created: stamp(truth, payment.initial.begunAt),
    date_updated: stamp(truth, moment.at),
    status: code,
    authorized_amount: declined ? '0.00' : amountText(payment.amount),
    captured_amount: amountText(counters.captured),
    refunded_amount: amountText(counters.refunded),
    decimals: '2',
    currency: CURRENCY,
    order: { id: payment.order.id },
    ...echoOf(truth, payment.initial.operationId),
    ...(deed.operationId === null || deed.kind === 'payment'
      ? {}
      : { operation: operationFields(truth, deed) }),
  }
}

const reasonOf = ({ oddly }: Deed): { code: string; message: string } =>
  oddly === 'names_other'
    ? { code: '4000007', message: 'Duplicate Transaction' }
    : { code: '4000001', message: 'Declined' }

function echoOf({ policy }: Truth, operationId: string | null): WireFields {
  return policy.echoedIn === null || operationId === null
    ? {}
    : { custom_data: { [policy.echoedIn]: operationId } }
}

function operationFields(truth: Truth, deed: Deed): WireFields {
  return {
    type: deed.kind,
    id: deed.operationId ?? '',
    reference: deed.reference,
    amount: amountText(deed.amount),
    currency: CURRENCY,
    date: stamp(truth, deed.begunAt),
  }
}

/** How the call ended, as the shop forwards it. */
export function sayEnd(network: Network, call: Call): void {
  const { truth } = network
  if (call.toldAt === null) return
  const envelope = envelopeOf(truth, call)
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
      forward(
        network,
        { ...envelope, httpStatus: 408 },
        '<html>',
        said('HTTP 408 of a gateway', toldUnknown(call)),
      )
      return
    case 'not_processed':
      forward(
        network,
        { ...envelope, httpStatus: 400 },
        errorBody('1010201'),
        said('HTTP 400, 1010201', [ended]),
      )
      return
    case 'duplicate':
      forward(
        network,
        { ...envelope, httpStatus: 400 },
        errorBody('3010004'),
        said('HTTP 400, 3010004', [ended]),
      )
      return
    case 'answered':
      sayAnswer(network, call)
  }
}

/** The shop asked for the payment as it stands, and forwards that. */
export function sayLookup(network: Network, payment: Payment, at: number): void {
  const { truth } = network
  const shown = deedsOf(payment).filter(({ settledAt }) => settledAt <= at)
  const last = shown.at(-1)
  if (last === undefined || last.oddly !== 'no') return
  const counters = countersAt(truth, payment, { at, deed: last })
  const status = finalCode(last)
  const body = {
    transaction: { ...orderBody(truth, last, status, counters), dateUpdated: stamp(truth, last.settledAt) },
  }
  const text = `shop forwards a look-up of ${payment.reference}: ${status}, ${amountText(counters.captured)} captured, ${amountText(counters.refunded)} refunded`
  forward(network, { orderId: payment.order.id, httpStatus: 200 }, body, { at, text, tells: lookedUp(shown) })
}

const errorBody = (code: string): object => ({ code, message: 'Refused', description: '' })

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
