import { momentOf } from '../event/canonical-order.ts'
import {
  isDecisive,
  isFinal,
  isNotified,
  isUnfinished,
  OUTCOME_RANK,
  outcomeOf,
  sideOf,
} from '../event/meaning.ts'
import type { Outcome } from '../event/meaning.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** The outcome of one operation by one side, from all of its statements. */

/** One fact as a statement about one operation. */
export interface Statement {
  fact: StoredEvent
  outcome: Outcome
  /** The amount of this operation, in minor units; null: not stated. */
  amount: number | null
  /** False where the fact states another operation and implies this one (a capture implies its authorization). */
  explicit: boolean
}

/** The outcome that one side states. */
export interface WitnessOutcome {
  outcome: Outcome
  /** The statement that decided; null: this side states nothing. */
  statement: Statement | null
  /** Statements of one moment that cannot all be true; empty where the side does not contradict itself. */
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
 * Statements are in canonical order. A decisive statement outranks all others, and of several the latest decides. At
 * one moment success outranks refusal, and stating both is a contradiction. Without a decisive statement the furthest
 * outcome counts, so that a late 3-D Secure page never hides a pending payment.
 */
export function witnessOutcomeOf(statements: readonly Statement[]): WitnessOutcome {
  if (statements.length === 0) return NO_STATEMENT
  const decisive = statements.filter((statement) => isDecisive(statement.outcome))
  if (decisive.length === 0) return furthest(statements)
  const moment = decisive
    .map(({ fact }) => momentOf(fact))
    .reduce((left, right) => (right > left ? right : left))
  // What the provider tells at no stated time may be the last word too.
  const latest = decisive.filter(
    ({ fact }) => momentOf(fact) === moment || (momentOf(fact) === '' && isNotified(fact)),
  )
  const latestOutcome = furthest(latest)
  const contradictory = latest.some(
    (statement) => (statement.outcome === 'done') !== (latestOutcome.outcome === 'done'),
  )
  // The latest moment decides the outcome. The statement shown may be an earlier one that states this outcome
  // explicitly.
  const shown = furthest(decisive.filter((statement) => statement.outcome === latestOutcome.outcome))
  return { ...shown, contradictions: contradictory ? latest : [] }
}

/** `statements` holds at least one. */
function furthest(statements: readonly Statement[]): WitnessOutcome {
  const statement = statements.reduce((best, next) => (outranks(next, best) ? next : best))
  return { outcome: statement.outcome, statement, contradictions: [] }
}

/** At equal outcome an explicit statement outranks an implied one, and a later one an earlier one. */
function outranks(statement: Statement, best: Statement): boolean {
  const difference = OUTCOME_RANK[statement.outcome] - OUTCOME_RANK[best.outcome]
  return difference > 0 || (difference === 0 && (statement.explicit || !best.explicit))
}

/**
 * The outcome by both sides: the notification's final outcome, else the response's, else whichever got further. An
 * end that contradicts nothing (expired, voided) yields to a decisive response. A response other than success does
 * not end an operation that the provider notified as under way.
 */
export function outcomeOfBoth(response: WitnessOutcome, notification: WitnessOutcome): WitnessOutcome {
  if (isDecisive(notification.outcome)) return notification
  if (isUnfinished(notification.outcome) && isFinal(response.outcome) && response.outcome !== 'done')
    return notification
  if (isDecisive(response.outcome)) return response
  if (isFinal(notification.outcome)) return notification
  return OUTCOME_RANK[response.outcome] > OUTCOME_RANK[notification.outcome] ? response : notification
}
