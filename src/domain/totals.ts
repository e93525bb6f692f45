import { momentOf } from './canonical-order.ts'
import { axisOf, outcomeOf, statesCounters } from './event-meaning.ts'
import type { Basis } from './explain-rules.ts'
import type { OperationView } from './operation-view.ts'
import { counterOf } from './step.ts'
import type { StoredEvent } from './transaction.ts'

/**
 * How much was captured and refunded. Where the provider counts per transaction its counter decides and the known
 * steps explain it; where it does not, the steps are the count. Which of the two holds is read from the facts.
 */

export interface StepTotal {
  /** Minor units; null: something was settled whose amount nobody stated. */
  total: number | null
  /** Something was settled, whether or not its amount is known. */
  settled: boolean
  /** Counted by the provider, explained by no known step; null: nothing is missing. */
  missing: { amount: number; fact: StoredEvent } | null
  by: Basis
}

/** A counter and the fact that stated it. */
interface Reading {
  value: number
  fact: StoredEvent
  rule: 'M-2' | 'M-3' | 'M-4'
}

type StepAxis = 'capture' | 'refund'

export function stepTotal(
  axis: StepAxis,
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): StepTotal {
  const sum = toldTotal(axis, operations, facts)
  const beyond = facts.filter((fact) => countsBeyond(axis, fact, sum.total))
  return beyond.length === 0 ? sum : { ...sum, total: null, by: { rule: 'F-9', facts: beyond } }
}

/** A code that this build cannot read may count what was done, or what was only asked for. */
function countsBeyond(axis: StepAxis, fact: StoredEvent, total: number | null): boolean {
  const counter = counterOf(axis, fact)
  return fact.type === 'unrecognized' && counter !== null && total !== null && counter > total
}

function toldTotal(
  axis: StepAxis,
  operations: readonly OperationView[],
  facts: readonly StoredEvent[],
): StepTotal {
  const steps = operations.filter((operation) => operation.kind === axis)
  const settled = steps.filter((step) => step.word.outcome === 'done')
  const unread = steps.filter(isUnread)
  if (unread.length > 0)
    return {
      total: null,
      settled: settled.length > 0,
      missing: null,
      by: { rule: 'F-9', facts: unread.flatMap(allFacts) },
    }
  const lent = lentReading(axis, steps, facts)
  if (settled.length === 0) return lentTotal(lent, axis, facts)
  const counted = countedBy(axis, { settled, steps, lent })
  const known = sumOf(settled.map((step) => step.amount))
  if (counted === null) return { total: known, settled: true, missing: null, by: summed(settled, known) }
  return explained(axis, { counted, known, steps })
}

/** A code that this build cannot read is all that was told of it: where the provider states no counters, it may be money. */
function isUnread({ word, sides }: OperationView): boolean {
  const told = sides.notification.map(({ fact }) => fact)
  return (
    word.outcome === 'none' && told.some((fact) => fact.type === 'unrecognized') && !told.some(statesCounters)
  )
}

function allFacts({ statements }: OperationView): StoredEvent[] {
  return statements.map(({ fact }) => fact)
}

/** A sum stands on what settled each step and on what states its amount. */
function summed(settled: readonly OperationView[], known: number | null): Basis {
  const counting = settled.some(({ statements }) => statements.some(({ fact }) => statesCounters(fact)))
  return { rule: known === null || counting ? 'M-7' : 'M-8', facts: settled.flatMap(amountFacts) }
}

export function amountFacts({ word, amountBy }: OperationView): StoredEvent[] {
  const facts = [word.statement?.fact, amountBy?.fact].filter((fact) => fact !== undefined)
  return [...new Set(facts)]
}

/** Sum of amounts; null when one of them is unknown, or the sum is too large to be exact. */
export function sumOf(amounts: readonly (number | null)[]): number | null {
  let sum = 0
  for (const amount of amounts) {
    if (amount === null) return null
    sum += amount
  }
  return Number.isSafeInteger(sum) ? sum : null
}

/**
 * Counters include what was only requested, and may keep what was then refused. Where the known steps fall short of the
 * counter by exactly that much, the steps are right; otherwise money moved in a step that was not told.
 */
function explained(
  axis: StepAxis,
  { counted, known, steps }: { counted: Reading; known: number | null; steps: readonly OperationView[] },
): StepTotal {
  const by = { rule: counted.rule, facts: [counted.fact] }
  const requested = counted.rule === 'M-4' ? 0 : askedBefore(axis, steps, counted)
  const counter = Math.max(0, counted.value - requested)
  if (known === null || known >= counted.value) {
    const total = known === null ? counter : counted.value
    return { total, settled: true, missing: null, by }
  }
  if (counter <= known || isExplained(counted.value - known, { axis, counted, steps }))
    return {
      total: known,
      settled: true,
      missing: null,
      by: { rule: 'M-5', facts: steps.flatMap(amountFacts) },
    }
  const missing = { amount: counter - known, fact: counted.fact }
  return { total: counter, settled: true, missing, by: { ...by, rule: 'M-6' } }
}

