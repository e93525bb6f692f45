import { compareText } from '../event/canonical-order.ts'
import {
  arePagesExhausted,
  attemptOf,
  beganWithin,
  callInterval,
  isNotBefore,
  mayBeOnPage,
  pagesOf,
} from './call-times.ts'
import type { Attempt, Interval, Times } from './call-times.ts'
import { axisOf, isInitialFact, isOwnAnswer, outcomeOf } from '../event/meaning.ts'
import { pairUp } from './pair-up.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { Operation } from '../event/vocabulary.ts'

/**
 * Which attempt is the result of which payment call that came back without a reference. A call that may have
 * succeeded must not be forgotten, and must not count as answered twice.
 */

/** A transaction that may be the result of a payment call. */
export interface CandidateAttempt {
  root: string
  facts: readonly StoredEvent[]
}

export interface MatchedRequests {
  /** Facts that belong to a root's initial operation, by root. */
  byRoot: ReadonlyMap<string, StoredEvent[]>
  /**
   * Calls without an attempt, in canonical order. Payment pages stay here too, since customers may return to them.
   */
  open: StoredEvent[]
  /** Calls matched with an attempt that is not proven to be theirs. They do not make a retry safe. */
  doubtful: StoredEvent[]
}

/** The payment calls and the transactions of one order. */
export interface RequestsToMatch {
  /** Payment calls in canonical order. */
  requests: readonly StoredEvent[]
  /** Transactions that count, byte order. */
  candidates: readonly CandidateAttempt[]
  /** Announced payments. */
  announced: readonly Expectation[]
}

export function matchPaymentRequests(
  { requests, candidates, announced }: RequestsToMatch,
  times: Times,
): MatchedRequests {
  const byRoot = new Map<string, StoredEvent[]>()
  const assign = (root: string, request: StoredEvent): void => {
    const known = byRoot.get(root)
    if (known === undefined) byRoot.set(root, [request])
    else known.push(request)
  }
  const attempts = candidates
    .filter((candidate) => hasInitialNotification(candidate) && !candidate.facts.some(isOwnAnswer))
    .map(({ root, facts }) => attemptOf(root, facts, times))
    .sort((left, right) => (left.startedAt ?? Infinity) - (right.startedAt ?? Infinity))
  // Earliest first by the merchant's clock; calls that state no time come before them in canonical order.
  const calls = requests
    .filter((request) => !isShared(request))
    .sort((left, right) => compareText(statedTime(left), statedTime(right)))
  const timed = calls.map((call) => ({ call, interval: callInterval(call, times) }))
  const results = timed.length === 0 ? [] : attempts.map(possibleResult)
  const paired = pairUp(timed, results, (one, result) => answers(one, result, times))
  const pairs = new Map([...paired].map(([{ call }, { attempt }]) => [call, attempt]))
  // An attempt that answers a direct call was not made on a page.
  const answered = new Set(pairs.values())
  const onPages = attempts.filter((attempt) => !answered.has(attempt))
  for (const request of requests) {
    const shared = isShared(request) ? attemptsOnPage(request, onPages, times) : []
    for (const { root } of shared) assign(root, request)
    const attempt = pairs.get(request)
    if (attempt !== undefined) assign(attempt.root, request)
  }
  const pages = pagesOf(requests, announced, times)
  const isProven = ([, attempt]: [StoredEvent, Attempt]): boolean =>
    attempt.echo !== null ||
    ((attempt.startedAt !== null || times.responses === 'expected') && !mayBeOnPage(attempt, pages, times))
  return {
    byRoot,
    open: requests.filter((request) => !pairs.has(request)),
    doubtful: [...pairs].filter((pair) => !isProven(pair)).map(([call]) => call),
  }
}

const statedTime = ({ answeredAt, requestedAt }: StoredEvent): string => answeredAt ?? requestedAt ?? ''

export function isShared(request: StoredEvent): boolean {
  return request.channel === 'hosted'
}

/**
 * One page serves every attempt of its order that is made while the page is open: those attempts share its answer.
 */
function attemptsOnPage(page: StoredEvent, attempts: readonly Attempt[], times: Times): Attempt[] {
  const made: Attempt[] = []
  for (const attempt of attempts.filter(
    (one) => isMadeSince(page, one, times) && isWhatWasAsked(page, one),
  )) {
    if (arePagesExhausted(made, times, 1)) break
    made.push(attempt)
  }
  return made
}

/**
 * Where the merchant states no time, only the provider's time of beginning is compared: messages are received in any
 * order.
 */
