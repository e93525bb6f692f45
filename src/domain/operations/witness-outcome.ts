import { momentOf } from '../event/canonical-order.ts'
import { isDecisive, isFinal, isUnfinished, OUTCOME_RANK, outcomeOf, sideOf } from '../event/meaning.ts'
import type { Outcome } from '../event/meaning.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** What one side says about one operation, out of everything it has said. */

/** One fact read as a statement about one operation. */
export interface Statement {
  fact: StoredEvent
  outcome: Outcome
  /** What this operation moves, in minor units; null: not stated. */
  amount: number | null
  /** False when the fact speaks of another operation and only implies this one (a capture implies its authorization). */
  explicit: boolean
}

/** The side's last word. */
export interface WitnessOutcome {
  outcome: Outcome
  /** The statement that decided; null: the side has said nothing. */
  statement: Statement | null
  /** Statements of one moment that cannot all be true; empty when the side agrees with itself. */
  contradictions: readonly Statement[]
}

const NO_STATEMENT: WitnessOutcome = { outcome: 'none', statement: null, contradictions: [] }

export function statementOf(fact: StoredEvent, amount: number | null): Statement {
  return { fact, outcome: outcomeOf(fact), amount, explicit: true }
}

export function bySide(statements: readonly Statement[]): Record<'response' | 'notification', Statement[]> {
  const sides: Record<'response' | 'notification', Statement[]> = { response: [], notification: [] }
  for (const statement of statements) sides[sideOf(statement.fact)].push(statement)
  return sides
}

/**
 * Statements come in canonical order. Decisive ones outrank everything else, and among them the latest moment decides;
 * at one moment success outranks refusal, and saying both is a contradiction. Without a decisive word the furthest
 * counts, so that a late 3-D Secure page never hides a pending payment.
 */
export function witnessOutcomeOf(statements: readonly Statement[]): WitnessOutcome {
  if (statements.length === 0) return NO_STATEMENT
  const decisive = statements.filter((statement) => isDecisive(statement.outcome))
  if (decisive.length === 0) return furthest(statements)
  const moment = decisive
    .map(({ fact }) => momentOf(fact))
    .reduce((left, right) => (right > left ? right : left))
  const latest = decisive.filter(({ fact }) => momentOf(fact) === moment)
  const latestOutcome = furthest(latest)
  const contradictory = latest.some(
    (statement) => (statement.outcome === 'done') !== (latestOutcome.outcome === 'done'),
  )
  // The verdict is the latest moment's; the statement shown may be an earlier one that says it in its own words.
  const shown = furthest(decisive.filter((statement) => statement.outcome === latestOutcome.outcome))
  return { ...shown, contradictions: contradictory ? latest : [] }
}

/** `statements` holds at least one. */
function furthest(statements: readonly Statement[]): WitnessOutcome {
  const statement = statements.reduce((best, next) => (outranks(next, best) ? next : best))
  return { outcome: statement.outcome, statement, contradictions: [] }
}

/** At equal outcome an operation's own statement outranks an implied one, and the later the earlier. */
function outranks(statement: Statement, best: Statement): boolean {
  const difference = OUTCOME_RANK[statement.outcome] - OUTCOME_RANK[best.outcome]
  return difference > 0 || (difference === 0 && (statement.explicit || !best.explicit))
}

/**
 * What is true of the operation: the notification's final word, else the response's, else whatever got furthest.
 * An end that contradicts nothing (expired, voided) yields to a decisive response. What the provider notified to be on its way
 * does not end by the merchant's word.
 */
export function outcomeOfBoth(response: WitnessOutcome, notification: WitnessOutcome): WitnessOutcome {
  if (isDecisive(notification.outcome)) return notification
  if (isUnfinished(notification.outcome) && isFinal(response.outcome) && response.outcome !== 'done')
    return notification
  if (isDecisive(response.outcome)) return response
  if (isFinal(notification.outcome)) return notification
  return OUTCOME_RANK[response.outcome] > OUTCOME_RANK[notification.outcome] ? response : notification
}
