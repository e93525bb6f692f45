import type { Judged } from './judged-transaction.ts'
import { sumOf } from './totals.ts'
import type { Expectation } from './transaction.ts'

/** The sums of one order, in minor units of `currency`; null: an amount or the currency is not known. */
export interface OrderMoney {
  currency: string | null
  captured: number | null
  refunded: number | null
  chargedBack: number | null
  net: number | null
  /** The most the customer was allowed to be charged: authorized, or captured where no authorization is known. */
  granted: number | null
  /** The largest announced amount. `foreign`: announced in a currency that the payments do not have. */
  expected: { amount: number; foreign: boolean } | null
  /** Roots that hold money. */
  payers: string[]
}

/** `counting` are the order's transactions that count, unlinked steps included: they net the order, not their payment. */
export function orderMoney(counting: readonly Judged[], payments: readonly Expectation[]): OrderMoney {
  const currencies = new Set(counting.filter(moves).flatMap(({ transaction }) => transaction.currency ?? []))
  // Different currencies cannot be added up; whatever the sum is, it is not known.
  const mixed = currencies.size > 1
  const total = (read: (judged: Judged) => number | null): number | null =>
    mixed ? null : sumOf(counting.map(read))
  const captured = total(({ folded }) => folded.captured.total)
  const refunded = total(({ folded }) => folded.refunded.total)
  const chargedBack = total(({ folded }) => folded.dispute.total)
  const currency = mixed ? null : currencyOf(counting, payments)
  return {
    currency,
    captured,
    refunded,
    chargedBack,
    net: netOf(captured, refunded, chargedBack),
    granted: mixed ? null : grantedBy(counting, captured),
    expected: expectedOf(payments, currency),
    payers: counting
      .filter(({ folded }) => folded.captured.settled)
      .map(({ transaction }) => transaction.reference),
  }
}

function moves({ folded }: Judged): boolean {
  return folded.captured.settled || folded.refunded.settled
}

function netOf(captured: number | null, refunded: number | null, chargedBack: number | null): number | null {
  if (captured === null || refunded === null || chargedBack === null) return null
  return captured - refunded - chargedBack
}

function currencyOf(counting: readonly Judged[], payments: readonly Expectation[]): string | null {
  const stated = [...counting.filter(moves), ...counting].map(({ transaction }) => transaction.currency)
  return (
    [...stated, ...payments.map(({ currency }) => currency)].find((currency) => currency !== null) ?? null
  )
}

function grantedBy(counting: readonly Judged[], captured: number | null): number | null {
  if (captured === null) return null
  const authorized = counting.reduce((sum, { folded }) => sum + (folded.authorizedTotal ?? 0), 0)
  return Math.max(authorized, captured)
}

function expectedOf(payments: readonly Expectation[], currency: string | null): OrderMoney['expected'] {
  let largest: OrderMoney['expected'] = null
  for (const payment of payments) {
    if (payment.amount === null || (largest !== null && payment.amount <= largest.amount)) continue
    largest = {
      amount: payment.amount,
      foreign: payment.currency !== null && payment.currency !== currency,
    }
  }
  return largest
}
