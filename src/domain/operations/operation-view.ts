import type { Times } from '../identity/call-times.ts'
import type { RootFacts } from '../identity/references.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { Operation } from '../event/vocabulary.ts'
import type { Statement, WitnessOutcome } from './witness-outcome.ts'

/** The shapes that fold and reconciliation of a transaction share. */

/** All statements about one step, before they are compared. */
export interface StatedOperation {
  kind: Operation
  /** Identity within the transaction, from content only. */
  key: string
  reference: string | null
  operationId: string | null
  statements: readonly Statement[]
  /** The merchant announced it. */
  expectation: Expectation | null
}

export interface OperationView extends StatedOperation {
  sides: Record<'response' | 'notification', readonly Statement[]>
  response: WitnessOutcome
  notification: WitnessOutcome
  /** The outcome by both sides; see `outcomeOfBoth`. */
  overall: WitnessOutcome
  /** Own amount of this step: as the successful statements state it, the notification first. */
  amount: number | null
  /** The statement of that amount; null: no statement has one. */
  amountBy: Statement | null
}

/** The authorization or the sale, not a later step. */
export function isInitial(operation: OperationView): boolean {
  return operation.kind === 'authorization' || operation.kind === 'sale'
}

/** The input of the fold of one transaction; all lists in canonical order. */
export interface TransactionInput {
  root: string
  /** Facts that carry a reference of this transaction. */
  facts: RootFacts
  /** The merchant's calls on this transaction whose answer named no reference. */
  requests: readonly StoredEvent[]
  /** Answers to a payment call of the order that belong to this transaction's initial operation. */
  paymentAnswers: readonly StoredEvent[]
  /** Announced later steps of this transaction. */
  announced: readonly Expectation[]
  /** The account's policy about clocks and calls. */
  times: Times
}

/** The same with the evidence that its order adds. */
export interface TransactionEvidence extends TransactionInput {
  orderId: string | null
  /** Announced payments of its order. */
  expectations: readonly Expectation[]
}
