import { ATTRIBUTE_FIELDS } from '../event/transaction-event.ts'
import type { RuleId } from '../event/rules.ts'
import type { ReconciledTransaction } from '../reconciliation/reconciled-transaction.ts'
import type { Resolution, StoredEvent } from '../event/evidence.ts'
import type { Transaction } from '../reconciliation/transaction.ts'

/**
 * The assumed explanation of one field before it is tried: the deciding facts, the rule, and the facts that it
 * outranks.
 */
export interface Derivation {
  /** Identity of the field from content, equal over different sets of messages; see `stateOf`. */
  path: string
  /** The field as a reader of the transaction's JSON finds it: `status`, `operations[0].amount`. */
  field: string
  rule: RuleId
  deciding: readonly StoredEvent[]
  /** Facts that state the same field and did not decide it. */
  outranked: readonly OutrankedFact[]
  /** Deciding inputs other than messages. */
  otherSources: readonly OtherSource[]
}

export interface OutrankedFact {
  fact: StoredEvent
  /** The rule by which it did not decide; null: it is only tried, and not shown when it is not needed. */
  rule: RuleId | null
}

export type OtherSource =
  { kind: 'expectation'; id: string } | { kind: 'resolution'; key: string; at: string }

/** One transaction with all that its explanation reads. */
export interface ExplainedTransaction {
  reconciled: ReconciledTransaction
  /** As the API answers it: marked by the findings of its order. */
  transaction: Transaction
  /** The rule by which its order makes it discrepant; null: it stands on its own. */
  orderRule: Extract<RuleId, 'X-5' | 'X-6'> | null
  resolutions: ReadonlyMap<string, readonly Pick<Resolution, 'at' | 'outcome'>[]>
}

/** The fields of a transaction that are explained one by one, besides its operations and discrepancies. */
export const EXPLAINED_FIELDS = [
  'status',
  'reconciliation',
  'overdue',
  'orderId',
  'authorizedTotal',
  'capturedTotal',
  'refundedTotal',
  'chargedBackTotal',
  'currency',
  'test',
  ...ATTRIBUTE_FIELDS,
] as const satisfies readonly (keyof Transaction)[]

export type ExplainedField = (typeof EXPLAINED_FIELDS)[number]

/** The parts of an operation that are explained. */
export const OPERATION_PARTS = ['outcome', 'amount', 'reconciliation', 'response', 'notification'] as const
export type OperationPart = (typeof OPERATION_PARTS)[number]

/** Every explained value of a transaction by its path; operations and discrepancies by their keys. */
export function stateOf({
  reconciled,
  transaction,
}: Pick<ExplainedTransaction, 'reconciled' | 'transaction'>): Map<string, unknown> {
  const state = new Map<string, unknown>(EXPLAINED_FIELDS.map((field) => [field, transaction[field]]))
  for (const [index, { key, overall }] of reconciled.folded.operations.entries()) {
    const parts = { ...transaction.operations[index], outcome: overall.outcome }
    for (const part of OPERATION_PARTS) state.set(operationPath(key, part), parts[part])
  }
  for (const { key, ...discrepancy } of transaction.discrepancies)
    state.set(discrepancyPath(key), discrepancy)
  return state
}

export function operationPath(key: string, part: OperationPart): string {
  return `operations:${key}:${part}`
}

export function discrepancyPath(key: string): string {
  return `discrepancies:${key}`
}

/** Every fact that a transaction was folded from: its own, the calls on it, and the calls it answered. */
export function factsOf({ reconciled: { input } }: Pick<ExplainedTransaction, 'reconciled'>): StoredEvent[] {
  return [...new Set([...input.facts, ...input.requests, ...input.paymentAnswers])]
}

/** All of `facts` but those that decide. */
export function outrankedFacts(
  facts: readonly StoredEvent[],
  deciding: readonly StoredEvent[],
  ruleOf: (fact: StoredEvent) => RuleId | null,
): OutrankedFact[] {
  const known = new Set(deciding)
  return facts.filter((fact) => !known.has(fact)).map((fact) => ({ fact, rule: ruleOf(fact) }))
}