function isMadeSince(page: StoredEvent, attempt: Attempt, times: Times): boolean {
  const { from } = callInterval(page, times)
  const isTimed = page.requestedAt !== null || page.answeredAt !== null
  const began = isTimed ? attempt : { ...attempt, firstReceivedAt: Infinity }
  return isNotBefore(began, from, times.clockSkew)
}

/** A call and an attempt with what every comparison asks of them. */
interface TimedCall {
  call: StoredEvent
  interval: Interval
}

interface PossibleResult {
  attempt: Attempt
  stated: StatedPayment
}

const possibleResult = (attempt: Attempt): PossibleResult => ({
  attempt,
  stated: statedPayment(attempt.facts),
})

/**
 * An answer without an outcome may belong to any attempt of its time and amount. A refused answer belongs to a
 * refused attempt: any other pair would be two attempts taken for a contradiction. A call that was never processed
 * has no attempt.
 */
function answers({ call, interval }: TimedCall, { attempt, stated }: PossibleResult, times: Times): boolean {
  const outcome = outcomeOf(call)
  // A notification without a reference is no answer to a call, and is not known to belong to this payment.
  if (outcome === 'not_processed' || call.witness !== 'response') return false
  if (attempt.echo !== null)
    return isNotBefore(attempt, interval.from, times.clockSkew) && isWhatWasAsked(call, attempt)
  if (outcome === 'declined' && !attempt.refused) return false
  if (outcome === 'done' && attempt.refused) return false
  // Most pairs are of different times: that is compared first.
  if (!beganWithin(attempt, interval, times) || !matchesRequest(call, stated)) return false
  return attempt.startedAt !== null || mayAnswerWithoutTime(outcome === 'declined', attempt, times)
}

/**
 * Where the provider states no time, a granted attempt answers. A refused attempt may be the late result of an
 * earlier call: it answers only where the account forwards every answer, or where the call was refused itself.
 */
export function mayAnswerWithoutTime(refusal: boolean, attempt: Attempt, { responses }: Times): boolean {
  return attempt.granted || refusal || responses === 'expected'
}

/** What the facts of a payment state of it; empty: nothing. */
interface StatedPayment {
  operations: readonly Operation[]
  amounts: readonly number[]
  currencies: readonly string[]
}

/** A refused attempt states the amount 0 and an instalment states a part: neither is compared. */
function statedPayment(facts: readonly StoredEvent[]): StatedPayment {
  const initial = initialFacts(facts)
  return {
    operations: initial.flatMap(({ operation }) => (isInitialOperation(operation) ? operation : [])),
    amounts: initial.flatMap((fact) => (fact.schedule === null ? (statedAmount(fact) ?? []) : [])),
    currencies: initial.flatMap((fact) => fact.currency ?? []),
  }
}

/** A sale is no authorization. */
function matchesRequest(call: StoredEvent, stated: StatedPayment): boolean {
  const { operation } = call
  const isOfOperation =
    !isInitialOperation(operation) || stated.operations.length === 0 || stated.operations.includes(operation)
  return isOfOperation && fitsAmount(call, stated)
}

type Asked = Pick<Expectation, 'amount' | 'currency'>

function fitsAmount({ amount, currency }: Asked, { amounts, currencies }: StatedPayment): boolean {
  return (
    (amount === null || amounts.length === 0 || amounts.includes(amount)) &&
    (currency === null || currencies.length === 0 || currencies.includes(currency))
  )
}

/** Whether the facts of a payment state the requested amount and currency, where both sides state them. */
export const isOfAmount = (asked: Asked, facts: readonly StoredEvent[]): boolean =>
  fitsAmount(asked, statedPayment(facts))

/** Whether an attempt is what was asked for: by the name that the provider echoes, and by amount and currency. */
export function isWhatWasAsked(
  asked: Asked & Pick<Expectation, 'operationId'>,
  { echo, facts }: Attempt,
): boolean {
  return (echo === null || echo === asked.operationId) && isOfAmount(asked, facts)
}

function initialFacts(facts: readonly StoredEvent[]): StoredEvent[] {
  return facts.filter((fact) => axisOf(fact) === 'initial' || fact.statesAuthorization)
}

function isInitialOperation(operation: Operation | null): operation is 'sale' | 'authorization' {
  return operation === 'sale' || operation === 'authorization'
}

function statedAmount(fact: StoredEvent): number | null {
  const amount = fact.authorizedTotal ?? (axisOf(fact) === 'initial' ? fact.amount : null)
  return amount === 0 ? null : amount
}

function hasInitialNotification({ facts }: CandidateAttempt): boolean {
  return facts.some((fact) => fact.witness !== 'response' && isInitialFact(fact) && !isLaterInstalment(fact))
}

function isLaterInstalment(fact: StoredEvent): boolean {
  return (fact.schedule?.index ?? 1) > 1
}
