import { momentOf } from '../event/canonical-order.ts'
import { outcomeOf } from '../event/meaning.ts'
import type { StepKind } from './step.ts'
import { counterOf, firstOperationId, isPastRefusal, isUnnamed, keyOf, reaches } from './step.ts'
import type { Step } from './step.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Which notifications belong to the same capture, refund, void or credit. */

/** Steps by their notifications, in the order of time: by operation id, else by the counter that they reached. */
export function notifiedSteps(kind: StepKind, facts: readonly StoredEvent[]): Step[] {
  const steps: Step[] = []
  for (const fact of facts) if (fact.witness !== 'response') addToSteps(kind, fact, steps)
  return steps
}

function addToSteps(kind: StepKind, fact: StoredEvent, steps: Step[]): void {
  const step = stepOf(kind, fact, steps)
  if (step === undefined) steps.push({ key: newKey(kind, fact, steps), facts: [fact], expectation: null })
  else step.facts.push(fact)
}

function stepOf(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  if (fact.operationId !== null) return namedStep(kind, fact, steps)
  const reached = reachedStep(kind, fact, steps)
  return answeredRequest(kind, fact, { reached, steps }) ?? reached
}

/** A later notification of a step may be the first to state its operation id. */
function namedStep(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  const key = keyOf(kind, fact)
  const named = steps.find((step) => step.key === key || firstOperationId(step.facts) === fact.operationId)
  const unnamed = steps.filter(
    (step) => isUnnamed(step) && !step.facts.some(isRefusal) && !hasFallenSince(kind, step, { fact, steps }),
  )
  return named ?? unnamed.find((step) => reaches(kind, step, fact) && !isContrary(fact, step))
}

/** Settled, and the counter fell back before it was reached anew: that was done by another step. */
function hasFallenSince(
  kind: StepKind,
  { facts }: Step,
  { fact, steps }: { fact: StoredEvent; steps: readonly Step[] },
): boolean {
  const counter = counterOf(kind, fact) ?? 0
  const settled = facts.filter(isSettlement).map(momentOf)
  const refusals = steps.flatMap((step) => step.facts.filter(isRefusal))
  return refusals.some(
    (refusal) =>
      (counterOf(kind, refusal) ?? counter) < counter &&
      settled.some((moment) => moment < momentOf(refusal)) &&
      momentOf(refusal) < momentOf(fact),
  )
}

/**
 * A request states its counter. A settlement that counts further does not answer it, unless the settlement's own step
 * is settled already, or has an id because two requests were made before either was settled.
 */
function answeredRequest(
  kind: StepKind,
  fact: StoredEvent,
  { reached, steps }: { reached: Step | undefined; steps: readonly Step[] },
): Step | undefined {
  if (reached === undefined) return isRefusal(fact) ? refusedBy(kind, fact, steps) : undefined
  const isOfOtherStep = reached.facts.some(isSettlement) || (!isUnnamed(reached) && isOpen(reached))
  if (!isSettlement(fact) || !isOfOtherStep || isSettledThen(reached, fact)) return undefined
  return steps.find((one) => one !== reached && settles(kind, fact, one))
}

/** A second fact about the same settlement at the same moment settles no second request. */
function isSettledThen({ facts }: Step, settlement: StoredEvent): boolean {
  return facts.some((known) => isSettlement(known) && momentOf(known) === momentOf(settlement))
}

/**
 * The step with this counter, if it can still change. A refusal ends a step, and only a fact with its id reopens it:
 * a later fact with the same counter is another step. Steps with an id may share a counter.
 */
function reachedStep(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  if (isRefusal(fact) && hasFallenBack(kind, fact, steps)) return undefined
  const open = steps.filter((step) => !isPastRefusal(fact, step) && !isRefusedBefore(kind, fact, step))
  const identified = open.find(
    (step) => !isUnnamed(step) && reaches(kind, step, fact) && !isContrary(fact, step),
  )
  return identified ?? open.findLast((step) => isSameStep(kind, step, fact))
}

function isSameStep(kind: StepKind, step: Step, fact: StoredEvent): boolean {
  if (counterOf(kind, fact) === null) return step.key === keyOf(kind, fact)
  return isUnnamed(step) && reaches(kind, step, fact)
}

/**
 * Several steps may have reached one counter; each further one has the moment of its first notification in its key.
 */
