import { announcedFrom, callInterval, isNotBefore, stepBeginning } from './call-times.ts'
import type { Beginning, Times } from './call-times.ts'
import { axisOf, axisOfOperation, outcomeOf, statesCounters } from '../event/meaning.ts'
import type { Axis } from '../event/meaning.ts'
import { pairUp } from './pair-up.ts'
import type { ParentLink, RootFacts, RootOf } from './references.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'

/**
 * Links that no message states. The merchant announces a step or makes a call that is cut off, naming the payment
 * that it acts on; later a step with an id of its own is notified. This links the two only where no other reading
 * fits.
 */

/** The connected set before these links are added. */
export interface KnownCalls {
  /** Facts by root. */
  roots: ReadonlyMap<string, RootFacts>
  orderOf: ReadonlyMap<string, string>
  rootOf: RootOf
  calls: readonly StoredEvent[]
  expectations: readonly Expectation[]
  times: Times
}

/** A call, or an announcement, that acts on `parent`. */
interface ParentRequest {
  axis: Axis
  orderId: string | null
  parent: string
  amount: number | null
  announced: boolean
  /** The earliest time of the request, milliseconds since the epoch. */
  from: number
}

/** A notified step without a parent. */
interface Candidate {
  root: string
  axis: Axis
  orderId: string | null
  amount: number | null
  answered: boolean
  beginning: Beginning
}

export function evidencedLinks(known: KnownCalls): ParentLink[] {
  const parentRequests = parentRequestsOf(known)
  if (parentRequests.length === 0) return []
  const candidates = [...known.roots].flatMap(([root, facts]) => candidateOf(root, facts, known))
  const parents = parentsOf(candidates, parentRequests, known)
  return candidates.flatMap((candidate) => {
    const parent = parents.get(candidate) ?? null
    return parent === null ? [] : [{ child: candidate.root, parent }]
  })
}

/** Rivals have one answer, but for a step that requests act on: these are not compared with the step itself. */
function parentsOf(
  candidates: readonly Candidate[],
  parentRequests: readonly ParentRequest[],
  known: KnownCalls,
): ReadonlyMap<Candidate, string | null> {
  const { clockSkew } = known.times
  const actedOn = new Set(parentRequests.map(({ parent }) => parent))
  const parents = new Map<Candidate, string | null>()
  for (const candidate of candidates) {
    if (parents.has(candidate)) continue
    const isActedOn = actedOn.has(candidate.root)
    const requests = isActedOn
      ? parentRequests.filter(({ parent }) => parent !== candidate.root)
      : parentRequests
    const rivals = rivalsOf(candidate, { candidates, requests, clockSkew })
    const parent = parentOf(rivals, known)
    parents.set(candidate, parent)
    if (isActedOn) continue
    for (const step of rivals.steps) if (!actedOn.has(step.root)) parents.set(step, parent)
  }
  return parents
}

function parentRequestsOf({
  calls,
  expectations,
  roots,
  orderOf,
  rootOf,
  times,
}: KnownCalls): ParentRequest[] {
  const answers = Map.groupBy(
    [...[...roots.values()].flat(), ...calls].filter(({ witness }) => witness === 'response'),
    ({ operationId }) => operationId,
  )
  const ordered = (orderId: string | null, parent: string): string | null =>
    orderId ?? orderOf.get(rootOf(parent)) ?? null
  const cutOff = calls.flatMap((call): ParentRequest[] => {
    const { parentReference: parent, orderId, amount } = call
    if (parent === null || outcomeOf(call) === 'not_processed') return []
    return [
      {
        axis: axisOf(call),
        orderId: ordered(orderId, parent),
        parent: rootOf(parent),
        amount,
        announced: false,
        from: callInterval(call, times).from,
      },
    ]
  })
  const announced = expectations.flatMap((expectation): ParentRequest[] => {
    const { parentReference: parent, operation, orderId, amount } = expectation
    if (parent === null || isAnswered(expectation, answers.get(expectation.operationId) ?? [])) return []
    const axis = axisOfOperation(operation)
    const from = announcedFrom(expectation)
    return [{ axis, orderId, parent: rootOf(parent), amount, announced: true, from }]
  })
  return [...cutOff, ...announced]
}

