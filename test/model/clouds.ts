import type { Call, Deed, DeedKind, Payment, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, isDone, isTouched } from './ledger.ts'
import { isTold } from './standing.ts'
import { hasLatePayment, hasUntoldPayment } from './unlinked.ts'

/** Why nothing that was told can decide an answer: such a fault is counted by its reason, not held against the rules. */

interface Given {
  truth: Truth
  order: TrueOrder
  now: number
  /** The calls that the answer is about: one of them; none: any of the order. */
  calls?: readonly Call[]
  payment?: Payment | null
}

const REASONS = {
  /** An operator closed an excess: it took nothing from the payments. */
  closed_excess: ({ order }: Given) => order.known.closed.includes('amount_mismatch'),
  /** A refund without a link lowers no money that was heard of much later. */
  late_payment: ({ order, truth }: Given) => hasLatePayment(order, truth),
  /** A step without a link, of a payment that no message tells, is laid against the one that is told (I-5, A-10). */
  untold_payment: ({ order, truth }: Given) => hasUntoldPayment(order, truth),
  /** HiPay's counters hold what is only asked for, and say not of which of several steps: one settlement settles one (J-5, M-2). */
  overlapping: ({ order, truth }: Given) =>
    truth.provider === 'hipay' && order.payments.some(({ steps }) => isOverlapping(steps)),
  /** HiPay: what a refused step still is of a counter is not told where a step of its kind states no amount (M-5). */
  vague_refusal: ({ order, truth, now }: Given) => hasVagueRefusal(deedsBy(truth, order, now)),
  /** A void that states no amount is all that tells of its payment. */
  void_alone: ({ order, truth }: Given) => truth.provider === 'hipay' && order.payments.some(isVoidAlone),
  /** A page was paid on, and nothing told of it before pages of its age lapse (P-8, R-9). */
  lapsed_page: ({ truth, now, payment }: Given) =>
    payment != null && isLapsed(payment, truth.policy.deadlines.page, now),
  /** Which of several payments a void without a link ended, nothing says. */
  vague_void: ({ order }: Given) => hasVagueVoid(order),
  /** Each call that is told answers one that was announced before it: what was announced is not told, and another call is. */
  looks_made: (given: Given) =>
    aboutOf(given).some((one) => looksMade(one, given.order, windowOf(given.truth))),
  ...strays(),
} as const

/** An attempt whose own call is not told (yet) lies where R-12 takes it for what came of a told call. */
function strays(): Record<`stray_${Stray}`, (given: Given) => boolean> {
  const has =
    (why: Stray) =>
    (given: Given): boolean =>
      strayAttempts(given).some((deed) => whyStray(given.truth, deed) === why)
  return {
    stray_on_page: has('on_page'),
    stray_by_hand: has('by_hand'),
    stray_told_later: has('told_later'),
    stray_careless: has('careless'),
    stray_untold: has('untold'),
  }
}

type Stray = 'on_page' | 'by_hand' | 'told_later' | 'careless' | 'untold'

function whyStray({ careless }: Truth, { call }: Deed): Stray {
  if (call === null) return 'by_hand'
  if (call.channel === 'hosted') return 'on_page'
  if (call.toldAt !== null) return 'told_later'
  return careless ? 'careless' : 'untold'
}

export type Reason = keyof typeof REASONS
export type Cloud = Reason | 'untimed_answer' | 'untold_refusal'

export const cloudsOf = (among: readonly Reason[], given: Given): Reason[] =>
  among.filter((name) => REASONS[name](given))

export const STRAYS = [
  'stray_on_page',
  'stray_by_hand',
  'stray_told_later',
  'stray_careless',
  'stray_untold',
] as const

/** A call is told, and an attempt near it is another's, or may be. */
export const CALLS: readonly Reason[] = ['vague_void', 'looks_made', ...STRAYS]

const openCalls = (order: TrueOrder): Call[] =>
  order.calls.filter((call) => isTold(call) && !isKnownByName(call))

