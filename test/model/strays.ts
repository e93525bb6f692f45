import type { Call, Deed, Payment, TrueOrder, Truth } from './ledger.ts'
import { deedsOf, isDone } from './ledger.ts'
import { isTold } from './standing.ts'

/** Attempts and steps that the rules take for what came of another call: by what lies near a told call answers it. */

type Stray = 'on_page' | 'by_hand' | 'told_later' | 'careless' | 'untold'

function whyStray({ careless }: Truth, { call }: Deed): Stray {
  if (call === null) return 'by_hand'
  if (call.channel === 'hosted') return 'on_page'
  if (call.toldAt !== null) return 'told_later'
  return careless ? 'careless' : 'untold'
}

const openCalls = (order: TrueOrder): Call[] =>
  order.calls.filter((call) => isTold(call) && !isKnownByName(call))

/** The answer that a wrong yes is about. */
interface About {
  truth: Truth
  order: TrueOrder
  /** One of these; none: any of the order. */
  calls?: readonly Call[]
  payment?: Payment | null
}

/** The calls in question. A payment of which the provider has told is no question of calls. */
export function aboutOf({ order, calls = [], payment = null }: About): readonly Call[] {
  if (payment === null) return calls.length > 0 ? calls : openCalls(order)
  const { call, heard } = payment.initial
  return call === null || heard.notification !== null || heard.counted ? [] : [call]
}

/** Those that may be taken for what came of the calls in question, or of one whose own attempt may be taken for it. */
function strayAttempts(given: About): Deed[] {
  const { truth, order } = given
  const open = openCalls(order)
  const mayBe = (call: Call, deed: Deed): boolean => call === deed.call || mayAnswer(call, deed, truth)
  const heard = order.payments.flatMap(deedsOf).filter(isHeardOf)
  let calls = aboutOf(given)
  for (;;) {
    const deeds = heard.filter((deed) => calls.some((call) => mayBe(call, deed)))
    const wider = open.filter((call) => calls.includes(call) || deeds.some((deed) => mayBe(call, deed)))
    if (wider.length <= calls.length) return deeds.filter((deed) => isStray(deed, open, truth))
    calls = wider
  }
}

export const isHeardOf = ({ heard: { notification, counted } }: Deed): boolean =>
  notification !== null || counted

function isStray(deed: Deed, open: readonly Call[], truth: Truth): boolean {
  return !isOwnTold(deed) && open.some((call) => call !== deed.call && mayAnswer(call, deed, truth))
}

const isOwnTold = ({ call }: Deed): boolean =>
  call !== null && call.channel === 'direct' && call.known.told !== null

/** By R-12 this attempt, or step, may be what came of that call. */
const mayAnswer = (call: Call, deed: Deed, truth: Truth): boolean =>
  fits(call, deed) && isNear(call, deed, windowOf(truth))

/** Calls of unknown outcome, and pages, that let this attempt answer, and why it is not its own. */
function joinedTo(deed: Deed, truth: Truth): { calls: Call[]; why: `stray_${Stray}` } | null {
  if (isOwnTold(deed)) return null
  // A refusal without a reference belongs to a refused attempt.
  const isUnknown = ({ known: { told }, channel }: Call): boolean =>
    told !== null && (channel === 'hosted' || UNKNOWN.has(told) || (told === 'duplicate' && !isDone(deed)))
  const calls = openCalls(deed.payment.order).filter(
    (call) => call !== deed.call && isUnknown(call) && mayAnswer(call, deed, truth),
  )
  return calls.length === 0 ? null : { calls, why: `stray_${whyStray(truth, deed)}` }
}

/** A call of unknown outcome that is not its own may be taken for the one that asked for it. */
export function isTakenElsewhere(deed: Deed, truth: Truth): boolean {
  return deed.payment.order.calls.some(
    (call) =>
      call !== deed.call &&
      call.known.told !== null &&
      UNKNOWN.has(call.known.told) &&
      mayAnswer(call, deed, truth),
  )
}

/** As many of these deeds as can be, each with a told call of its own; a page is shared by all that are made on it. */
export function joinedDeeds(deeds: readonly Deed[], truth: Truth): Map<Deed, `stray_${Stray}`> {
  const joins = new Map(deeds.map((deed) => [deed, joinedTo(deed, truth)]))
  const takenBy = new Map<Call, Deed>()
  const join = (deed: Deed, tried: Set<Call>): boolean =>
    (joins.get(deed)?.calls ?? []).some((call) => {
      if (tried.has(call)) return false
      tried.add(call)
      const owner = takenBy.get(call)
      if (call.channel !== 'hosted' && owner !== undefined && !join(owner, tried)) return false
      takenBy.set(call, deed)
      return true
    })
  const joined = deeds.filter((deed) => join(deed, new Set()))
  return new Map(joined.map((deed) => [deed, joins.get(deed)!.why]))
}

const UNKNOWN: ReadonlySet<string> = new Set(['cut_off', 'server_error', 'proxy_error'])

/** How far from a told call an attempt must lie that is not its own, so that the clocks can tell them apart. */
export function windowOf({ provider, policy }: Truth): number | null {
  return provider === 'be2bill' ? null : policy.callTimeout + 2 * policy.clockSkew
}

function isKnownByName({ deeds, known }: Call): boolean {
  return known.told === 'not_processed' || deeds.some(({ heard }) => heard.response === 'final')
}

const fits = (call: Call, deed: Deed): boolean =>
  (call.kind === 'payment' || call.kind === 'page' ? 'payment' : call.kind) === deed.kind

/** The clocks of the shop and of the service may differ by so much at the most. */
export const SKEW = 60_000

/** A call that does not say when it was made, and clocks that differ by as much as they may. */
const UNTIMED = 3 * SKEW

/** Null: the provider states no times. */
function isNear(call: Call, deed: Deed, window: number | null): boolean {
  if (window === null) return (deed.heard.notifiedAt ?? Infinity) >= call.at - UNTIMED
  if (deed.begunAt < call.at - window) return false
  // An attempt on a page may come at any time after, and a step may be settled then.
  // So may the call of an announcement that does not say when.
  const open = call.known.told === null && call.announcement?.statesTime === false
  return open || call.channel === 'hosted' || call.on !== null || deed.begunAt <= call.endedAt + window
}

/** Why attempts are taken for what came of the calls in question. */
export function straysOf(about: About): Set<Stray> {
  return new Set(strayAttempts(about).map((deed) => whyStray(about.truth, deed)))
}
