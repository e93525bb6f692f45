import { isDecidedBefore } from './call-times.ts'
import type { Times } from './call-times.ts'
import { axisOf, axisOfOperation, isInitialFact } from '../event/meaning.ts'
import type { Axis } from '../event/meaning.ts'
import type { RootFacts, RootOf } from './references.ts'
import { orderIdOf } from './order-membership.ts'
import { namedFacts, push, stepKey, unaskedSteps } from './root-index.ts'
import type { NamedFact, NamedFacts, UnaskedSteps } from './root-index.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'

/** Assigns the merchant's calls and announcements to a transaction, else to an order, else to neither yet. */

export interface AssignedRequests {
  /** Byte order. */
  roots: ReadonlyMap<string, RootFacts>
  /** Order of each root that has one. */
  orderOf: ReadonlyMap<string, string>
  /** Calls on a known transaction. */
  byRoot: ReadonlyMap<string, StoredEvent[]>
  /** Calls of an order. */
  byOrder: ReadonlyMap<string, StoredEvent[]>
  orphans: StoredEvent[]
  /** Announced steps of a known transaction. */
  announced: ReadonlyMap<string, Expectation[]>
  /** Announced steps of an order that belong to no transaction. */
  unassignedSteps: Expectation[]
  payments: Expectation[]
}

export interface RequestsToAssign {
  roots: ReadonlyMap<string, RootFacts>
  rootOf: RootOf
  calls: readonly StoredEvent[]
  expectations: readonly Expectation[]
  times: Times
}

const NO_STEPS: UnaskedSteps = new Map()

export function assignRequests(toAssign: RequestsToAssign): AssignedRequests {
  const { roots, rootOf } = toAssign
  const named = namedFacts(roots)
  const { byRoot, waiting } = assignByReference(toAssign, named)
  const byOrder = new Map<string, StoredEvent[]>()
  const orphans: StoredEvent[] = []
  const orderOf = ordersOf(roots, byRoot)
  const steps = waiting.length === 0 ? NO_STEPS : unaskedSteps(roots, orderOf)
  for (const call of waiting) {
    const answered = call.witness === 'response'
    // Which attempt a payment call made is compared by time: a name that is used again says nothing of it.
    const known = isPaymentCall(call)
      ? undefined
      : namedFor(call, named, orderOf).find(({ facts }) => isUndecided(call, facts, toAssign.times))
    const root =
      known?.root ?? (answered ? rootOfFittingStep({ axis: axisOf(call), ...call }, steps) : undefined)
    const orderId = call.orderId ?? orderOf.get(rootActedOn(call, roots, rootOf) ?? '')
    if (root !== undefined) push(byRoot, root, withOperation(call, root, named))
    else if (orderId !== undefined) push(byOrder, orderId, call)
    else orphans.push(call)
  }
  return { roots, orderOf, byRoot, byOrder, orphans, ...assignExpectations(toAssign, named, orderOf) }
}

/** Calls that name their transaction and can be assigned to it. The others wait for other evidence. */
function assignByReference(
  { roots, rootOf, calls, times }: RequestsToAssign,
  named: NamedFacts,
): {
  byRoot: Map<string, StoredEvent[]>
  waiting: StoredEvent[]
} {
  const byRoot = new Map<string, StoredEvent[]>()
  const waiting: StoredEvent[] = []
  for (const call of calls) {
    const root = rootActedOn(call, roots, rootOf)
    const facts = roots.get(root ?? '')
    const known = withOperation(call, root, named)
    const isElsewhere = root === undefined || facts === undefined || !isUndecided(call, facts, times)
    if (isElsewhere || isUnspecified(known)) waiting.push(known)
    else push(byRoot, root, known)
  }
  return { byRoot, waiting }
}

/** A payment that was decided before a payment call is not the result of that call, whatever name they share. */
function isUndecided(call: StoredEvent, facts: readonly StoredEvent[], times: Times): boolean {
  return axisOf(call) !== 'initial' || !isDecidedBefore(call, facts.filter(isInitialFact), times)
}

