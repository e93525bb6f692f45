import type { Coverage, Expectation, Resolution } from '../../domain/transaction.ts'
import type { ReplacedId } from '../../card-data/identifiers.ts'
import type { AccountScope, ListedDiscrepancy } from '../../records.ts'
import type { ReconciliationUnit } from './reconciliation.ts'

/** What merchants announce and operators state, each in one transaction with what follows from it. */
export interface StatementUnit extends ReconciliationUnit {
  /** Keep what ids were, where they may be kept. */
  keepOriginals(scope: AccountScope, originals: readonly ReplacedId[]): Promise<void>
  /**
   * Keep the announcement; where there is a live one of the same key already, note on that one that it was said again, and
   * answer it as it stands.
   */
  announce(expectation: Expectation, key: Buffer): Promise<Expectation>
  /** Live or withdrawn; null when unknown. */
  findExpectation(id: string): Promise<Expectation | null>
  withdraw(id: string, now: Date): Promise<void>
  /** Null when unknown. */
  findDiscrepancy(id: string): Promise<ResolvableDiscrepancy | null>
  state(statement: OperatorStatement): Promise<void>
}

/** A discrepancy with its identity and how it was closed; `resolution` is null while it is open. */
export interface ResolvableDiscrepancy extends ListedDiscrepancy {
  key: string
  /** What a statement about it covers as it stands. */
  covers: Coverage
}

/** A resolution with everything an auditor asks: who, about what, why. */
export interface OperatorStatement
  extends Resolution, AccountScope, Record<'reference' | 'orderId', string | null> {
  id: string
  discrepancyId: string
  note: string
  /** Name of the API key. */
  author: string
}

export interface StatementStore {
  /** Run `work` in one transaction: all of it is committed, or nothing. */
  inTransaction<T>(work: (unit: StatementUnit) => Promise<T>): Promise<T>
}
