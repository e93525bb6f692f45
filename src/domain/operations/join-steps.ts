import { beganWithin, callInterval, isOfItsTime, stepBeginning } from '../identity/call-times.ts'
import type { Times } from '../identity/call-times.ts'
import { isOrderAnswer, outcomeOf, statesCounters } from '../event/meaning.ts'
import { pairUp } from '../identity/pair-up.ts'
import { answerByUnnamedRefusals, isContrary, notifiedSteps } from './notified-steps.ts'
import type { StatedOperation } from './operation-view.ts'
import {
  amountsFit,
  counterOf,
  firstOperationId,
  isPastRefusal,
  isRefusedStep,
  isUnnamed,
  keyOf,
  mayBeOfAnyTime,
  reaches,
} from './step.ts'
import type { Step, StepKind } from './step.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import { statementOf } from './witness-outcome.ts'
import { joinExpectations } from './announced-steps.ts'

/**
 * Which statements belong to the same capture, refund, void or credit. Notifications form the steps and responses
 * join them. A response that joins no step stands alone: a wrong join would hide a missing witness.
 */

/** `all` are facts of one kind in canonical order: notifications, responses and unanswered calls. */
export function groupSteps(
  kind: StepKind,
  facts: readonly StoredEvent[],
  announced: readonly Expectation[],
  times: Times,
): StatedOperation[] {
  const expectations = announced.filter((expectation) => expectation.operation === kind)
  if (facts.length === 0 && expectations.length === 0) return []
  const steps = notifiedSteps(kind, facts)
  joinResponses(kind, facts, steps, times)
  answerByUnnamedRefusals(kind, steps)
  joinExpectations(steps, expectations, { kind, times })
  return steps.map((step) => statedOf(kind, step, facts))
}

function statedOf(kind: StepKind, step: Step, all: readonly StoredEvent[]): StatedOperation {
  const { key, expectation } = step
  const members = new Set(step.facts)
  // The passes join facts out of order; this restores the canonical order.
  const facts = all.filter((fact) => members.has(fact))
  const [first] = facts
  const own = facts.find((fact) => fact.operationReference !== null)?.operationReference
  return {
    kind,
    key,
    reference: own ?? first?.reference ?? null,
    operationId: firstOperationId(facts) ?? expectation?.operationId ?? null,
    statements: facts.map((fact) => statementOf(fact, fact.amount)),
    expectation,
  }
}

/**
 * Answers that name their step join first, so that a less exact answer cannot take its place. For the same reason
 * counters are compared before amounts.
 */
function joinResponses(kind: StepKind, facts: readonly StoredEvent[], steps: Step[], times: Times): void {
  const responses = facts.filter((fact) => fact.witness === 'response')
  const answers = responses.filter(({ reference }) => reference !== null)
  const calls = responses.filter(
    (fact) => fact.reference === null && !joins(exactStep(kind, fact, { steps, times }), fact),
  )
  for (const group of [answers.filter(isNamed), answers.filter((fact) => !isNamed(fact)), calls]) {
    const unmatched = group.filter((fact) => !joins(exactStep(kind, fact, { steps, times }), fact))
    const probable = probableSteps(kind, unmatched, steps, times)
    const unjoined = unmatched.filter((fact) => !joins(probable(fact), fact))
    for (const fact of unjoined)
      if (!joins(exactStep(kind, fact, { steps, times }), fact))
        steps.push({ key: separateKey(kind, fact, steps), facts: [fact], expectation: null })
  }
}

const isNamed = ({ operationId }: StoredEvent): boolean => operationId !== null

function joins(step: Step | undefined, fact: StoredEvent): boolean {
  step?.facts.push(fact)
  return step !== undefined
}

/** By operation id, else by the counter that the step reached; without counters, by the step's own reference. */
function exactStep(
  kind: StepKind,
  fact: StoredEvent,
  { steps, times }: { steps: readonly Step[]; times: Times },
): Step | undefined {
  const byId = steps.find(
    (step) => fact.operationId !== null && firstOperationId(step.facts) === fact.operationId,
  )
  if (byId !== undefined || fact.reference === null) return byId
  const own = ownSteps(fact, steps)
  if (counterOf(kind, fact) !== null) return reachedBy(kind, fact, own, times)
  const key = keyOf(kind, { ...fact, operationId: null })
  return own.find((step) => step.key === key || (fact.lookup && !step.facts.some(statesCounters)))
}

/**
 * Several steps reach one counter where a step was refused, or where a second one was requested before the first was
 * settled. The times that both sides state decide, where both state any. Then requests are joined before outcomes.
 */
