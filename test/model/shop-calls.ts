import type { Call, Payment, Truth } from './ledger.ts'
import { HOUR, MINUTE, SECOND } from './ledger.ts'
import type { Playing } from './playing.ts'

/** A call of the shop: announced or not, made or not, told or not; what the provider makes of it comes after. */

export function newCall(
  playing: Playing,
  kind: Call['kind'],
  amount: number | null,
  on: Payment | null = null,
): Call {
  const { choices, order, truth } = playing
  waitUntilTold(playing)
  // A payment form at Be2bill has no answer that the shop could forward: the announcement is all that tells of it.
  const formed = kind === 'page' && truth.provider === 'be2bill'
  const announcing = choices.chance(formed ? 95 : announcedOf100(truth), 100)
  const announcedAt = playing.now
  if (announcing) playing.now += choices.int(10) * SECOND
  const call = unansweredCall(playing, kind, on)
  if (amount !== null) call.amount = amount
  if (choices.chance(namedOf4(truth, on, announcing), 4)) call.operationId = `op${order.calls.length + 1}`
  if (announcing) announceFirst(playing, call, announcedAt)
  if (call.made && !formed) tellEnd(playing, call)
  order.calls.push(call)
  playing.now = call.endedAt
  return call
}

/** Who forwards every answer forwards it before the next call. */
function waitUntilTold(playing: Playing): void {
  if (playing.truth.policy.responses !== 'expected') return
  const told = Math.max(0, ...playing.order.calls.map(({ toldAt }) => toldAt ?? 0))
  playing.now = Math.max(playing.now, told + SECOND)
}

function unansweredCall({ choices, order, now }: Playing, kind: Call['kind'], on: Payment | null): Call {
  return {
    name: `${order.id} call ${order.calls.length + 1}`,
    order,
    kind,
    channel: kind === 'page' ? 'hosted' : 'direct',
    at: now,
    endedAt: now + choices.pick([5, 20, 50]) * SECOND,
    amount: order.amount,
    operationId: null,
    on,
    deeds: [],
    end: 'answered',
    made: true,
    toldAt: null,
    gives: 'both',
    announcement: null,
    payableUntil: 0,
    known: { announced: false, announcedAnew: false, withdrawn: false, told: null },
  }
}

function announceFirst(playing: Playing, call: Call, at: number): void {
  const made = call.kind === 'page' || playing.order.plan
  call.made = made || !playing.choices.chance(1, 20)
  call.announcement = announcementOf(playing, call, at)
  if (call.kind === 'page') call.operationId = 'page'
}

function announcedOf100({ policy }: Truth): number {
  if (policy.expectations === 'required') return 95
  return { expected: 20, announced: 50, none: 15 }[policy.responses]
}

/** A later step that is announced has a name of its own: without, two of them would be one announcement. */
function namedOf4({ policy }: Truth, on: Payment | null, announcing: boolean): number {
  if (policy.echoedIn !== null && on === null) return 4
  if (on === null) return 1
  return announcing ? 4 : 2
}

function announcementOf({ choices }: Playing, call: Call, at: number): Call['announcement'] {
  const takenBack = !call.made && call.operationId !== null && choices.chance(1, 2)
  // Queued at the shop: it comes after the call that it announces, and says when that was made.
  const queued = call.made && choices.chance(1, 12) ? choices.pick([2 * MINUTE, 3 * HOUR]) : 0
  return {
    id: `${call.name} announced`,
    at: at + queued,
    withdrawnAt: takenBack ? at + HOUR : null,
    statesTime: queued > 0 || choices.chance(1, 2),
  }
}

/** When the service hears how the call ended, and which of its times it is given. */
function tellEnd({ choices, truth }: Playing, call: Call): void {
  const { responses, callTimeout } = truth.policy
  const tells = {
    expected: true,
    announced: !choices.chance(call.announcement === null ? 70 : 10, 100),
    none: false,
  }[responses]
  if (!tells) return
  const late = choices.weighted([
    [70, SECOND],
    [15, 30 * SECOND],
    [10, 10 * MINUTE],
    [5, 5 * HOUR],
  ])
  call.toldAt = call.endedAt + late
  const gives = choices.pick(['both', 'requestedAt', 'receivedAt', 'neither'] as const)
  call.gives = gives === 'neither' && call.toldAt > call.at + callTimeout ? 'receivedAt' : gives
}
