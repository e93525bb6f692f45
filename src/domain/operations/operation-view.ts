import type { Times } from '../identity/call-times.ts'
import type { RootFacts } from '../identity/references.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { Operation } from '../event/transaction-event.ts'
import type { Statement, WitnessOutcome } from './witness-outcome.ts'

/** The shapes that folding and judging a transaction hand to each other. */

/** Everything that is said about one step, before it is judged. */
export interface StatedOperation {
  kind: Operation
  /** Identity within the transaction, from content only. */
  key: string
  reference: string | null
  operationId: string | null
  statements: readonly Statement[]
  /** Announced to us beforehand. */
  expectation: Expectation | null
}

export interface OperationView extends StatedOperation {
  sides: Record<'response' | 'notification', readonly Statement[]>
  response: WitnessOutcome
  notification: WitnessOutcome
  /** What is true of it; see `outcomeOfBoth`. */
  overall: WitnessOutcome
  /** Own amount of this step: the successful statements', the notification's first. */
  amount: number | null
  /** Whose amount that is; null: no statement has one. */
  amountBy: Statement | null
}

/** What the fold of one transaction starts from; all lists in canonical order. */
export interface TransactionInput {
  root: string
  /** Facts that carry a reference of this transaction. */
  facts: RootFacts
  /** Our calls on this transaction whose answer named no reference. */
  requests: readonly StoredEvent[]
  /** Answers to a payment call of the order that belong to this transaction's initial operation. */
  paymentAnswers: readonly StoredEvent[]
  /** Announced later steps of this transaction. */
  announced: readonly Expectation[]
  /** What the account promises about clocks and calls. */
  times: Times
}

/** The same with what its order adds to the judgement. */
export interface TransactionEvidence extends TransactionInput {
  orderId: string | null
  /** Announced payments of its order. */
  expectations: readonly Expectation[]
}
