import type { AccountPolicy } from '../event/account-policy.ts'
import { isDecisive, isFinal, isInitialFact, outcomeOf } from '../event/meaning.ts'
import type { Outcome } from '../event/meaning.ts'
import type { Coverage, Expectation, StoredEvent } from '../event/evidence.ts'

/**
 * When a call was made, when an attempt began, and whether the one can be the other's. Every comparison can only rule an
 * attempt out: a time that no message states rules out less.
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

/** Between these moments the merchant made the call and gave up waiting for its answer; else what our receipt says. */
export function callInterval(call: StoredEvent, { callTimeout }: Times): Interval {
  const from = time(call.requestedAt)
  const to = time(call.answeredAt) ?? (from === null ? Date.parse(call.receivedAt) : from + callTimeout)
  return { from: from ?? to - callTimeout, to }
}

/** What an attempt, or a later step, tells about its beginning. */
export interface Beginning {
  /** By the provider's clock; null: no notification states it. */
  startedAt: number | null
  /** By ours: the earliest receipt. */
  firstReceivedAt: number
}

/** Of a payment: HiPay's date of creation, as the provider itself told it. A forwarded body is the merchant's word. */
export function beginningOf(facts: readonly StoredEvent[]): Beginning {
  return beginning(facts, ({ createdAt }) => createdAt)
}

/** Of a later step: when its operation was made, else its earliest notification's own date. */
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

/** Whether something that began so may have been asked for in this interval. */
export function beganWithin(began: Beginning, { from, to }: Interval, { clockSkew }: Times): boolean {
  return isNotBefore(began, from, clockSkew) && (began.startedAt ?? -Infinity) <= to + clockSkew
}

/** What was first heard of, or began, before `from` was not asked for after it. */
export function isNotBefore(
  { startedAt, firstReceivedAt }: Beginning,
  from: number,
  clockSkew: number,
): boolean {
  const started = startedAt === null ? Infinity : startedAt + PRECISION
  return Math.min(firstReceivedAt, started) >= from - clockSkew
}

/**
 * Whether an answer may speak of a step of these facts: nothing of it was told before the call was made, as far as the answer states
 * times, it was asked for before the answer came, and a final answer tells of nothing that was decided later.
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

/** What was decided before a call for a payment was made is not what came of it, whatever the call names. */
export function isDecidedBefore(call: StoredEvent, facts: readonly StoredEvent[], times: Times): boolean {
  const { from } = callInterval(call, times)
  return facts
    .filter((fact) => fact.witness !== 'response' && isInitialFact(fact) && isDecisive(outcomeOf(fact)))
    .some((fact) => !isNotBefore(beginningOfDecision(fact), from, times.clockSkew))
}

function beginningOfDecision({ occurredAt, receivedAt }: StoredEvent): Beginning {
  return { startedAt: time(occurredAt), firstReceivedAt: Date.parse(receivedAt) }
}

/** When an announced call is made at the earliest: as last said, by the merchant's clock where it was told. */
export function announcedFrom({ requestedAt, saidAt }: Expectation): number {
  return Date.parse(requestedAt ?? saidAt)
}

/** What an operator who closes the silence about an announcement has seen: said again, it announces another call. */
export function announcementParts({ saidAt }: Expectation): Coverage['parts'] {
  return [{ id: saidAt, amount: null }]
}

/** `refused`: declined or failed, `granted`: done, by the provider's own word. */
export interface Attempt extends Beginning {
  root: string
  facts: readonly StoredEvent[]
  refused: boolean
  granted: boolean
  /** The merchant's own name of the call, as the provider echoes it; null: it does not. */
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
    ...beginningOf(initial.length > 0 ? initial : facts),
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
 * Whether so many payment pages that these attempts were made on take no more. Only refusals that tell when they began are counted:
 * others may have been made before the page was asked for.
 */
export function arePagesExhausted(made: readonly Attempt[], { pageAttempts }: Times, pages: number): boolean {
  if (made.some(({ granted }) => granted)) return true
  const refused = made.filter((attempt) => attempt.refused && attempt.startedAt !== null).length
  return pageAttempts !== null && refused >= pageAttempts * pages
}

/** A payment page that was told or announced, and between which moments it was asked for. */
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

/** Its customer may have made this attempt there: then nothing tells that a direct call did. */
export function mayBeOnPage(attempt: Attempt, pages: readonly RequestedPage[], times: Times): boolean {
  const { clockSkew, deadlines } = times
  return pages.some(
    ({ from, to, operationId }) =>
      (attempt.echo === null || attempt.echo === operationId) &&
      isNotBefore(attempt, from, clockSkew) &&
      (attempt.startedAt ?? -Infinity) <= to + deadlines.page + clockSkew,
  )
}
