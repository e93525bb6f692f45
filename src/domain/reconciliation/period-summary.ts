import type { DiscrepancyClass } from './discrepancy-classes.ts'
import type { Reconciliation } from './transaction.ts'
import type { ProviderName } from '../event/transaction-event.ts'

/** The summary of a period in counts, money and time. */

/** From `from` on and before `to`. */
export interface Period {
  from: Date
  to: Date
}

interface OfAccount {
  provider: ProviderName
  account: string
}

type Sums = Record<`${'authorized' | 'captured' | 'refunded' | 'chargedBack'}Total`, number | null>

/**
 * Sums are minor units of `currency` over known amounts; `unknownAmounts` counts the others. Null: the sum exceeds
 * what a number holds exactly.
 */
export interface TransactionCount
  extends OfAccount, Sums, Record<'count' | 'overdue' | 'unknownAmounts', number> {
  test: boolean | null
  currency: string | null
  reconciliation: Reconciliation
}

/** Discrepancies opened in the period; `amountAtRisk` and `unknownAmounts` are those of the ones still open. */
export interface DiscrepancyCount extends OfAccount, Record<'opened' | 'open' | 'unknownAmounts', number> {
  class: DiscrepancyClass
  currency: string | null
  amountAtRisk: number | null
}

/**
 * For transactions that both witnesses reported under their own reference: which witness was first, and how long
 * after the answer the notification came.
 */
export interface WitnessGap extends Record<'both' | 'notificationFirst', number> {
  /** Milliseconds, over those where the answer was received first; null: there are none. */
  gap: Record<'p50' | 'p90' | 'p99', number> | null
}

export interface ReconciliationSummary {
  transactions: TransactionCount[]
  discrepancies: DiscrepancyCount[]
  witnesses: { all: WitnessGap; accounts: (OfAccount & WitnessGap)[] }
}
