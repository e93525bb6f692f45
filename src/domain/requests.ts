import { lapseOf } from './deadlines.ts'
import { discrepancyOf, isDenied } from './discrepancies.ts'
import type { Context, Subject } from './discrepancies.ts'
import { isSlow, outcomeOf } from './event-meaning.ts'
import type { Outcome } from './event-meaning.ts'
import type { Discrepancy, Expectation, OpenRequest, StoredEvent } from './transaction.ts'

/** Our own calls and announcements that nothing has answered: what an order still has to fear. */
export interface PendingRequests {
  requests: OpenRequest[]
  discrepancies: Discrepancy[]
  deadlines: number[]
}

interface Waiting {
  request: OpenRequest | null
  discrepancy: Discrepancy | null
  deadline: number | null
}

/** What a call without a known transaction amounts to. `customer`: they may yet answer, for a while. */
const STANDING: Readonly<Record<Outcome, 'nothing' | 'customer' | 'unknown' | 'over'>> = {
  none: 'nothing',
  unknown: 'unknown',
  action: 'customer',
  pending: 'unknown',
  requested: 'unknown',
  held: 'unknown',
  not_processed: 'over',
  closed: 'over',
  failed: 'over',
  // Refused before it had a reference: nobody can notify what has no id.
  declined: 'over',
  // A success without a reference cannot be booked anywhere, and must not be forgotten.
  done: 'unknown',
}

/** `facts` and `lone` in canonical order; `subject` is the order they belong to. */
export function pendingRequests(
  facts: readonly StoredEvent[],
  lone: readonly Expectation[],
  subject: Subject,
  context: Context,
): PendingRequests {
  const paths = new Map<string, number>()
  const calls = facts.map((fact) =>
    waitingCall(fact, { ...subject, path: pathOf(fact, subject, paths) }, context),
  )
  const announced = lone.map((expectation) =>
    waitingExpectation(
      expectation,
      { ...subject, path: announcedPath(expectation, subject, paths) },
      context,
    ),
  )
  const waiting = [...calls, ...announced]
  return {
    requests: waiting.flatMap(({ request }) => request ?? []),
    discrepancies: waiting.flatMap(({ discrepancy }) => discrepancy ?? []),
    deadlines: waiting.flatMap(({ deadline }) => deadline ?? []),
  }
}

function pathOf(fact: StoredEvent, { path }: Subject, taken: Map<string, number>): string {
  const what = [fact.operation, fact.operationId, fact.parentReference, fact.amount].map((part) => part ?? '')
  return numbered(`${path}:request:${what.join(':')}`, taken)
}

function announcedPath(announced: Expectation, { path }: Subject, taken: Map<string, number>): string {
  return numbered(`${path}:expectation:${announced.operation ?? ''}:${announced.operationId ?? ''}`, taken)
}

/** From content: what is equal is told apart by its number alone. */
function numbered(path: string, taken: Map<string, number>): string {
  const turn = taken.get(path) ?? 0
  taken.set(path, turn + 1)
  return turn === 0 ? path : `${path}#${turn}`
}

function waitingCall(fact: StoredEvent, subject: Subject, context: Context): Waiting {
  const standing = STANDING[outcomeOf(fact)]
  const { deadlines } = context.policy
  const since = Date.parse(fact.receivedAt)
  if (standing === 'nothing') return { request: null, discrepancy: null, deadline: null }
  if (standing === 'over')
    return { request: requestOf(fact, 'not_processed'), discrepancy: null, deadline: null }
  if (standing === 'customer') return lapsing(requestOf(fact, 'in_flight'), since + deadlines.action, context)
  const deadline = since + (isSlow(fact) ? deadlines.pending : deadlines.notification)
  const missing = { class: 'missing_notification', field: null, amountAtRisk: fact.amount } as const
  const told = discrepancyOf(missing, { ...subject, currency: fact.currency ?? subject.currency })
  const denied = isDenied(told, context)
  return {
    request: requestOf(fact, denied ? 'not_processed' : 'unknown'),
    discrepancy: deadline <= context.now ? told : null,
    deadline,
  }
}

function lapsing(request: OpenRequest, deadline: number, { now }: Context): Waiting {
  return { request: deadline > now ? request : null, discrepancy: null, deadline }
}

function requestOf(fact: StoredEvent, outcome: OpenRequest['outcome']): OpenRequest {
  const { operation, channel, receivedAt, operationId } = fact
  return { operation, channel, outcome, since: receivedAt, operationId }
}

/** Announced, and then neither called nor notified. Hosted pages are left by customers all day long. */
function waitingExpectation(expectation: Expectation, subject: Subject, context: Context): Waiting {
  const { operation, channel, createdAt, operationId } = expectation
  const deadline = lapseOf(expectation, context.policy.deadlines)
  const request: OpenRequest = { operation, channel, outcome: 'in_flight', since: createdAt, operationId }
  const waiting = lapsing(request, deadline, context)
  if (waiting.request !== null || channel === 'hosted') return waiting
  const missing = { class: 'missing_response', field: null, amountAtRisk: 0 } as const
  return { ...waiting, discrepancy: discrepancyOf(missing, subject) }
}
