import { momentOf } from '../event/canonical-order.ts'
import { outcomeOf } from '../event/meaning.ts'
import type { StepKind } from './step.ts'
import { counterOf, firstOperationId, isPastRefusal, isUnnamed, keyOf, reaches } from './step.ts'
import type { Step } from './step.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Which notifications tell of the same capture, refund, void or credit. */

/** Steps as the notifications tell them, in the order of time: by operation id, else by the counter they reached. */
export function notifiedSteps(kind: StepKind, facts: readonly StoredEvent[]): Step[] {
  const steps: Step[] = []
  for (const fact of facts) if (fact.witness !== 'response') place(kind, fact, steps)
  return steps
}

function place(kind: StepKind, fact: StoredEvent, steps: Step[]): void {
  const step = stepOf(kind, fact, steps)
  if (step === undefined) steps.push({ key: freshKey(kind, fact, steps), facts: [fact], expectation: null })
  else step.facts.push(fact)
}

function stepOf(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  if (fact.operationId !== null) return namedStep(kind, fact, steps)
  const reached = reachedStep(kind, fact, steps)
  return answeredRequest(kind, fact, { reached, steps }) ?? reached
}

/** The id may come with a later notification of a step than its first. */
function namedStep(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  const key = keyOf(kind, fact)
  const named = steps.find((step) => step.key === key || firstOperationId(step.facts) === fact.operationId)
  const unnamed = steps.filter((step) => isUnnamed(step) && !step.facts.some(isRefusal))
  return named ?? unnamed.find((step) => reaches(kind, step, fact) && !isContrary(fact, step))
}

/**
 * Counters state what was asked: a settlement that counts further than a request does not answer it, unless its own step is
 * settled already, or has an id, as where two requests were made before either was settled.
 */
function answeredRequest(
  kind: StepKind,
  fact: StoredEvent,
  { reached, steps }: { reached: Step | undefined; steps: readonly Step[] },
): Step | undefined {
  if (reached === undefined) return isRefusal(fact) ? refusedBy(kind, fact, steps) : undefined
  const isOthers = reached.facts.some(isSettlement) || (!isUnnamed(reached) && isOpen(reached))
  if (!isSettlement(fact) || !isOthers || isSettledThen(reached, fact)) return undefined
  return steps.find((one) => one !== reached && settles(kind, fact, one))
}

/** Told again in another fact of one moment, a settlement settles no second request. */
function isSettledThen({ facts }: Step, settlement: StoredEvent): boolean {
  return facts.some((known) => isSettlement(known) && momentOf(known) === momentOf(settlement))
}

/**
 * The step of its counter, if it can still have been spoken of: a step ends with its refusal, which nothing undoes that does not
 * name it; what reaches its counter later is another step. Steps with an id may meet at one counter.
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

/** Several steps may have reached one counter; the moment of its first notification names each further one. */
function freshKey(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): string {
  const key = keyOf(kind, fact)
  const isTaken = steps.some((step) => step.key === key)
  return isTaken ? `${key}:${momentOf(fact)}:${fact.type}` : key
}

/** Where the provider counts; a reference of its own stays one step, whatever is told of it. */
function isRefusedBefore(kind: StepKind, fact: StoredEvent, { facts }: Step): boolean {
  if (counterOf(kind, fact) === null) return false
  return facts.some((known) => isRefusal(known) && momentOf(known) < momentOf(fact))
}

/** Below what an open request asked for: equal counters then name the step before that request. */
function hasFallenBack(kind: StepKind, refusal: StoredEvent, steps: readonly Step[]): boolean {
  const counter = counterOf(kind, refusal)
  if (counter === null) return false
  return steps.some((step) => isUnnamed(step) && isOpen(step) && counter < (highestCounter(kind, step) ?? 0))
}

/** Steps may meet at one counter: what names no step does not speak of one that ended otherwise. */
export function isContrary(fact: StoredEvent, { facts }: Step): boolean {
  if (isRefusal(fact)) return facts.some(isSettlement)
  return isSettlement(fact) && facts.some(isRefusal)
}

const isRefusal = (fact: StoredEvent): boolean => outcomeOf(fact) === 'declined'

const isSettlement = (fact: StoredEvent): boolean => outcomeOf(fact) === 'done'

/** The refusals that named no step and could be about several, once answers have shown which requests are left. */
export function answerByUnnamedRefusals(kind: StepKind, steps: Step[]): void {
  for (const unnamed of steps.filter(isUnnamedRefusal))
    for (const refusal of [...unnamed.facts]) refuse(kind, { unnamed, refusal }, steps)
}

/** Refusals that fell back to one counter stand together, and may each refuse another request. */
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

/** Asked for, and not answered yet. */
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
 * The only open request of its kind; of several without an id, the only one that the counter fell back below. Else none: the
 * others have to be settled first. A refusal that counts further than anything told refuses a request that was not told.
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

/** How far its steps counted without it; where none states a counter, any far. */
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
