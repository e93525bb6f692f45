import { isDecisive } from '../event/meaning.ts'
import { outrankedFacts, operationPath } from './claims.ts'
import type { OutrankedFact, Claim, OperationPart, OtherSource, ExplainedTransaction } from './claims.ts'
import type { RuleId } from '../event/rules.ts'
import type { OperationView } from '../operations/operation-view.ts'
import { isInitial } from '../money/totals.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { OperationState, Reconciliation } from '../reconciliation/transaction.ts'
import type { Statement, WitnessOutcome } from '../operations/witness-outcome.ts'

/** Who decided what is said of each operation: read off the words that the fold has already weighed. */
export function operationClaims(subject: ExplainedTransaction): Claim[] {
  return subject.judged.folded.operations.flatMap((operation, index) => {
    const named = (part: OperationPart, said: Said): Claim => ({
      path: operationPath(operation.key, part),
      field: `operations[${index}].${part}`,
      ...said,
    })
    return [
      named('outcome', outcomeOf(operation, subject)),
      named('amount', amountOf(operation)),
      named('reconciliation', reconciliationOf(operation, subject.transaction.operations[index])),
      named('response', witnessOf(operation, 'response')),
      named('notification', witnessOf(operation, 'notification')),
    ]
  })
}

type Said = Omit<Claim, 'path' | 'field'>

function announcedBy({ expectation }: OperationView): OtherSource[] {
  return expectation === null ? [] : [{ kind: 'expectation', id: expectation.id }]
}

function outcomeOf(operation: OperationView, subject: ExplainedTransaction): Said {
  const { word } = operation
  const { statement } = word
  if (statement === null) return { rule: 'R-10', deciding: [], beside: [], also: announcedBy(operation) }
  const denied = word.outcome !== statement.outcome
  if (denied && word.outcome === 'not_processed') {
    const beside = outrankedFacts(allFacts(operation), [], () => 'Q-2')
    return { rule: 'Q-2', deciding: [], beside, also: deniedBy(operation, subject) }
  }
  const refusing = denied ? refusals(subject) : []
  const deciding = denied ? refusing : [statement.fact]
  const rule = denied ? 'F-5' : ruleOf(word, operation)
  return { rule, deciding, beside: outranked(operation.statements, deciding, statement), also: [] }
}

/** The notified refusals of the payment that an answered success has to yield to. */
function refusals({ judged }: ExplainedTransaction): StoredEvent[] {
  return judged.folded.operations
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

/** How the deciding statement came to decide. */
function ruleOf({ statement, outcome }: WitnessOutcome, { sides }: Pick<OperationView, 'sides'>): RuleId {
  if (outcome === 'closed') return 'F-7'
  if (outcome === 'not_processed') return 'F-10'
  const side = statement?.fact.witness === 'response' ? sides.response : sides.notification
  if (side.filter((said) => isDecisive(said.outcome) && said.explicit).length > 1) return 'F-4'
  return outcome === 'done' && side === sides.response ? 'F-5' : 'F-3'
}

function outranked(
  statements: readonly Statement[],
  deciding: readonly StoredEvent[],
  by: Statement,
): OutrankedFact[] {
  const known = new Set(deciding)
  return statements
    .filter(({ fact }) => !known.has(fact))
    .map((statement) => ({ fact: statement.fact, rule: reasonOf(statement, by) }))
}

/** Why one statement yields to another about the same operation. */
function reasonOf(statement: Statement, by: Statement): RuleId {
  if (statement.fact.type === 'noted') return 'F-8'
  if (statement.fact.type === 'unrecognized') return 'F-9'
  if (statement.outcome === 'closed') return 'F-7'
  if ((statement.fact.witness === 'response') !== (by.fact.witness === 'response')) return 'F-3'
  if (statement.outcome === 'not_processed') return 'F-10'
  if (!isDecisive(statement.outcome)) return 'F-3'
  return statement.outcome === by.outcome && !statement.explicit ? 'F-6' : 'F-4'
}

function amountOf(operation: OperationView): Said {
  const { amountBy, statements, expectation } = operation
  const deciding = amountBy === null ? [] : [amountBy.fact]
  const stating = statements.filter(({ amount }) => amount !== null).map(({ fact }) => fact)
  const asked = amountBy === null && expectation !== null
  return {
    rule: asked ? 'R-10' : 'M-8',
    deciding,
    beside: outrankedFacts(stating, deciding, () => 'M-8'),
    also: asked ? announcedBy(operation) : [],
  }
}

function witnessOf(operation: OperationView, side: 'response' | 'notification'): Said {
  const word = operation[side]
  if (word.statement === null) return { rule: 'F-3', deciding: [], beside: [], also: [] }
  const deciding = [word.statement.fact]
  const beside = outranked(operation.sides[side], deciding, word.statement)
  return { rule: ruleOf(word, operation), deciding, beside, also: [] }
}

/** Rule by value; the two that depend on the operation are told apart below. */
const RECONCILED_BY: Readonly<Record<Reconciliation, RuleId>> = {
  discrepant: 'W-6',
  awaiting_notification: 'W-2',
  awaiting_response: 'W-8',
  expected: 'R-10',
  matched: 'W-1',
  notification_only: 'W-8',
  response_only: 'W-4',
}

function reconciliationOf(operation: OperationView, state: OperationState | undefined): Said {
  const { response, notification, statements } = operation
  const words = [response, notification]
  const deciding = words.flatMap(({ statement, contradictions }) =>
    [...(statement === null ? [] : [statement]), ...contradictions].map(({ fact }) => fact),
  )
  const rule = reconciledBy(operation, state?.reconciliation)
  const facts = statements.map(({ fact }) => fact)
  return {
    rule,
    deciding: [...new Set(deciding)],
    beside: outrankedFacts(facts, deciding, () => 'F-3'),
    also: announcedBy(operation),
  }
}

function reconciledBy(operation: OperationView, reconciliation: Reconciliation = 'expected'): RuleId {
  const rule = RECONCILED_BY[reconciliation]
  const alone = operation.response.statement === null
  if (rule === 'W-2' && alone) return 'W-3'
  if (rule === 'W-8' && isInitial(operation)) return 'W-7'
  const both = operation.response.outcome === 'done' && operation.notification.outcome === 'done'
  return rule === 'W-6' && both ? 'J-10' : rule
}
