import { nextDeadline } from './deadlines.ts'
import { discrepancyOf, stillOpen } from './discrepancies.ts'
import type { Context, Subject } from './discrepancies.ts'
import { outcomeOf } from './event-meaning.ts'
import { duplicatePayment } from './duplicate-payment.ts'
import type { DuplicatePayment } from './duplicate-payment.ts'
import type { Judged } from './judged-transaction.ts'
import { orderMoney } from './order-money.ts'
import type { OrderMoney } from './order-money.ts'
import { isPaymentCall } from './placing.ts'
import { pendingRequests } from './requests.ts'
import { retryAdvice } from './retry.ts'
import { isInitial } from './totals.ts'
import type { Discrepancy, Expectation, OpenRequest, Order, StoredEvent } from './transaction.ts'
import type { ProviderName } from './transaction-event.ts'

/** All payments of one order, seen together: the answers that checkout asks for. */

export interface OrderInput {
  provider: ProviderName
  account: string
  orderId: string
  /** Its transactions, in byte order of their roots. */
  judged: readonly Judged[]
  /** Payments of other orders whose messages name this one too. */
  strangers: readonly Judged[]
  /** Calls of the order that no transaction answered. */
  requests: readonly StoredEvent[]
  /** Announced payments, oldest first. */
  payments: readonly Expectation[]
  /** Announced later steps that no transaction of the order took. */
  steps: readonly Expectation[]
}

export interface JudgedOrder {
  order: Order
  /** Transactions that an order-level contradiction makes discrepant. */
  discrepant: ReadonlySet<string>
}

export function judgeOrder(input: OrderInput, context: Context): JudgedOrder {
  const counting = input.judged.filter(({ counts }) => counts)
  const money = orderMoney(counting, input.payments)
  const subject = subjectOf(input, money)
  const pending = pendingRequests(input.requests, loneExpectations(input), subject, context)
  const overlap = overlaps(duplicatePayment(counting), subject)
  const shortfall = underpaid(money, subject)
  const discrepancies = stillOpen([...pending.discrepancies, ...overlap, ...shortfall], context)
  const requests = [...pending.requests, ...unansweredSteps(input.judged)]
  const misnamed = input.strangers.some(stands)
  const advice = retryAdvice({ judged: input.judged, money, requests, misnamed })
  return {
    order: {
      provider: input.provider,
      account: input.account,
      orderId: input.orderId,
      transactions: input.judged.map(({ transaction }) => transaction.reference),
      requests,
      ...totalsOf(money),
      ...advice,
      discrepancies,
      nextDeadlineAt: nextDeadline(pending.deadlines, context.now),
    },
    discrepant: new Set([
      ...overlap.filter((found) => discrepancies.includes(found)).flatMap(({ notification }) => notification),
      ...shortfall.filter((found) => discrepancies.includes(found)).flatMap(() => money.payers),
    ]),
  }
}

/** Whether this payment by itself would forbid to charge its order again. */
function stands(payment: Judged): boolean {
  const judged = [payment]
  const money = orderMoney(
    judged.filter(({ counts }) => counts),
    [],
  )
  return !retryAdvice({ judged, money, requests: unansweredSteps(judged), misnamed: false }).safeToRetry
}

function subjectOf({ orderId }: OrderInput, { currency }: OrderMoney): Subject {
  return { path: `order:${orderId}`, reference: null, orderId, currency }
}

function totalsOf(
  money: OrderMoney,
): Pick<Order, 'currency' | 'paidTotal' | 'refundedTotal' | 'netTotal' | 'paid'> {
  const { currency, captured, refunded, net, expected } = money
  const held = net ?? 0
  const enough = expected === null || (!expected.foreign && held >= expected.amount)
  return {
    currency,
    paidTotal: captured,
    refundedTotal: refunded,
    netTotal: net,
    paid: held > 0 && enough,
  }
}

function overlaps(duplicate: DuplicatePayment | null, subject: Subject): Discrepancy[] {
  if (duplicate === null) return []
  const { roots, amountAtRisk } = duplicate
  return [
    discrepancyOf({ class: 'duplicate_payment', field: null, notification: roots, amountAtRisk }, subject),
  ]
}

/** Compared with what was granted, not with what is left: a capture in parts or a refund is no contradiction. */
function underpaid({ expected, granted, captured }: OrderMoney, subject: Subject): Discrepancy[] {
  if (expected === null || captured === 0 || granted === null) return []
  if (expected.foreign) {
    return [discrepancyOf({ class: 'currency_mismatch', field: 'currency', amountAtRisk: granted }, subject)]
  }
  if (granted >= expected.amount) return []
  const [response, notification] = [[String(expected.amount)], [String(granted)]]
  const amountAtRisk = expected.amount - granted
  return [
    discrepancyOf(
      { class: 'amount_mismatch', field: 'expected', response, notification, amountAtRisk },
      subject,
    ),
  ]
}

/** Each attempt answers one announcement, oldest first; a page serves every attempt. */
function loneExpectations({ judged, requests, payments, steps }: OrderInput): Expectation[] {
  const notified = judged.filter(({ folded }) => folded.operations.some(isInitial)).length
  const called = requests.filter(isPaymentCall).length
  const attempts = notified + called
  const direct = payments.filter(({ channel }) => channel !== 'hosted').slice(attempts)
  const hosted = attempts === 0 ? payments.filter(({ channel }) => channel === 'hosted') : []
  return [...direct, ...hosted, ...steps]
}

/** Calls on a known transaction stand there as operations; the order names them too, since they block a retry. */
function unansweredSteps(judged: readonly Judged[]): OpenRequest[] {
  return judged
    .flatMap(({ folded }) => folded.operations)
    .filter(({ statements }) => statements.every(({ fact }) => fact.reference === null))
    .flatMap(({ statements, word }) => {
      const denied = word.outcome === 'not_processed'
      return statements.map(({ fact }) => stepRequest(fact, denied))
    })
}

function stepRequest(fact: StoredEvent, denied: boolean): OpenRequest {
  const { operation, channel, receivedAt, operationId } = fact
  const refused = outcomeOf(fact) === 'not_processed' || outcomeOf(fact) === 'declined'
  return {
    operation,
    channel,
    outcome: denied || refused ? 'not_processed' : 'unknown',
    since: receivedAt,
    operationId,
  }
}
