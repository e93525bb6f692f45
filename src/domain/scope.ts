import { compareText } from './canonical-order.ts'
import { claimPayments } from './claims.ts'
import type { Claims } from './claims.ts'
import { keyOf } from './discrepancies.ts'
import type { Context } from './discrepancies.ts'
import { axisOf, axisOfOperation, outcomeOf } from './event-meaning.ts'
import { parentLinks, resolveRoots } from './identity.ts'
import type { RootOf } from './identity.ts'
import type { JudgedInput } from './judged-transaction.ts'
import { orderIdOf } from './order-membership.ts'
import { evidencedLinks } from './parent-evidence.ts'
import { placeCalls } from './placing.ts'
import type { Placing } from './placing.ts'
import { strayMerchants, strayModes } from './strays.ts'
import type { Expectation, StoredEvent } from './transaction.ts'
import type { ProviderName } from './transaction-event.ts'

/** Which message belongs to which transaction, order and call, before anything is judged. */

export interface OrderScope {
  provider: ProviderName
  account: string
  orderId: string
  /** Byte order. */
  roots: string[]
  /** Calls that no transaction answered. */
  requests: StoredEvent[]
  payments: Expectation[]
  steps: Expectation[]
}

export interface Scope {
  transactions: JudgedInput[]
  orders: OrderScope[]
  /** Calls that name neither a known transaction nor an order. */
  orphans: StoredEvent[]
}

/** `facts` distinct and in canonical order. */
export function scopeOf(
  facts: readonly StoredEvent[],
  expectations: readonly Expectation[],
  context: Context,
): Scope {
  const announced = [...expectations].sort(compareExpectations)
  const calls = facts.filter(({ reference }) => reference === null)
  const { roots, rootOf } = rootsOf(facts, calls, announced)
  const placing = placeCalls({ roots, rootOf, calls, expectations: announced })
  const orders = ordersOf(facts, announced, placing)
  const claims = orders.map((order) => claimsOf(order, placing, context))
  const claimed = new Map(claims.flatMap(({ byRoot }) => [...byRoot]))
  return {
    transactions: [...roots.keys()].sort(compareText).map((root) => transactionOf(root, placing, claimed)),
    orders: orders.map((order, index) => ({ ...order, requests: claims[index]?.open ?? [] })),
    orphans: placing.orphans,
  }
}

function compareExpectations(left: Expectation, right: Expectation): number {
  return compareText(left.createdAt, right.createdAt) || compareText(left.id, right.id)
}

function rootsOf(
  facts: readonly StoredEvent[],
  calls: readonly StoredEvent[],
  expectations: readonly Expectation[],
): { roots: Map<string, StoredEvent[]>; rootOf: RootOf } {
  const links = parentLinks(facts)
  const rootOf = resolveRoots(links)
  const roots = gather(facts, rootOf)
  if (calls.length === 0 && expectations.length === 0) return { roots, rootOf }
  const orderOf = new Map([...roots].flatMap(([root, own]) => pairUnlessNull(root, orderIdOf(own))))
  const evidenced = evidencedLinks({ roots, orderOf, rootOf, calls, expectations })
  if (evidenced.length === 0) return { roots, rootOf }
  const withEvidence = resolveRoots([...links, ...evidenced])
  return { roots: gather(facts, withEvidence), rootOf: withEvidence }
}

function pairUnlessNull(root: string, orderId: string | null): [string, string][] {
  return orderId === null ? [] : [[root, orderId]]
}

function gather(facts: readonly StoredEvent[], rootOf: RootOf): Map<string, StoredEvent[]> {
  const roots = new Map<string, StoredEvent[]>()
  for (const fact of facts) {
    if (fact.reference === null) continue
    const root = rootOf(fact.reference)
    const known = roots.get(root)
    if (known === undefined) roots.set(root, [fact])
    else known.push(fact)
  }
  return roots
}

function ordersOf(
  facts: readonly StoredEvent[],
  expectations: readonly Expectation[],
  placing: Placing,
): OrderScope[] {
  const [first] = [...facts, ...expectations]
  if (first === undefined) return []
  const { provider, account } = first
  const ids = new Set([
    ...placing.orderOf.values(),
    ...placing.byOrder.keys(),
    ...expectations.map((one) => one.orderId),
  ])
  return [...ids].sort(compareText).map((orderId) => {
    const announced = expectations.filter((expectation) => expectation.orderId === orderId)
    return {
      provider,
      account,
      orderId,
      roots: [...placing.orderOf].flatMap(([root, id]) => (id === orderId ? root : [])).sort(compareText),
      requests: placing.byOrder.get(orderId) ?? [],
      payments: announced.filter(isPayment),
      steps: placing.unplaced.filter((expectation) => expectation.orderId === orderId),
    }
  })
}

export function isPayment({ operation }: Pick<Expectation, 'operation'>): boolean {
  return axisOfOperation(operation) === 'initial'
}

function claimsOf(order: OrderScope, { roots }: Placing, context: Context): Claims {
  const claimants = order.roots
    .map((root) => ({ root, facts: roots.get(root) ?? [] }))
    .filter((claimant) => !isForeign(claimant.root, claimant.facts, context))
  const payments = order.requests.filter((request) => axisOf(request) === 'initial')
  const steps = order.requests.filter((request) => axisOf(request) !== 'initial')
  const claims = claimPayments(payments, claimants)
  return { byRoot: claims.byRoot, open: [...claims.open, ...steps] }
}

/** A test payment, or another merchant's, must not answer a call of ours; unless an operator said that it is ours. */
function isForeign(root: string, facts: readonly StoredEvent[], { policy, resolutions }: Context): boolean {
  const subject = { path: `transaction:${root}`, reference: root, orderId: null, currency: null }
  const strays = [...strayModes(facts, policy.test), ...strayMerchants(facts, policy.merchantIds)]
  return strays.some((stray) => !resolutions.has(keyOf(stray.class, stray.field, subject)))
}

function transactionOf(
  root: string,
  placing: Placing,
  claimed: ReadonlyMap<string, StoredEvent[]>,
): JudgedInput {
  const requests = placing.byRoot.get(root) ?? []
  const onPayment = requests.filter(
    (request) => axisOf(request) === 'initial' && outcomeOf(request) !== 'not_processed',
  )
  const orderId = placing.orderOf.get(root) ?? null
  return {
    root,
    facts: placing.roots.get(root) ?? [],
    requests: requests.filter((request) => axisOf(request) !== 'initial'),
    claimed: [...(claimed.get(root) ?? []), ...onPayment],
    announced: placing.announced.get(root) ?? [],
    orderId,
    expectations: placing.payments.filter((payment) => payment.orderId === orderId),
  }
}
