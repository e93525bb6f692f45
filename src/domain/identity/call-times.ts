import type { AccountPolicy } from '../event/account-policy.ts'
import { isDecisive, isFinal, isInitialFact, outcomeOf } from '../event/meaning.ts'
import type { Outcome } from '../event/meaning.ts'
import type { Coverage, Expectation, StoredEvent } from '../event/evidence.ts'

/**
 * When a call was made, when an attempt began, and whether the attempt can be the result of the call. A comparison
 * can only exclude an attempt. A time that no message states excludes less.
 */

export type Times = Pick<
  AccountPolicy,
  'callTimeout' | 'clockSkew' | 'responses' | 'echoedIn' | 'pageAttempts' | 'deadlines'
>

/** Milliseconds since the epoch, both ends included. */
export interface Interval {
  from: number
  to: number
}

/** HiPay writes its times without fractions of a second. */
const PRECISION = 999

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text))

/**
 * Between these moments the merchant made the call and stopped waiting for its answer. Without stated times the
 * receipt decides.
 */
export function callInterval(call: StoredEvent, { callTimeout }: Times): Interval {
  const from = time(call.requestedAt)
  const to = time(call.answeredAt) ?? (from === null ? Date.parse(call.receivedAt) : from + callTimeout)
  return { from: from ?? to - callTimeout, to }
}

/** What the messages state about the beginning of an attempt or of a later step. */
export interface Beginning {
  /** By the provider's clock; null: no notification states it. */
  startedAt: number | null
  /** By our clock: the earliest receipt. */
  firstReceivedAt: number
}

/**
 * The beginning of a payment: HiPay's date of creation as HiPay notified it. A forwarded response is a statement of
 * the merchant and does not count.
 */
export function beginningOf(facts: readonly StoredEvent[]): Beginning {
  return beginning(facts, ({ createdAt }) => createdAt)
}

/** The beginning of a later step: the time of its operation, else the date of its earliest notification. */
export function stepBeginning(facts: readonly StoredEvent[]): Beginning {
  return beginning(facts, ({ operationAt, occurredAt }) => operationAt ?? occurredAt)
}

function beginning(facts: readonly StoredEvent[], read: (fact: StoredEvent) => string | null): Beginning {
  const stated = facts.flatMap((fact) => (fact.witness === 'response' ? [] : (time(read(fact)) ?? [])))
  return {
    startedAt: stated.length === 0 ? null : Math.min(...stated),
    firstReceivedAt: Math.min(...facts.map(({ receivedAt }) => Date.parse(receivedAt))),
  }
}

/** Whether an attempt or step with this beginning may result from a request in this interval. */
export function beganWithin(began: Beginning, { from, to }: Interval, { clockSkew }: Times): boolean {
  return isNotBefore(began, from, clockSkew) && (began.startedAt ?? -Infinity) <= to + clockSkew
}

/** False: it began, or was first received, before `from`, so no later request caused it. */
export function isNotBefore(
  { startedAt, firstReceivedAt }: Beginning,
  from: number,
  clockSkew: number,
): boolean {
  const started = startedAt === null ? Infinity : startedAt + PRECISION
  return Math.min(firstReceivedAt, started) >= from - clockSkew
}

/**
 * Whether an answer may belong to the step of these facts. No notification of the step precedes the call, as far as
 * the answer states times. The step was requested before the answer came. A final answer does not precede the
 * decision.
 */
export function isOfItsTime(answer: StoredEvent, facts: readonly StoredEvent[], times: Times): boolean {
  const isTimed = answer.requestedAt !== null || answer.answeredAt !== null
  const { from, to } = callInterval(answer, times)
  const requested = notifiedMoments(facts, 'requested')
  const decided = [...notifiedMoments(facts, 'done'), ...notifiedMoments(facts, 'declined')]
  if (isTimed && Math.min(...requested, ...decided) + PRECISION < from - times.clockSkew) return false
  const latest = to + times.clockSkew
  const isFinalAnswer = isFinal(outcomeOf(answer))
  return earliest(requested) <= latest && (!isFinalAnswer || earliest(decided) <= latest)
}

const earliest = (moments: readonly number[]): number =>
  moments.length === 0 ? -Infinity : Math.min(...moments)

function notifiedMoments(facts: readonly StoredEvent[], outcome: Outcome): number[] {
  const notified = facts.filter((fact) => fact.witness !== 'response' && outcomeOf(fact) === outcome)
  return notified.flatMap(({ occurredAt }) => time(occurredAt) ?? [])
}

/**
 * A payment or step, of which these are the facts, that was notified as decided before a call was made is not the result of that
 * call, whatever the call names.
 */
