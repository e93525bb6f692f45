import { announcedFrom, arePagesExhausted, isNotBefore, announcementParts } from '../identity/call-times.ts'
import type { Attempt } from '../identity/call-times.ts'
import { announcementDeadline } from '../reconciliation/deadlines.ts'
import { discrepancyOf, isClosed, isDenied } from '../reconciliation/discrepancies.ts'
import type { Context, DiscrepancySubject } from '../reconciliation/discrepancies.ts'
import { isSlow, outcomeOf } from '../event/meaning.ts'
import type { Outcome } from '../event/meaning.ts'
import { isWhatWasAsked } from '../identity/match-payment-requests.ts'
import { pairUp } from '../identity/pair-up.ts'
import type { OpenRequest } from './order-answers.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { Discrepancy } from '../reconciliation/transaction.ts'

/** The merchant's calls and announcements without an answer: each may still become money of the order. */
export interface PendingRequests {
  requests: OpenRequest[]
  discrepancies: Discrepancy[]
  deadlines: number[]
}

export interface RequestsToAwait {
  /** Calls without a transaction, canonical order. */
  calls: readonly StoredEvent[]
  /** Announcements without a call, and announced payment pages. */
  announced: readonly Expectation[]
  /** The order's attempts: they end its payment pages. */
  attempts: readonly Attempt[]
}

/** A payment page from a call or an announcement. */
interface Page extends Pick<Expectation, 'operationId' | 'amount' | 'currency'> {
  /** Milliseconds since the epoch. */
  since: number
  isCalled: boolean
}

interface OnPages {
  /** The order's attempts: they end its payment pages. */
  attempts: readonly Attempt[]
  pages: readonly Page[]
}

interface PendingRequest {
  request: OpenRequest | null
  discrepancy: Discrepancy | null
  deadline: number | null
}

const NOTHING: PendingRequest = { request: null, discrepancy: null, deadline: null }

/** The state of a call without a known transaction. `page`: its customer may still pay. */
const CALL_STATE: Readonly<Record<Outcome, 'nothing' | 'page' | 'unknown' | 'over'>> = {
  none: 'nothing',
  unknown: 'unknown',
  action: 'page',
  pending: 'unknown',
  requested: 'unknown',
  held: 'unknown',
  not_processed: 'over',
  closed: 'over',
  failed: 'over',
  // Refused before it had a reference: no notification can follow.
  declined: 'over',
  // A success without a reference belongs to no transaction, and must not be forgotten.
  done: 'unknown',
}

/** `subject` is the order, or the payment, that they belong to. */
export function pendingRequests(
  { calls, announced, attempts }: RequestsToAwait,
  subject: DiscrepancySubject,
  context: Context,
): PendingRequests {
  const pages = pagesOf(calls, announced)
  const given = { attempts, pages }
  const pending = [
    ...calls.map((call) => pendingCall(call, given, subject, context)),
    ...announced.map((expectation) => pendingExpectation(expectation, given, subject, context)),
  ]
  return {
    requests: pending.flatMap(({ request }) => request ?? []),
    discrepancies: pending.flatMap(({ discrepancy }) => discrepancy ?? []),
    deadlines: pending.flatMap(({ deadline }) => deadline ?? []),
  }
}

/** A notification that names no transaction may be money, unless it states that nothing moved. */
function callStateOf(fact: StoredEvent): (typeof CALL_STATE)[Outcome] {
  const state = CALL_STATE[outcomeOf(fact)]
  if (fact.witness === 'response' || state === 'over') return state
  return fact.type === 'noted' ? 'nothing' : 'unknown'
}

function pendingCall(
  fact: StoredEvent,
  given: OnPages,
  subject: DiscrepancySubject,
  context: Context,
): PendingRequest {
  const state = callStateOf(fact)
  if (state === 'nothing') return NOTHING
  if (state === 'over') return { ...NOTHING, request: requestOf(fact, 'not_processed') }
  if (state === 'page') {
    return pendingPage(requestOf(fact, 'in_flight'), calledPage(fact), given, context)
  }
  const { deadlines } = context.policy
  const deadline = Date.parse(fact.receivedAt) + (isSlow(fact) ? deadlines.pending : deadlines.notification)
  const discrepancy = unansweredCall(fact, subject)
  return {
    request: requestOf(fact, isDenied(discrepancy, context) ? 'not_processed' : 'unknown'),
    discrepancy: deadline <= context.now ? discrepancy : null,
    deadline,
  }
}

