import { compareText, momentOf } from './canonical-order.ts'
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
  for (const fact of notifications)
    if (fact.operationId === null) addTo(steps, unnamedKey(kind, fact, steps), fact)
  return settleUnnamedRequests(kind, steps)
}

function unnamedKey(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): string {
  const open = steps.filter((step) => !isPastRefusal(fact, step))
  const identified = open.find(
    (step) => !isUnnamed(step) && reaches(kind, step, fact) && !isContrary(fact, step),
  )
  if (identified !== undefined) return identified.key
  const key = keyOf(kind, fact)
  const isTaken = steps.some((step) => step.key === key) && open.every((step) => step.key !== key)
  return isTaken ? `${key}:refused` : key
}

/** Steps may meet at one counter: what names no step does not speak of one that ended otherwise. */
function isContrary(fact: StoredEvent, { facts }: Step): boolean {
  if (isRefusal(fact)) return facts.some((known) => outcomeOf(known) === 'done')
  return outcomeOf(fact) === 'done' && facts.some(isRefusal)
}

const isRefusal = (fact: StoredEvent): boolean => outcomeOf(fact) === 'declined'

/**
 * Answers without an id, in the order of time. Counters state what was asked: a settlement that counts further than a request
 * does not answer it, unless its own step is settled already, as where two requests were made before either was settled.
 */
function settleUnnamedRequests(kind: StepKind, steps: readonly Step[]): Step[] {
  const settled = [...steps]
  const unnamed = steps.filter(isUnnamed).flatMap((step) => step.facts.map((fact) => ({ step, fact })))
  unnamed.sort((left, right) => compareText(momentOf(left.fact), momentOf(right.fact)))
  const seen = new Set<Step>()
  for (const { step, fact } of unnamed) {
    if (outcomeOf(fact) === 'done') {
      const request = seen.has(step)
        ? settled.find((one) => one !== step && settles(kind, fact, one))
        : undefined
      if (request !== undefined) merge(settled, step, request)
      seen.add(step)
    } else if (isUnnamedRefusal(step)) refuse(kind, { unnamed: step, refusal: fact }, settled)
  }
  return settled
}

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

function settles(kind: StepKind, settlement: StoredEvent, request: Step): boolean {
  const asked = highestCounter(kind, request)
  const counter = counterOf(kind, settlement)
  if (!isUnnamed(request) || !isOpen(request) || asked === null || counter === null) return false
  return counter >= asked && request.facts.every((known) => momentOf(settlement) >= momentOf(known))
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
  if (others.length === 0) return counter > highestTold(kind, refusal, steps) ? undefined : only
  const below = open.filter((request) => counter < (highestCounter(kind, request) ?? 0))
  return open.every(isUnnamed) && below.length === 1 ? below[0] : undefined
}

/** How far its steps counted without it; where none states a counter, any far. */
function highestTold(kind: StepKind, refusal: StoredEvent, steps: readonly Step[]): number {
  const told = steps.flatMap(({ facts }) => facts).filter((fact) => fact !== refusal)
  const counters = told.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? Infinity : Math.max(...counters)
}

function isMadeBefore(request: Step, refusal: StoredEvent): boolean {
  return request.facts.some((asked) => momentOf(asked) <= momentOf(refusal))
}

function highestCounter(kind: StepKind, step: Step): number | null {
  const counters = step.facts.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? null : Math.max(...counters)
}