export function isDecidedBefore(call: StoredEvent, facts: readonly StoredEvent[], times: Times): boolean {
  const { from } = callInterval(call, times)
  return facts
    .filter((fact) => fact.witness !== 'response' && isDecisive(outcomeOf(fact)))
    .some((fact) => !isNotBefore(beginningOfDecision(fact), from, times.clockSkew))
}

/**
 * Whether the payment of these facts may have begun when a refusal was made. Where it states no time, it was heard of no later than
 * its notification is due after the refusal.
 */
export function isBegunBy(facts: readonly StoredEvent[], refusal: StoredEvent, times: Times): boolean {
  const { startedAt, firstReceivedAt } = beginningOf(facts)
  const refusedAt = time(refusal.occurredAt) ?? callInterval(refusal, times).to
  return (startedAt ?? firstReceivedAt - times.deadlines.notification) <= refusedAt + times.clockSkew
}

function beginningOfDecision({ occurredAt, receivedAt }: StoredEvent): Beginning {
  return { startedAt: time(occurredAt), firstReceivedAt: Date.parse(receivedAt) }
}

/** When an announced call is made at the earliest: as last registered, by the merchant's clock where stated. */
export function announcedFrom({ requestedAt, saidAt }: Expectation): number {
  return Date.parse(requestedAt ?? saidAt)
}

/**
 * What an operator has seen who closes the missing answer of an announcement. Registered again, it announces another
 * call.
 */
export function announcementParts({ saidAt }: Expectation): Coverage['parts'] {
  return [{ id: saidAt, amount: null }]
}

/**
 * `refused`: the provider notified that it was declined or failed. `granted`: the provider notified that it was done.
 */
export interface Attempt extends Beginning {
  root: string
  facts: readonly StoredEvent[]
  refused: boolean
  granted: boolean
  /** The merchant's own name of the call, as the provider echoes it; null: the provider does not echo it. */
  echo: string | null
}

export function attemptOf(root: string, facts: readonly StoredEvent[], { echoedIn }: Times): Attempt {
  const initial = facts.filter(isInitialFact)
  const notified = initial.filter((fact) => fact.witness !== 'response')
  const done = (fact: StoredEvent): boolean => fact.statesAuthorization || outcomeOf(fact) === 'done'
  const refusing = (fact: StoredEvent): boolean => ['declined', 'failed'].includes(outcomeOf(fact))
  const granted = notified.some(done)
  return {
    root,
    facts,
    ...beginningOf(facts),
    granted,
    refused: !granted && notified.some(refusing),
    echo: echoOf(notified, echoedIn),
  }
}

function echoOf(facts: readonly StoredEvent[], echoedIn: string | null): string | null {
  if (echoedIn === null) return null
  return facts.find(({ custom }) => Object.hasOwn(custom, echoedIn))?.custom[echoedIn] ?? null
}

/**
 * Whether this number of payment pages accepts no further attempt. A success ends one page, and is the last of its
 * attempts. Only refusals that state when they began are counted: another one may have preceded the request for the
 * page.
 */
export function arePagesExhausted(made: readonly Attempt[], { pageAttempts }: Times, pages: number): boolean {
  const granted = made.filter((attempt) => attempt.granted).length
  if (granted >= pages) return true
  const refused = made.filter((attempt) => attempt.refused && attempt.startedAt !== null).length
  return pageAttempts !== null && granted + refused >= pageAttempts * pages
}

/** A payment page from a call or an announcement, and the interval in which it was requested. */
interface RequestedPage extends Interval {
  operationId: string | null
}

export function pagesOf(
  calls: readonly StoredEvent[],
  announced: readonly Expectation[],
  times: Times,
): RequestedPage[] {
  const called = calls.filter(({ channel }) => channel === 'hosted')
  const expected = announced.filter(({ channel }) => channel === 'hosted')
  return [
    ...called.map((call) => ({ ...callInterval(call, times), operationId: call.operationId })),
    ...expected.map((page) => {
      const at = announcedFrom(page)
      return { from: at, to: at, operationId: page.operationId }
    }),
  ]
}

/** The customer may have made this attempt on a page: then it does not prove that a direct call was made. */
export function mayBeOnPage(attempt: Attempt, pages: readonly RequestedPage[], times: Times): boolean {
  const { clockSkew, deadlines } = times
  return pages.some(
    ({ from, to, operationId }) =>
      (attempt.echo === null || attempt.echo === operationId) &&
      isNotBefore(attempt, from, clockSkew) &&
      (attempt.startedAt ?? -Infinity) <= to + deadlines.page + clockSkew,
  )
}