/** The known transaction whose reference the call acted on. */
function rootActedOn(
  { parentReference }: Pick<Expectation, 'parentReference'>,
  roots: RequestsToAssign['roots'],
  rootOf: RootOf,
): string | undefined {
  if (parentReference === null) return undefined
  const root = rootOf(parentReference)
  return roots.has(root) ? root : undefined
}

/**
 * A call that states no operation has the operation of the fact with the same operation id, in the transaction that
 * it acted on.
 */
function withOperation(call: StoredEvent, root: string | undefined, named: NamedFacts): StoredEvent {
  if (!isUnspecified(call) || call.operationId === null) return call
  const known = named.get(call.operationId)?.find((one) => one.root === root && one.fact.operation !== null)
  return { ...call, operation: known?.fact.operation ?? null }
}

/** Asks for the payment itself. A call on a transaction that states no operation may have been any later step. */
export function isPaymentCall(call: StoredEvent): boolean {
  return axisOf(call) === 'initial' && !isUnspecified(call)
}

function isUnspecified(call: StoredEvent): boolean {
  return call.parentReference !== null && call.operation === null && axisOf(call) === 'initial'
}

/**
 * The facts with this operation id. Merchants number operations per order: in another order the same id means another
 * operation.
 */
function namedFor(
  { operationId, orderId }: Pick<StoredEvent, 'operationId' | 'orderId'>,
  named: NamedFacts,
  orderOf: ReadonlyMap<string, string>,
): NamedFact[] {
  if (operationId === null || orderId === null) return []
  const found = named.get(operationId) ?? []
  return found.filter(({ root, fact }) => fact.orderId === orderId || orderOf.get(root) === orderId)
}

function ordersOf(
  roots: RequestsToAssign['roots'],
  byRoot: ReadonlyMap<string, readonly StoredEvent[]>,
): ReadonlyMap<string, string> {
  const orderOf = new Map<string, string>()
  for (const [root, facts] of roots) {
    const orderId = orderIdOf(facts) ?? orderIdOf(byRoot.get(root) ?? [])
    if (orderId !== null) orderOf.set(root, orderId)
  }
  return orderOf
}

interface RequestedStep {
  axis: Axis
  parentReference: string | null
  orderId: string | null
  amount: number | null
}

/**
 * A step that names only its order belongs to the first transaction of that order with such a step and no other
 * request for it.
 */
function rootOfFittingStep(
  { axis, parentReference, orderId, amount }: RequestedStep,
  steps: UnaskedSteps,
): string | undefined {
  if (axis === 'initial' || parentReference !== null || orderId === null) return undefined
  const ofOrder = steps.get(stepKey(axis, orderId))
  const fitting = ofOrder
    ?.entries()
    .find(([, facts]) =>
      facts.some((step) => amount === null || step.amount === null || step.amount === amount),
    )
  if (fitting === undefined) return undefined
  const [root] = fitting
  ofOrder?.delete(root)
  return root
}

function assignExpectations(
  { roots, rootOf, expectations }: Omit<RequestsToAssign, 'calls' | 'times'>,
  named: NamedFacts,
  orderOf: ReadonlyMap<string, string>,
): Pick<AssignedRequests, 'announced' | 'unassignedSteps' | 'payments'> {
  const announced = new Map<string, Expectation[]>()
  const unassignedSteps: Expectation[] = []
  const payments: Expectation[] = []
  const steps = expectations.length === 0 ? NO_STEPS : unaskedSteps(roots, orderOf)
  for (const expectation of expectations) {
    const axis = axisOfOperation(expectation.operation)
    if (axis === 'initial') {
      payments.push(expectation)
      continue
    }
    const root =
      rootActedOn(expectation, roots, rootOf) ??
      namedFor(expectation, named, orderOf)[0]?.root ??
      rootOfFittingStep({ ...expectation, axis }, steps)
    if (root !== undefined) push(announced, root, expectation)
    else unassignedSteps.push(expectation)
  }
  return { announced, unassignedSteps, payments }
}
