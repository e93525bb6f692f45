import { isSlow } from '../event/meaning.ts'
import { outrankedFacts, discrepancyPath, factsOf } from './derivations.ts'
import type { Derivation, ExplainedField, ExplainedTransaction } from './derivations.ts'
import type { Basis, RuleId } from '../event/rules.ts'
import type { OperationReconciliation } from '../reconciliation/operation-reconciliation.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { orderDecidingFact } from '../identity/order-membership.ts'
import { isStated, decidingFact } from '../reconciliation/attributes.ts'
import { ATTRIBUTE_FIELDS } from '../event/transaction-event.ts'
import { furthestUnfinished } from '../reconciliation/status.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { DiscrepancyClass } from '../reconciliation/discrepancy-classes.ts'
import type { Discrepancy, Status } from '../reconciliation/transaction.ts'

/** The deciding facts of the transaction's own fields, as the fold noted them with each sum and attribute. */
export function transactionDerivations(subject: ExplainedTransaction): Derivation[] {
  return [
    statusDerivation(subject),
    reconciliationDerivation(subject),
    ...overdueDerivations(subject),
    orderDerivation(subject),
    ...totalDerivations(subject),
    ...attributeDerivations(subject),
    ...discrepancyDerivations(subject),
  ]
}

type Decision = Omit<Derivation, 'path' | 'field' | 'otherSources'>

function derivation(field: ExplainedField, decision: Decision): Derivation {
  return { path: field, field, otherSources: [], ...decision }
}

/** The facts that decide a status. Total: a new status does not compile until it is listed here. */
const STATUS_FACTS: Readonly<Record<Status, (subject: ExplainedTransaction) => readonly StoredEvent[]>> = {
  charged_back: ({ reconciled }) => reconciled.folded.dispute.by.facts,
  refunded: ({ reconciled }) =>
    reconciled.folded.refunded.settled
      ? refundFacts(reconciled.folded)
      : outcomeFacts(reconciled.folded, 'done'),
  partially_refunded: ({ reconciled }) => refundFacts(reconciled.folded),
  captured: ({ reconciled }) => reconciled.folded.captured.by.facts,
  partially_captured: ({ reconciled: { folded } }) => [
    ...folded.captured.by.facts,
    ...folded.authorizedBy.facts,
  ],
  declined: ({ reconciled }) => outcomeFacts(reconciled.folded, 'declined'),
  failed: ({ reconciled }) => [
    ...outcomeFacts(reconciled.folded, 'failed'),
    ...outcomeFacts(reconciled.folded, 'not_processed'),
  ],
  voided: ({ reconciled }) => outcomeFacts(reconciled.folded, 'done', 'void'),
  expired: ({ reconciled }) => reconciled.input.facts.filter(({ type }) => type === 'expired'),
  authorized: ({ reconciled }) => outcomeFacts(reconciled.folded, 'done'),
  held_for_review: unfinishedFacts,
  pending: unfinishedFacts,
  action_required: unfinishedFacts,
  created: ({ reconciled }) => reconciled.input.facts.filter(({ type }) => type === 'created'),
  unrecognized: () => [],
}

type Folded = ExplainedTransaction['reconciled']['folded']

function refundFacts({ refunded, captured }: Folded): StoredEvent[] {
  return [...refunded.by.facts, ...captured.by.facts]
}

function outcomeFacts(
  { operations }: Pick<Folded, 'operations'>,
  outcome: OperationView['overall']['outcome'],
  kind?: OperationView['kind'],
): StoredEvent[] {
  return operations
    .filter(
      (operation) => operation.overall.outcome === outcome && (kind ?? operation.kind) === operation.kind,
    )
    .flatMap(({ statements, overall }) => statements.filter((statement) => statement === overall.statement))
    .map(({ fact }) => fact)
}

function unfinishedFacts({ reconciled: { folded } }: ExplainedTransaction): StoredEvent[] {
  return outcomeFacts(folded, furthestUnfinished(folded.operations.map(({ overall }) => overall.outcome)))
}

function statusDerivation(subject: ExplainedTransaction): Derivation {
  const { status } = subject.transaction
  const deciding = [...new Set(STATUS_FACTS[status](subject))]
  const outranked = outrankedFacts(factsOf(subject), deciding, ({ type }) =>
    type === 'noted' ? 'F-8' : type === 'unrecognized' ? 'F-9' : 'S-1',
  )
  return derivation('status', { rule: statusRule(subject), deciding, outranked })
}

function statusRule({ transaction: { status }, reconciled: { folded } }: ExplainedTransaction): RuleId {
  if (status === 'partially_captured' || status === 'partially_refunded') return 'S-3'
  const paid = folded.operations.some(isInitial) || folded.captured.settled || folded.refunded.settled
  return paid ? 'S-1' : 'S-4'
}

/** The deciding facts are found by trying: whatever the worst operation or the open contradiction needs. */
function reconciliationDerivation(subject: ExplainedTransaction): Derivation {
  const rule = subject.orderRule ?? 'W-5'
  const payer = subject.orderRule === null ? [] : subject.reconciled.folded.captured.by.facts
  const outranked = outrankedFacts(factsOf(subject), payer, () => rule)
  return derivation('reconciliation', { rule, deciding: payer, outranked })
}

