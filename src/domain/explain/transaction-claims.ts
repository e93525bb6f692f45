import { isSlow } from '../event/meaning.ts'
import { outrankedFacts, discrepancyPath, factsOf } from './claims.ts'
import type { Claim, ExplainedField, ExplainedTransaction } from './claims.ts'
import type { Basis, RuleId } from '../event/rules.ts'
import type { OperationReconciliation } from '../reconciliation/operation-reconciliation.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { orderDecidingFact } from '../identity/order-membership.ts'
import { isStated, decidingFact } from '../reconciliation/attributes.ts'
import { ATTRIBUTE_FIELDS } from '../event/transaction-event.ts'
import { furthestUnfinished } from '../reconciliation/status.ts'
import { isInitial } from '../money/totals.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { Discrepancy, DiscrepancyClass, Status } from '../reconciliation/transaction.ts'

/** Who decided the fields of the transaction itself: read off what the fold has noted with each sum and trait. */
export function transactionClaims(subject: ExplainedTransaction): Claim[] {
  return [
    statusClaim(subject),
    reconciliationClaim(subject),
    ...overdueClaims(subject),
    orderClaim(subject),
    ...totalClaims(subject),
    ...traitClaims(subject),
    ...discrepancyClaims(subject),
  ]
}

type Said = Omit<Claim, 'path' | 'field' | 'also'>

function claimed(field: ExplainedField, said: Said): Claim {
  return { path: field, field, also: [], ...said }
}

/** Whose facts make a status what it is. Total: a new status does not compile until it is named here. */
const DECIDED_BY: Readonly<Record<Status, (subject: ExplainedTransaction) => readonly StoredEvent[]>> = {
  charged_back: ({ judged }) => judged.folded.dispute.by.facts,
  refunded: ({ judged }) =>
    judged.folded.refunded.settled ? refundFacts(judged.folded) : outcomeFacts(judged.folded, 'done'),
  partially_refunded: ({ judged }) => refundFacts(judged.folded),
  captured: ({ judged }) => judged.folded.captured.by.facts,
  partially_captured: ({ judged: { folded } }) => [...folded.captured.by.facts, ...folded.authorizedBy.facts],
  declined: ({ judged }) => outcomeFacts(judged.folded, 'declined'),
  failed: ({ judged }) => [
    ...outcomeFacts(judged.folded, 'failed'),
    ...outcomeFacts(judged.folded, 'not_processed'),
  ],
  voided: ({ judged }) => outcomeFacts(judged.folded, 'done', 'void'),
  expired: ({ judged }) => judged.input.facts.filter(({ type }) => type === 'expired'),
  authorized: ({ judged }) => outcomeFacts(judged.folded, 'done'),
  held_for_review: unfinishedFacts,
  pending: unfinishedFacts,
  action_required: unfinishedFacts,
  created: ({ judged }) => judged.input.facts.filter(({ type }) => type === 'created'),
  unrecognized: () => [],
}

type Folded = ExplainedTransaction['judged']['folded']

function refundFacts({ refunded, captured }: Folded): StoredEvent[] {
  return [...refunded.by.facts, ...captured.by.facts]
}

function outcomeFacts(
  { operations }: Pick<Folded, 'operations'>,
  outcome: OperationView['word']['outcome'],
  kind?: OperationView['kind'],
): StoredEvent[] {
  return operations
    .filter((operation) => operation.word.outcome === outcome && (kind ?? operation.kind) === operation.kind)
    .flatMap(({ statements, word }) => statements.filter((statement) => statement === word.statement))
    .map(({ fact }) => fact)
}

function unfinishedFacts({ judged: { folded } }: ExplainedTransaction): StoredEvent[] {
  return outcomeFacts(folded, furthestUnfinished(folded.operations.map(({ word }) => word.outcome)))
}

function statusClaim(subject: ExplainedTransaction): Claim {
  const { status } = subject.transaction
  const deciding = [...new Set(DECIDED_BY[status](subject))]
  const beside = outrankedFacts(factsOf(subject), deciding, ({ type }) =>
    type === 'noted' ? 'F-8' : type === 'unrecognized' ? 'F-9' : 'S-1',
  )
  return claimed('status', { rule: statusRule(subject), deciding, beside })
}

function statusRule({ transaction: { status }, judged: { folded } }: ExplainedTransaction): RuleId {
  if (status === 'partially_captured' || status === 'partially_refunded') return 'S-3'
  const paid = folded.operations.some(isInitial) || folded.captured.settled || folded.refunded.settled
  return paid ? 'S-1' : 'S-4'
}

/** Found by trying: whatever the worst operation or the open contradiction needs. */
function reconciliationClaim(subject: ExplainedTransaction): Claim {
  const rule = subject.ofOrder ?? 'W-5'
  const payer = subject.ofOrder === null ? [] : subject.judged.folded.captured.by.facts
  const beside = outrankedFacts(factsOf(subject), payer, () => rule)
  return claimed('reconciliation', { rule, deciding: payer, beside })
}

