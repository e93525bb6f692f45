import type { Call, Deed, Payment, TrueOrder } from './ledger.ts'
import { doneOf, isDone, sum } from './ledger.ts'

/** What the ledger says an order still has to fear, by the truth and by what the service has been told of it. */

/** Why charging an order again would be wrong, and which calls (one of them) or which payment is to be feared. */
export interface Fear {
  text: string
  calls: readonly Call[]
  payment: Payment | null
}

const fearOf = (text: string, about: Partial<Fear>): Fear => ({ text, calls: [], payment: null, ...about })

/** Empty: nothing is to be feared. */
export function fearsOf(order: TrueOrder, now: number): Fear[] {
  return [
    ...order.calls.flatMap((call) => fearOfCall(call, now)),
    ...closedShort(order),
    ...order.payments.flatMap(fearOfPayment),
    ...hint(order),
  ]
}

/** Calls that the service knows of, and of which nothing it has heard says what came of them. */
function fearOfCall(call: Call, now: number): Fear[] {
  if (!isTold(call)) return []
  if (call.channel === 'hosted' && call.known.told !== 'cut_off')
    return call.made && now < call.payableUntil
      ? [fearOf(`the customer may still pay on the page of ${call.name}`, { calls: [call] })]
      : []
  return isSettled(call) || neverProcessed(call) ? [] : [unknownCall(call)]
}

const unknownCall = (call: Call, calls = [call]): Fear =>
  fearOf(`nothing told says what came of ${call.name}`, { calls })

/** Nothing came of these; nothing but an operator can say so, and each statement closes one. */
function closedShort(order: TrueOrder): Fear[] {
  const open = order.calls.filter((call) => isTold(call) && !isSettled(call) && neverProcessed(call))
  return open.slice(order.known.closedAsNothing).map((call) => unknownCall(call, open))
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
function isTellingEnough({ heard, outcome }: Deed): boolean {
  if (heard.notification === 'final' || heard.response === 'final' || heard.settledCount) return true
  // A success that the shop looked up counts (F-5).
  return heard.lookedUp && (heard.response === 'open' || outcome === 'done')
}

/** A payment that the service has heard of in any way, and that stands by what the provider has told of it. */
function fearOfPayment(payment: Payment): Fear[] {
  const feared = (text: string): Fear[] => [fearOf(text, { payment })]
  if (isOnItsWay(payment.initial) && !hasActed(payment))
    return feared(`${payment.name} is told to be on its way`)
  if (!isDone(payment.initial) || !isHeard(payment) || isDenied(payment)) return []
  const captured = payment.sale ? payment.amount : sum(doneOf(payment, 'capture'))
  const left = payment.amount - captured
  const ended = [...doneOf(payment, 'void'), ...doneOf(payment, 'expiry')].some(isProven)
  const released = ended || payment.order.known.closed.includes('authorization_open')
  if (left > 0 && !released)
    return feared(`${left} of ${payment.name} are authorized and not told to be released`)
  const returned = sum(doneOf(payment, 'refund').filter(isProven))
  const held = captured - returned
  return held > 0 ? feared(`${held} of ${payment.name} are captured and not told to be given back`) : []
}

/** The provider's own answer said that it was refused, and nothing else was told of it: what is told does not stand. */
function isDenied({ initial, steps }: Payment): boolean {
  if (initial.oddly !== 'answer_wrong' || initial.heard.response !== 'final' || initial.heard.lookedUp)
    return false
  return [initial, ...steps].every(({ heard }) => heard.notification === null && !heard.counted)
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

function hint({ known, payments }: TrueOrder): Fear[] {
  if (!known.hinted) return []
  const granted = payments.filter(({ initial }) => isDone(initial))
  return granted.some(isHeard) ? [] : [fearOf('a refusal named a payment that nothing else told of', {})]
}
