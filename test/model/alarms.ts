import type { Order } from '../../src/domain/orders/order-answers.ts'
import type { DiscrepancyClass } from '../../src/domain/reconciliation/discrepancy-classes.ts'
import type { Transaction } from '../../src/domain/reconciliation/transaction.ts'
import { isNotified, openOf } from './checks.ts'
import { CALLS, cloudsOf, isUntimed, isVaguelyRefused } from './clouds.ts'
import type { Cloud } from './clouds.ts'
import type { Fault } from './checks.ts'
import type { Call, Deed, Payment, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, doneOf, isDone, sum } from './ledger.ts'
import { hasLatePayment, isUnlinked, takesMoney } from './unlinked.ts'
import { isTakenElsewhere } from './strays.ts'
import { isSettled, isTold, neverProcessed } from './standing.ts'

/** Which alarms the truth explains, and which it demands. */

/** One order in the end: the truth, and what the service shows. */
export interface Case {
  truth: Truth
  order: TrueOrder
  shown: Order
  payments: Transaction[]
  now: number
}

type Explanation = (order: TrueOrder, truth: Truth) => boolean

/** Does the truth, or the lack of a message, explain an open discrepancy? What stands here not, nothing explains. */
const EXPLANATIONS: Partial<Record<DiscrepancyClass, Explanation>> = {
  missing_notification: (order, truth) =>
    hasUnheard(order) ||
    order.known.hinted ||
    deedsIn(order).some(({ oddly }) => oddly === 'answer_wrong') ||
    isAskedOfSeveral(order) ||
    cloudsOf(['overlapping'], { truth, order, now: Infinity }).length > 0 ||
    order.calls.some((call) => isOfUntoldTime(call) || isRefusedBeside(call)) ||
    order.calls.some((call) => isTold(call) && isOpenCall(truth, call)),
  missing_response: (order, truth) =>
    hasUnheard(order) ||
    order.calls.some((call) => lacksAnswer(call) || isOpenCall(truth, call) || lacksTimes(call)) ||
    deedsIn(order).some(lacksCall),
  missing_step: (order, truth) =>
    hasUnheard(order) ||
    cloudsOf(['overlapping'], { truth, order, now: Infinity }).length > 0 ||
    deedsIn(order).some((deed) => isVaguelyRefused(deed) || isTakenElsewhere(deed, truth)),
  duplicate_payment: ({ payments }) => payments.filter(({ initial }) => isDone(initial)).length > 1,
  // A counter that holds a refund that is only asked for, and is refused later, may exceed what was captured (M-6).
  amount_mismatch: (order, truth) =>
    hasUnheard(order) ||
    cloudsOf(['overlapping'], { truth, order, now: Infinity }).length > 0 ||
    (truth.provider === 'be2bill' && deedsIn(order).some(isUnlinked)),
  unexpected_payment: ({ calls }, { policy }) =>
    policy.expectations === 'required' && calls.some(({ announcement }) => announcement === null),
  outcome_mismatch: (order) =>
    deedsIn(order).some(({ oddly }) => oddly === 'answer_wrong') || order.calls.some(lacksTimes),
  // What was voided long before it was heard of is not known to have ended.
  authorization_open: (order, truth) =>
    order.payments.some(hasOpenAuthorization) || isPlanUntold(order.payments) || hasLatePayment(order, truth),
}

export function explains(order: TrueOrder, truth: Truth, found: DiscrepancyClass): boolean {
  return EXPLANATIONS[found]?.(order, truth) ?? false
}

const deedsIn = ({ payments }: TrueOrder): Deed[] => payments.flatMap(deedsOf)

function hasUnheard(order: TrueOrder): boolean {
  return deedsIn(order).some((deed) => !isNotified(deed))
}

/** Calls for equal steps of several payments: which of them a step without a link answers, nothing says. */
function isAskedOfSeveral({ calls }: TrueOrder): boolean {
  const vague = calls.filter(
    ({ on, known }) => on !== null && known.told !== null && known.told !== 'answered',
  )
  return vague.some((call) =>
    vague.some((other) => other.on !== call.on && other.kind === call.kind && other.amount === call.amount),
  )
}

/** No message, or none that names it, told what came of it. */
function isOpenCall({ provider, policy }: Truth, call: Call): boolean {
  if (!isSettled(call)) return true
  const named = call.deeds.some(({ heard }) => heard.response === 'final' || heard.response === 'open')
  return provider === 'be2bill' && policy.responses !== 'expected' && !named
}

/** HiPay: its answer names no step and states no times, and a refused step reached the same counter before (J-2). */
function isRefusedBeside({ on, gives, operationId, kind }: Call): boolean {
  if (on === null || operationId !== null || gives !== 'neither') return false
  return on.steps.some((step) => step.kind === kind && !isDone(step))
}

