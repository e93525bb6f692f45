import { outcomeOf } from '../event/meaning.ts'
import { counterOf } from './step.ts'
import type { Step, StepKind } from './step.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'

/**
 * The steps of one kind in the order in which they became known, found by what facts name: a payment may have thousands, and
 * no fact is compared with all of them. Every fact joins a step here.
 */
export class StepList {
  readonly kind: StepKind
  readonly #positions = new Map<Step, number>()
  readonly #byKey = new Map<string, Set<Step>>()
  readonly #byOperationId = new Map<string, Set<Step>>()
  readonly #byReference = new Map<string, Set<Step>>()
  readonly #byCounter = new Map<string, Set<Step>>()
  readonly #unnamed = new Set<Step>()
  readonly #open = new Set<Step>()
  readonly #refused = new Set<Step>()
  /** How many keys there are that are this text, or that go on with `#`. */
  readonly #keysBeginning = new Map<string, number>()
  /** Of all facts the two with the highest counters. */
  #highest: Counted = NONE_COUNTED
  #second: Counted = NONE_COUNTED
  #next = 0

  constructor(kind: StepKind) {
    this.kind = kind
  }

  all(): Step[] {
    return [...this.#positions.keys()]
  }

  add(key: string, facts: readonly StoredEvent[], expectation: Expectation | null = null): void {
    const step: Step = { key, facts: [], operationId: null, expectation }
    this.#positions.set(step, this.#next++)
    put(this.#byKey, key, step)
    this.#unnamed.add(step)
    this.#open.add(step)
    for (const beginning of beginningsOf(key))
      this.#keysBeginning.set(beginning, this.keysBeginning(beginning) + 1)
    for (const fact of facts) this.join(step, fact)
  }

  join(step: Step, fact: StoredEvent): void {
    this.#enter(step, fact)
    const counted = { fact, counter: counterOf(this.kind, fact) ?? -Infinity }
    if (counted.counter > this.#highest.counter) [this.#highest, this.#second] = [counted, this.#highest]
    else if (counted.counter > this.#second.counter) this.#second = counted
  }

  /** A fact turned out to belong to another step; a step without facts is none. */
  move(fact: StoredEvent, from: Step, to: Step): void {
    this.#enter(to, fact)
    from.facts = from.facts.filter((known) => known !== fact)
    if (from.facts.length === 0) this.#remove(from)
  }

  withKey(key: string): Step[] {
    return this.#sorted(this.#byKey.get(key))
  }

  keysBeginning(key: string): number {
    return this.#keysBeginning.get(key) ?? 0
  }

  /** Steps with this key or this operation id. */
  eitherOf({ key, operationId }: { key: string; operationId: string }): Step[] {
    return this.#sorted(
      new Set([...(this.#byKey.get(key) ?? []), ...(this.#byOperationId.get(operationId) ?? [])]),
    )
  }

  /** Steps whose first stated operation id is this one. */
  named(operationId: string): Step[] {
    return this.#sorted(this.#byOperationId.get(operationId))
  }

  /** Steps with a fact of this reference. */
  ofReference(reference: string): Step[] {
    return this.#sorted(this.#byReference.get(reference))
  }

  /** Steps with a fact of the reference and counter of this one; none if it states no counter. */
  reaching(fact: StoredEvent): Step[] {
    return this.#sorted(this.#byCounter.get(this.#counterKey(fact) ?? ''))
  }

  unnamed(): ReadonlySet<Step> {
    return this.#unnamed
  }

  /** Requested, and not answered yet; in the order of the list. */
  open(): ReadonlySet<Step> {
    return this.#open
  }

  /** Steps with a refusal. */
  refused(): ReadonlySet<Step> {
    return this.#refused
  }

  /** The highest counter of the other facts; infinite where none states a counter. */
  highestCounterBeside(fact: StoredEvent): number {
    const { counter } = this.#highest.fact === fact ? this.#second : this.#highest
    return counter === -Infinity ? Infinity : counter
  }

  #enter(step: Step, fact: StoredEvent): void {
    step.facts.push(fact)
    if (step.operationId === null && fact.operationId !== null) {
      step.operationId = fact.operationId
      put(this.#byOperationId, fact.operationId, step)
      this.#unnamed.delete(step)
    }
    put(this.#byReference, fact.reference ?? '', step)
    const counterKey = this.#counterKey(fact)
    if (counterKey !== null) put(this.#byCounter, counterKey, step)
    const outcome = outcomeOf(fact)
    if (outcome !== 'requested') this.#open.delete(step)
    if (outcome === 'declined') this.#refused.add(step)
  }

  #remove(step: Step): void {
    this.#positions.delete(step)
    for (const steps of [this.#unnamed, this.#open, this.#refused, this.#byKey.get(step.key)])
      steps?.delete(step)
    for (const beginning of beginningsOf(step.key))
      this.#keysBeginning.set(beginning, this.keysBeginning(beginning) - 1)
  }

  #counterKey(fact: StoredEvent): string | null {
    const counter = counterOf(this.kind, fact)
    return counter === null ? null : JSON.stringify([counter, fact.reference])
  }

  /** A step may join an index later than the steps behind it. */
  #sorted(steps: ReadonlySet<Step> = NONE): Step[] {
    const known = [...steps].filter((step) => this.#positions.has(step))
    return known.length < 2 ? known : known.sort((a, b) => this.#positionOf(a) - this.#positionOf(b))
  }

  #positionOf(step: Step): number {
    return Number(this.#positions.get(step))
  }
}

interface Counted {
  fact: StoredEvent | null
  counter: number
}

const NONE_COUNTED: Counted = { fact: null, counter: -Infinity }

const NONE: ReadonlySet<Step> = new Set()

function put(index: Map<string, Set<Step>>, key: string, step: Step): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, new Set([step]))
  else known.add(step)
}

/** The key, and what stands before each `#` of it. */
function beginningsOf(key: string): string[] {
  const parts = key.split('#')
  return parts.map((_part, index) => parts.slice(0, index + 1).join('#'))
}
