import { answeredAnnouncements } from '../identity/match-announcements.ts'
import { attemptOf } from '../identity/call-times.ts'
import { isShared } from '../identity/match-payment-requests.ts'
import { nextDeadline } from '../reconciliation/deadlines.ts'
import { stillOpen } from '../reconciliation/discrepancies.ts'
import type { Context, DiscrepancySubject } from '../reconciliation/discrepancies.ts'
import { isNotified, isOwnAnswer, outcomeOf } from '../event/meaning.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import { isPayment } from './unreported-payments.ts'
import { orderMoney } from './order-money.ts'
import type { OrderMoney } from './order-money.ts'
import { openAuthorizations, orderContradictions, unbalanced } from './order-discrepancies.ts'
import { paymentOf } from './paid.ts'
import { isPaymentCall } from '../identity/assign-requests.ts'
import { pendingRequests } from './open-requests.ts'
import type { PendingRequests } from './open-requests.ts'
import { retryDecision } from './retry.ts'
import type { OpenRequest, Order } from './order-answers.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { ProviderName } from '../event/transaction-event.ts'

/** All payments of one order together: the answers for checkout. */

export interface OrderInput {
  provider: ProviderName
  account: string
  orderId: string
  /** Its transactions, in byte order of their roots. */
  reconciled: readonly ReconciledTransaction[]
  /** Payments of other orders whose messages name this one too. */
  conflictingPayments: readonly ReconciledTransaction[]
  /** Calls of the order without a transaction. */
  requests: readonly StoredEvent[]
  /** Payment calls matched with a transaction that is not proven to be theirs. */
  doubtful: readonly StoredEvent[]
  /** Announced payments, oldest first. */
  payments: readonly Expectation[]
  /** Announced later steps that belong to no transaction of the order. */
  steps: readonly Expectation[]
  /** When each message and announcement that names it came. */
  namedAt: readonly string[]
}

export interface ReconciledOrder {
  order: Order
  /** Transactions that an order-level contradiction makes discrepant. */
  discrepant: ReadonlySet<string>
}

export function reconcileOrder(input: OrderInput, context: Context): ReconciledOrder {
  const counting = input.reconciled.filter(({ counts }) => counts)
  const money = orderMoney(counting, input, context.policy.deadlines.notification)
  const subject = subjectOf(input, money)
  const pending = pendingOf(input, subject, context)
  const imbalance = unbalanced(money, subject, context)
  const authorizations = openAuthorizations(counting, money, subject, context)
  const requests = [...pending.requests, ...unansweredSteps(input.reconciled)]
  const conflictingPayments = input.conflictingPayments.filter((payment) => forbidsRetry(payment, context))
  const refusals = refusalsOf(input)
  const { excesses } = imbalance
  const retryInput = { ...input, money, excesses, requests, conflictingPayments, refusals }
  const decision = retryDecision({ ...retryInput, standing: authorizations.standing })
  const isSafeWithoutAuthorizations = retryDecision({ ...retryInput, standing: [] }).safeToRetry
  const contradictions = orderContradictions(counting, money, subject)
  const discrepancies = stillOpen(
    [
      ...pending.discrepancies,
      ...contradictions.map(({ discrepancy }) => discrepancy),
      ...imbalance.due,
      ...(isSafeWithoutAuthorizations ? authorizations.due : []),
    ],
    context,
  )
  const deadlines = [...pending.deadlines, ...imbalance.deadlines, ...authorizations.deadlines]
  return {
    order: {
      ...accountOf(input),
      transactions: input.reconciled.map(({ transaction }) => transaction.reference),
      requests,
      ...paymentOf(input, money, imbalance),
      ...decision,
      discrepancies,
      firstSeenAt: firstSeenAt(input),
      nextDeadlineAt: nextDeadline(deadlines, context.now),
    },
    discrepant: new Set(
      contradictions.flatMap(({ discrepancy, roots }) => (discrepancies.includes(discrepancy) ? roots : [])),
    ),
  }
}

function subjectOf({ orderId }: OrderInput, { currency }: OrderMoney): DiscrepancySubject {
  return { path: `order:${orderId}`, reference: null, orderId, currency }
}

