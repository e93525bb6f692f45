import { momentOf } from './canonical-order.ts'
import { outcomeOf, statesCounters } from './event-meaning.ts'
import type { StatedOperation } from './operation-view.ts'
import type { Expectation, StoredEvent } from './transaction.ts'
import { statementOf } from './word.ts'

/**
 * Which statements speak of the same capture, refund, void or credit. Notifications form the steps, responses join
 * them, and what joins nothing stands alone: a wrong join would hide a missing witness.
 */

export type StepKind = 'capture' | 'refund' | 'void' | 'credit'

/** A step while its statements are being gathered. */
interface Step {
  key: string
  facts: StoredEvent[]
  expectation: Expectation | null
}

/** Facts of one kind, canonical order, notifications and responses and our unanswered calls mixed. */
export function groupSteps(
  kind: StepKind,
  facts: readonly StoredEvent[],
  announced: readonly Expectation[],
): StatedOperation[] {
  const expectations = announced.filter((expectation) => expectation.operation === kind)
  if (facts.length === 0 && expectations.length === 0) return []
  const steps = notifiedSteps(kind, facts)
  joinResponses(kind, facts, steps)
  joinExpectations(steps, expectations, kind)
  return steps.map((step) => statedOf(kind, step, facts))
}

function statedOf(kind: StepKind, step: Step, all: readonly StoredEvent[]): StatedOperation {
  const { key, expectation } = step
  const members = new Set(step.facts)
  // Joined in several passes; read back in canonical order.
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

function firstOperationId(facts: readonly StoredEvent[]): string | null {
  return facts.find((fact) => fact.operationId !== null)?.operationId ?? null
}

/** The cumulative counter that a step of this kind moves; null where the provider counts by operation. */
export function counterOf(kind: StepKind, fact: StoredEvent): number | null {
  if (kind === 'capture') return fact.capturedTotal
  return kind === 'refund' ? fact.refundedTotal : null
}

/** Steps as the notifications tell them: by operation id, else by the counter they reached. */
function notifiedSteps(kind: StepKind, facts: readonly StoredEvent[]): Step[] {
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

/**
 * A counter falls back to where it was when a step is refused: equal counters then name the step before. What was
 * settled is not undone by a refusal that does not name it.
 */
function isPastRefusal(fact: StoredEvent, step: Step): boolean {
  if (outcomeOf(fact) !== 'declined') return false
  return step.facts.some((known) => outcomeOf(known) === 'done' && momentOf(known) < momentOf(fact))
}

function addTo(steps: Step[], key: string, fact: StoredEvent): void {
  const known = steps.find((step) => step.key === key)
  if (known === undefined) steps.push({ key, facts: [fact], expectation: null })
  else known.facts.push(fact)
}

/** One void per transaction where the provider has no id for it; elsewhere the step's own id, then its counter. */
function keyOf(kind: StepKind, fact: StoredEvent): string {
  const step = [kind, fact.reference]
  if (fact.operationId !== null && kind !== 'void') return [...step, 'id', fact.operationId].join(':')
  const counter = counterOf(kind, fact)
  return (counter === null ? step : [...step, counter]).join(':')
}

function reaches(kind: StepKind, step: Step, fact: StoredEvent): boolean {
  const counter = counterOf(kind, fact)
  if (counter === null) return false
  return step.facts.some((known) => known.reference === fact.reference && counterOf(kind, known) === counter)
}

/**
 * A request without an id is answered by the next outcome that carries none either: a settlement that counted at
 * least as far, or a refusal whose counter fell back below it.
 */
function settleUnnamedRequests(kind: StepKind, steps: readonly Step[]): Step[] {
  const settled = [...steps]
  for (const request of steps) {
    if (!isUnnamed(request) || !request.facts.every((fact) => outcomeOf(fact) === 'requested')) continue
    const answer = settled.find((step) => step !== request && answers(kind, step, request))
    if (answer === undefined) continue
    answer.facts.push(...request.facts)
    settled.splice(settled.indexOf(request), 1)
  }
  return settled
}

function answers(kind: StepKind, step: Step, request: Step): boolean {
  const asked = highestCounter(kind, request)
  if (!isUnnamed(step) || asked === null) return false
  return step.facts.some((fact) => {
    const counter = counterOf(kind, fact)
    if (counter === null || request.facts.some((known) => momentOf(fact) < momentOf(known))) return false
    return outcomeOf(fact) === 'done' ? counter >= asked : outcomeOf(fact) === 'declined' && counter < asked
  })
}

function isUnnamed(step: Step): boolean {
  return firstOperationId(step.facts) === null
}

function highestCounter(kind: StepKind, step: Step): number | null {
  const counters = step.facts.flatMap((fact) => counterOf(kind, fact) ?? [])
  return counters.length === 0 ? null : Math.max(...counters)
}

/** Answers that name their step first, so that a vaguer one cannot take its place; for the same reason counters before amounts. */
function joinResponses(kind: StepKind, facts: readonly StoredEvent[], steps: Step[]): void {
  const responses = facts.filter((fact) => fact.witness === 'response')
  const named = responses.filter(({ operationId }) => operationId !== null)
  const referenced = responses.filter((fact) => fact.reference !== null && !named.includes(fact))
  const calls = responses.filter((fact) => fact.reference === null && !named.includes(fact))
  for (const answers of [named, referenced, calls]) {
    const vague = answers.filter((fact) => !joins(exactStep(kind, fact, steps), fact))
    const alone = vague.filter((fact) => !joins(likelyStep(fact, steps), fact))
    for (const fact of alone)
      if (!joins(exactStep(kind, fact, steps), fact))
        steps.push({ key: loneKey(kind, fact, steps), facts: [fact], expectation: null })
  }
}

function joins(step: Step | undefined, fact: StoredEvent): boolean {
  step?.facts.push(fact)
  return step !== undefined
}

/** By the id, else by the counter reached; without counters, by the step's own reference. */
function exactStep(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  const byId = steps.find(
    (step) => fact.operationId !== null && firstOperationId(step.facts) === fact.operationId,
  )
  if (byId !== undefined || fact.reference === null) return byId
  const own = ownSteps(fact, steps)
  if (counterOf(kind, fact) !== null) return own.find((step) => reaches(kind, step, fact))
  const key = keyOf(kind, { ...fact, operationId: null })
  return own.find((step) => step.key === key)
}

/** Among the steps that nobody has answered: another answer speaks of another call. */
function likelyStep(fact: StoredEvent, steps: readonly Step[]): Step | undefined {
  const unanswered = steps.filter((step) => step.facts.every((known) => known.witness !== 'response'))
  if (fact.reference === null) {
    const open = unanswered.filter((step) => !conflicts(step, fact))
    return outcomeOf(fact) === 'not_processed' ? undefined : openStepFor(fact, open)
  }
  const own = ownSteps(fact, unanswered)
  return fact.statesAuthorization ? soleUnnamed(own) : soleOfAmount(fact, own)
}

/** Steps of its reference. None of them carries its id, so each that carries one carries another. */
function ownSteps(fact: StoredEvent, steps: readonly Step[]): Step[] {
  return steps.filter(
    (step) => !conflicts(step, fact) && step.facts.some((known) => known.reference === fact.reference),
  )
}

/** A step that carries another id, or was settled before this refusal, is not what the answer speaks of. */
function conflicts(step: Step, fact: StoredEvent): boolean {
  if (fact.operationId !== null && !isUnnamed(step)) return true
  return isPastRefusal(fact, step)
}

/** Our cut-off call: the first notified step of a fitting amount that nobody has answered. */
function openStepFor(fact: StoredEvent, open: readonly Step[]): Step | undefined {
  return open.find((step) => amountsFit(step, fact.amount))
}

function amountsFit(step: Step, amount: number | null): boolean {
  return amount === null || step.facts.every((known) => known.amount === null || known.amount === amount)
}

/** The answer to a sale settles the first capture, which nobody had to ask for by an id. */
function soleUnnamed(open: readonly Step[]): Step | undefined {
  const unnamed = open.filter(isUnnamed)
  return unnamed.length === 1 ? unnamed[0] : undefined
}

function soleOfAmount(fact: StoredEvent, open: readonly Step[]): Step | undefined {
  if (fact.amount === null) return undefined
  const equal = open.filter((step) => step.facts.some((known) => known.amount === fact.amount))
  return equal.length === 1 ? equal[0] : undefined
}

function loneKey(kind: StepKind, fact: StoredEvent, steps: readonly Step[]): string {
  const key =
    fact.reference === null
      ? `${kind}:call:${fact.operationId ?? ''}:${fact.amount ?? ''}`
      : keyOf(kind, fact)
  const taken = steps.filter((step) => step.key === key || step.key.startsWith(`${key}#`)).length
  return taken === 0 ? key : `${key}#${taken}`
}

/** By operation id, else the first step of a fitting amount that no other announcement took; else it waits alone. */
function joinExpectations(steps: Step[], expectations: readonly Expectation[], kind: StepKind): void {
  for (const expectation of expectations) {
    const free = steps.filter((step) => step.expectation === null)
    const byId = free.find(
      (step) => expectation.operationId !== null && firstOperationId(step.facts) === expectation.operationId,
    )
    const step = byId ?? free.find((candidate) => fitsAnnouncement(candidate, expectation))
    if (step !== undefined) step.expectation = expectation
    else steps.push({ key: `${kind}:expected:${expectation.id}`, facts: [], expectation })
  }
}

/** Where the provider echoes operation ids, an announced id that is not there announced something else. */
function fitsAnnouncement(step: Step, expectation: Expectation): boolean {
  if (!isUnnamed(step) || !amountsFit(step, expectation.amount)) return false
  return expectation.operationId === null || !step.facts.some(statesCounters)
}
