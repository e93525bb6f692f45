import type { Call, CallEnd, Deed, Payment, TrueOrder, Truth } from './ledger.ts'
import { DAY, HOUR, isDone, MINUTE, SECOND, unheard } from './ledger.ts'
import type { Playing } from './playing.ts'
import type { Choices } from './random.ts'
import { newCall } from './shop-calls.ts'
import { playSteps } from './steps.ts'

/** One shop, one order: attempts to be paid, then what is done with the payments. Only the truth; who hears of it comes later. */

const ATTEMPTS_MAX = 4
/** Shorter than the account's lifetime of a page, which counts from when the shop told of it. */
const PAGE_MARGIN = 10 * MINUTE

export function playOrder(playing: Playing): void {
  const { choices, order } = playing
  if (order.plan) playPlan(playing)
  else playAttempts(playing)
  for (const payment of [...order.payments]) if (isDone(payment.initial)) playSteps(playing, payment)
  if (!order.plan && choices.chance(1, 10)) playAttempts(playing)
  endPages(playing)
  lookUp(playing)
}

/** Now and then the shop asks how a payment stands, and forwards what it is told. */
function lookUp({ choices, order, truth }: Playing): void {
  if (truth.policy.responses === 'none') return
  for (const payment of order.payments) {
    if (!choices.chance(1, 10)) continue
    const after = choices.pick([MINUTE, HOUR, 2 * DAY])
    order.lookups.push({ at: payment.initial.settledAt + after, payment })
  }
}

function playAttempts(playing: Playing): void {
  const { choices, order } = playing
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const call = choices.chance(1, 4) ? askForPage(playing) : askDirectly(playing)
    if (attempt === ATTEMPTS_MAX - 1 || !triesAgain(call, choices)) return
    restBefore(playing, order.calls)
  }
}

/** What the shop believes decides: a refusal and a silence are tried again, a success hardly ever. */
function triesAgain(call: Call, choices: Choices): boolean {
  const paid = call.deeds.some(isDone)
  if (call.end === 'answered' && paid) return choices.chance(1, 16)
  return choices.chance(call.end === 'answered' ? 9 : 8, 16)
}

function restBefore(playing: Playing, calls: readonly Call[]): void {
  const { truth, choices } = playing
  const { callTimeout, clockSkew } = truth.policy
  const pause = choices.weighted([
    [50, SECOND],
    [30, 5 * MINUTE],
    [20, 3 * HOUR],
  ])
  const untold = calls.some(({ made, toldAt }) => made && toldAt === null)
  const apart = untold && !truth.careless ? 2 * (callTimeout + clockSkew) + MINUTE : 0
  const ended = Math.max(...calls.map(({ endedAt }) => endedAt))
  playing.now = Math.max(playing.now, ended) + pause + apart + choices.int(30) * SECOND
}

interface Fate {
  end: CallEnd
  outcome: Deed['outcome'] | null
}

const FATES: readonly (readonly [number, Fate])[] = [
  [34, { end: 'answered', outcome: 'done' }],
  [14, { end: 'answered', outcome: 'refused' }],
  [12, { end: 'cut_off', outcome: 'done' }],
  [9, { end: 'cut_off', outcome: 'refused' }],
  [10, { end: 'cut_off', outcome: null }],
  [5, { end: 'not_processed', outcome: null }],
  [3, { end: 'server_error', outcome: 'done' }],
  [3, { end: 'server_error', outcome: 'refused' }],
  [3, { end: 'server_error', outcome: null }],
  [2, { end: 'proxy_error', outcome: 'done' }],
  [2, { end: 'proxy_error', outcome: null }],
]

function askDirectly(playing: Playing): Call {
  const { choices, order } = playing
  const call = newCall(playing, 'payment', null)
  if (!call.made) return call
  const standing = order.payments.some(
    (payment) => isDone(payment.initial) && payment.initial.settledAt < call.at,
  )
  if (standing && choices.chance(1, 3)) {
    call.end = 'duplicate'
    return call
  }
  const fate = choices.weighted(FATES)
  call.end = fate.end
  if (fate.outcome !== null) attempt(playing, call, { outcome: fate.outcome, at: call.at, schedule: null })
  playing.now = call.endedAt
  return call
}

function askForPage(playing: Playing): Call {
  const { choices, order, truth } = playing
  const call = newCall(playing, 'page', null)
  if (!call.made) return call
  playing.now = call.endedAt
  if (truth.provider === 'hipay' && choices.chance(1, 12)) {
    // The customer never sees a page whose address the shop did not hear.
    call.end = 'cut_off'
    return call
  }
  call.payableUntil = call.endedAt + truth.policy.deadlines.page - PAGE_MARGIN
  const most = truth.policy.pageAttempts ?? 3
  let refused = order.calls.filter(({ kind }) => kind === 'page').flatMap(({ deeds }) => deeds).length
  while (refused < most && choices.chance(7, 10)) {
    playing.now += choices.pick([MINUTE, 10 * MINUTE, 5 * HOUR])
    const outcome = choices.chance(4, 10) ? 'refused' : 'done'
    attempt(playing, call, { outcome, at: playing.now, schedule: null })
    if (outcome === 'done') break
    refused += 1
  }
  return call
}

