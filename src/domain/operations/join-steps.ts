import {
  beganWithin,
  callInterval,
  isDecidedBefore,
  isOfItsTime,
  stepBeginning,
} from '../identity/call-times.ts'
import type { Times } from '../identity/call-times.ts'
import { isOrderAnswer, outcomeOf, statesCounters } from '../event/meaning.ts'
import { pairUp } from '../identity/pair-up.ts'
import { answerByUnnamedRefusals, isContrary, notifiedSteps } from './notified-steps.ts'
import type { StatedOperation } from './operation-view.ts'
import { amountsFit, counterOf, isPastRefusal, isUnnamed, keyOf, mayBeOfAnyTime, reaches } from './step.ts'
import type { Step, StepKind } from './step.ts'
import type { StepList } from './step-list.ts'
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
  joinResponses(facts, steps, times)
  answerByUnnamedRefusals(steps)
  joinExpectations(steps, expectations, times)
  const positions = new Map(facts.map((fact, position) => [fact, position]))
  return steps.all().map((step) => statedOf(kind, step, positions))
}

function statedOf(kind: StepKind, step: Step, positions: ReadonlyMap<StoredEvent, number>): StatedOperation {
  const { key, expectation } = step
  const positionOf = (fact: StoredEvent): number => Number(positions.get(fact))
  // The passes join facts out of order; this restores the canonical order.
  const facts = [...step.facts].sort((left, right) => positionOf(left) - positionOf(right))
  const [first] = facts
  const own = facts.find((fact) => fact.operationReference !== null)?.operationReference
  return {
    kind,
    key,
    reference: own ?? first?.reference ?? null,
    operationId: facts.find(isNamed)?.operationId ?? expectation?.operationId ?? null,
    statements: facts.map((fact) => statementOf(fact, fact.amount)),
    expectation,
  }
}

/**
 * Answers that name their step join first, so that a less exact answer cannot take its place. For the same reason
 * counters are compared before amounts.
 */
function joinResponses(facts: readonly StoredEvent[], steps: StepList, times: Times): void {
  const responses = facts.filter((fact) => fact.witness === 'response')
  const answers = responses.filter(({ reference }) => reference !== null)
  const joins = (step: Step | undefined, fact: StoredEvent): boolean => {
    if (step !== undefined) steps.join(step, fact)
    return step !== undefined
  }
  const joinsExactly = (fact: StoredEvent): boolean => joins(exactStep(fact, steps, times), fact)
  const calls = responses.filter((fact) => fact.reference === null && !joinsExactly(fact))
  for (const group of [answers.filter(isNamed), answers.filter((fact) => !isNamed(fact)), calls]) {
    const unmatched = group.filter((fact) => !joinsExactly(fact))
    const probable = probableSteps(unmatched, steps, times)
    const unjoined = unmatched.filter((fact) => !joins(probable(fact), fact))
    for (const fact of unjoined) if (!joinsExactly(fact)) steps.add(separateKey(fact, steps), [fact])
  }
}

const isNamed = ({ operationId }: StoredEvent): boolean => operationId !== null

/** By operation id, else by the counter that the step reached; without counters, by the step's own reference. */
function exactStep(fact: StoredEvent, steps: StepList, times: Times): Step | undefined {
  const { kind } = steps
  const named = fact.operationId === null ? [] : steps.named(fact.operationId)
  if (fact.reference === null) return named.find((step) => !isDecidedBefore(fact, step.facts, times))
  const [byId] = named
  if (byId !== undefined) return byId
  if (counterOf(kind, fact) !== null) return reachedBy(fact, steps, times)
  const key = keyOf(kind, { ...fact, operationId: null })
  if (!fact.lookup) return steps.withKey(key).find((step) => isOwnStep(step, fact))
  return steps
    .ofReference(fact.reference)
    .find((step) => isOwnStep(step, fact) && (step.key === key || !step.facts.some(statesCounters)))
}

/**
 * Several steps reach one counter where a step was refused, or where a second one was requested before the first was
 * settled. The times that both sides state decide, where both state any. Then requests are joined before outcomes.
 */
function reachedBy(fact: StoredEvent, steps: StepList, times: Times): Step | undefined {
  const { kind } = steps
  const reaching = steps
    .reaching(fact)
    .filter((step) => isOwnStep(step, fact) && reaches(kind, asRequested(step, fact), fact))
  const isRefused =
    outcomeOf(fact) === 'declined' ||
    steps
      .refused()
      .values()
      .some((step) => isOwnStep(step, fact))
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
  unmatched: readonly StoredEvent[],
  steps: StepList,
  times: Times,
): (fact: StoredEvent) => Step | undefined {
  const { kind } = steps
  const cutOff = unmatched.filter((fact) => fact.reference === null && outcomeOf(fact) !== 'not_processed')
  const unanswered = cutOff.length === 0 ? [] : steps.all().filter(isUnanswered)
  const requested = pairUp(cutOff, unanswered, (call, step) => mayAnswerRequest(call, step, times))
  return (fact) => {
    if (fact.reference === null) return requested.get(fact)
    const own = steps
      .ofReference(fact.reference)
      .filter((step) => isOwnStep(step, fact) && isUnanswered(step))
    if (kind === 'capture' && isOrderAnswer(fact)) return soleUnnamed(fact, own)
    const possible = steps.refused().size > 0 ? own : own.filter((step) => !countsBeyond(kind, fact, step))
    return soleOfAmount(fact, possible, times)
  }
}

/** A step of its reference. None of them carries its operation id, so each that carries an id carries another one. */
function isOwnStep(step: Step, fact: StoredEvent): boolean {
  return !conflicts(step, fact) && step.facts.some((known) => known.reference === fact.reference)
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
function separateKey(fact: StoredEvent, steps: StepList): string {
  if (fact.reference === null) return `${steps.kind}:call:${fact.inboxId}`
  const key = keyOf(steps.kind, fact)
  const taken = steps.keysBeginning(key)
  return taken === 0 ? key : `${key}#${taken}`
}
