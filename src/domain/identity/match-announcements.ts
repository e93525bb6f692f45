import { announcedFrom, callInterval, isNotBefore, mayBeOnPage, pagesOf } from './call-times.ts'
import type { Attempt, Times } from './call-times.ts'
import { isOfAmount, mayAnswerWithoutTime } from './match-payment-requests.ts'
import { pairUp } from './pair-up.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'

/** Which announced payment calls have been made. Each call answers one announcement, as last registered. */

/** A payment call as far as it is known. */
export interface MadeCall {
  /** The attempt at the provider; null: only the merchant's messages show the call. */
  attempt: Attempt | null
  /** The answer that the merchant forwarded; null: none. */
  answer: StoredEvent | null
}

export interface AnsweredAnnouncements {
  /** Announced direct calls without evidence that they were made since their last announcement. */
  open: Expectation[]
  /** The calls that show the others to have been made. */
  by: MadeCall[]
}

/** `announced` are the order's announced payments, `calls` its calls that no attempt answers. */
export function answeredAnnouncements(
  announced: readonly Expectation[],
  { made, calls }: { made: readonly MadeCall[]; calls: readonly StoredEvent[] },
  times: Times,
): AnsweredAnnouncements {
  const direct = announced.filter(({ channel }) => channel !== 'hosted')
  if (direct.length === 0) return { open: [], by: [] }
  const pages = pagesOf(calls, announced, times)
  // A customer may have made it on a page, and one attempt does not answer both.
  const called = made.filter(
    ({ attempt, answer }) => attempt === null || answer !== null || !mayBeOnPage(attempt, pages, times),
  )
  const pageNames = new Set(
    announced.filter(({ channel }) => channel === 'hosted').map((page) => page.operationId),
  )
  const pairs = pairUp(
    direct,
    called.filter((call) => !isOfNamedPage(call, direct, pageNames)),
    (expectation, call) => answers(expectation, call, times),
  )
  return { open: direct.filter((expectation) => !pairs.has(expectation)), by: [...pairs.values()] }
}

/** The earliest receipt of any message about the call, by our clock. */
function firstReceiptOf({ attempt, answer }: MadeCall): number {
  const received = answer === null ? Infinity : Date.parse(answer.receivedAt)
  return attempt === null ? received : Math.min(attempt.firstReceivedAt, received)
}

function answers(expectation: Expectation, made: MadeCall, times: Times): boolean {
  const isPossible =
    isEchoOf(expectation, made.attempt) ||
    (isMadeUntil(expectation, made, times) && isMadeSince(expectation, made, times))
  return isPossible && matchesCall(expectation, made)
}

const nameOf = ({ attempt, answer }: MadeCall): string | null => attempt?.echo ?? answer?.operationId ?? null

/** It names an announced page, and no direct call is announced under that name. */
function isOfNamedPage(
  call: MadeCall,
  direct: readonly Expectation[],
  pageNames: ReadonlySet<string | null>,
): boolean {
  const name = nameOf(call)
  return name !== null && pageNames.has(name) && !direct.some(({ operationId }) => operationId === name)
}

/** By operation id where both sides state one, else by amount and currency. */
function matchesCall(expectation: Expectation, made: MadeCall): boolean {
  const { attempt, answer } = made
  const named = nameOf(made)
  if (named !== null && expectation.operationId !== null) return named === expectation.operationId
  return isOfAmount(expectation, attempt?.facts ?? [answer].filter((fact) => fact !== null))
}

/** Registered again under the same name, it announces another call. */
function isEchoOf({ saidAt, createdAt, operationId }: Expectation, attempt: Attempt | null): boolean {
  if (saidAt !== createdAt || attempt === null) return false
  return attempt.echo !== null && attempt.echo === operationId
}

/** The skew matters only between two clocks: the merchant's, the provider's and ours. */
function isMadeSince(expectation: Expectation, made: MadeCall, times: Times): boolean {
  const { attempt, answer } = made
  const { clockSkew } = times
  const from = announcedFrom(expectation)
  const isOurs = expectation.requestedAt === null
  if (firstReceiptOf(made) < (isOurs ? from : from - clockSkew)) return false
  if (attempt !== null && !isNotBefore(attempt, from, clockSkew)) return false
  const latest = answer === null ? null : latestStated(answer, times)
  if (latest !== null) return latest >= (isOurs ? from - clockSkew : from)
  if (attempt !== null && attempt.startedAt !== null) return true
  return mayHaveBeenMadeSince(expectation, made, times)
}

/** The latest time at which the merchant made the call, by the merchant's clock; null: the answer states no time. */
function latestStated(answer: StoredEvent, times: Times): number | null {
  if (answer.requestedAt !== null) return Date.parse(answer.requestedAt)
  return answer.answeredAt === null ? null : callInterval(answer, times).to
}

/** Where neither side states a time, an answer received before the announcement does not answer it. */
function mayHaveBeenMadeSince({ saidAt, createdAt }: Expectation, made: MadeCall, times: Times): boolean {
  if (made.answer !== null) return firstReceiptOf(made) >= Date.parse(saidAt)
  // Registered again: the attempt may be the result of the first call.
  if (saidAt !== createdAt && times.responses !== 'expected') return false
  return made.attempt !== null && mayAnswerWithoutTime(false, made.attempt, times)
}

/** A call made later than the stated time does not answer the announcement. */
function isMadeUntil({ requestedAt }: Expectation, { attempt, answer }: MadeCall, times: Times): boolean {
  if (requestedAt === null) return true
  const until = Date.parse(requestedAt) + times.callTimeout + times.clockSkew
  const began = answer === null ? (attempt?.startedAt ?? -Infinity) : callInterval(answer, times).from
  return began <= until
}