interface Attempt {
  outcome: Deed['outcome']
  at: number
  schedule: Payment['schedule']
  amount?: number
}

export function attempt(playing: Playing, call: Call, given: Attempt): Payment {
  const { choices, order, truth } = playing
  const number = order.payments.length + 1
  const name = `${order.id} payment ${number}`
  const sale = given.schedule !== null || order.sale !== choices.chance(1, 30)
  const begunAt = given.at + (call.channel === 'direct' ? choices.int(4) * SECOND : 0)
  const slowly = given.schedule === null ? choices.weighted(SLOWNESS) : 'no'
  const payment: Payment = {
    name,
    order,
    reference: referenceOf(truth, order, number),
    sale,
    amount: given.amount ?? order.amount,
    steps: [],
    schedule: given.schedule,
    initial: undefined as unknown as Deed,
  }
  if (sale && truth.provider === 'hipay') payment.sale = false
  payment.initial = {
    name,
    kind: 'payment',
    payment,
    amount: payment.amount,
    outcome: given.outcome,
    begunAt,
    settledAt: begunAt + (slowly === 'no' ? SECOND : choices.pick([MINUTE, 20 * MINUTE, 6 * HOUR])),
    call,
    operationId: call.operationId,
    reference: payment.reference,
    slowly,
    oddly: 'no',
    heard: unheard(),
  }
  payment.initial.oddly = oddness(playing, payment.initial)
  order.payments.push(payment)
  call.deeds.push(payment.initial)
  if (sale && !payment.sale && given.outcome === 'done') payment.steps.push(captureAtOnce(payment))
  return payment
}

/** HiPay authorizes and captures in two steps even where one call asks for both. */
function captureAtOnce({ initial, ...payment }: Payment): Deed {
  const at = initial.settledAt
  return {
    ...initial,
    name: `${initial.name} capture at once`,
    kind: 'capture',
    payment: initial.payment,
    begunAt: at,
    settledAt: at,
    operationId: null,
    reference: `${payment.reference}00`,
    slowly: 'no',
    oddly: 'no',
    heard: unheard(),
  }
}

function oddness({ choices, order }: Playing, { outcome, begunAt, slowly }: Deed): Deed['oddly'] {
  const other = order.payments.some(({ initial }) => isDone(initial) && initial.settledAt < begunAt)
  if (outcome === 'refused' && other && choices.chance(1, 3)) return 'names_other'
  if (choices.chance(1, 60)) return 'unknown_code'
  return outcome === 'done' && slowly === 'no' && choices.chance(1, 60) ? 'answer_wrong' : 'no'
}

const SLOWNESS: readonly (readonly [number, Deed['slowly']])[] = [
  [80, 'no'],
  [12, 'action'],
  [8, 'pending'],
]

function referenceOf({ provider }: Truth, { id }: TrueOrder, number: number): string {
  const order = id.replace(/\D/g, '')
  return provider === 'hipay' ? `9000000${order.padStart(3, '0')}0${number}` : `A${order}0${number}`
}

/** Three instalments; one that was refused is paid otherwise, some days later. */
function playPlan(playing: Playing): void {
  const { choices, order } = playing
  const total = 3
  const call = newCall(playing, 'page', null)
  call.payableUntil = call.endedAt + HOUR
  const share = order.amount / total
  for (let index = 1; index <= total; index += 1) {
    const refused = index > 1 && choices.chance(1, 4)
    const schedule = { index, total }
    playing.now = call.endedAt + MINUTE + (index - 1) * 30 * DAY
    const outcome = refused ? 'refused' : 'done'
    attempt(playing, call, { outcome, at: playing.now, schedule, amount: share })
    if (!refused) continue
    const instead = newCall(playing, 'payment', share)
    if (!instead.made) continue
    attempt(playing, instead, { outcome: 'done', at: instead.at, schedule: null, amount: share })
    if (choices.chance(1, 3)) instead.end = 'cut_off'
  }
}

/** The calls for a page of one order lead to one page: paid once, or refused too often, it takes nothing more. */
function endPages({ order, truth }: Playing): void {
  const pages = order.calls.filter(({ kind }) => kind === 'page')
  const attempts = pages.flatMap(({ deeds }) => deeds)
  const most = truth.policy.pageAttempts
  const paid = attempts.find(isDone)
  const last = most !== null && attempts.length >= most ? attempts[most - 1] : undefined
  const end = paid?.begunAt ?? last?.settledAt
  if (end !== undefined) for (const page of pages) page.payableUntil = Math.min(page.payableUntil, end)
}
