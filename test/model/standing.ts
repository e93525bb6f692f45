import type { Call, Deed, Payment, TrueOrder } from './ledger.ts'
import { deedsOf, doneOf, isDone, sum } from './ledger.ts'

/** What the ledger says an order still has to fear, by the truth and by what the service has been told of it. */

/** Why charging this order again would be wrong; empty: it would not be. */
export function fearsOf(order: TrueOrder, now: number): string[] {
  return [
    ...order.calls.flatMap((call) => fearOfCall(call, now)),
    ...closedShort(order),
    ...order.payments.flatMap(fearOfPayment),
    ...hint(order),
  ]
}

/** Calls that the service knows of, and of which nothing it has heard says what came of them. */
function fearOfCall(call: Call, now: number): string[] {
  if (!isTold(call)) return []
  if (call.channel === 'hosted' && call.known.told !== 'cut_off')
    return call.made && now < call.payableUntil
      ? [`the customer may still pay on the page of ${call.name}`]
      : []
  return isSettled(call) || neverProcessed(call) ? [] : [`nothing told says what came of ${call.name}`]
}

/** Nothing came of these; nothing but an operator can say so, and each statement closes one. */
function closedShort(order: TrueOrder): string[] {
  const open = order.calls.filter((call) => isTold(call) && !isSettled(call) && neverProcessed(call))
  return open.slice(order.known.closedAsNothing).map(({ name }) => `nothing told says what came of ${name}`)
}

/** Announced, or told how it ended. */
export function isTold({ known }: Call): boolean {
  return known.told !== null || (known.announced && !known.withdrawn && !known.announcedAnew)
}

export const neverProcessed = (call: Call): boolean =>
  call.deeds.length === 0 && (call.channel === 'direct' || call.known.told === 'cut_off')

export function isSettled({ known, deeds }: Call): boolean {
  if (known.told === 'not_processed' || known.told === 'duplicate') return true
  const [deed] = deeds
  return deed !== undefined && (isTellingEnough(deed) || hasActed(deed.payment))
}

/** The provider told of a step that only a granted payment can take. */
const hasActed = (payment: Payment): boolean =>
  [...doneOf(payment, 'void'), ...doneOf(payment, 'capture')].some(isProven)

/** The provider told its end, or the shop did by an answer, or by a look-up of what its answer had named. */
function isTellingEnough({ heard }: Deed): boolean {
  if (heard.notification === 'final' || heard.response === 'final' || heard.settledCount) return true
  return heard.response === 'open' && heard.lookedUp
}

/** A payment that the service has heard of in any way, and that stands by what the provider has told of it. */
function fearOfPayment(payment: Payment): string[] {
  if (isOnItsWay(payment.initial) && !hasActed(payment)) return [`${payment.name} is told to be on its way`]
  if (!isDone(payment.initial) || !isHeard(payment)) return []
  const captured = payment.sale ? payment.amount : sum(doneOf(payment, 'capture'))
  const left = payment.amount - captured
  const ended = [...doneOf(payment, 'void'), ...doneOf(payment, 'expiry')].some(isProven)
  const released = ended || payment.order.known.closed.includes('authorization_open')
  if (left > 0 && !released) return [`${left} of ${payment.name} are authorized and not told to be released`]
  const returned = sum(doneOf(payment, 'refund').filter(isProven))
  const held = captured - returned
  return held > 0 ? [`${held} of ${payment.name} are captured and not told to be given back`] : []
}

function isOnItsWay(deed: Deed): boolean {
  const { heard } = deed
  if (isTellingEnough(deed)) return false
  return heard.notification === 'open' || heard.response === 'open'
}

export function isHeard(payment: Payment): boolean {
  const { call, heard } = payment.initial
  if (heard.notification !== null || heard.response !== null || heard.counted) return true
  return (
    (call !== null && isTold(call)) || payment.steps.some(({ heard: step }) => step.notification !== null)
  )
}

/** The provider itself told of it: by its own notification, or by a later counter of what was done. */
export const isProven = ({ heard }: Deed): boolean => heard.notification === 'final' || heard.settledCount

function hint({ known, payments }: TrueOrder): string[] {
  if (!known.hinted) return []
  const granted = payments.filter(({ initial }) => isDone(initial))
  return granted.some(isHeard) ? [] : ['a refusal named a payment that nothing else told of']
}

/**
 * Nothing that was told can decide here: an attempt whose own call is not told (yet) lies where a told call may have led to it.
 * A yes there is no fault that rules could avoid; it is counted, not held against them.
 */
export function isClouded(order: TrueOrder, window: number | null): boolean {
  // Until its notification comes, nothing contradicts a wrong answer.
  const wrong = order.payments.some(
    ({ initial }) => initial.oddly === 'answer_wrong' && initial.heard.notification === null,
  )
  if (wrong || hasVagueVoid(order)) return true
  const open = order.calls.filter((call) => isTold(call) && !isKnownByName(call))
  if (open.some((call) => looksMade(call, order, window))) return true
  return order.payments.flatMap(deedsOf).some((deed) => {
    if (deed.heard.notification === null && !deed.heard.counted) return false
    const own = deed.call
    const ownIsTold = own !== null && own.channel === 'direct' && own.known.told !== null
    if (ownIsTold) return false
    return open.some((call) => call !== own && fits(call, deed) && isNear(call, deed, window))
  })
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
export function isLapsed(order: TrueOrder, lifetime: number, now: number): boolean {
  const silent = order.payments.filter((payment) => isHeard(payment) && isSilent(payment.initial, now))
  return (
    silent.length > 0 &&
    silent.every(({ initial: { call } }) => {
      if (call?.channel !== 'hosted') return false
      return now >= Math.min(call.at, call.announcement?.at ?? call.at) + lifetime
    })
  )
}

function isSilent(deed: Deed, now: number): boolean {
  const { notification, response, counted } = deed.heard
  const unheard = notification === null && response === null && !counted
  return isDone(deed) && deed.begunAt <= now && unheard
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
