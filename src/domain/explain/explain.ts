import { compareContent } from '../event/canonical-order.ts'
import { factsOf, stateOf } from './derivations.ts'
import type { OutrankedFact, Derivation, OtherSource, ExplainedTransaction } from './derivations.ts'
import { operationDerivations } from './operation-derivations.ts'
import { RULES } from '../event/rules.ts'
import type { RuleId } from '../event/rules.ts'
import { transactionDerivations } from './transaction-derivations.ts'
import { judge } from '../reconcile.ts'
import type { ReconcileInput } from '../reconcile.ts'
import type { StoredEvent } from '../event/evidence.ts'
import type { EventType, Witness } from '../event/vocabulary.ts'

/**
 * Why each field of a transaction has its value. Nothing is decided a second time here: the fold notes the deciding
 * facts. Every explanation is tried by reconciling again without the outranked messages; a message that turns out to
 * be needed becomes a deciding one.
 */
export interface Explanation {
  provider: string
  account: string
  /** Root reference. */
  reference: string
  /** False: there are more messages than are tried; then only the rules name the outranked ones. */
  tried: boolean
  fields: ExplainedValue[]
}

export interface ExplainedValue {
  /** `status`, `operations[0].amount`, `discrepancies[0]` …: a field of the transaction. */
  field: string
  value: unknown
  rule: Rule
  /** Without these the value, or its deciding facts, would be different. Empty: no message states it. */
  decidedBy: Source[]
  /** Messages that state the field; without them its value is the same. */
  outranked: (ExplainedEvent & { rule: Rule })[]
}

/** A rule of docs/transaction-lifecycle.md. */
export interface Rule {
  id: RuleId
  name: string
}

export interface ExplainedEvent {
  kind: 'event'
  eventId: string
  inboxId: string
  witness: Witness
  type: EventType
  providerCode: string | null
  occurredAt: string | null
  receivedAt: string
}

export type Source = ExplainedEvent | OtherSource

/**
 * Reconciling an order of this many messages takes milliseconds; beyond it an answer would delay all other callers.
 */
const TRIED_MESSAGES_MAX = 300

/** `reference` may be one that the transaction absorbed; null: no such transaction among the events. */
export function explain(input: ReconcileInput, reference: string): Explanation | null {
  const subject = subjectOf(input, reference)
  if (subject === null) return null
  const { provider, account, reference: root } = subject.transaction
  const tried = input.events.length <= TRIED_MESSAGES_MAX
  const repeats = repeatsOf(input.events, factsOf(subject))
  const probe = tried ? createProbe(input, root, repeats) : null
  const state = stateOf(subject)
  const derivations = [...transactionDerivations(subject), ...operationDerivations(subject)]
  const fields = derivations.map((derivation) =>
    explainedValue(probe === null ? derivation : withNeededFacts(derivation, probe), state, repeats),
  )
  return { provider, account, reference: root, tried, fields }
}

function subjectOf(input: ReconcileInput, reference: string): ExplainedTransaction | null {
  const { reconciled, transactions, orders, context } = judge(input)
  const index = transactions.findIndex(
    (known) => known.reference === reference || known.absorbed.includes(reference),
  )
  const [own, transaction] = [reconciled[index], transactions[index]]
  if (own === undefined || transaction === undefined) return null
  const order = orders.find(({ discrepant }) => discrepant.has(transaction.reference))?.order
  const doubled = order?.discrepancies.some((found) => found.class === 'duplicate_payment') === true
  const orderRule = order === undefined ? null : doubled ? 'X-6' : 'X-5'
  return { reconciled: own, transaction, orderRule, resolutions: context.resolutions }
}

type Repeats = (fact: StoredEvent) => readonly StoredEvent[]

