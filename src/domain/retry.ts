import type { Judged } from './judged-transaction.ts'
import type { OrderMoney } from './order-money.ts'
import type { DiscrepancyClass, OpenRequest, Status } from './transaction.ts'

/** May the merchant charge this order again without taking the money twice? */

export interface RetryAdvice {
  safeToRetry: boolean
  /** The first rule that forbids it, or `nothing_stands`. */
  reason: string
}

export interface RetryInput {
  judged: readonly Judged[]
  money: OrderMoney
  requests: readonly OpenRequest[]
  /** A payment of another order stands that may have been meant for this one. */
  misnamed: boolean
}

/** Statuses in which a payment may still become, or again become, money of this order. Total over `Status`. */
const BLOCKS_RETRY: Readonly<Record<Status, boolean>> = {
  created: true,
  action_required: true,
  pending: true,
  held_for_review: true,
  authorized: true,
  partially_captured: false,
  captured: false,
  partially_refunded: false,
  refunded: false,
  voided: false,
  expired: false,
  declined: false,
  failed: false,
  charged_back: true,
  unrecognized: true,
}

const DOUBTS: readonly DiscrepancyClass[] = ['outcome_mismatch', 'test_mode_mismatch', 'merchant_mismatch']

export function retryAdvice(input: RetryInput): RetryAdvice {
  const reason =
    moneyReason(input.money) ??
    statusReason(input.judged) ??
    doubtReason(input.judged) ??
    (input.misnamed ? 'order_mismatch' : null) ??
    requestReason(input)
  return { safeToRetry: reason === null, reason: reason ?? 'nothing_stands' }
}

function moneyReason({ net }: OrderMoney): string | null {
  if (net === null) return 'amount_unknown'
  return net > 0 ? 'money_held' : null
}

function statusReason(judged: readonly Judged[]): string | null {
  const blocking = judged.find(({ transaction }) => BLOCKS_RETRY[transaction.status])
  if (blocking !== undefined) return `transaction_${blocking.transaction.status}`
  const surprised = judged.some(({ facts }) => facts.some((fact) => fact.type === 'unrecognized'))
  return surprised ? 'unrecognized_event' : null
}

function doubtReason(judged: readonly Judged[]): string | null {
  const open = new Set(
    judged.flatMap(({ transaction }) => transaction.discrepancies.map((found) => found.class)),
  )
  return DOUBTS.find((doubt) => open.has(doubt)) ?? null
}

function requestReason({ judged, requests }: RetryInput): string | null {
  if (requests.some(({ outcome }) => outcome === 'unknown')) return 'request_of_unknown_outcome'
  const announced = judged.some(({ inFlight }) => inFlight)
  return announced || requests.some(({ outcome }) => outcome === 'in_flight') ? 'request_in_flight' : null
}