/** The merchant forwarded an answer (`answers`: under the same name) since: the announcement is about that call. */
function isAnswered(expectation: Expectation, answers: readonly StoredEvent[]): boolean {
  const { operationId, orderId, saidAt } = expectation
  if (operationId === null) return false
  // The merchant's clock may be ahead of ours: what we received after the announcement was not before it.
  const from = Math.min(announcedFrom(expectation), Date.parse(saidAt))
  return answers.some((fact) => fact.orderId === orderId && Date.parse(fact.receivedAt) >= from)
}

/** Facts with counters name their payment themselves; only steps with an id of their own can lack one. */
function candidateOf(root: string, facts: RootFacts, { orderOf }: KnownCalls): Candidate[] {
  const axis = axisOf(facts[0])
  const stepsOnly = facts.every(
    (fact) => axisOf(fact) === axis && fact.reference === root && !statesCounters(fact),
  )
  if (axis === 'initial' || !stepsOnly) return []
  if (facts.every((fact) => fact.witness === 'response')) return []
  const amount = facts.find((fact) => fact.amount !== null)?.amount ?? null
  const answered = facts.some((fact) => fact.witness === 'response')
  const beginning = stepBeginning(facts)
  return [{ root, axis, orderId: orderOf.get(root) ?? null, amount, answered, beginning }]
}

/** Steps and the requests that may have asked for any of them: none of these requests may have asked for another step. */
interface Rivals {
  steps: [Candidate, ...Candidate[]]
  fitting: ParentRequest[]
}

/** The requests that may have asked for this step, the other steps that they may have asked for, and so on. */
function rivalsOf(
  candidate: Candidate,
  {
    candidates,
    requests,
    clockSkew,
  }: { candidates: readonly Candidate[]; requests: readonly ParentRequest[]; clockSkew: number },
): Rivals {
  let otherSteps = candidates.filter((step) => step !== candidate)
  let otherRequests = requests
  const rivals: Rivals = { steps: [candidate], fitting: [] }
  for (const step of rivals.steps) {
    const fitting = new Set(otherRequests.filter((request) => mayRequest(request, step, clockSkew)))
    if (fitting.size === 0) continue
    otherRequests = otherRequests.filter((request) => !fitting.has(request))
    for (const request of fitting) {
      rivals.fitting.push(request)
      const asked = new Set(otherSteps.filter((other) => mayRequest(request, other, clockSkew)))
      if (asked.size === 0) continue
      otherSteps = otherSteps.filter((other) => !asked.has(other))
      rivals.steps.push(...asked)
    }
  }
  return rivals
}

/** The only payment that the requests name, if each step can have been asked for and no more steps than were asked for. */
function parentOf({ steps, fitting }: Rivals, known: KnownCalls): string | null {
  const [parent, ...others] = new Set(fitting.map((request) => request.parent))
  if (parent === undefined || others.length > 0) return null
  if (steps.length > openRequestCount(fitting, parent, steps[0].axis, known)) return null
  const { clockSkew } = known.times
  const asked = pairUp(steps, fitting, (step, request) => mayRequest(request, step, clockSkew))
  return asked.size === steps.length ? parent : null
}

function mayRequest(
  request: ParentRequest,
  { axis, orderId, amount, answered, beginning }: Candidate,
  clockSkew: number,
): boolean {
  // A step with an answer of its own does not belong to the call that was cut off.
  if (answered && !request.announced) return false
  if (!isNotBefore(beginning, request.from, clockSkew)) return false
  if (request.axis !== axis || request.orderId === null || request.orderId !== orderId) return false
  return request.amount === null || amount === null || request.amount === amount
}

/** How many requested steps no linked step fulfils yet. An announcement and its cut-off call are one request. */
function openRequestCount(
  fitting: readonly ParentRequest[],
  parent: string,
  axis: Axis,
  { roots }: KnownCalls,
): number {
  const announced = fitting.filter((request) => request.announced).length
  const children = new Set(
    (roots.get(parent) ?? []).filter((fact) => axisOf(fact) === axis).map(({ reference }) => reference),
  )
  return Math.max(fitting.length - announced, announced - children.size)
}
