import { compareText } from '../event/canonical-order.ts'
import { axisOf, outcomeOf } from '../event/meaning.ts'
import type { StoredEvent } from '../event/evidence.ts'

/** Which references belong to one payment. A link exists only by evidence and may arrive after both its ends. */

/** Evidence that `child` acted on `parent`. */
export interface ParentLink {
  child: string
  parent: string
}

/** A fact that names its transaction or step. */
export type ReferencedFact = StoredEvent & { reference: string }

/** All facts of one root: at least the one that made it known. */
export type RootFacts = [ReferencedFact, ...ReferencedFact[]]

/** Finds the root of any reference; a reference without a link is its own root. */
export type RootOf = (reference: string) => string

export function isReferenced(fact: StoredEvent): fact is ReferencedFact {
  return fact.reference !== null
}

/**
 * The key of a fact that names no transaction and no order: the payment that it acted on, else its own operation id.
 * Facts are not joined by that id alone: merchants number operations per order.
 */
export function fallbackKey({
  reference,
  parentReference,
  orderId,
  operationId,
}: Pick<StoredEvent, 'reference' | 'parentReference' | 'orderId' | 'operationId'>): string | null {
  if (parentReference !== null || reference !== null || orderId !== null) return parentReference
  return operationId === null ? null : `operation:${operationId}`
}

/**
 * A payment that the provider notified acts on no other payment, whatever a forwarded answer states about its
 * reference.
 */
export function parentLinks(facts: readonly ReferencedFact[]): ParentLink[] {
  const linked = facts.filter(({ parentReference }) => parentReference !== null)
  if (linked.length === 0) return []
  const payments = new Set(facts.filter(isNotifiedPayment).map(({ reference }) => reference))
  return linked.flatMap(({ reference, parentReference }) =>
    parentReference === null || payments.has(reference)
      ? []
      : [{ child: reference, parent: parentReference }],
  )
}

function isNotifiedPayment(fact: StoredEvent): boolean {
  return fact.witness !== 'response' && axisOf(fact) === 'initial' && outcomeOf(fact) !== 'none'
}

/** Facts by root, roots in byte order, facts in the order given. */
export function gatherByRoot(facts: readonly ReferencedFact[], rootOf: RootOf): Map<string, RootFacts> {
  const roots = new Map<string, RootFacts>()
  for (const fact of facts) {
    const root = rootOf(fact.reference)
    const known = roots.get(root)
    if (known === undefined) roots.set(root, [fact])
    else known.push(fact)
  }
  return new Map([...roots].sort(([left], [right]) => compareText(left, right)))
}

/**
 * Follows the links to their end. Where links contradict each other the result must not depend on arrival order: of
 * several parents the byte-least counts, and the root of a cycle is its byte-least member.
 */
export function resolveRoots(links: readonly ParentLink[]): RootOf {
  const parents = leastParents(links)
  const roots = new Map<string, string>()
  return (reference) => {
    if (parents.size === 0) return reference
    const known = roots.get(reference)
    if (known !== undefined) return known
    const root = climb(reference, parents)
    roots.set(reference, root)
    return root
  }
}

function leastParents(links: readonly ParentLink[]): ReadonlyMap<string, string> {
  const parents = new Map<string, string>()
  for (const { child, parent } of links) {
    // The answer to a maintenance call names the transaction that it acted on as its own reference: no link.
    if (child === parent) continue
    const known = parents.get(child)
    if (known === undefined || parent < known) parents.set(child, parent)
  }
  return parents
}

function climb(reference: string, parents: ReadonlyMap<string, string>): string {
  const path = [reference]
  const seen = new Set(path)
  let current = reference
  for (;;) {
    const parent = parents.get(current)
    if (parent === undefined) return current
    if (seen.has(parent)) return leastOf(path.slice(path.indexOf(parent)), parent)
    path.push(parent)
    seen.add(parent)
    current = parent
  }
}

/** Byte-least text, or `fallback` when there is none. */
function leastOf(texts: readonly string[], fallback: string): string {
  return texts.reduce((least, text) => (compareText(text, least) < 0 ? text : least), fallback)
}