const accountOf = ({ provider, account, orderId }: OrderInput) => ({ provider, account, orderId })

/** A payment belongs to its order from its first message on, even if a later message named the order. */
function firstSeenAt({ reconciled, namedAt }: OrderInput): string {
  const times = [...namedAt, ...reconciled.map(({ transaction }) => transaction.firstSeenAt)]
  return times.reduce((left, right) => (left < right ? left : right))
}

/** Calls and announcements without an attempt, and pages that customers may still pay on. */
function pendingOf(
  { reconciled, requests, payments, steps }: OrderInput,
  subject: DiscrepancySubject,
  context: Context,
): PendingRequests {
  const { policy } = context
  const attempts = reconciled
    .filter(isPayment)
    .map(({ transaction, input }) => ({
      attempt: attemptOf(transaction.reference, input.facts, policy),
      answer: answerOf(input),
    }))
    // A payment that only a look-up states may have been requested at any time.
    .filter(({ attempt, answer }) => answer !== null || attempt.facts.some(isNotified))
  const calls = requests.filter(({ witness }) => witness === 'response')
  const open = calls.filter((call) => isPaymentCall(call) && !isShared(call))
  const made = [...attempts, ...open.map((answer) => ({ attempt: null, answer }))]
  const pages = payments.filter(({ channel }) => channel === 'hosted')
  const direct = answeredAnnouncements(payments, { made, calls }, policy)
  // An attempt that answers a direct call was not made on a page.
  const onPages = attempts.filter((one) => one.answer === null && !direct.by.includes(one))
  return pendingRequests(
    {
      calls: requests,
      announced: [...direct.open, ...pages, ...steps],
      attempts: onPages.map(({ attempt }) => attempt),
    },
    subject,
    context,
  )
}

/** The merchant's answer to the call that made this payment. */
function answerOf({ facts, paymentAnswers }: ReconciledTransaction['input']): StoredEvent | null {
  return paymentAnswers.find((call) => !isShared(call)) ?? facts.find(isOwnAnswer) ?? null
}

/** Refusals that name another payment of the order, by either side. */
function refusalsOf({ reconciled, requests }: OrderInput): StoredEvent[] {
  const facts = [
    ...reconciled.flatMap(({ facts: own, input }) => [...own, ...input.paymentAnswers]),
    ...requests,
  ]
  return facts.filter(({ otherPayment }) => otherPayment)
}

/** Whether this payment alone would forbid charging its order again. */
function forbidsRetry(payment: ReconciledTransaction, context: Context): boolean {
  const reconciled = [payment]
  const counting = reconciled.filter(({ counts }) => counts)
  const money = orderMoney(counting, { payments: [], requests: [] }, context.policy.deadlines.notification)
  const requests = unansweredSteps(reconciled)
  const standing = [...money.standing.keys()]
  const doubts = { excesses: [], doubtful: [], conflictingPayments: [], refusals: [] }
  return !retryDecision({ reconciled, money, requests, standing, ...doubts }).safeToRetry
}

/** Calls on a known transaction are operations there; the order lists them too, since they forbid a retry. */
function unansweredSteps(reconciled: readonly ReconciledTransaction[]): OpenRequest[] {
  return reconciled
    .flatMap(({ folded }) => folded.operations)
    .filter(({ statements }) => statements.every(({ fact }) => fact.reference === null))
    .flatMap(({ statements, overall }) => {
      // An operator denied it. A repeated call that was not processed states nothing about the first one.
      const denied =
        overall.outcome === 'not_processed' && statements.every(({ outcome }) => outcome !== 'not_processed')
      return statements.map(({ fact }) => stepRequest(fact, denied))
    })
}

function stepRequest(fact: StoredEvent, denied: boolean): OpenRequest {
  const { operation, channel, receivedAt, operationId, inboxId } = fact
  const refused = outcomeOf(fact) === 'not_processed' || outcomeOf(fact) === 'declined'
  const outcome = denied || refused ? 'not_processed' : 'unknown'
  return { operation, channel, outcome, since: receivedAt, operationId, inboxId, expectationId: null }
}