/** The calls in question. A payment of which the provider has told is no question of calls. */
function aboutOf({ order, calls = [], payment = null }: Given): readonly Call[] {
  if (payment === null) return calls.length > 0 ? calls : openCalls(order)
  const { call, heard } = payment.initial
  return call === null || heard.notification !== null || heard.counted ? [] : [call]
}

/** Those that may be taken for what came of the calls in question, or of one whose own attempt may be taken for it. */
function strayAttempts(given: Given): Deed[] {
  const { truth, order } = given
  const open = openCalls(order)
  const mayBe = (call: Call, deed: Deed): boolean => call === deed.call || mayAnswer(call, deed, truth)
  const heard = order.payments.flatMap(deedsOf).filter(isHeardOf)
  let calls = aboutOf(given)
  for (;;) {
    const deeds = heard.filter((deed) => calls.some((call) => mayBe(call, deed)))
    const wider = open.filter((call) => calls.includes(call) || deeds.some((deed) => mayBe(call, deed)))
    if (wider.length <= calls.length) return deeds.filter((deed) => isStray(deed, open, truth))
    calls = wider
  }
}

const isHeardOf = ({ heard: { notification, counted } }: Deed): boolean => notification !== null || counted

function isStray(deed: Deed, open: readonly Call[], truth: Truth): boolean {
  return !isOwnTold(deed) && open.some((call) => call !== deed.call && mayAnswer(call, deed, truth))
}

const isOwnTold = ({ call }: Deed): boolean =>
  call !== null && call.channel === 'direct' && call.known.told !== null

/** By R-12 this attempt, or step, may be what came of that call. */
const mayAnswer = (call: Call, deed: Deed, truth: Truth): boolean =>
  fits(call, deed) && isNear(call, deed, windowOf(truth))

/** Calls of unknown outcome, and pages, that let this attempt answer, and why it is not its own. */
export function joinedTo(deed: Deed, truth: Truth): { calls: Call[]; why: Reason } | null {
  if (isOwnTold(deed)) return null
  // A refusal without a reference belongs to a refused attempt.
  const isUnknown = ({ known: { told }, channel }: Call): boolean =>
    told !== null && (channel === 'hosted' || UNKNOWN.has(told) || (told === 'duplicate' && !isDone(deed)))
  const calls = openCalls(deed.payment.order)
    .filter((call) => call !== deed.call && isUnknown(call) && mayAnswer(call, deed, truth))
    .sort((left, right) => Number(UNKNOWN.has(left.known.told!)) - Number(UNKNOWN.has(right.known.told!)))
  return calls.length === 0 ? null : { calls, why: `stray_${whyStray(truth, deed)}` }
}

/**
 * HiPay: an answer that names no step and states no times joins the first step at its counter (J-2); a refused one was there too.
 */
export function isUntimed(deeds: readonly Deed[], kind: DeedKind): boolean {
  const mine = deeds.filter((deed) => deed.kind === kind)
  return (
    mine.some((deed) => !isDone(deed)) &&
    mine.some(({ call, heard }) => call?.gives === 'neither' && heard.response !== null)
  )
}

/** HiPay: without an id, what settles at the counter of a request settles that (J-5): it was refused, and nothing told so. */
export function isUntoldRefusal(deeds: readonly Deed[], kind: DeedKind): boolean {
  return deeds.some(
    (deed) => deed.kind === kind && !isDone(deed) && deed.operationId === null && !deed.heard.saidItself,
  )
}

const UNKNOWN: ReadonlySet<string> = new Set(['cut_off', 'server_error', 'proxy_error'])

/** How far from a told call an attempt must lie that is not its own, so that the clocks can tell them apart. */
export function windowOf({ provider, policy }: Truth): number | null {
  return provider === 'be2bill' ? null : policy.callTimeout + 2 * policy.clockSkew
}

/** HiPay counts what was asked for: a counter holds open steps that no message of their own tells. */
function deedsBy({ provider }: Truth, { payments }: TrueOrder, now: number): Deed[] {
  return provider === 'hipay' ? payments.flatMap(deedsOf).filter(({ begunAt }) => begunAt <= now) : []
}