/** Messages that only repeat a fact: the earliest receipt of it stands. */
function repeatsOf(events: readonly StoredEvent[], facts: readonly StoredEvent[]): Repeats {
  const known = new Set(facts)
  const others = events.filter((event) => event.reference !== null && !known.has(event))
  return (fact) => others.filter((event) => compareContent(event, fact) === 0)
}

/** The value at a path as if these facts had never been received; undefined: the field does not exist then. */
type Probe = (path: string, removed: ReadonlySet<StoredEvent>) => string | undefined

function createProbe(input: ReconcileInput, root: string, repeats: Repeats): Probe {
  const states = new Map<string, Map<string, unknown>>()
  return (path, removed) => {
    // By id: a call whose operation is learned from another fact stands in the transaction as a copy of its event.
    const ids = new Set([...removed].flatMap((fact) => [fact, ...repeats(fact)]).map(({ id }) => id))
    const events = input.events.filter(({ id }) => !ids.has(id))
    const key = events.map(({ id }) => id).join()
    const state = states.get(key) ?? stateWithout({ ...input, events }, root)
    states.set(key, state)
    return JSON.stringify(state.get(path))
  }
}

function stateWithout(input: ReconcileInput, root: string): Map<string, unknown> {
  const subject = subjectOf(input, root)
  return subject?.transaction.reference === root ? stateOf(subject) : new Map<string, unknown>()
}

/** Moves outranked facts that the value needs to the deciding ones. */
function withNeededFacts(derivation: Derivation, probe: Probe): Derivation {
  const removed = new Set<StoredEvent>()
  const value = probe(derivation.path, removed)
  const needed = indispensable(
    derivation.outranked,
    removed,
    (without) => probe(derivation.path, without) === value,
  )
  const kept = new Set(needed.map(({ fact }) => fact))
  return {
    ...derivation,
    deciding: [...derivation.deciding, ...kept],
    outranked: derivation.outranked.filter(({ fact }) => !kept.has(fact)),
  }
}

/**
 * Halves a list that cannot be left out as a whole. `removed` grows by what can, so that in the end all of it is left
 * out together.
 */
function indispensable(
  outranked: readonly OutrankedFact[],
  removed: Set<StoredEvent>,
  isUnchanged: (without: ReadonlySet<StoredEvent>) => boolean,
): OutrankedFact[] {
  const without = new Set([...removed, ...outranked.map(({ fact }) => fact)])
  if (isUnchanged(without)) {
    for (const { fact } of outranked) removed.add(fact)
    return []
  }
  if (outranked.length === 1) return [...outranked]
  const middle = outranked.length >> 1
  return [
    ...indispensable(outranked.slice(0, middle), removed, isUnchanged),
    ...indispensable(outranked.slice(middle), removed, isUnchanged),
  ]
}

function explainedValue(
  derivation: Derivation,
  state: ReadonlyMap<string, unknown>,
  repeats: Repeats,
): ExplainedValue {
  const repetitions = [...derivation.deciding, ...derivation.outranked.map(({ fact }) => fact)].flatMap(
    repeats,
  )
  const outranked = [
    ...derivation.outranked,
    ...repetitions.map((fact): OutrankedFact => ({ fact, rule: 'F-2' })),
  ]
  return {
    field: derivation.field,
    value: state.get(derivation.path) ?? null,
    rule: ruleOf(derivation.rule),
    decidedBy: [...derivation.otherSources, ...derivation.deciding.map(sourceOf)],
    outranked: outranked.flatMap(({ fact, rule }) =>
      rule === null ? [] : { ...sourceOf(fact), rule: ruleOf(rule) },
    ),
  }
}

function ruleOf(id: RuleId): Rule {
  return { id, name: RULES[id] }
}

function sourceOf({
  id,
  inboxId,
  witness,
  type,
  providerCode,
  occurredAt,
  receivedAt,
}: StoredEvent): ExplainedEvent {
  return { kind: 'event', eventId: id, inboxId, witness, type, providerCode, occurredAt, receivedAt }
}
