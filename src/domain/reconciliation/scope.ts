import { compareText } from '../event/canonical-order.ts'
import { matchPaymentRequests } from '../identity/match-payment-requests.ts'
import { isAccepted } from './discrepancies.ts'
import type { Context } from './discrepancies.ts'
import { axisOf, outcomeOf } from '../event/meaning.ts'
import { gatherByRoot, isReferenced, parentLinks, resolveRoots } from '../identity/references.ts'
import type { ReferencedFact, RootFacts, RootOf } from '../identity/references.ts'
import type { TransactionEvidence } from '../operations/operation-view.ts'
import { orderIdOf } from '../identity/order-membership.ts'
import { evidencedLinks } from '../identity/parent-evidence.ts'
import type { KnownCalls } from '../identity/parent-evidence.ts'
import { isPaymentCall, assignRequests } from '../identity/assign-requests.ts'
import type { AssignedRequests } from '../identity/assign-requests.ts'
import { mismatchedMerchants, mismatchedModes } from './attribute-mismatches.ts'
import type { Expectation, StoredEvent } from '../event/evidence.ts'
import type { ProviderName } from '../event/transaction-event.ts'

/** Which message belongs to which transaction, order and call, before transactions are reconciled. */

export interface OrderScope {
  provider: ProviderName
  account: string
  orderId: string
  /** Calls without a transaction. */
  requests: StoredEvent[]
  /** Payment calls matched with a transaction that is not proven to be theirs. */
  doubtful: StoredEvent[]
  payments: Expectation[]
  steps: Expectation[]
  /** When each message and announcement that names it came, by our clock. */
  namedAt: string[]
}

export interface Scope {
  transactions: TransactionEvidence[]
  orders: OrderScope[]
  /** Calls that name neither a known transaction nor an order. */
  orphans: StoredEvent[]
}

type PaymentAnswersByRoot = Map<string, StoredEvent[]>

/** The same, grouped once, so that many orders tied together cost no more than their messages. */
interface AssignedByOrder extends AssignedRequests {
  paymentsOf: Map<string, Expectation[]>
  stepsOf: Map<string, Expectation[]>
  rootsOf: Map<string | undefined, [string, RootFacts][]>
}

const byOrder = (assigned: AssignedRequests): AssignedByOrder => ({
  ...assigned,
  paymentsOf: Map.groupBy(assigned.payments, ({ orderId }) => orderId),
  stepsOf: Map.groupBy(assigned.unassignedSteps, ({ orderId }) => orderId),
  rootsOf: Map.groupBy(assigned.roots, ([root]) => assigned.orderOf.get(root)),
})

/** `facts` distinct and in canonical order. */
export function scopeOf(
  facts: readonly StoredEvent[],
  expectations: readonly Expectation[],
  context: Context,
): Scope {
  const announced = [...expectations].sort(compareExpectations)
  const calls = facts.filter((fact) => !isReferenced(fact))
  const { roots, rootOf } = rootsOf(facts.filter(isReferenced), {
    calls,
    expectations: announced,
    times: context.policy,
  })
  const assigned = byOrder(
    assignRequests({ roots, rootOf, calls, expectations: announced, times: context.policy }),
  )
  const paymentAnswers: PaymentAnswersByRoot = new Map()
  const orders = ordersOf(facts, announced, assigned).map((order) =>
    withMatchedRequests(order, assigned, paymentAnswers, context),
  )
  return {
    transactions: [...roots].map(([root, own]) => ({
      ...transactionOf(root, own, assigned, paymentAnswers),
      times: context.policy,
    })),
    orders,
    orphans: assigned.orphans,
  }
}

function compareExpectations(left: Expectation, right: Expectation): number {
  return compareText(left.createdAt, right.createdAt) || compareText(left.id, right.id)
}

function rootsOf(
  facts: readonly ReferencedFact[],
  { calls, expectations, times }: Pick<KnownCalls, 'calls' | 'expectations' | 'times'>,
): { roots: Map<string, RootFacts>; rootOf: RootOf } {
  const links = parentLinks(facts)
  const rootOf = resolveRoots(links)
  const roots = gatherByRoot(facts, rootOf)
  if (calls.length === 0 && expectations.length === 0) return { roots, rootOf }
  const orderOf = new Map([...roots].flatMap(([root, own]) => pairUnlessNull(root, orderIdOf(own))))
  const evidenced = evidencedLinks({ roots, orderOf, rootOf, calls, expectations, times })
  if (evidenced.length === 0) return { roots, rootOf }
  const withEvidence = resolveRoots([...links, ...evidenced])
  return { roots: gatherByRoot(facts, withEvidence), rootOf: withEvidence }
}

