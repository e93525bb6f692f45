import type { Call, CallEnd, Deed, DeedKind, Payment, Truth } from './ledger.ts'
import { DAY, doneOf, heldOf, HOUR, MINUTE, SECOND, sum, unheard } from './ledger.ts'
import type { Choices } from './random.ts'
import { newCall } from './shop-calls.ts'
import type { Playing } from './playing.ts'

/** What happens to a granted payment: by calls of the shop, by hand in the back office, by the bank, by the passing of time. */

const STEPS_MAX = 4

export function playSteps(playing: Playing, payment: Payment): void {
  playing.now = Math.max(playing.now, payment.initial.settledAt)
  let under: Deed | null = null
  for (let step = 0; step < STEPS_MAX && playing.choices.chance(11, 20); step += 1) {
    const possible = possibleSteps(playing, payment, under)
    if (possible.length === 0) return
    playing.now += under === null ? playing.choices.pick([HOUR, 10 * MINUTE, 2 * DAY]) : MINUTE
    playStep(playing, payment, playing.choices.pick(possible))
    under = overlapping(playing, payment)
  }
}

/** Now and then the next step of the same kind is asked for while this one is under way. */
function overlapping(playing: Playing, { steps }: Payment): Deed | null {
  const last = steps.at(-1)
  if (last?.slowly !== 'pending' || (last.kind !== 'capture' && last.kind !== 'refund')) return null
  if (!playing.choices.chance(1, 8)) return null
  playing.now = Math.max(last.begunAt, last.call?.endedAt ?? 0, last.call?.toldAt ?? 0)
  return last
}

interface Step {
  kind: DeedKind
  amount: number
}

function possibleSteps({ truth }: Playing, payment: Payment, under: Deed | null): Step[] {
  // What is under way and will be refused is not free for another step yet.
  const reserved = under?.outcome === 'refused' ? under.amount : 0
  const { held, left, captured } = moneyOf(payment)
  if (under?.kind === 'capture') return captures(left - reserved)
  if (under?.kind === 'refund') return refunds(held - reserved)
  const disputes = doneOf(payment, 'chargeback')
  if (disputes.length === 0) return [...authorizedSteps(truth, left, captured), ...capturedSteps(held)]
  const open = disputes.length > doneOf(payment, 'representment').length
  if (open && truth.provider === 'be2bill') return [{ kind: 'representment', amount: sum(disputes) }]
  return open ? [] : refunds(held)
}

function moneyOf(payment: Payment): { held: number; left: number; captured: number } {
  const captured = sum(doneOf(payment, 'capture'))
  const ended = doneOf(payment, 'void').length + doneOf(payment, 'expiry').length > 0
  return { held: heldOf(payment), captured, left: payment.sale || ended ? 0 : payment.amount - captured }
}

function authorizedSteps({ provider }: Truth, left: number, captured: number): Step[] {
  if (left <= 0) return []
  const cancelled: Step[] = captured === 0 ? [{ kind: 'void', amount: left }] : []
  const lapsed: Step[] = provider === 'hipay' ? [{ kind: 'expiry', amount: left }] : []
  return [...captures(left), ...cancelled, ...lapsed]
}

const capturedSteps = (held: number): Step[] =>
  held > 0 ? [...refunds(held), { kind: 'chargeback', amount: held }] : []

const captures = (left: number): Step[] => inParts('capture', left)
const refunds = (held: number): Step[] => inParts('refund', held)

function inParts(kind: DeedKind, amount: number): Step[] {
  if (amount <= 0) return []
  return [
    { kind, amount },
    { kind, amount: amount / 2 },
  ]
}

/** By the bank, or by the passing of time. */
const isUnasked = (kind: DeedKind): kind is 'expiry' | 'chargeback' | 'representment' =>
  kind === 'expiry' || kind === 'chargeback' || kind === 'representment'

/** Only what is captured can be given back: what is still under way may be refused, and is no money yet. */
function awaitMoney(playing: Playing, payment: Payment, { kind, amount }: Step): void {
  if (isUnasked(kind) || (kind === 'refund' && amount > heldAt(payment, playing.now)))
    playing.now = Math.max(playing.now, ...payment.steps.map(({ settledAt }) => settledAt))
}

/** Captured by then, and not given back. */
function heldAt(payment: Payment, now: number): number {
  const underWay = doneOf(payment, 'capture').filter(({ settledAt }) => settledAt > now)
  return heldOf(payment) - sum(underWay)
}

interface Fate {
  end: CallEnd | 'by_hand'
  outcome: Deed['outcome'] | null
}

const FATES: readonly (readonly [number, Fate])[] = [
  [50, { end: 'answered', outcome: 'done' }],
  [9, { end: 'answered', outcome: 'refused' }],
  [10, { end: 'cut_off', outcome: 'done' }],
  [4, { end: 'cut_off', outcome: 'refused' }],
  [8, { end: 'cut_off', outcome: null }],
  [4, { end: 'not_processed', outcome: null }],
  [3, { end: 'server_error', outcome: null }],
  [12, { end: 'by_hand', outcome: 'done' }],
]

function playStep(playing: Playing, payment: Payment, { kind, amount }: Step): void {
  const { choices } = playing
  awaitMoney(playing, payment, { kind, amount })
  if (isUnasked(kind)) {
    addDeed(playing, payment, { kind, amount, call: null, outcome: 'done', slowly: 'no' })
    return
  }
  const fate = choices.weighted(FATES)
  if (fate.end === 'by_hand') {
    addDeed(playing, payment, { kind, amount, call: null, outcome: 'done', slowly: slowness(choices) })
    return
  }
  const call: Call = newCall(playing, kind, amount, payment)
  if (!call.made) return
  call.end = fate.end
  if (fate.outcome === 'refused' && kind === 'void' && playing.truth.provider === 'hipay') {
    // HiPay has no status for it: such a call is refused at once.
    call.end = 'not_processed'
    return
  }
  if (fate.outcome === null) return
  playing.now = call.at + SECOND
  const slowly = slowness(choices)
  addDeed(playing, payment, { kind, amount, call, outcome: fate.outcome, slowly })
  playing.now = Math.max(playing.now, call.endedAt, call.toldAt ?? 0)
}

const slowness = (choices: Choices): Deed['slowly'] => (choices.chance(1, 2) ? 'pending' : 'no')

function addDeed(
  playing: Playing,
  payment: Payment,
  given: Pick<Deed, 'kind' | 'amount' | 'call' | 'outcome' | 'slowly'>,
): void {
  const number = payment.steps.length + 1
  const taking = given.slowly === 'no' ? SECOND : playing.choices.pick([MINUTE, 40 * MINUTE, 5 * HOUR])
  const deed: Deed = {
    ...given,
    name: `${payment.name} ${given.kind} ${number}`,
    payment,
    begunAt: playing.now,
    settledAt: playing.now + taking,
    operationId: given.call?.operationId ?? null,
    reference: `${payment.reference}${number}`,
    oddly: given.call !== null && playing.choices.chance(1, 60) ? 'unknown_code' : 'no',
    heard: unheard(),
  }
  payment.steps.push(deed)
  given.call?.deeds.push(deed)
  playing.now = deed.settledAt
}