/** Identified by its message: another call may have the same number, amount or operation id. */
function unansweredCall(fact: StoredEvent, subject: DiscrepancySubject): Discrepancy {
  return discrepancyOf(
    {
      class: 'missing_notification',
      field: null,
      amountAtRisk: fact.amount,
      outcomes: { response: outcomeOf(fact), notification: 'none' },
    },
    {
      ...subject,
      path: `${subject.path}:request:${fact.inboxId}`,
      currency: fact.currency ?? subject.currency,
    },
  )
}

/**
 * A payment page is in flight while its customer may still pay. That ends with as many successes, or refusals, as all
 * pages allow that were open by then, or when its time at the provider has passed and a notification of the last
 * attempt would have come.
 */
function pendingPage(
  request: OpenRequest,
  page: Page,
  { attempts, pages }: OnPages,
  { policy, now }: Context,
): PendingRequest {
  const { clockSkew, deadlines } = policy
  const { since } = page
  const isOn = (one: Page, attempt: Attempt): boolean =>
    isNotBefore(attempt, one.since, clockSkew) && isWhatWasAsked(one, attempt)
  const made = attempts.filter((attempt) => isOn(page, attempt))
  // An attempt may have been made on any page that was open at the time.
  const open = pages.filter((one) => one.since + deadlines.page >= since - clockSkew)
  const isOver = made.some((last) => {
    const before = made.filter((attempt) => beganBy(attempt) <= beganBy(last))
    const openThen = open.filter((one) => before.some((attempt) => isOn(one, attempt)))
    return arePagesExhausted(before, policy, distinctPages(openThen, clockSkew))
  })
  if (isOver) return NOTHING
  const deadline = since + deadlines.page + deadlines.notification + clockSkew
  return { ...NOTHING, request: deadline > now ? request : null, deadline }
}

const beganBy = ({ startedAt, firstReceivedAt }: Attempt): number => startedAt ?? firstReceivedAt

const madeAt = ({ answeredAt, requestedAt, receivedAt }: StoredEvent): number =>
  Date.parse(answeredAt ?? requestedAt ?? receivedAt)

function pagesOf(calls: readonly StoredEvent[], announced: readonly Expectation[]): Page[] {
  const called = calls.filter((call) => callStateOf(call) === 'page')
  const hosted = announced.filter(({ channel }) => channel === 'hosted')
  return [...called.map(calledPage), ...hosted.map(announcedPage)]
}

const calledPage = (call: StoredEvent): Page => ({ ...pageOf(call), since: madeAt(call), isCalled: true })

const announcedPage = (expectation: Expectation): Page => ({
  ...pageOf(expectation),
  since: announcedFrom(expectation),
  isCalled: false,
})

const pageOf = ({ operationId, amount, currency }: StoredEvent | Expectation) => ({
  operationId,
  amount,
  currency,
})

/** A page that was announced and then called is one page. */
function distinctPages(pages: readonly Page[], clockSkew: number): number {
  const [called, announced] = [
    pages.filter(({ isCalled }) => isCalled),
    pages.filter(({ isCalled }) => !isCalled),
  ]
  const same = pairUp(announced, called, (left, right) => {
    const isAlike =
      left.operationId === null || right.operationId === null
        ? areAlike(left.amount, right.amount) && areAlike(left.currency, right.currency)
        : left.operationId === right.operationId
    return isAlike && right.since >= left.since - clockSkew
  })
  return pages.length - same.size
}

const areAlike = <Stated>(left: Stated | null, right: Stated | null): boolean =>
  left === null || right === null || left === right

function requestOf(fact: StoredEvent, outcome: OpenRequest['outcome']): OpenRequest {
  const { operation, channel, receivedAt, operationId, inboxId } = fact
  return { operation, channel, outcome, since: receivedAt, operationId, inboxId, expectationId: null }
}

/**
 * Announced, and neither called nor notified since. Customers often leave payment pages, so only a direct call counts
 * as missing.
 */
function pendingExpectation(
  expectation: Expectation,
  given: OnPages,
  subject: DiscrepancySubject,
  context: Context,
): PendingRequest {
  const { id, operation, channel, createdAt, operationId } = expectation
  const named = { operation, channel, operationId, inboxId: null, expectationId: id }
  const request: OpenRequest = { ...named, outcome: 'in_flight', since: createdAt }
  if (channel === 'hosted') return pendingPage(request, announcedPage(expectation), given, context)
  const deadline = announcementDeadline(expectation, context.policy.deadlines)
  const discrepancy = discrepancyOf(
    { class: 'missing_response', field: null, amountAtRisk: 0, parts: announcementParts(expectation) },
    { ...subject, path: `${subject.path}:expectation:${id}` },
  )
  return {
    request: isClosed(discrepancy, context) ? null : request,
    discrepancy: deadline <= context.now ? discrepancy : null,
    deadline,
  }
}