/** HiPay: cut off, and of the step that came of it no message says when it was asked for: its end may be of any call. */
function isOfUntoldTime({ on, known, deeds }: Call): boolean {
  const isLate = ({ slowly, operationId, heard }: Deed): boolean =>
    slowly === 'pending' && operationId === null && !heard.begunTold
  return on !== null && known.told !== 'answered' && deeds.some(isLate)
}

/** Made or announced, and its end never told. */
const lacksAnswer = (call: Call): boolean => call.known.told === null && (isTold(call) || call.made)

/** Told without a time before it was announced: nothing says that it is the announced one. */
export const isAnnouncedAfter = ({ gives, announcement, toldAt }: Call): boolean =>
  gives === 'neither' && announcement !== null && toldAt !== null && announcement.at >= toldAt

/** An answer without times may be taken for that of another call. */
const lacksTimes = ({ gives, known }: Call): boolean => gives === 'neither' && known.told !== null

const lacksCall = ({ operationId, call }: Deed): boolean => call?.known.told == null && operationId !== null

function hasOpenAuthorization(payment: Payment): boolean {
  if (!isDone(payment.initial) || payment.sale) return false
  const ended = [...doneOf(payment, 'void'), ...doneOf(payment, 'expiry')].some(isNotified)
  return !ended && sum(doneOf(payment, 'capture').filter(isNotified)) < payment.amount
}

/** A plan whose last instalment no notification told may still go on. */
function isPlanUntold(payments: readonly Payment[]): boolean {
  const plan = payments.filter(({ schedule }) => schedule !== null)
  const isLast = ({ schedule, initial }: Payment): boolean =>
    schedule?.index === schedule?.total && isNotified(initial)
  return plan.length > 0 && !plan.some(isLast)
}

/** Alarms that must be open, and are not. */
export function missingAlarms({ truth, order, shown, payments, now }: Case): Fault[] {
  if (order.known.closed.length > 0) return []
  const open = new Set(openOf(shown, payments).map((found) => found.class))
  const clouds = cloudsOf(CALLS, { truth, order, now })
  return [...silences(order, truth, clouds), ...wrongAnswers(order, truth), ...duplicates(order)]
    .filter(([found]) => !open.has(found))
    .map(([found, why]) => ({
      check: 'alarm',
      text: `${order.id} has no open ${found}: ${why}`,
      clouds,
    }))
}

type Alarm = [found: DiscrepancyClass, why: string]

function silences(order: TrueOrder, { provider }: Truth, clouds: readonly Cloud[]): Alarm[] {
  // HiPay: its answer may be taken for one more of a refused step that reached the same counter (J-2).
  const isVague = ({ payment, kind }: Deed): boolean => provider === 'hipay' && isUntimed(payment.steps, kind)
  const unsaid = deedsIn(order).find((deed) => {
    const { response, notification, counted } = deed.heard
    return response === 'final' && notification === null && !counted && !isVague(deed)
  })
  const silent = order.calls.filter((call) => call.known.told === 'cut_off' && neverProcessed(call))
  const call = clouds.length > 0 ? undefined : silent[order.known.closedAsNothing]
  return [
    ...(unsaid === undefined ? [] : [`only the shop told of ${unsaid.name}`]),
    ...(call === undefined ? [] : [`nothing told says what came of ${call.name}`]),
  ].map((why) => ['missing_notification', why])
}

function wrongAnswers(order: TrueOrder, truth: Truth): Alarm[] {
  return deedsIn(order)
    .filter(({ oddly, heard }) => oddly === 'answer_wrong' && heard.response === 'final' && !heard.lookedUp)
    .filter((deed) => isGrantTold(deed, truth))
    .map(({ name }) => ['outcome_mismatch', `the answer to ${name} said the opposite`])
}

/** The end of an authorization is no word about whether it was granted (F-6, F-7); of Be2bill's steps only its capture is, if it was done (M-12). */
function isGrantTold({ heard, payment }: Deed, { provider }: Truth): boolean {
  const moving = payment.steps.filter(({ kind }) => kind !== 'void' && kind !== 'expiry')
  const proving = moving.filter(
    (step) => provider === 'hipay' || (step.kind === 'capture' && isDone(step) && !isUnlinked(step)),
  )
  return heard.saidItself || proving.some((step) => step.heard.saidItself)
}

/** Where nothing was done but to capture them: what was given back is no money at risk. */
function duplicates(order: TrueOrder): Alarm[] {
  const granted = order.payments.filter(({ initial }) => isNotified(initial) && isDone(initial))
  const untouched = deedsIn(order).every((deed) => deed.kind === 'payment' || takesMoney(deed))
  if (granted.length < 2 || order.plan || !untouched) return []
  return [['duplicate_payment', `${granted.length} payments stand`]]
}
