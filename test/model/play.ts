import type { Reconciled } from '../../src/domain/reconcile.ts'
import type { Resolution } from '../../src/domain/event/evidence.ts'
import type { Discrepancy } from '../../src/domain/reconciliation/transaction.ts'
import { faultsNow } from './checks.ts'
import type { Fault } from './checks.ts'
import type { Cloud } from './clouds.ts'
import { finalVerdict } from './final-checks.ts'
import type { Verdict } from './final-checks.ts'
import { DAY, isDone, isTouched } from './ledger.ts'
import type { Payment, TrueOrder } from './ledger.ts'
import type { Choices } from './random.ts'
import { createService } from './service.ts'
import type { Rules, Service } from './service.ts'
import { isSettled, isTold, neverProcessed } from './standing.ts'
import { hear } from './told.ts'
import { isUnlinked } from './unlinked.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

/** Tells the service one message after the other and asks it each time. */

export interface Played {
  world: World
  /** The first fault; null: none. */
  fault: Fault | null
  /** How many messages had arrived then. */
  after: number
  /** What was believed then, or in the end. */
  believed: Reconciled
  now: number
  /** Statements of the operator, for the story. */
  words: { after: number; text: string }[]
  /** Yeses that nothing told could decide. */
  clouded: Clouded
  verdict: Verdict | null
  checks: readonly Fault['check'][] | null
  hold: readonly Cloud[]
}

/** How often each reason was given, by check. */
export type Clouded = Record<string, number>

export function count(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}

export interface Options {
  /** Rules to ask instead of the service's own: planted faults. */
  rules?: Rules
  /** Only these checks are held against them. */
  checks?: readonly Fault['check'][]
  /** Reasons that excuse nothing: to see what they cover. */
  hold?: readonly Cloud[]
}

/** Longer than any deadline, and than an authorization may stay open. */
const THE_END = 60 * DAY

export function play(choices: Choices, { rules, checks, hold }: Options = {}): Played {
  const played = unplayed(createWorld(choices), { checks: checks ?? null, hold: hold ?? [] })
  const { truth, arrivals } = played.world
  const service = createService(truth.policy, rules)
  for (const index of arrivals.keys()) if (takeIn(played, service, { index, choices })) return played
  if (look(played, service, (arrivals.at(-1)?.at ?? 0) + THE_END)) return played
  played.verdict = finalVerdict(truth, played.believed, played.now)
  settle(played, played.verdict.faults)
  return played
}

interface Turn {
  index: number
  choices: Choices
}

/** The next message, what the service says then and just before the one after it, and perhaps a word of the operator. */
function takeIn(played: Played, service: Service, { index, choices }: Turn): boolean {
  const { arrivals } = played.world
  const arrival = arrivals[index]!
  service.take(arrival)
  for (const told of arrival.tells) hear(told, arrival.at)
  played.after = index + 1
  if (look(played, service, arrival.at)) return true
  const next = arrivals[index + 1]?.at ?? arrival.at + DAY
  // Time alone may open an alarm or withhold a yes, and must give none.
  if (mayChange(played, next - 1) && look(played, service, next - 1)) return true
  operate(played, service, choices)
  return false
}

/** The service names its next deadline; now and then it is asked without one. */
function mayChange({ believed, after }: Played, until: number): boolean {
  const { nextDeadlineAt } = believed
  return after % 8 === 0 || (nextDeadlineAt !== null && Date.parse(nextDeadlineAt) <= until)
}

function unplayed(world: World, held: Pick<Played, 'checks' | 'hold'>): Played {
  const nothing = { fault: null, after: 0, believed: NOTHING, now: 0, words: [], clouded: {}, verdict: null }
  return { ...nothing, world, ...held }
}

const NOTHING: Reconciled = {
  transactions: [],
  orders: [],
  orphanDiscrepancies: [],
  orphanDeadlines: [],
  nextDeadlineAt: null,
}

function look(played: Played, service: Service, now: number): boolean {
  played.now = now
  played.believed = service.believes(now)
  return settle(played, faultsNow(played.world.truth, played.believed, now))
}

function settle(played: Played, faults: readonly Fault[]): boolean {
  const { hold, checks, clouded } = played
  const held = faults.find(
    ({ clouds, check }) => clouds.every((cloud) => hold.includes(cloud)) && (checks?.includes(check) ?? true),
  )
  for (const { check, clouds } of faults)
    if (clouds.length > 0) count(clouded, `${check}: ${clouds.join(' + ')}`)
  played.fault = held ?? null
  return held !== undefined
}

/** An operator closes what is open, as it is shown: with a note, or with what the provider's back office really says. */
function operate(played: Played, service: Service, choices: Choices): void {
  if (!choices.chance(1, 12)) return
  const { orders, transactions } = played.believed
  const open = [...orders, ...transactions].flatMap(({ discrepancies }) => discrepancies)
  const found = choices.pick(open.length === 0 ? [undefined] : open)
  const order = played.world.truth.orders.find(({ id }) => id === found?.orderId)
  if (found === undefined || order === undefined) return
  const outcome = outcomeOf(order, found, choices)
  if (outcome === 'untrue') return
  if (outcome === 'not_processed' || found.class === 'missing_response') order.known.closedAsNothing += 1
  if (outcome !== 'not_processed') order.known.closed.push(found.class)
  service.close(found, outcome, played.now)
  played.words.push({
    after: played.after,
    text: `an operator closes ${found.class} of ${order.id}${outcome === null ? '' : ` as ${outcome}`}`,
  })
}

function outcomeOf(order: TrueOrder, found: Discrepancy, choices: Choices): Resolution['outcome'] | 'untrue' {
  // An operator who closes an announcement says that its call is not under way.
  const lone = order.calls.some((call) => isTold(call) && call.known.told === null && !isSettled(call))
  if (found.class === 'missing_response' && lone && !nothingHappened(order, found)) return 'untrue'
  if (found.class === 'amount_mismatch' && order.payments.some(isGivenBackVaguely)) return 'untrue'
  if (found.class === 'authorization_open' && order.payments.some(isCapturedUnheard)) return 'untrue'
  if (found.class === 'duplicate_payment' && choices.chance(1, 3)) return 'separate_payments'
  return nothingHappened(order, found) && choices.chance(1, 2) ? 'not_processed' : null
}

/** To close an excess says that it took nothing from the payments: of these steps that is not true (A-10). */
function isGivenBackVaguely({ steps }: Payment): boolean {
  return steps.some((step) => isDone(step) && isUnlinked(step) && step.kind !== 'capture')
}

/** To close an authorization that stands says that nothing of it becomes money: the back office shows that it does (A-11). */
function isCapturedUnheard({ steps }: Payment): boolean {
  return steps.some((step) => step.kind === 'capture' && isDone(step) && !isTouched(step))
}

/** Every call of the order of which nothing is told led to nothing: then whichever is shown did. */
function nothingHappened(order: TrueOrder, found: Discrepancy): boolean {
  if (found.class !== 'missing_notification' && found.class !== 'missing_response') return false
  const open = order.calls.filter((call) => isTold(call) && !isSettled(call))
  return (
    open.length > order.known.closedAsNothing &&
    open.every(neverProcessed) &&
    order.payments.every(({ initial, steps }) =>
      [initial, ...steps].every(({ heard }) => heard.notification === 'final'),
    )
  )
}
