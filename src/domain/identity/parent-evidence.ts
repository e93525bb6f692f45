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
  const candidates = [...known.roots].flatMap(([root, facts]) => candidateOf(root, facts, known))
  return candidates.flatMap((candidate) => linkOf(candidate, candidates, parentRequests, known))
}

function parentRequestsOf({
  calls,
  expectations,
  roots,
  orderOf,
  rootOf,
  times,
}: KnownCalls): ParentRequest[] {
  const answers = [...[...roots.values()].flat(), ...calls].filter(({ witness }) => witness === 'response')
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
    if (parent === null || isAnswered(expectation, answers)) return []
    const axis = axisOfOperation(operation)
    const from = announcedFrom(expectation)
    return [{ axis, orderId, parent: rootOf(parent), amount, announced: true, from }]
  })
  return [...cutOff, ...announced]
}

/** The merchant forwarded an answer under the same name since: the announcement is about that call. */
function isAnswered(expectation: Expectation, answers: readonly StoredEvent[]): boolean {
  const { operationId, orderId, saidAt } = expectation
  if (operationId === null) return false
  // The merchant's clock may be ahead of ours: what we received after the announcement was not before it.
  const from = Math.min(announcedFrom(expectation), Date.parse(saidAt))
  const since = answers.filter(({ receivedAt }) => Date.parse(receivedAt) >= from)
  return since.some((fact) => fact.operationId === operationId && fact.orderId === orderId)
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

function linkOf(
  candidate: Candidate,
  candidates: readonly Candidate[],
  parentRequests: readonly ParentRequest[],
  known: KnownCalls,
): ParentLink[] {
  const { clockSkew } = known.times
  const fits = (request: ParentRequest, step: Candidate): boolean =>
    mayRequest(request, step, clockSkew) && request.parent !== candidate.root
  const { fitting, rivals } = connectedTo(candidate, candidates, parentRequests, fits)
  const [parent, ...others] = new Set(fitting.map((request) => request.parent))
  if (parent === undefined || others.length > 0) return []
  const isEachAskedFor =
    pairUp(rivals, fitting, (step, request) => fits(request, step)).size === rivals.length
  return isEachAskedFor && rivals.length <= openRequestCount(fitting, parent, candidate.axis, known)
    ? [{ child: candidate.root, parent }]
    : []
}

/** The requests that may have asked for this step, the other steps that they may have asked for, and so on. */
function connectedTo(
  candidate: Candidate,
  candidates: readonly Candidate[],
  parentRequests: readonly ParentRequest[],
  fits: (request: ParentRequest, step: Candidate) => boolean,
): { fitting: ParentRequest[]; rivals: Candidate[] } {
  let rivals = [candidate]
  for (;;) {
    const fitting = parentRequests.filter((request) => rivals.some((step) => fits(request, step)))
    const wider = candidates.filter(
      (step) => step === candidate || fitting.some((request) => fits(request, step)),
    )
    if (wider.length === rivals.length) return { fitting, rivals }
    rivals = wider
  }
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
