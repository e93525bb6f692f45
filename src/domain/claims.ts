import { axisOf, outcomeOf, statesCounters } from './event-meaning.ts'
import type { StoredEvent } from './transaction.ts'

/**
 * Which transaction answers which of our calls that came back without a reference. A call that may have succeeded
 * must not be forgotten, and must not be counted as answered twice.
 */

/** A transaction as far as claiming goes. */
export interface Claimant {
  root: string
  facts: readonly StoredEvent[]
}

export interface Claims {
  /** Facts that belong to a root's initial operation, by root. */
  byRoot: ReadonlyMap<string, StoredEvent[]>
  /** Requests that nobody has answered, canonical order. */
  open: StoredEvent[]
}

/** `requests` are payment calls of one order, `claimants` its transactions that count, byte order. */
export function claimPayments(requests: readonly StoredEvent[], claimants: readonly Claimant[]): Claims {
  const byRoot = new Map<string, StoredEvent[]>()
  const notified = claimants.filter(hasInitialNotification)
  const unanswered = notified.filter((claimant) => !hasOwnResponse(claimant))
  const free = [...unanswered]
  const open = requests.filter((request) => {
    // One page serves every attempt of its order, so every attempt shares its answer.
    const takers = isShared(request) ? unanswered : takeFirst(free, request)
    for (const { root } of takers) byRoot.set(root, [...(byRoot.get(root) ?? []), request])
    return isShared(request) ? notified.length === 0 : takers.length === 0
  })
  return { byRoot, open }
}

export function isShared(request: StoredEvent): boolean {
  return request.channel === 'hosted'
}

function takeFirst(free: Claimant[], request: StoredEvent): Claimant[] {
  const index = free.findIndex((claimant) => fits(request, claimant))
  return index === -1 ? [] : free.splice(index, 1)
}

/**
 * An answer without an outcome may be any attempt's. One that was refused belongs to a refused attempt: anything else
 * would call two attempts a contradiction. One that was never processed has no attempt at all.
 */
function fits(request: StoredEvent, { facts }: Claimant): boolean {
  const outcome = outcomeOf(request)
  // A notification that names no transaction is no answer of anybody's call, and not known to be this payment's.
  if (outcome === 'not_processed' || request.witness !== 'response') return false
  if (outcome !== 'declined') return true
  return facts.some((fact) => isInitialFact(fact) && outcomeOf(fact) === 'declined')
}

function hasInitialNotification({ facts }: Claimant): boolean {
  return facts.some((fact) => fact.witness !== 'response' && isInitialFact(fact) && !isLaterInstalment(fact))
}

function hasOwnResponse({ facts }: Claimant): boolean {
  return facts.some((fact) => fact.witness === 'response' && isInitialFact(fact))
}

function isInitialFact(fact: StoredEvent): boolean {
  if (fact.statesAuthorization || (fact.type === 'voided' && statesCounters(fact))) return true
  return axisOf(fact) === 'initial' && outcomeOf(fact) !== 'none'
}

function isLaterInstalment(fact: StoredEvent): boolean {
  return (fact.schedule?.index ?? 1) > 1
}
