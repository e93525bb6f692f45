import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { Order } from '../../src/domain/orders/order-answers.ts'
import type { Discrepancy, OperationState, Transaction } from '../../src/domain/reconciliation/transaction.ts'
import { statesAmount } from './calls.ts'
import type { Call, Deed, DeedKind, ProviderWord, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, isDone, isTouched, sum } from './ledger.ts'
import { CALLS, cloudsOf, isOverlapping, isUntimed, isUntoldRefusal } from './clouds.ts'
import type { Cloud, Reason } from './clouds.ts'
import { fearsOf } from './standing.ts'
import { joinedDeeds } from './strays.ts'
import { takesMoney } from './unlinked.ts'

/** After every message: no wrong yes, and no money that is neither in a total nor at risk. */

export interface Fault {
  check: 'paid' | 'safe' | 'matched' | 'money' | 'exact' | 'explained' | 'alarm'
  text: string
  /** Why nothing that was told can decide it: counted, not held against the rules. */
  clouds: Cloud[]
}

/** The same fault in another world: names and numbers left out. */
export function kindOf({ check, text }: Pick<Fault, 'check' | 'text'>): string {
  return `${check}: ${text.replace(/\b(?:O\d(?: (?:payment|call) \d)?|A?\d+)\b/g, '#')}`
}

export function faultsNow(truth: Truth, believed: Reconciled, now: number): Fault[] {
  return truth.orders.flatMap((order) => {
    const shown = believed.orders.find(({ orderId }) => orderId === order.id)
    if (shown === undefined) return []
    const payments = transactionsOf(believed, order.id)
    return [
      ...paidWrongly(truth, order, shown, now),
      ...safeWrongly(truth, order, shown, now),
      ...matchedWrongly(truth, order, payments),
      ...moneyAstray(truth, order, shown, { now, risk: riskOf(shown, payments) }),
    ]
  })
}

export const transactionsOf = ({ transactions }: Reconciled, orderId: string): Transaction[] =>
  transactions.filter((transaction) => transaction.orderId === orderId)

function paidWrongly(truth: Truth, order: TrueOrder, shown: Order, now: number): Fault[] {
  if (!shown.paid) return []
  const { captured, returned } = mostTold(order, now)
  const needed = Math.max(1, announcedFor(order))
  if (captured - returned >= needed) return []
  const text = `${order.id} is said to be paid; told and true are ${captured} captured and ${returned} given back, needed are ${needed}`
  const clouds = cloudsOf(['closed_excess', 'late_payment', 'untold_payment', 'overlapping'], {
    truth,
    order,
    now,
  })
  return [{ check: 'paid', text, clouds }]
}

/** The largest amount that the service knows to be asked for. */
export function announcedFor({ calls }: TrueOrder): number {
  const announced = calls.filter(({ on, known }) => on === null && known.announced && !known.withdrawn)
  return Math.max(0, ...announced.filter(statesAmount).map(({ amount }) => amount))
}

/** By now, what can at most be called captured, and at least be called given back. */
function mostTold(order: TrueOrder, now: number): { captured: number; returned: number } {
  const deeds = doneBy(order, now)
  return {
    captured: sum(deeds.filter(takesMoney).filter(isTouched)),
    returned: returnedBy(deeds, { given: isNotified, wonBack: isTouched }),
  }
}

interface Evidence {
  given: (deed: Deed) => boolean
  wonBack: (deed: Deed) => boolean
}

/** Refunded, and taken by disputes that were not won. */
function returnedBy(deeds: readonly Deed[], { given, wonBack }: Evidence): number {
  return [...Map.groupBy(deeds, ({ payment }) => payment).values()].reduce((returned, mine) => {
    const total = (kind: DeedKind, told: (deed: Deed) => boolean): number =>
      sum(mine.filter((deed) => deed.kind === kind && told(deed)))
    const disputed = total('chargeback', given) - total('representment', wonBack)
    return returned + total('refund', given) + Math.max(0, disputed)
  }, 0)
}

export const doneBy = ({ payments }: TrueOrder, now: number): Deed[] =>
  payments.flatMap(deedsOf).filter((deed) => isDone(deed) && deed.settledAt <= now)

export const givesBack = ({ kind }: Deed): boolean => kind === 'refund' || kind === 'chargeback'

export const isNotified = ({ heard }: Deed): boolean => heard.notification === 'final'

function safeWrongly(truth: Truth, order: TrueOrder, shown: Order, now: number): Fault[] {
  if (!shown.safeToRetry) return []
  const faults = fearsOf(order, now).map(({ text, calls, payment }): Fault => {
    const of = payment === null ? CALLS : OF_PAYMENTS
    const clouds = cloudsOf([...of, 'closed_excess'], { truth, order, now, calls, payment })
    return { check: 'safe', text: `${order.id} is said to be safe to retry; ${text}`, clouds }
  })
  return worst(faults)
}

const OF_PAYMENTS: readonly Reason[] = ['lapsed_page', 'untold_payment', 'overlapping', ...CALLS]

/** One wrong answer is one fault: one that nothing excuses, if there is any. */
function worst(faults: readonly Fault[]): Fault[] {
  const fault = faults.find(({ clouds }) => clouds.length === 0) ?? faults[0]
  return fault === undefined ? [] : [fault]
}

const KINDS: Readonly<Record<OperationState['operation'], DeedKind>> = {
  authorization: 'payment',
  sale: 'payment',
  capture: 'capture',
  refund: 'refund',
  void: 'void',
  credit: 'refund',
  chargeback: 'chargeback',
}