/** By the own amounts of open requests, of refused steps that are still counted, or of both. */
function isExplained(
  gap: number,
  { axis, counted, steps }: { axis: StepAxis; counted: Reading; steps: readonly OperationView[] },
): boolean {
  const requested = sumOf(amountsOf(steps, 'requested'))
  const stillCounted = steps.filter((step) => isStillCounted(axis, step, { counted, steps }))
  const declined = sumOf(amountsOf(stillCounted, 'declined'))
  return gap === requested || gap === declined || gap === sumOf([requested, declined])
}

/** What the requests that nothing has answered ask for of a counter that was read after them. */
function askedBefore(axis: StepAxis, steps: readonly OperationView[], counted: Reading): number {
  if (axis === 'refund' && counted.fact.providerCode === ALL_REFUNDED) return 0
  return openRequests(axis, steps)
    .filter(
      ({ fact }) => momentOf(fact) <= momentOf(counted.fact) && (counterOf(axis, fact) ?? 0) <= counted.value,
    )
    .reduce((sum, { amount }) => sum + amount, 0)
}

/** A refused step is in a later counter only if its refusal's own counter had not fallen back below what it asked for. */
function isStillCounted(
  axis: StepAxis,
  step: OperationView,
  { counted, steps }: { counted: Reading; steps: readonly OperationView[] },
): boolean {
  const counters = (outcome: string): number[] =>
    step.statements.flatMap(({ fact }) => (outcomeOf(fact) === outcome ? (counterOf(axis, fact) ?? []) : []))
  const refusals = step.statements.filter(({ fact }) => outcomeOf(fact) === 'declined')
  // Refused after the counter was read: it was counted as requested.
  if (refusals.every(({ fact }) => momentOf(fact) > momentOf(counted.fact))) return true
  const refused = counters('declined')
  const asked = counters('requested')
  if (refused.length === 0) return true
  if (asked.length > 0) return Math.max(...refused) >= Math.max(...asked)
  // Its request was not told: the counter holds it only if it holds more than the other steps that were told by then.
  const counter = Math.max(...refused)
  const isHeld = (fact: StoredEvent): boolean =>
    (counterOf(axis, fact) ?? 0) <= counter &&
    refusals.some((refusal) => momentOf(fact) <= momentOf(refusal.fact))
  const others = steps.filter((other) => other !== step && other.word.outcome !== 'declined')
  const held = others.filter((other) => allFacts(other).some(isHeld))
  return counter - held.reduce((sum, { amount }) => sum + (amount ?? 0), 0) >= (step.amount ?? 1)
}

function amountsOf(steps: readonly OperationView[], outcome: 'requested' | 'declined'): (number | null)[] {
  return steps.filter((step) => step.word.outcome === outcome).map((step) => step.amount)
}

interface Counting {
  settled: readonly OperationView[]
  steps: readonly OperationView[]
  lent: Reading | null
}

/**
 * The counter of the last settled fact, raised by what was lent later, since a capture in between may be lost; lowered by a
 * later refusal that counted less. What the provider notified, no answer lowers.
 */
function countedBy(axis: StepAxis, { settled, steps, lent }: Counting): Reading | null {
  const own = lastReading(axis, settled.flatMap(settlingFacts))
  if (own === null) return null
  const raised = lent !== null && lent.value > own.value && isLater(lent, own)
  const reading: Reading = raised ? lent : own
  const refused = steps
    .flatMap((step) => step.statements.map(({ fact }) => fact))
    .filter((fact) => outcomeOf(fact) === 'declined' && momentOf(fact) > momentOf(reading.fact))
    .filter((fact) => fact.witness !== 'response' || reading.fact.witness === 'response')
  const lowered = lastReading(axis, refused)
  return lowered !== null && lowered.value < reading.value ? { ...lowered, rule: 'M-3' } : reading
}

/** The facts of the side that decided the step; the other side's counters may belong to another moment. */
function settlingFacts({ sides, word }: OperationView): StoredEvent[] {
  const side = word.statement?.fact.witness === 'response' ? sides.response : sides.notification
  return side.filter((statement) => statement.outcome === 'done').map(({ fact }) => fact)
}

/** Latest by the provider's clock; within one second the larger, since counters grow. */
function lastReading(axis: StepAxis, facts: readonly StoredEvent[]): Reading | null {
  let last: Reading | null = null
  for (const fact of facts) {
    const value = counterOf(axis, fact)
    if (value === null) continue
    const reading: Reading = { value, fact, rule: 'M-2' }
    if (last === null || isLater(reading, last)) last = reading
  }
  return last
}