function reachedBy(kind: StepKind, fact: StoredEvent, own: readonly Step[], times: Times): Step | undefined {
  const reaching = own.filter((step) => reaches(kind, asRequested(step, fact), fact))
  const isRefused = [fact, ...own.flatMap(({ facts }) => facts)].some((one) => outcomeOf(one) === 'declined')
  const isLikely = (step: Step): boolean =>
    isOfItsTime(fact, step.facts, times) && (outcomeOf(fact) === 'done' || amountsFit(step, fact.amount))
  const fitting = isRefused ? reaching.filter(isLikely) : reaching
  const begun = fitting.filter(
    (step) => step.facts[0] !== undefined && counterOf(kind, step.facts[0]) === counterOf(kind, fact),
  )
  const probable = [begun, fitting].map((steps) => steps.filter((step) => !isContrary(fact, step)))
  const [first = []] = [...probable, fitting].filter((steps) => steps.length > 0)
  return first.find(isUnanswered) ?? first[0]
}

/** A refusal may state the counter after it fell back: an answer that requests is not compared with it. */
function asRequested(step: Step, answer: StoredEvent): Step {
  const open = step.facts.filter((fact) => outcomeOf(fact) !== 'declined')
  return outcomeOf(answer) !== 'requested' || open.length === 0 ? step : { ...step, facts: open }
}

/** The result of a look-up by the merchant answers no call. */
const isUnanswered = ({ facts }: Step): boolean =>
  facts.every(({ witness, lookup }) => witness !== 'response' || lookup)

/** Only among steps without an answer: another answer belongs to another call. */
function probableSteps(
  kind: StepKind,
  unmatched: readonly StoredEvent[],
  steps: readonly Step[],
  times: Times,
): (fact: StoredEvent) => Step | undefined {
  const cutOff = unmatched.filter((fact) => fact.reference === null && outcomeOf(fact) !== 'not_processed')
  const requested = pairUp(cutOff, steps.filter(isUnanswered), (call, step) =>
    mayAnswerRequest(call, step, times),
  )
  return (fact) => {
    if (fact.reference === null) return requested.get(fact)
    const own = ownSteps(fact, steps.filter(isUnanswered))
    if (kind === 'capture' && isOrderAnswer(fact)) return soleUnnamed(fact, own)
    const hasFallen = steps.some(({ facts }) => isRefusedStep(facts))
    const possible = hasFallen ? own : own.filter((step) => !countsBeyond(kind, fact, step))
    return soleOfAmount(fact, possible, times)
  }
}

/** Steps of its reference. None of them carries its operation id, so each that carries an id carries another one. */
function ownSteps(fact: StoredEvent, steps: readonly Step[]): Step[] {
  return steps.filter(
    (step) => !conflicts(step, fact) && step.facts.some((known) => known.reference === fact.reference),
  )
}

/**
 * The answer does not belong to a step with another operation id, nor to one that was settled before this refusal.
 */
function conflicts(step: Step, fact: StoredEvent): boolean {
  if (fact.operationId !== null && !isUnnamed(step)) return true
  return isPastRefusal(fact, step)
}

/**
 * Whether a call that was cut off may have requested this notified step: its time and amount fit. Where the step
 * states no time, a success fits; a refusal fits only where the account forwards every answer.
 */
function mayAnswerRequest(call: StoredEvent, step: Step, times: Times): boolean {
  const { facts } = step
  const began = stepBeginning(facts)
  if (conflicts(step, call) || !amountsFit(step, call.amount)) return false
  return beganWithin(began, callInterval(call, times), times) && mayBeOfAnyTime(began, facts, times)
}

/**
 * The answer to a sale settles the first capture, for which no call states an operation id. Both counters are
 * compared; an answer that only requests cannot be compared, so it does not join a capture with another counter.
 */
function soleUnnamed(fact: StoredEvent, open: readonly Step[]): Step | undefined {
  const isCompared = outcomeOf(fact) === 'done' || fact.capturedTotal === null
  const unnamed = isCompared ? open.filter(isUnnamed) : []
  return unnamed.length === 1 ? unnamed[0] : undefined
}

/** Counters fall with a refusal alone: what counts further than all that is told of a step was asked for after it. */
function countsBeyond(kind: StepKind, fact: StoredEvent, { facts }: Step): boolean {
  const counters = facts.flatMap((known) => counterOf(kind, known) ?? [])
  return counters.length > 0 && (counterOf(kind, fact) ?? 0) > Math.max(...counters)
}

function soleOfAmount(fact: StoredEvent, open: readonly Step[], times: Times): Step | undefined {
  if (fact.amount === null) return undefined
  const equal = open.filter((step) => step.facts.some((known) => known.amount === fact.amount))
  const [only, ...others] = equal
  return only !== undefined && others.length === 0 && isOfItsTime(fact, only.facts, times) ? only : undefined
}

/** A call without a reference has its message in the key: another call may have the same id and amount. */
function separateKey(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): string {
  if (fact.reference === null) return `${kind}:call:${fact.inboxId}`
  const key = keyOf(kind, fact)
  const taken = steps.filter((step) => step.key === key || step.key.startsWith(`${key}#`)).length
  return taken === 0 ? key : `${key}#${taken}`
}
