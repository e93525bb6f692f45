import type { WireFields } from '../../src/providers/provider.ts'
import { amountText, clock, CURRENCY, iso } from './calls.ts'
import type { Deed, Payment, Truth } from './ledger.ts'
import { deedsOf, isDone, sum } from './ledger.ts'
import { notify } from './network.ts'
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

export const OPEN_CODES: Partial<Record<Deed['kind'], string>> = {
  payment: '142',
  capture: '117',
  refund: '124',
  void: '175',
}

export function finalCode(deed: Deed): string {
  const { kind, outcome, payment } = deed
  if (outcome === 'refused') return REFUSED_CODES[kind] ?? '113'
  if (kind !== 'refund') return DONE_CODES[kind]
  const before = payment.steps.filter((step) => step.settledAt <= deed.settledAt && isDone(step))
  const total = (of: Deed['kind']): number => sum(before.filter((step) => step.kind === of))
  return total('refund') >= total('capture') ? '125' : '126'
}

const REFUSED_CODES: Partial<Record<Deed['kind'], string>> = { capture: '173', refund: '165' }

const DONE_CODES: Readonly<Record<Exclude<Deed['kind'], 'refund'>, string>> = {
  payment: '116',
  capture: '118',
  void: '115',
  expiry: '114',
  chargeback: '181',
  representment: '120',
}

export interface Counters {
  captured: number
  refunded: number
  counted: Deed[]
}

/** What was asked for up to then, less what was refused by then where this account's counters fall. */
export function countersAt(
  { countersFall }: Truth,
  payment: Payment,
  moment: Pick<Moment, 'at' | 'deed'>,
): Counters {
  const counted = payment.steps.filter((step) => {
    if (step.kind !== 'capture' && step.kind !== 'refund') return false
    if (step.begunAt > moment.at || (step.begunAt === moment.at && isAfter(step, moment.deed))) return false
    const over = countersFall ? step.settledAt <= moment.at : step.settledAt < moment.at
    return !(step.outcome === 'refused' && over)
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
  const tells: Told[] = [
    { of: 'deed', deed, side: 'notification', word },
    ...counters.counted.map((one) => countedIn(one, word === 'final' && one.settledAt <= at)),
  ]
  if (!SILENT_ON_GRANT.has(code) && deed !== payment.initial)
    tells.push({ of: 'deed', deed: payment.initial, side: 'notification', word: 'final', implied: true })
  if (deed.oddly === 'names_other') tells.push({ of: 'hint', order: payment.order })
  const fields = { ...transactionFields(network.truth, payment, counters, { at, code, deed, word }) }
  const counted = `${amountText(counters.captured)} captured, ${amountText(counters.refunded)} refunded`
  const own =
    deed.operationId === null || deed.kind === 'payment'
      ? ''
      : `, operation ${deed.operationId} ${amountText(deed.amount)}`
  const text = `HiPay notifies ${code} of ${payment.reference} for ${payment.order.id} (${counted}${own}, dated ${clock(wallTime(network.truth, at))})`
  notify(network, fields, { at, text, tells })
}

const countedIn = (deed: Deed, settled: boolean): Told => ({
  of: 'count',
  deed,
  settled: settled && isDone(deed),
})

const wallTime = ({ providerClock }: Truth, at: number): number => at + providerClock

export const stamp = (truth: Truth, at: number): string => `${iso(wallTime(truth, at)).slice(0, 19)}+0000`

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

export const reasonOf = ({ oddly }: Deed): { code: string; message: string } =>
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
