import { isDecisive } from '../event/meaning.ts'
import { outrankedFacts, operationPath } from './derivations.ts'
import type {
  OutrankedFact,
  Derivation,
  OperationPart,
  OtherSource,
  ExplainedTransaction,
} from './derivations.ts'
import type { RuleId } from '../event/rules.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { isInitial } from '../operations/operation-view.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { OperationState, Reconciliation } from '../reconciliation/transaction.ts'
import type { Statement, WitnessOutcome } from '../operations/witness-outcome.ts'

/** The deciding facts of each operation, as the fold noted them. */
export function operationDerivations(subject: ExplainedTransaction): Derivation[] {
  return subject.reconciled.folded.operations.flatMap((operation, index) => {
    const derivationOf = (part: OperationPart, decision: Decision): Derivation => ({
      path: operationPath(operation.key, part),
      field: `operations[${index}].${part}`,
      ...decision,
    })
    return [
      derivationOf('outcome', outcomeOf(operation, subject)),
      derivationOf('amount', amountOf(operation)),
      derivationOf('reconciliation', reconciliationOf(operation, subject.transaction.operations[index])),
      derivationOf('response', witnessOf(operation, 'response')),
      derivationOf('notification', witnessOf(operation, 'notification')),
    ]
  })
}

type Decision = Omit<Derivation, 'path' | 'field'>

function announcedBy({ expectation }: OperationView): OtherSource[] {
  return expectation === null ? [] : [{ kind: 'expectation', id: expectation.id }]
}

function outcomeOf(operation: OperationView, subject: ExplainedTransaction): Decision {
  const { overall } = operation
  const { statement } = overall
  if (statement === null)
    return { rule: 'R-10', deciding: [], outranked: [], otherSources: announcedBy(operation) }
  const overruled = overall.outcome !== statement.outcome
  if (overruled && overall.outcome === 'not_processed') {
    const outranked = outrankedFacts(allFacts(operation), [], () => 'Q-2')
    return { rule: 'Q-2', deciding: [], outranked, otherSources: deniedBy(operation, subject) }
  }
  const refusing = overruled ? refusals(subject) : []
  const deciding = overruled ? refusing : [statement.fact]
  const rule = overruled ? 'F-5' : ruleOf(overall, operation)
  return {
    rule,
    deciding,
    outranked: outrankedStatements(operation.statements, deciding, statement),
    otherSources: [],
  }
}

/** The notified refusals of the payment, which an answered success yields to. */
function refusals({ reconciled }: ExplainedTransaction): StoredEvent[] {
  return reconciled.folded.operations
    .filter(isInitial)
    .flatMap(({ sides }) => sides.notification.filter(({ outcome }) => isDecisive(outcome)))
    .map(({ fact }) => fact)
}

function deniedBy({ key }: OperationView, { transaction, resolutions }: ExplainedTransaction): OtherSource[] {
  const path = `||transaction:${transaction.reference}:${key}`
  return [...resolutions]
    .filter(([about]) => about.endsWith(path))
    .flatMap(([about, stated]) =>
      stated
        .filter(({ outcome }) => outcome === 'not_processed')
        .map(({ at }) => ({ kind: 'resolution' as const, key: about, at })),
    )
}

function allFacts({ statements }: OperationView): StoredEvent[] {
  return statements.map(({ fact }) => fact)
}

/** The rule by which the deciding statement decided. */
function ruleOf({ statement, outcome }: WitnessOutcome, { sides }: Pick<OperationView, 'sides'>): RuleId {
  if (outcome === 'closed') return 'F-7'
  if (outcome === 'not_processed') return 'F-10'
  const side = statement?.fact.witness === 'response' ? sides.response : sides.notification
  if (side.filter((decision) => isDecisive(decision.outcome) && decision.explicit).length > 1) return 'F-4'
  return outcome === 'done' && side === sides.response ? 'F-5' : 'F-3'
}

function outrankedStatements(
  statements: readonly Statement[],
  deciding: readonly StoredEvent[],
  by: Statement,
): OutrankedFact[] {
  const known = new Set(deciding)
  return statements
    .filter(({ fact }) => !known.has(fact))
    .map((statement) => ({ fact: statement.fact, rule: reasonOf(statement, by) }))
}

/** The rule by which one statement yields to another about the same operation. */
function reasonOf(statement: Statement, by: Statement): RuleId {
  if (statement.fact.type === 'noted') return 'F-8'
  if (statement.fact.type === 'unrecognized') return 'F-9'
  if (statement.outcome === 'closed') return 'F-7'
  if ((statement.fact.witness === 'response') !== (by.fact.witness === 'response')) return 'F-3'
  if (statement.outcome === 'not_processed') return 'F-10'
  if (!isDecisive(statement.outcome)) return 'F-3'
  return statement.outcome === by.outcome && !statement.explicit ? 'F-6' : 'F-4'
}

function amountOf(operation: OperationView): Decision {
  const { amountBy, statements, expectation } = operation
  const deciding = amountBy === null ? [] : [amountBy.fact]
  const stating = statements.filter(({ amount }) => amount !== null).map(({ fact }) => fact)
  const isAnnounced = amountBy === null && expectation !== null
  return {
    rule: isAnnounced ? 'R-10' : 'M-8',
    deciding,
    outranked: outrankedFacts(stating, deciding, () => 'M-8'),
    otherSources: isAnnounced ? announcedBy(operation) : [],
  }
}

function witnessOf(operation: OperationView, side: 'response' | 'notification'): Decision {
  const witness = operation[side]
  if (witness.statement === null) return { rule: 'F-3', deciding: [], outranked: [], otherSources: [] }
  const deciding = [witness.statement.fact]
  const outranked = outrankedStatements(operation.sides[side], deciding, witness.statement)
  return { rule: ruleOf(witness, operation), deciding, outranked, otherSources: [] }
}

/** The rule of each value; `ruleOfReconciliation` refines the two that depend on the operation. */
const RECONCILIATION_RULES: Readonly<Record<Reconciliation, RuleId>> = {
  discrepant: 'W-6',
  awaiting_notification: 'W-2',
  awaiting_response: 'W-8',
  expected: 'R-10',
  matched: 'W-1',
  notification_only: 'W-8',
  response_only: 'W-4',
}

function reconciliationOf(operation: OperationView, state: OperationState | undefined): Decision {
  const { response, notification, statements } = operation
  const witnesses = [response, notification]
  const deciding = witnesses.flatMap(({ statement, contradictions }) =>
    [...(statement === null ? [] : [statement]), ...contradictions].map(({ fact }) => fact),
  )
  const rule = ruleOfReconciliation(operation, state?.reconciliation)
  const facts = statements.map(({ fact }) => fact)
  return {
    rule,
    deciding: [...new Set(deciding)],
    outranked: outrankedFacts(facts, deciding, () => 'F-3'),
    otherSources: announcedBy(operation),
  }
}

function ruleOfReconciliation(operation: OperationView, reconciliation: Reconciliation = 'expected'): RuleId {
  const rule = RECONCILIATION_RULES[reconciliation]
  const alone = operation.response.statement === null
  if (rule === 'W-2' && alone) return 'W-3'
  if (rule === 'W-8' && isInitial(operation)) return 'W-7'
  const both = operation.response.outcome === 'done' && operation.notification.outcome === 'done'
  return rule === 'W-6' && both ? 'J-10' : rule
}
