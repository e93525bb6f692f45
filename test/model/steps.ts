import type { Call, CallEnd, Deed, DeedKind, Payment } from './ledger.ts'
import { DAY, doneOf, HOUR, MINUTE, SECOND, sum, unheard } from './ledger.ts'
import type { Choices } from './random.ts'
import { heldOf, newCall } from './shop.ts'
import type { Playing } from './shop.ts'

/** What happens to a granted payment: by calls of the shop, by hand in the back office, by the bank, by the passing of time. */

const STEPS_MAX = 4

export function playSteps(playing: Playing, payment: Payment): void {
  playing.now = Math.max(playing.now, payment.initial.settledAt)
  let before: DeedKind | null = null
  for (let step = 0; step < STEPS_MAX && playing.choices.chance(11, 20); step += 1) {
    const possible = possibleSteps(playing, payment).filter(({ kind }) => before === null || kind === before)
    if (possible.length === 0) return
    playing.now += before === null ? playing.choices.pick([HOUR, 10 * MINUTE, 2 * DAY]) : MINUTE
    playStep(playing, payment, playing.choices.pick(possible))
    before = overlapping(playing, payment)
  }
}

/** Now and then the next step of the same kind is asked for while this one is under way. */
function overlapping(playing: Playing, { steps }: Payment): DeedKind | null {
  const last = steps.at(-1)
  if (last?.slowly !== 'pending' || (last.kind !== 'capture' && last.kind !== 'refund')) return null
  if (!playing.choices.chance(1, 8)) return null
  playing.now = Math.max(last.begunAt, last.call?.endedAt ?? 0, last.call?.toldAt ?? 0)
  return last.kind
}

interface Step {
  kind: DeedKind
  amount: number
}

function possibleSteps({ truth }: Playing, payment: Payment): Step[] {
  const held = heldOf(payment)
  const ended = doneOf(payment, 'void').length + doneOf(payment, 'expiry').length > 0
  const captured = sum(doneOf(payment, 'capture'))
  const left = payment.sale || ended ? 0 : payment.amount - captured
  const disputes = doneOf(payment, 'chargeback').length
  const disputed = disputes > doneOf(payment, 'representment').length
  const steps: Step[] = []
  if (left > 0) {
    steps.push({ kind: 'capture', amount: left }, { kind: 'capture', amount: left / 2 })
    if (captured === 0) steps.push({ kind: 'void', amount: left })
    if (truth.provider === 'hipay') steps.push({ kind: 'expiry', amount: left })
  }
  if (held > 0 && !disputed) {
    steps.push({ kind: 'refund', amount: held }, { kind: 'refund', amount: held / 2 })
    if (disputes === 0) steps.push({ kind: 'chargeback', amount: held })
  }
  if (disputed && truth.provider === 'be2bill') {
    const [taken] = doneOf(payment, 'chargeback').slice(-1)
    steps.push({ kind: 'representment', amount: taken!.amount })
  }
  return steps
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
  if (kind === 'expiry' || kind === 'chargeback' || kind === 'representment') {
    addDeed(playing, payment, { kind, amount, call: null, outcome: 'done', slowly: 'no' })
    return
  }
  const fate = choices.weighted(FATES)
  if (fate.end === 'by_hand') {
    addDeed(playing, payment, { kind, amount, call: null, outcome: 'done', slowly: slowness(choices) })
    return
  }
  const call: Call = newCall(playing, kind as Call['kind'], amount, payment)
  if (!call.made) return
  call.end = fate.end
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