function newKey(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): string {
  const key = keyOf(kind, fact)
  const isTaken = steps.some((step) => step.key === key)
  return isTaken ? `${key}:${momentOf(fact)}:${fact.type}` : key
}

/** Only where the provider counts; a reference of its own stays one step, whatever its facts state. */
function isRefusedBefore(kind: StepKind, fact: StoredEvent, { facts }: Step): boolean {
  if (counterOf(kind, fact) === null) return false
  return facts.some((known) => isRefusal(known) && momentOf(known) < momentOf(fact))
}

/** The counter is below that of an open request: equal counters then identify the step before that request. */
function hasFallenBack(kind: StepKind, refusal: StoredEvent, steps: readonly Step[]): boolean {
  const counter = counterOf(kind, refusal)
  if (counter === null) return false
  return steps.some((step) => isUnnamed(step) && isOpen(step) && counter < (highestCounter(kind, step) ?? 0))
}

/** Steps may share a counter: a fact without an id does not belong to a step with the opposite end. */
export function isContrary(fact: StoredEvent, { facts }: Step): boolean {
  if (isRefusal(fact)) return facts.some(isSettlement)
  return isSettlement(fact) && facts.some(isRefusal)
}

const isRefusal = (fact: StoredEvent): boolean => outcomeOf(fact) === 'declined'

const isSettlement = (fact: StoredEvent): boolean => outcomeOf(fact) === 'done'

/**
 * Refusals without an operation id that could belong to several steps, once answers have shown which requests are
 * open.
 */
export function answerByUnnamedRefusals(kind: StepKind, steps: Step[]): void {
  for (const unnamed of steps.filter(isUnnamedRefusal))
    for (const refusal of [...unnamed.facts]) refuse(kind, { unnamed, refusal }, steps)
}

/** Refusals that fell back to one counter form one step, and each of them may refuse another request. */
function refuse(
  kind: StepKind,
  { unnamed, refusal }: { unnamed: Step; refusal: StoredEvent },
  steps: Step[],
): void {
  const request = refusedBy(kind, refusal, steps)
  if (request === undefined) return
  request.facts.push(refusal)
  unnamed.facts = unnamed.facts.filter((fact) => fact !== refusal)
  if (unnamed.facts.length === 0) steps.splice(steps.indexOf(unnamed), 1)
}

/** Requested, and not answered yet. */
function isOpen({ facts }: Step): boolean {
  return facts.every((fact) => outcomeOf(fact) === 'requested')
}

function isUnnamedRefusal(step: Step): boolean {
  return isUnnamed(step) && step.facts.every((fact) => outcomeOf(fact) === 'declined')
}

function settles(kind: StepKind, settlement: StoredEvent, request: Step): boolean {
  const requested = highestCounter(kind, request)
  const counter = counterOf(kind, settlement)
  if (!isUnnamed(request) || !isOpen(request) || requested === null || counter === null) return false
  return counter >= requested && request.facts.every((known) => momentOf(settlement) >= momentOf(known))
}

/**
 * The only open request of its kind; of several without an id, the only one whose counter the refusal fell below.
 * Otherwise none: the others have to be settled first. A refusal with a counter above all others refuses a request
 * that no message states.
 */
function refusedBy(kind: StepKind, refusal: StoredEvent, steps: readonly Step[]): Step | undefined {
  const open = steps.filter((step) => isOpen(step) && isMadeBefore(step, refusal))
  const [only, ...others] = open
  const counter = counterOf(kind, refusal) ?? 0
  if (only === undefined) return undefined
  if (others.length === 0) return counter > highestStated(kind, refusal, steps) ? undefined : only
  const below = open.filter((request) => counter < (highestCounter(kind, request) ?? 0))
  return open.every(isUnnamed) && below.length === 1 ? below[0] : undefined
}

/** The highest counter of the other facts; infinite where none states a counter. */
function highestStated(kind: StepKind, refusal: StoredEvent, steps: readonly Step[]): number {
  const others = steps.flatMap(({ facts }) => facts).filter((fact) => fact !== refusal)
  const counters = others.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? Infinity : Math.max(...counters)
}

function isMadeBefore(request: Step, refusal: StoredEvent): boolean {
  return request.facts.some((requested) => momentOf(requested) <= momentOf(refusal))
}

function highestCounter(kind: StepKind, step: Step): number | null {
  const counters = step.facts.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? null : Math.max(...counters)
}