function pairUnlessNull(root: string, orderId: string | null): [string, string][] {
  return orderId === null ? [] : [[root, orderId]]
}

function ordersOf(
  facts: readonly StoredEvent[],
  expectations: readonly Expectation[],
  assigned: AssignedByOrder,
): OrderScope[] {
  const [first] = [...facts, ...expectations]
  if (first === undefined) return []
  const { provider, account } = first
  // Every message that ever named the order counts: an order that had a payment stays known when a later message
  // moves that payment to another order.
  const named = [...namedOrders(facts, expectations)].sort(([left], [right]) => compareText(left, right))
  return named.map(([orderId, namedAt]) => ({
    provider,
    account,
    orderId,
    requests: assigned.byOrder.get(orderId) ?? [],
    doubtful: [],
    payments: assigned.paymentsOf.get(orderId) ?? [],
    steps: assigned.stepsOf.get(orderId) ?? [],
    namedAt,
  }))
}

interface NamedAt {
  orderId: string | null
  at: string
}

function namedOrders(
  facts: readonly StoredEvent[],
  expectations: readonly Expectation[],
): Map<string, string[]> {
  const namings: NamedAt[] = [
    ...facts.map(({ orderId, receivedAt }) => ({ orderId, at: receivedAt })),
    ...expectations.map(({ orderId, createdAt }) => ({ orderId, at: createdAt })),
  ]
  const named = Map.groupBy(namings, ({ orderId }) => orderId)
  return new Map([...named].flatMap(([orderId, own]) => timesUnder(orderId, own)))
}

function timesUnder(orderId: string | null, namings: readonly NamedAt[]): [string, string[]][] {
  return orderId === null ? [] : [[orderId, namings.map(({ at }) => at)]]
}

/** Assigns the order's payment calls to the transactions that answer them; the other calls stay with the order. */
function withMatchedRequests(
  order: OrderScope,
  assigned: AssignedByOrder,
  paymentAnswers: PaymentAnswersByRoot,
  context: Context,
): OrderScope {
  const candidates = (assigned.rootsOf.get(order.orderId) ?? [])
    .map(([root, facts]) => ({ root, facts }))
    .filter(({ root, facts }) => !isForeign(root, facts, context))
  const requests = order.requests.filter(isPaymentCall)
  const steps = order.requests.filter((request) => !isPaymentCall(request))
  const toMatch = { requests, candidates, announced: order.payments }
  const { byRoot, open, doubtful } = matchPaymentRequests(toMatch, context.policy)
  for (const [root, calls] of byRoot) paymentAnswers.set(root, calls)
  return { ...order, requests: [...open, ...steps], doubtful }
}

/**
 * A payment of another mode or merchant must not answer a call of this merchant, unless an operator closed that
 * mismatch.
 */
function isForeign(root: string, facts: readonly StoredEvent[], context: Context): boolean {
  const { policy } = context
  const subject = { path: `transaction:${root}`, reference: root, orderId: null, currency: null }
  const mismatches = [
    ...mismatchedModes(facts, policy.test),
    ...mismatchedMerchants(facts, policy.merchantIds),
  ]
  return mismatches.some((mismatch) => !isAccepted(mismatch, subject, context))
}

function transactionOf(
  root: string,
  facts: RootFacts,
  assigned: AssignedByOrder,
  paymentAnswers: PaymentAnswersByRoot,
): Omit<TransactionEvidence, 'times'> {
  const requests = assigned.byRoot.get(root) ?? []
  const onPayment = requests.filter(
    (request) => axisOf(request) === 'initial' && outcomeOf(request) !== 'not_processed',
  )
  const orderId = assigned.orderOf.get(root) ?? null
  return {
    root,
    facts,
    requests: requests.filter((request) => axisOf(request) !== 'initial'),
    paymentAnswers: [...(paymentAnswers.get(root) ?? []), ...onPayment],
    announced: assigned.announced.get(root) ?? [],
    orderId,
    expectations: orderId === null ? [] : (assigned.paymentsOf.get(orderId) ?? []),
  }
}
