import { momentOf } from '../event/canonical-order.ts'
import { axisOf, statesCounters } from '../event/meaning.ts'
import { groupSteps } from './join-steps.ts'
import type { StoredEvent } from '../event/evidence.ts'
import { bySide, outcomeOfBoth, statementOf, witnessOutcomeOf } from './witness-outcome.ts'
import type { Statement, WitnessOutcome } from './witness-outcome.ts'
import type { OperationView, StatedOperation, TransactionInput } from './operation-view.ts'

/** The money steps of one transaction, each with the statements of both sides. */

export function operationsOf(input: TransactionInput): OperationView[] {
  const later = [...input.facts, ...input.requests]
  const operations = [
    ...initialOperations(input),
    ...groupSteps('capture', factsOn('capture', later), input.announced, input.times),
    ...groupSteps('refund', factsOn('refund', later), input.announced, input.times),
    ...groupSteps('void', factsOn('void', later), input.announced, input.times),
    ...groupSteps('credit', factsOn('credit', later), input.announced, input.times),
    ...chargebackOperation(factsOn('chargeback', input.facts)),
  ]
  return operations.map(viewOf)
}

function factsOn(axis: string, facts: readonly StoredEvent[]): StoredEvent[] {
  return facts.filter((fact) => axisOf(fact) === axis)
}

function viewOf(operation: StatedOperation): OperationView {
  const sides = bySide(operation.statements)
  const response = witnessOutcomeOf(sides.response)
  const notification = witnessOutcomeOf(sides.notification)
  const overall = outcomeOfBoth(response, notification)
  const amountBy = amountStatement(operation, overall, sides)
  return { ...operation, sides, response, notification, overall, amount: amountBy?.amount ?? null, amountBy }
}

/**
 * The statement of an operation's amount. Of an authorization with counters it is the largest amount of the granting
 * side, since any granted amount may stand. The amount is unknown where the provider's amount cannot be read, or
 * where the provider states two at one moment, whatever the merchant states.
 */
function amountStatement(
  { kind }: StatedOperation,
  overall: WitnessOutcome,
  sides: OperationView['sides'],
): Statement | null {
  const stating = statingAmount(overall, [...sides.notification].reverse(), sides.response)
  if (stating === null || overall.outcome !== 'done') return stating
  const done = sides.notification.filter(({ outcome }) => outcome === 'done')
  if (stating.outcome !== 'done' || stating.fact.witness === 'response')
    return done.some(({ fact }) => fact.invalidAmounts.length > 0) ? null : stating
  const amounts = done.filter(({ amount }) => amount !== null)
  if (kind === 'authorization' && statesCounters(stating.fact)) return amounts.reduce(larger, stating)
  const isContradictory = amounts.some(
    ({ amount, fact }) => amount !== stating.amount && momentOf(fact) === momentOf(stating.fact),
  )
  return isContradictory ? null : stating
}

function larger(left: Statement, right: Statement): Statement {
  return Number(right.amount) > Number(left.amount) ? right : left
}

/**
 * The deciding statement if it has an amount, else another statement of the same outcome, else the requested amount.
 */
function statingAmount(overall: WitnessOutcome, ...sides: (readonly Statement[])[]): Statement | null {
  const { statement: deciding } = overall
  if (deciding !== null && deciding.amount !== null) return deciding
  const others = sides.flat().filter((statement) => statement.amount !== null)
  return others.find((statement) => statement.outcome === overall.outcome) ?? others[0] ?? null
}

/** One per reference: a linked second payment under the same root is a second initial operation. */
function initialOperations(input: TransactionInput): StatedOperation[] {
  const statements = new Map<string, Statement[]>()
  for (const fact of input.facts) {
    const statement = initialStatement(fact)
    if (statement === null) continue
    const key = fact.reference
    statements.set(key, [...(statements.get(key) ?? []), statement])
  }
  addClosings(input, statements)
  addPaymentAnswers(input, statements)
  return [...statements].map(([reference, list]) => initialOperation(reference, list))
}

function initialOperation(reference: string, statements: readonly Statement[]): StatedOperation {
  const operationId = statements.find(({ fact, explicit }) => explicit && fact.operationId !== null)?.fact
    .operationId
  return {
    kind: isSale(statements) ? 'sale' : 'authorization',
    key: `initial:${reference}`,
    reference,
    operationId: operationId ?? null,
    statements,
    expectation: null,
  }
}

/**
 * As the provider notified it; without a notification, by answers that name the payment. A call that was cut off only
 * states the request.
 */
function isSale(statements: readonly Statement[]): boolean {
  const naming = statements.filter(({ fact, explicit }) => explicit && fact.reference !== null)
  const notified = naming.filter(({ fact }) => fact.witness !== 'response')
  return (notified.length > 0 ? notified : naming).some(({ fact }) => fact.operation === 'sale')
}

function initialStatement(fact: StoredEvent): Statement | null {
  const amount = fact.authorizedTotal ?? (axisOf(fact) === 'initial' ? fact.amount : null)
  if (axisOf(fact) === 'initial') return statementOf(fact, amount)
  return fact.statesAuthorization ? { fact, outcome: 'done', amount, explicit: false } : null
}

/** A notified void ends the authorization, whatever its outcome, and contradicts neither side. */
function addClosings(input: TransactionInput, statements: Map<string, Statement[]>): void {
  for (const fact of input.facts) {
    // Only the merchant's answer links a void with an id of its own: the provider states nothing about this
    // authorization.
    if (fact.type !== 'voided' || fact.witness === 'response' || !statesCounters(fact)) continue
    const closing: Statement = { fact, outcome: 'closed', amount: fact.authorizedTotal, explicit: false }
    const known = statements.get(input.root)
    if (known !== undefined) known.push(closing)
    else statements.set(input.root, [closing])
  }
}

function addPaymentAnswers(input: TransactionInput, statements: Map<string, Statement[]>): void {
  const known = statements.get(input.root) ?? statements.values().next().value
  for (const fact of input.paymentAnswers) known?.push(statementOf(fact, fact.amount))
}

/** One dispute per payment: its stages are statements about the same money. */
function chargebackOperation(facts: readonly StoredEvent[]): StatedOperation[] {
  const [first] = facts
  if (first === undefined) return []
  return [
    {
      kind: 'chargeback',
      key: 'chargeback',
      reference: first.operationReference,
      operationId: null,
      statements: facts.map((fact) => statementOf(fact, fact.amount)),
      expectation: null,
    },
  ]
}
