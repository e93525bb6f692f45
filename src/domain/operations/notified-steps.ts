import { momentOf } from '../event/canonical-order.ts'
import { outcomeOf } from '../event/meaning.ts'
import type { StepKind } from './step.ts'
import { counterOf, isPastRefusal, isUnnamed, keyOf } from './step.ts'
import type { Step } from './step.ts'
import { StepList } from './step-list.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Which notifications belong to the same capture, refund, void or credit. */

/** Steps by their notifications, in the order of time: by operation id, else by the counter that they reached. */
export function notifiedSteps(kind: StepKind, facts: readonly StoredEvent[]): StepList {
  const steps = new StepList(kind)
  for (const fact of facts) if (fact.witness !== 'response') addToSteps(fact, steps)
  return steps
}

function addToSteps(fact: StoredEvent, steps: StepList): void {
  const step = stepOf(fact, steps)
  if (step === undefined) steps.add(newKey(fact, steps), [fact])
  else steps.join(step, fact)
}

function stepOf(fact: StoredEvent, steps: StepList): Step | undefined {
  if (fact.operationId !== null) return namedStep(fact, fact.operationId, steps)
  const reached = reachedStep(fact, steps)
  return answeredRequest(fact, { reached, steps }) ?? reached
}

/** A later notification of a step may be the first to state its operation id. */
function namedStep(fact: StoredEvent, operationId: string, steps: StepList): Step | undefined {
  const [named] = steps.eitherOf({ key: keyOf(steps.kind, fact), operationId })
  return (
    named ??
    steps
      .reaching(fact)
      .filter(isUnnamed)
      .find(
        (step) =>
          !step.facts.some(isRefusal) && !isContrary(fact, step) && !hasFallenSince(step, { fact, steps }),
      )
  )
}

/** Settled, and the counter fell back before it was reached anew: that was done by another step. */
function hasFallenSince({ facts }: Step, { fact, steps }: { fact: StoredEvent; steps: StepList }): boolean {
  const { kind } = steps
  const settled = facts.filter(isSettlement).map(momentOf)
  const refusals = [...steps.refused()].flatMap((step) => step.facts.filter(isRefusal))
  return refusals.some(
    (refusal) =>
      isBelow(counterOf(kind, refusal), counterOf(kind, fact)) &&
      settled.some((moment) => moment < momentOf(refusal)) &&
      momentOf(refusal) < momentOf(fact),
  )
}

/**
 * A request states its counter. A settlement that counts further does not answer it, unless the settlement's own step
 * is settled already, or has an id because two requests were made before either was settled.
 */
function answeredRequest(
  fact: StoredEvent,
  { reached, steps }: { reached: Step | undefined; steps: StepList },
): Step | undefined {
  if (reached === undefined) return isRefusal(fact) ? refusedBy(fact, steps) : undefined
  const isOfOtherStep = reached.facts.some(isSettlement) || (!isUnnamed(reached) && steps.open().has(reached))
  if (!isSettlement(fact) || !isOfOtherStep || isSettledThen(reached, fact)) return undefined
  return steps
    .open()
    .values()
    .find((one) => one !== reached && settles(steps.kind, fact, one))
}

/** A second fact about the same settlement at the same moment settles no second request. */
function isSettledThen({ facts }: Step, settlement: StoredEvent): boolean {
  return facts.some((known) => isSettlement(known) && momentOf(known) === momentOf(settlement))
}

/**
 * The step with this counter, if it can still change. A refusal ends a step, and only a fact with its id reopens it:
 * a later fact with the same counter is another step. Steps with an id may share a counter.
 */
function reachedStep(fact: StoredEvent, steps: StepList): Step | undefined {
  const { kind } = steps
  // Where the provider does not count, a reference of its own stays one step, whatever its facts state.
  if (counterOf(kind, fact) === null)
    return steps.withKey(keyOf(kind, fact)).findLast((step) => !isPastRefusal(fact, step))
  if (isRefusal(fact) && hasFallenBack(fact, steps)) return undefined
  const open = steps
    .reaching(fact)
    .filter((step) => !isPastRefusal(fact, step) && !isRefusedBefore(fact, step))
  return open.find((step) => !isUnnamed(step) && !isContrary(fact, step)) ?? open.findLast(isUnnamed)
}

/**
 * Several steps may have reached one counter; each further one has the moment of its first notification in its key.
 */
function newKey(fact: StoredEvent, steps: StepList): string {
  const key = keyOf(steps.kind, fact)
  return steps.withKey(key).length > 0 ? `${key}:${momentOf(fact)}:${fact.type}` : key
}

function isRefusedBefore(fact: StoredEvent, { facts }: Step): boolean {
  return facts.some((known) => isRefusal(known) && momentOf(known) < momentOf(fact))
}

/** The counter is below that of an open request: equal counters then identify the step before that request. */
function hasFallenBack(refusal: StoredEvent, steps: StepList): boolean {
  const { kind } = steps
  return steps
    .open()
    .values()
    .some((step) => isUnnamed(step) && isBelow(counterOf(kind, refusal), highestCounter(kind, step)))
}

/** A counter that is not stated is neither below another nor above it. */
function isBelow(left: number | null, right: number | null): boolean {
  return left !== null && right !== null && left < right
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
export function answerByUnnamedRefusals(steps: StepList): void {
  for (const unnamed of [...steps.refused()].filter(isUnnamedRefusal))
    for (const refusal of [...unnamed.facts]) refuse({ unnamed, refusal }, steps)
}

/** Refusals that fell back to one counter form one step, and each of them may refuse another request. */
function refuse({ unnamed, refusal }: { unnamed: Step; refusal: StoredEvent }, steps: StepList): void {
  const request = refusedBy(refusal, steps)
  if (request !== undefined) steps.move(refusal, unnamed, request)
}

function isUnnamedRefusal(step: Step): boolean {
  return isUnnamed(step) && step.facts.every((fact) => outcomeOf(fact) === 'declined')
}

function settles(kind: StepKind, settlement: StoredEvent, request: Step): boolean {
  const requested = highestCounter(kind, request)
  const counter = counterOf(kind, settlement)
  if (!isUnnamed(request) || requested === null || counter === null) return false
  return counter >= requested && request.facts.every((known) => momentOf(settlement) >= momentOf(known))
}

/**
 * The only open request of its kind; of several without an id, the only one whose counter the refusal fell below.
 * Otherwise none: the others have to be settled first. A refusal with a counter above all others refuses a request
 * that no message states.
 */
function refusedBy(refusal: StoredEvent, steps: StepList): Step | undefined {
  const { kind } = steps
  const open = [...steps.open()].filter((step) => isMadeBefore(step, refusal))
  const [only, ...others] = open
  const counter = counterOf(kind, refusal) ?? 0
  if (only === undefined) return undefined
  if (others.length === 0) return counter > steps.highestCounterBeside(refusal) ? undefined : only
  const below = open.filter((request) => counter < (highestCounter(kind, request) ?? 0))
  return open.every(isUnnamed) && below.length === 1 ? below[0] : undefined
}

function isMadeBefore(request: Step, refusal: StoredEvent): boolean {
  return request.facts.some((requested) => momentOf(requested) <= momentOf(refusal))
}

function highestCounter(kind: StepKind, step: Step): number | null {
  const counters = step.facts.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? null : Math.max(...counters)
}