function isLater(reading: Reading, last: Reading): boolean {
  const at = momentOf(reading.fact)
  const before = momentOf(last.fact)
  return at > before || (at === before && reading.value > last.value)
}

/**
 * A refund, a chargeback or the end of the authorization states what had been captured: a notification may be lost, the
 * money is not. Refunds imply nothing of the kind, so nothing lends them a total.
 */
function lendersOf(axis: StepAxis, facts: readonly StoredEvent[]): StoredEvent[] {
  if (axis === 'refund') return []
  const refused = facts.some((fact) => fact.type === 'capture_declined')
  return facts.filter((fact) => lends(fact, refused))
}

/**
 * What later facts say had been captured: their counter less what open requests explain of it, and never less than what a
 * done refund or chargeback gave back of it.
 */
function lentReading(
  axis: StepAxis,
  steps: readonly OperationView[],
  facts: readonly StoredEvent[],
): Reading | null {
  const last = lastReading(axis, lendersOf(axis, facts))
  if (last === null) return null
  const open = openRequests(axis, steps).filter(({ fact }) => momentOf(fact) <= momentOf(last.fact))
  const asked = open.reduce((sum, { amount }) => sum + amount, 0)
  const proven = Math.min(last.value, provenBy(last, facts))
  return { ...last, value: Math.max(0, last.value - asked, proven), rule: 'M-4' }
}

/** Of each request that nothing has answered: what it asked for, by its own amount, else by how far it raised the counter. */
function openRequests(
  axis: StepAxis,
  steps: readonly OperationView[],
): { amount: number; fact: StoredEvent }[] {
  const counters = steps.flatMap((step) => allFacts(step).flatMap((fact) => counterOf(axis, fact) ?? []))
  return steps.flatMap(({ word, amount }) => {
    const fact = word.statement?.fact
    if (word.outcome !== 'requested' || fact === undefined) return []
    // No word of the merchant alone leaves less given back than the provider counts.
    if (axis === 'refund' && fact.witness === 'response') return []
    const counter = counterOf(axis, fact)
    if (counter === null) return amount === null ? [] : [{ amount, fact }]
    const before = Math.max(0, ...counters.filter((value) => value < counter))
    return [{ amount: amount ?? counter - before, fact }]
  })
}

/** What was refunded or charged back had been captured; a chargeback of the whole proves all that was counted. */
function provenBy(last: Reading, facts: readonly StoredEvent[]): number {
  const notified = facts.filter((fact) => fact.witness !== 'response')
  const refunded = notified.flatMap((fact) => (fact.type === 'refunded' ? (fact.refundedTotal ?? 0) : []))
  const disputed = notified.filter(
    (fact) => fact.type === 'charged_back' && fact.providerCode !== DISPUTE_LOST,
  )
  const whole = disputed.some(({ amount }) => amount === null) && refunded.length === 0
  const taken = disputed.reduce((sum, { amount }) => sum + (amount ?? 0), 0)
  return whole ? last.value : Math.max(0, ...refunded) + taken
}

/** No step was ever told to be settled. */
function lentTotal(lent: Reading | null, axis: StepAxis, facts: readonly StoredEvent[]): StepTotal {
  if (lent !== null) {
    const by: Basis = { rule: 'M-4', facts: [lent.fact] }
    return { total: lent.value, settled: lent.value > 0, missing: null, by }
  }
  // What implies a capture without saying how much makes the amount unknown, not nothing.
  const implying = lendersOf(axis, facts).filter((fact) => fact.statesAuthorization)
  if (implying.length > 0)
    return { total: null, settled: true, missing: null, by: { rule: 'M-4', facts: implying } }
  const by: Basis = { rule: facts.some(statesCounters) ? 'M-2' : 'M-8', facts: [] }
  return { total: 0, settled: false, missing: null, by }
}

/** HiPay's code of a payment that is given back as a whole: nothing of it is still asked for. 126 tells of a part. */
const ALL_REFUNDED = '125'

/** HiPay's code of a lost dispute: it repeats what an earlier chargeback told and counts nothing anew. */
export const DISPUTE_LOST = '134'

function lends(fact: StoredEvent, captureRefused: boolean): boolean {
  // What the merchant forwards tells of its own step alone.
  if (fact.witness === 'response') return false
  if (fact.type === 'voided' || fact.type === 'expired') return !captureRefused
  const axis = axisOf(fact)
  if (axis === 'refund') return true
  return axis === 'chargeback' && fact.providerCode !== DISPUTE_LOST
}

export function isInitial(operation: OperationView): boolean {
  return operation.kind === 'authorization' || operation.kind === 'sale'
}
