import type { Call, Deed, DeedKind, Payment, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, isDone, isTouched } from './ledger.ts'
import { aboutOf, isHeardOf, SKEW, straysOf, windowOf } from './strays.ts'
import { hasLatePayment, hasUntoldPayment, hasVoidBesideCapture } from './unlinked.ts'

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
  /** A void may have taken back what a capture without a link took. */
  void_beside_capture: ({ order, truth }: Given) => hasVoidBesideCapture(order, truth),
  /** A page was paid on, and nothing told of it before pages of its age lapse (P-8, R-9). */
  lapsed_page: ({ truth, now, payment }: Given) =>
    payment != null && isLapsed(payment, truth.policy.deadlines.page, now),
  /** Which of several payments a void without a link ended, nothing says. */
  vague_void: ({ order }: Given) => hasVagueVoid(order),
  /** Each call that is told answers one that was announced before it: what was announced is not told, and another call is. */
  looks_made: (given: Given) => aboutOf(given).some((one) => looksMade(one, given.order, given.truth)),
  /** An attempt whose own call is not told (yet) lies where R-12 takes it for what came of a told call. */
  stray_on_page: (given: Given) => straysOf(given).has('on_page'),
  stray_by_hand: (given: Given) => straysOf(given).has('by_hand'),
  stray_told_later: (given: Given) => straysOf(given).has('told_later'),
  stray_careless: (given: Given) => straysOf(given).has('careless'),
  stray_untold: (given: Given) => straysOf(given).has('untold'),
} as const

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

/** HiPay: what settles without an id at the counter of a request settles that (J-5), which was refused, and nothing told so. */
export function isUntoldRefusal(deeds: readonly Deed[], kind: DeedKind): boolean {
  const mine = deeds.filter((deed) => deed.kind === kind)
  const isUntold = (deed: Deed): boolean => !isDone(deed) && !deed.heard.saidItself
  return mine.some(isUntold) && mine.some(({ operationId }) => operationId === null)
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

/** Two of a kind were under way at once, and one of them has no id, or was not told to be asked for. */
export function isOverlapping(steps: readonly Deed[]): boolean {
  const isVague = ({ operationId, heard }: Deed): boolean => operationId === null || !heard.begunTold
  return steps.some((step) =>
    steps.some(
      (other) =>
        other !== step &&
        other.kind === step.kind &&
        (isVague(other) || isVague(step)) &&
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

/** Announced, and no word of its end; another call of its kind is told, is free of an announcement, and looks like the announced one. */
function looksMade(call: Call, { calls }: TrueOrder, truth: Truth): boolean {
  const { known, announcement } = call
  if (known.told !== null || announcement === null) return false
  // What states no time counts by our own clock, which the shop's may differ from.
  const ahead = truth.shopClock
  const window = windowOf(truth)
  return calls.some((other) => {
    if (!isAlike(call, other) || !isSpokenOf(other) || !isFree(other, calls)) return false
    const from = announcement.statesTime ? call.at + ahead : announcement.at
    const bounded = window !== null && announcement.statesTime
    return (
      latestStated(other, ahead) >= from - (window ?? SKEW) && (!bounded || other.at + ahead <= from + window)
    )
  })
}

const isAlike = (call: Call, other: Call): boolean =>
  other !== call && other.kind === call.kind && other.on === call.on

const isSpokenOf = ({ known, deeds }: Call): boolean => known.told !== null || deeds.some(isHeardOf)

/** Not announced, or a later one looks like what it was announced as. */
function isFree(call: Call, calls: readonly Call[]): boolean {
  return (
    !isAnnounced(call) ||
    calls.some((other) => !isAnnounced(other) && isAlike(call, other) && other.at > call.at)
  )
}

/** Until when the shop's words allow that it was made. */
function latestStated({ gives, at, endedAt, toldAt }: Call, ahead: number): number {
  if (gives === 'both' || gives === 'requestedAt') return at + ahead
  return gives === 'receivedAt' ? endedAt + ahead : (toldAt ?? endedAt)
}

const isAnnounced = ({ known }: Call): boolean => known.announced && !known.announcedAnew

/** Paid on a page, never notified, and the page has been over since: nothing but its age speaks of it, and pages may lapse. */
function isLapsed({ initial, steps }: Payment, lifetime: number, now: number): boolean {
  const { call } = initial
  if (call?.channel !== 'hosted' || [initial, ...steps].some(isTouched)) return false
  return now >= Math.min(call.at, call.announcement?.at ?? call.at) + lifetime
}
