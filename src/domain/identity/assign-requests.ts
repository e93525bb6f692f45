import { isDecidedBefore } from './call-times.ts'
import type { Times } from './call-times.ts'
import { axisOf, axisOfOperation } from '../event/meaning.ts'
import type { Axis } from '../event/meaning.ts'
import type { RootFacts, RootOf } from './references.ts'
import { orderIdOf } from './order-membership.ts'
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

export function assignRequests(toAssign: RequestsToAssign): AssignedRequests {
  const { roots, rootOf } = toAssign
  const { byRoot, waiting } = assignByReference(toAssign)
  const byOrder = new Map<string, StoredEvent[]>()
  const orphans: StoredEvent[] = []
  const orderOf = ordersOf(roots, byRoot)
  const assignedSteps = new Set<string>()
  for (const call of waiting) {
    const answered = call.witness === 'response'
    const root =
      rootOfOperationId(call, undecidedFor(call, toAssign), orderOf) ??
      (answered
        ? rootOfFittingStep({ axis: axisOf(call), ...call }, roots, orderOf, assignedSteps)
        : undefined)
    const orderId = call.orderId ?? orderOf.get(rootActedOn(call, roots, rootOf) ?? '')
    if (root !== undefined) push(byRoot, root, withOperation(call, roots.get(root)))
    else if (orderId !== undefined) push(byOrder, orderId, call)
    else orphans.push(call)
  }
  return { roots, orderOf, byRoot, byOrder, orphans, ...assignExpectations(toAssign, orderOf) }
}

/** Calls that name their transaction and can be assigned to it. The others wait for other evidence. */
function assignByReference(toAssign: RequestsToAssign): {
  byRoot: Map<string, StoredEvent[]>
  waiting: StoredEvent[]
} {
  const { roots, rootOf, calls } = toAssign
  const byRoot = new Map<string, StoredEvent[]>()
  const waiting: StoredEvent[] = []
  for (const call of calls) {
    const root = rootActedOn(call, roots, rootOf)
    const known = withOperation(call, roots.get(root ?? ''))
    const isElsewhere = root === undefined || !undecidedFor(call, toAssign).has(root)
    if (isElsewhere || isUnspecified(known)) waiting.push(known)
    else push(byRoot, root, known)
  }
  return { byRoot, waiting }
}

/** A payment that was decided before a payment call is not the result of that call, whatever name they share. */
function undecidedFor(call: StoredEvent, { roots, times }: RequestsToAssign): RequestsToAssign['roots'] {
  if (axisOf(call) !== 'initial') return roots
  return new Map([...roots].filter(([, facts]) => !isDecidedBefore(call, facts, times)))
}

function push<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [item])
  else known.push(item)
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
function withOperation(call: StoredEvent, facts: readonly StoredEvent[] = []): StoredEvent {
  if (!isUnspecified(call) || call.operationId === null) return call
  const known = facts.find(
    ({ operation, operationId }) => operation !== null && operationId === call.operationId,
  )
  return { ...call, operation: known?.operation ?? null }
}

/** Asks for the payment itself. A call on a transaction that states no operation may have been any later step. */
export function isPaymentCall(call: StoredEvent): boolean {
  return axisOf(call) === 'initial' && !isUnspecified(call)
}

function isUnspecified(call: StoredEvent): boolean {
  return call.parentReference !== null && call.operation === null && axisOf(call) === 'initial'
}

/**
 * The transaction with this operation id. Merchants number operations per order: in another order the same id means
 * another operation.
 */
function rootOfOperationId(
  { operationId, orderId }: Pick<StoredEvent, 'operationId' | 'orderId'>,
  roots: RequestsToAssign['roots'],
  orderOf: ReadonlyMap<string, string>,
): string | undefined {
  if (operationId === null || orderId === null) return undefined
  const found = [...roots].find(([root, facts]) =>
    facts.some(
      (fact) =>
        fact.operationId === operationId && (fact.orderId === orderId || orderOf.get(root) === orderId),
    ),
  )
  return found?.[0]
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
  roots: RequestsToAssign['roots'],
  orderOf: ReadonlyMap<string, string>,
  assignedSteps: Set<string>,
): string | undefined {
  if (axis === 'initial' || parentReference !== null || orderId === null) return undefined
  const fitting = [...roots].find(([root, facts]) => {
    const steps = facts.filter((fact) => axisOf(fact) === axis && fact.witness !== 'response')
    const fits = steps.some((step) => amount === null || step.amount === null || step.amount === amount)
    return fits && orderOf.get(root) === orderId && !assignedSteps.has(`${axis}:${root}`)
  })
  if (fitting === undefined) return undefined
  const [root] = fitting
  assignedSteps.add(`${axis}:${root}`)
  return root
}

function assignExpectations(
  { roots, rootOf, expectations }: Omit<RequestsToAssign, 'calls' | 'times'>,
  orderOf: ReadonlyMap<string, string>,
): Pick<AssignedRequests, 'announced' | 'unassignedSteps' | 'payments'> {
  const announced = new Map<string, Expectation[]>()
  const unassignedSteps: Expectation[] = []
  const payments: Expectation[] = []
  const assignedSteps = new Set<string>()
  for (const expectation of expectations) {
    const axis = axisOfOperation(expectation.operation)
    if (axis === 'initial') {
      payments.push(expectation)
      continue
    }
    const root =
      rootActedOn(expectation, roots, rootOf) ??
      rootOfOperationId(expectation, roots, orderOf) ??
      rootOfFittingStep({ ...expectation, axis }, roots, orderOf, assignedSteps)
    if (root !== undefined) push(announced, root, expectation)
    else unassignedSteps.push(expectation)
  }
  return { announced, unassignedSteps, payments }
}