function overdueClaims(subject: ExplainedTransaction): Claim[] {
  const { late } = subject.judged
  if (late === null) return [claimed('overdue', { rule: 'D-1', deciding: [], beside: [] })]
  return [
    claimed('overdue', {
      rule: waitRule(late),
      deciding: [],
      beside: outrankedFacts(factsOf(subject), [], () => null),
    }),
  ]
}

function waitRule({ operation, reconciliation }: OperationReconciliation): RuleId {
  if (reconciliation === 'awaiting_response' || reconciliation === 'expected') return 'D-4'
  if (operation.word.outcome === 'action') return 'D-2'
  const { statement } = operation.word
  return statement !== null && isSlow(statement.fact) ? 'D-3' : 'D-1'
}

function orderClaim(subject: ExplainedTransaction): Claim {
  const { facts } = subject.judged.input
  const all = factsOf(subject)
  const teller = orderDecidingFact(facts) ?? orderDecidingFact(all)
  const deciding = teller === null ? [] : [teller]
  const naming = all.filter(({ orderId }) => orderId !== null)
  return claimed('orderId', { rule: 'I-6', deciding, beside: outrankedFacts(naming, deciding, () => 'I-6') })
}

function totalClaims(subject: ExplainedTransaction): Claim[] {
  const { folded } = subject.judged
  const { captured, refunded, dispute, authorizedBy } = folded
  const rest = dispute.by.rule === 'M-11' && dispute.open ? refundFacts(folded) : []
  return [
    totalClaim(subject, 'authorizedTotal', authorizedBy),
    totalClaim(subject, 'capturedTotal', captured.by),
    totalClaim(subject, 'refundedTotal', refunded.by),
    totalClaim(subject, 'chargedBackTotal', { ...dispute.by, facts: [...dispute.by.facts, ...rest] }),
  ]
}

type TotalField = Extract<ExplainedField, `${string}Total`>

const SPEAKING: Readonly<Record<TotalField, readonly OperationView['kind'][]>> = {
  authorizedTotal: ['authorization', 'sale'],
  capturedTotal: ['capture', 'sale'],
  refundedTotal: ['refund'],
  chargedBackTotal: ['chargeback'],
}

/** Beside a sum stand the other statements about its operations, and facts that only state its counter. */
function totalClaim(subject: ExplainedTransaction, field: TotalField, { rule, facts }: Basis): Claim {
  const kinds = SPEAKING[field]
  const deciding = [...new Set(facts)]
  const spoken = subject.judged.folded.operations
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ statements }) => statements.map(({ fact }) => fact))
  // A total that no fact moved was not decided by facts that merely repeat that it is nothing.
  const counting =
    deciding.length === 0 ? [] : factsOf(subject).filter((fact) => counterOf(field, fact) !== null)
  const beside = outrankedFacts([...new Set([...spoken, ...counting])], deciding, () => rule)
  return claimed(field, { rule, deciding, beside })
}

function counterOf(field: TotalField, fact: StoredEvent): number | null {
  if (field === 'authorizedTotal') return fact.authorizedTotal
  if (field === 'capturedTotal') return fact.capturedTotal
  return field === 'refundedTotal' ? fact.refundedTotal : null
}

const TRAIT_FIELDS = ['currency', 'test', ...ATTRIBUTE_FIELDS] as const

function traitClaims({ judged }: ExplainedTransaction): Claim[] {
  const { facts } = judged.input
  return TRAIT_FIELDS.map((field) => {
    const teller = decidingFact(facts, field)
    const deciding = teller === undefined ? [] : [teller]
    const stating = facts.filter((fact) => isStated(fact[field]))
    return claimed(field, { rule: 'F-11', deciding, beside: outrankedFacts(stating, deciding, () => 'F-11') })
  })
}

/** What each class rests on; where the class has several rules, the field tells them apart. */
const FOUND_BY: Readonly<Record<DiscrepancyClass, RuleId>> = {
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
  // An order's, never a transaction's: nothing here is found by it.
  authorization_open: 'W-5',
}

function foundBy({ class: found, field }: Discrepancy): RuleId {
  const balance = (found === 'outcome_mismatch' || found === 'amount_mismatch') && field !== null
  return balance ? 'M-12' : FOUND_BY[found]
}

/** A contradiction rests on several messages: found by trying which of them it cannot do without. */
function discrepancyClaims(subject: ExplainedTransaction): Claim[] {
  return subject.transaction.discrepancies.map((discrepancy, index) => ({
    path: discrepancyPath(discrepancy.key),
    field: `discrepancies[${index}]`,
    rule: foundBy(discrepancy),
    deciding: [],
    beside: outrankedFacts(factsOf(subject), [], () => null),
    also: [],
  }))
}