function overdueDerivations(subject: ExplainedTransaction): Derivation[] {
  const { overdueOperation } = subject.reconciled
  if (overdueOperation === null) return [derivation('overdue', { rule: 'D-1', deciding: [], outranked: [] })]
  return [
    derivation('overdue', {
      rule: waitRule(overdueOperation),
      deciding: [],
      outranked: outrankedFacts(factsOf(subject), [], () => null),
    }),
  ]
}

function waitRule({ operation, reconciliation }: OperationReconciliation): RuleId {
  if (reconciliation === 'awaiting_response' || reconciliation === 'expected') return 'D-4'
  if (operation.overall.outcome === 'action') return 'D-2'
  const { statement } = operation.overall
  return statement !== null && isSlow(statement.fact) ? 'D-3' : 'D-1'
}

function orderDerivation(subject: ExplainedTransaction): Derivation {
  const { facts } = subject.reconciled.input
  const all = factsOf(subject)
  const fact = orderDecidingFact(facts) ?? orderDecidingFact(all)
  const deciding = fact === null ? [] : [fact]
  const naming = all.filter(({ orderId }) => orderId !== null)
  return derivation('orderId', {
    rule: 'I-6',
    deciding,
    outranked: outrankedFacts(naming, deciding, () => 'I-6'),
  })
}

function totalDerivations(subject: ExplainedTransaction): Derivation[] {
  const { folded } = subject.reconciled
  const { captured, refunded, dispute, authorizedBy } = folded
  const rest = dispute.by.rule === 'M-11' && dispute.open ? refundFacts(folded) : []
  return [
    totalDerivation(subject, 'authorizedTotal', authorizedBy),
    totalDerivation(subject, 'capturedTotal', captured.by),
    totalDerivation(subject, 'refundedTotal', refunded.by),
    totalDerivation(subject, 'chargedBackTotal', { ...dispute.by, facts: [...dispute.by.facts, ...rest] }),
  ]
}

type TotalField = Extract<ExplainedField, `${string}Total`>

const STATED_BY: Readonly<Record<TotalField, readonly OperationView['kind'][]>> = {
  authorizedTotal: ['authorization', 'sale'],
  capturedTotal: ['capture', 'sale'],
  refundedTotal: ['refund'],
  chargedBackTotal: ['chargeback'],
}

/** A sum outranks the other statements about its operations, and facts that only state its counter. */
function totalDerivation(
  subject: ExplainedTransaction,
  field: TotalField,
  { rule, facts }: Basis,
): Derivation {
  const kinds = STATED_BY[field]
  const deciding = [...new Set(facts)]
  const stated = subject.reconciled.folded.operations
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ statements }) => statements.map(({ fact }) => fact))
  // A total without a deciding fact outranks no facts that repeat that it is zero.
  const counting =
    deciding.length === 0 ? [] : factsOf(subject).filter((fact) => counterOf(field, fact) !== null)
  const outranked = outrankedFacts([...new Set([...stated, ...counting])], deciding, () => rule)
  return derivation(field, { rule, deciding, outranked })
}

function counterOf(field: TotalField, fact: StoredEvent): number | null {
  if (field === 'authorizedTotal') return fact.authorizedTotal
  if (field === 'capturedTotal') return fact.capturedTotal
  return field === 'refundedTotal' ? fact.refundedTotal : null
}

const EXPLAINED_ATTRIBUTES = ['currency', 'test', ...ATTRIBUTE_FIELDS] as const

function attributeDerivations({ reconciled }: ExplainedTransaction): Derivation[] {
  const { facts } = reconciled.input
  return EXPLAINED_ATTRIBUTES.map((field) => {
    const fact = decidingFact(facts, field)
    const deciding = fact === undefined ? [] : [fact]
    const stating = facts.filter((fact) => isStated(fact[field]))
    return derivation(field, {
      rule: 'F-11',
      deciding,
      outranked: outrankedFacts(stating, deciding, () => 'F-11'),
    })
  })
}

/** The rule of each class; where a class has several, the field distinguishes them. */
const DISCREPANCY_RULES: Readonly<Record<DiscrepancyClass, RuleId>> = {
  outcome_mismatch: 'W-6',
  amount_mismatch: 'J-10',
  currency_mismatch: 'X-1',
  order_mismatch: 'X-1',
  merchant_mismatch: 'X-1',
  test_mode_mismatch: 'X-1',
  unexpected_payment: 'X-3',
  duplicate_payment: 'X-6',
  missing_notification: 'D-1',
  missing_response: 'D-4',
  missing_step: 'M-6',
  invalid_amount: 'X-2',
  // Only an order has it: this entry is never read.
  authorization_open: 'W-5',
}

function ruleOfDiscrepancy({ class: found, field }: Discrepancy): RuleId {
  const balance = (found === 'outcome_mismatch' || found === 'amount_mismatch') && field !== null
  return balance ? 'M-12' : DISCREPANCY_RULES[found]
}

/** A contradiction is based on several messages: trying finds which of them it needs. */
function discrepancyDerivations(subject: ExplainedTransaction): Derivation[] {
  return subject.transaction.discrepancies.map((discrepancy, index) => ({
    path: discrepancyPath(discrepancy.key),
    field: `discrepancies[${index}]`,
    rule: ruleOfDiscrepancy(discrepancy),
    deciding: [],
    outranked: outrankedFacts(factsOf(subject), [], () => null),
    otherSources: [],
  }))
}