/** Steps of one kind of one transaction of which more are said to be matched than both sides told of. */
interface TooMany {
  text: string
  kind: DeedKind
  mine: readonly Deed[]
  /** Notified, and not told by the shop. */
  rest: readonly Deed[]
  over: number
}

/** Of each kind no more steps may be matched than both sides told of, or than R-12 lets answer other told calls. */
function matchedWrongly(truth: Truth, order: TrueOrder, shown: readonly Transaction[]): Fault[] {
  const deeds = order.payments.flatMap(deedsOf)
  const all = shown.flatMap((transaction) => tooMany(truth, deeds, transaction))
  const joined = joinedDeeds(
    all.flatMap(({ rest }) => rest),
    truth,
  )
  return all.map(({ text, kind, mine, rest, over }) => {
    const joins = rest.flatMap((deed) => joined.get(deed) ?? [])
    const clouds = joins.length >= over ? [...new Set(joins)] : vaguelyJoined(mine, kind)
    return { check: 'matched', text, clouds }
  })
}

function tooMany(
  { provider }: Truth,
  deeds: readonly Deed[],
  { reference, operations, absorbed }: Transaction,
): TooMany[] {
  const own = deeds.filter((deed) => belongsTo(provider, deed, [reference, ...absorbed]))
  const matched = operations.filter(({ reconciliation }) => reconciliation === 'matched')
  return [...Map.groupBy(matched, ({ operation }) => KINDS[operation])].flatMap(([kind, steps]) => {
    const mine = own.filter((deed) => deed.kind === kind)
    const told = mine.filter(isToldByBoth)
    if (steps.length <= told.length) return []
    const text = `${kind} of ${reference} is said to be matched ${steps.length} times; both sides told of ${told.length}`
    const rest = mine.filter((deed) => isNotified(deed) && !told.includes(deed))
    return { text, kind, mine, rest, over: steps.length - told.length }
  })
}

function vaguelyJoined(deeds: readonly Deed[], kind: DeedKind): Cloud[] {
  if (isUntimed(deeds, kind)) return ['untimed_answer']
  if (isUntoldRefusal(deeds, kind)) return ['untold_refusal']
  return isOverlapping(deeds) ? ['overlapping'] : []
}

function belongsTo(provider: ProviderWord, deed: Deed, references: readonly string[]): boolean {
  const mine = provider === 'hipay' ? deed.payment.reference : deed.reference
  return references.includes(mine)
}

/** A silence and a page count as the shop's word: it said that it asked. */
function isToldByBoth(deed: Deed): boolean {
  if (isContradicted(deed)) return false
  const notified = isNotified(deed) || deed.heard.settledCount
  return notified && (deed.heard.response !== null || deed.heard.lookedUp || askedFor(deed))
}

/** An operator who closes a contradiction says that the sides agree. */
function isContradicted({ oddly, heard, payment }: Deed): boolean {
  // What the shop looked up since corrects what it was answered.
  if (oddly !== 'answer_wrong' || heard.response !== 'final' || heard.lookedUp) return false
  return !payment.order.known.closed.includes('outcome_mismatch')
}

function askedFor({ call, name, payment }: Deed): boolean {
  const known: Call['known'] | undefined = call?.known
  if (call?.channel === 'hosted' && (known?.told === 'answered' || isPageTold(call))) return true
  // A capture that came with its payment is answered with it.
  return name.endsWith('at once') && (payment.initial.heard.response !== null || askedFor(payment.initial))
}

/** The calls for a page of one order lead to one page: any of them speaks of all that is made there since. */
function isPageTold({ order }: Call): boolean {
  return order.calls.some(({ channel, known }) => channel === 'hosted' && known.told === 'answered')
}

interface Bounds {
  now: number
  risk: number
}

/** What the totals say lies between what the provider told and what is true of anything told, give or take what is at risk. */
function moneyAstray(truth: Truth, order: TrueOrder, shown: Order, { now, risk }: Bounds): Fault[] {
  const net = shown.netTotal
  if (net === null || order.known.closed.length > 0) return []
  const deeds = doneBy(order, now)
  const taken = deeds.filter(takesMoney)
  // HiPay counts a refund once it is asked for: no word of the merchant, and none of a part, leaves less given back than that.
  const asked = order.payments.flatMap(deedsOf).filter((deed) => isAskedBack(deed, truth, now))
  const low =
    sum(taken.filter(isNotified)) -
    returnedBy([...deeds, ...asked], { given: isTouched, wonBack: isNotified })
  // What was given back of a payment that is not heard of yet is no debt.
  const high = Math.max(
    0,
    sum(taken.filter(isTouched)) - returnedBy(deeds, { given: isNotified, wonBack: isTouched }),
  )
  if (net >= low - risk && net <= high + risk) return []
  const text = `${order.id} nets ${net}; by what was told it is ${low} to ${high}, and ${risk} are at risk`
  // A void that names no payment lowers the only one that is told to hold as much.
  const among = ['overlapping', 'vague_refusal', 'untold_payment', 'vague_void'] as const
  const clouds = cloudsOf(among, { truth, order, now })
  return [{ check: 'money', text, clouds }]
}

function isAskedBack({ kind, begunAt, settledAt }: Deed, { provider }: Truth, now: number): boolean {
  return provider === 'hipay' && kind === 'refund' && begunAt <= now && settledAt > now
}

export function riskOf(order: Order, transactions: readonly Transaction[]): number {
  return openOf(order, transactions).reduce((risk, { amountAtRisk }) => risk + (amountAtRisk ?? Infinity), 0)
}

export const openOf = (order: Order, transactions: readonly Transaction[]): Discrepancy[] => [
  ...order.discrepancies,
  ...transactions.flatMap(({ discrepancies }) => discrepancies),
]