/** Of a payment with a refused step, one of that kind has no id, and so no amount of its own. */
function hasVagueRefusal(deeds: readonly Deed[]): boolean {
  return deeds.some(
    (deed) =>
      deed.kind !== 'payment' &&
      !isDone(deed) &&
      deeds.some((one) => one.payment === deed.payment && one.kind === deed.kind && one.operationId === null),
  )
}

function isVoidAlone({ initial, steps }: Payment): boolean {
  return !initial.heard.saidItself && steps.some(({ kind, heard }) => kind === 'void' && heard.saidItself)
}

/** A refusal without an id may be of what a counter holds, or of what was asked for since. */
export const isVaguelyRefused = (deed: Deed): boolean =>
  deed.kind !== 'payment' && deed.operationId === null && !isDone(deed)

/** Two of a kind were under way at once, and one of them has no id. */
export function isOverlapping(steps: readonly Deed[]): boolean {
  return steps.some((step) =>
    steps.some(
      (other) =>
        other !== step &&
        other.kind === step.kind &&
        (other.operationId === null || step.operationId === null) &&
        other.begunAt < step.settledAt &&
        step.begunAt < other.settledAt,
    ),
  )
}

/** Be2bill: a void that no answer links may have undone any payment of the order. */
function hasVagueVoid({ payments }: TrueOrder): boolean {
  const voids = payments.flatMap(deedsOf).filter(({ kind }) => kind === 'void')
  const isLinked = ({ call, reference, payment }: Deed): boolean =>
    reference === payment.reference || call?.known.told === 'answered'
  return payments.length > 1 && voids.some((deed) => deed.heard.notification !== null && !isLinked(deed))
}

/** Announced, and no word of its end; another call of its kind, not announced yet, is told and looks like the announced one. */
function looksMade(
  { kind, known, announcement, on, at }: Call,
  { calls }: TrueOrder,
  window: number | null,
): boolean {
  if (known.told !== null || announcement === null) return false
  return calls.some((call) => {
    if (isAnnounced(call) || call.known.told === null || call.kind !== kind || call.on !== on) return false
    const from = announcement.statesTime ? at : announcement.at
    const bounded = window !== null && announcement.statesTime
    return latestStated(call) >= from - (window ?? SKEW) && (!bounded || call.at <= from + window)
  })
}

/** Until when the shop's words allow that it was made. */
function latestStated({ gives, at, endedAt, toldAt }: Call): number {
  if (gives === 'both' || gives === 'requestedAt') return at
  return gives === 'receivedAt' ? endedAt : (toldAt ?? endedAt)
}

/** The clocks of the shop and of the service may differ by so much at the most. */
const SKEW = 60_000

const isAnnounced = ({ known }: Call): boolean => known.announced && !known.announcedAnew

function isKnownByName({ deeds, known }: Call): boolean {
  return known.told === 'not_processed' || deeds.some(({ heard }) => heard.response === 'final')
}

const fits = (call: Call, deed: Deed): boolean =>
  (call.kind === 'payment' || call.kind === 'page' ? 'payment' : call.kind) === deed.kind

/** Paid on a page, never notified, and the page has been over since: nothing but its age speaks of it, and pages may lapse. */
function isLapsed({ initial, steps }: Payment, lifetime: number, now: number): boolean {
  const { call } = initial
  if (call?.channel !== 'hosted' || [initial, ...steps].some(isTouched)) return false
  return now >= Math.min(call.at, call.announcement?.at ?? call.at) + lifetime
}

/** A call that does not say when it was made, and clocks that differ by as much as they may. */
const UNTIMED = 3 * SKEW

/** Null: the provider states no times. */
function isNear(call: Call, deed: Deed, window: number | null): boolean {
  if (window === null) return (deed.heard.notifiedAt ?? Infinity) >= call.at - UNTIMED
  if (deed.begunAt < call.at - window) return false
  // An attempt on a page may come at any time after, and a step may be settled then.
  // So may the call of an announcement that does not say when.
  const open = call.known.told === null && call.announcement?.statesTime === false
  return open || call.channel === 'hosted' || call.on !== null || deed.begunAt <= call.endedAt + window
}
