import { momentOf } from './canonical-order.ts'
import { outcomeOf } from './event-meaning.ts'
import type { StepKind } from './step.ts'
import { addTo, counterOf, isPastRefusal, isUnnamed, keyOf, reaches } from './step.ts'
import type { Step } from './step.ts'
import type { StoredEvent } from './transaction.ts'

/** Which notifications tell of the same capture, refund, void or credit. */

/** Steps as the notifications tell them: by operation id, else by the counter they reached. */
export function notifiedSteps(kind: StepKind, facts: readonly StoredEvent[]): Step[] {
  const steps: Step[] = []
  const notifications = facts.filter((fact) => fact.witness !== 'response')
  for (const fact of notifications) if (fact.operationId !== null) addTo(steps, keyOf(kind, fact), fact)
  for (const fact of notifications) {
    if (fact.operationId !== null) continue
    addTo(steps, unnamedKey(kind, fact, steps), fact)
  }
  return settleUnnamedRequests(kind, steps)
}

function unnamedKey(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): string {
  const open = steps.filter((step) => !isPastRefusal(fact, step))
  const identified = open.find((step) => !isUnnamed(step) && reaches(kind, step, fact))
  if (identified !== undefined) return identified.key
  const key = keyOf(kind, fact)
  const isTaken = steps.some((step) => step.key === key) && open.every((step) => step.key !== key)
  return isTaken ? `${key}:refused` : key
}

/** A settlement without an id answers the requests without one that it counts at least as far as. */
function settleUnnamedRequests(kind: StepKind, steps: readonly Step[]): Step[] {
  const settled = [...steps]
  for (const request of steps) {
    if (!isUnnamed(request) || !isOpen(request)) continue
    const answer = settled.find((step) => step !== request && settles(kind, step, request))
    if (answer !== undefined) merge(settled, answer, request)
  }
  return settled
}

/** A refusal that names no step answers a request that was made before it, where it can only be that one. */
export function answerByUnnamedRefusals(kind: StepKind, steps: Step[]): void {
  for (const refusal of steps.filter(isUnnamedRefusal)) {
    const request = refusedBy(kind, refusal, steps)
    if (request !== undefined) merge(steps, request, refusal)
  }
}

function merge(steps: Step[], into: Step, step: Step): void {
  into.facts.push(...step.facts)
  steps.splice(steps.indexOf(step), 1)
}

/** Asked for, and not answered yet. */
function isOpen({ facts }: Step): boolean {
  return facts.every((fact) => outcomeOf(fact) === 'requested')
}

function isUnnamedRefusal(step: Step): boolean {
  return isUnnamed(step) && step.facts.every((fact) => outcomeOf(fact) === 'declined')
}

function settles(kind: StepKind, step: Step, request: Step): boolean {
  const asked = highestCounter(kind, request)
  if (!isUnnamed(step) || asked === null) return false
  return step.facts.some((fact) => {
    const counter = counterOf(kind, fact)
    if (counter === null || outcomeOf(fact) !== 'done' || counter < asked) return false
    return request.facts.every((known) => momentOf(fact) >= momentOf(known))
  })
}

/**
 * The only open request of its kind; of several without an id, the only one that the counter fell back below. Else none: the
 * others have to be settled first. A refusal that counts further than was asked refuses a request that was not told.
 */
function refusedBy(kind: StepKind, refusal: Step, steps: readonly Step[]): Step | undefined {
  const open = steps.filter((step) => step !== refusal && isOpen(step) && isMadeBefore(step, refusal))
  const [only, ...others] = open
  const counter = highestCounter(kind, refusal)
  if (only === undefined) return undefined
  if (others.length === 0) return counter !== null && counter > askedBy(kind, only) ? undefined : only
  const below = open.filter((request) => counter !== null && counter < askedBy(kind, request))
  return open.every(isUnnamed) && below.length === 1 ? below[0] : undefined
}

/** How far a request counted; one that states no counter may have counted any far. */
function askedBy(kind: StepKind, request: Step): number {
  return highestCounter(kind, request) ?? Infinity
}

function isMadeBefore(request: Step, refusal: Step): boolean {
  return request.facts.some((asked) => refusal.facts.every((fact) => momentOf(asked) <= momentOf(fact)))
}

function highestCounter(kind: StepKind, step: Step): number | null {
  const counters = step.facts.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? null : Math.max(...counters)
}
