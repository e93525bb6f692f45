import type { Call, Deed, DeedKind, Payment, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, isDone, isTouched } from './ledger.ts'
import { isTold } from './standing.ts'
import { hasLatePayment, hasUntoldPayment } from './unlinked.ts'

/** Why nothing that was told can decide an answer: such a fault is counted by its reason, not held against the rules. */

interface Given {
  truth: Truth
  order: TrueOrder
  now: number
  /** The call or the payment that the answer is about; null: any of the order. */
  call?: Call | null
  payment?: Payment | null
}

const REASONS = {
  closed_excess: ({ order }: Given) => order.known.closed.includes('amount_mismatch'),
  late_payment: ({ order, truth }: Given) => hasLatePayment(order, truth),
  untold_payment: ({ order, truth }: Given) => hasUntoldPayment(order, truth),
  counted_untold: ({ order, truth, now }: Given) =>
    deedsBy(truth, order, now).some((deed) => isUntoldStep(deed, now)),
  vague_refusal: ({ order, truth, now }: Given) => deedsBy(truth, order, now).some(isVaguelyRefused),
  lapsed_page: ({ truth, now, payment }: Given) =>
    payment != null && isLapsed(payment, truth.policy.deadlines.page, now),
  wrong_answer: ({ order }: Given) => hasWrongAnswer(order),
  vague_void: ({ order }: Given) => hasVagueVoid(order),
  looks_made: ({ order, truth, call, payment }: Given) => {
    const about = call ?? payment?.initial.call ?? null
    return openCalls(order).some(
      (one) => (about === null || one === about) && looksMade(one, order, windowOf(truth)),
    )
  },
  ...strays(),
} as const

/** An attempt whose own call is not told (yet) lies where a told call may have led to it. */
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
export type Cloud = Reason | 'interleaved'

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
export const CALLS: readonly Reason[] = ['wrong_answer', 'vague_void', 'looks_made', ...STRAYS]

const openCalls = (order: TrueOrder): Call[] =>
  order.calls.filter((call) => isTold(call) && !isKnownByName(call))

/** Those that may be taken for what came of the call in question, or of one whose own attempt may be taken for it. */
function strayAttempts({ truth, order, call, payment }: Given): Deed[] {
  const window = windowOf(truth)
  const open = openCalls(order)
  const heard = order.payments
    .flatMap(deedsOf)
    .filter(({ heard: { notification, counted } }) => notification !== null || counted)
  const mayBe = (one: Call, deed: Deed): boolean =>
    one === deed.call || (fits(one, deed) && isNear(one, deed, window))
  const about = call ?? payment?.initial.call ?? null
  let calls = about === null ? open : [about]
  for (;;) {
    const deeds = heard.filter((deed) => calls.some((one) => mayBe(one, deed)))
    const wider = open.filter((one) => calls.includes(one) || deeds.some((deed) => mayBe(one, deed)))
    if (wider.length <= calls.length)
      return deeds.filter(
        (deed) => !isOwnTold(deed) && open.some((one) => one !== deed.call && mayBe(one, deed)),
      )
    calls = wider
  }
}

/** Why this attempt may be taken for what came of another call. */
export function straysOf(deed: Deed, truth: Truth): Reason[] {
  const { order } = deed.payment
  if (isOwnTold(deed)) return []
  const near = openCalls(order).some(
    (one) => one !== deed.call && fits(one, deed) && isNear(one, deed, windowOf(truth)),
  )
  return near ? [`stray_${whyStray(truth, deed)}`] : []
}

const isOwnTold = ({ call }: Deed): boolean =>
  call !== null && call.channel === 'direct' && call.known.told !== null

/** Until its notification comes, nothing contradicts a wrong answer. */
const hasWrongAnswer = ({ payments }: TrueOrder): boolean =>
  payments.some(({ initial }) => initial.oddly === 'answer_wrong' && initial.heard.notification === null)

/** How far from a told call an attempt must lie that is not its own, so that the clocks can tell them apart. */
export function windowOf({ provider, policy }: Truth): number | null {
  return provider === 'be2bill' ? null : policy.callTimeout + 2 * policy.clockSkew
}

/** HiPay counts what was asked for: a counter holds open steps that no message of their own tells. */
function deedsBy({ provider }: Truth, { payments }: TrueOrder, now: number): Deed[] {
  return provider === 'hipay' ? payments.flatMap(deedsOf).filter(({ begunAt }) => begunAt <= now) : []
}

const isUntoldStep = ({ settledAt, heard }: Deed, now: number): boolean =>
  settledAt > now && heard.notification === null

/** A refusal without an id may be of what a counter holds, or of what was asked for since. */
export const isVaguelyRefused = (deed: Deed): boolean =>
  deed.kind !== 'payment' && deed.operationId === null && !isDone(deed)

/** HiPay: of several open steps without an id, the counter does not tell which one a settlement settles. */
export function isInterleaved(deeds: readonly Deed[], kind: DeedKind): boolean {
  const unnamed = deeds.filter((deed) => deed.kind === kind && deed.operationId === null)
  return unnamed.some((deed) =>
    unnamed.some(
      (other) => other !== deed && other.begunAt < deed.settledAt && deed.begunAt < other.settledAt,
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
    return call.at >= from - (window ?? SKEW) && (!bounded || call.at <= from + window)
  })
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

/** Null: the provider states no times. */
function isNear(call: Call, deed: Deed, window: number | null): boolean {
  if (window === null) return true
  if (deed.begunAt < call.at - window) return false
  // An attempt on a page may come at any time after, and a step may be settled then.
  // So may the call of an announcement that does not say when.
  const open = call.known.told === null && call.announcement?.statesTime === false
  return open || call.channel === 'hosted' || call.on !== null || deed.begunAt <= call.endedAt + window
}
